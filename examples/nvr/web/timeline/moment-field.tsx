// A field for a date and a time. What cannot be read stays as it is, and says so.
import { useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { momentText, parseMoment } from './moment-text.js';
import styles from './timeline.module.css';

interface Props {
  label: string;
  zone: string;
  /** UTC milliseconds. */
  value: number;
  onChange: (value: number) => void;
  /** Also says what is typed so far; undefined where it cannot be read. */
  onTyping?: (value: number | undefined) => void;
  withMilliseconds?: boolean;
  /** For readers alone. */
  hideLabel?: boolean;
}

/** Takes effect with Enter, and when it is left. */
export function MomentField(props: Props) {
  const { label, zone, value, onChange, onTyping, withMilliseconds = false } = props;
  const { t } = useTranslation('timeline');
  const id = useId();
  const [typed, setTyped] = useState<string>();
  const field = useRef<HTMLInputElement>(null);
  const read = typed === undefined ? value : parseMoment(zone, typed, value);
  useEffect(() => {
    if (typed !== undefined) onTyping?.(read);
  }, [typed, read, onTyping]);
  const commit = () => {
    if (typed === undefined || read === undefined) return;
    setTyped(undefined);
    onChange(read);
  };
  return (
    <div className={styles.momentField}>
      <label htmlFor={id} className={props.hideLabel ? 'visually-hidden' : styles.momentLabel}>
        {label}
      </label>
      <input
        ref={field}
        id={id}
        type="text"
        inputMode="text"
        autoComplete="off"
        spellCheck={false}
        className={styles.moment}
        value={typed ?? momentText(zone, value, withMilliseconds)}
        aria-invalid={read === undefined || undefined}
        aria-describedby={read === undefined ? `${id}-error` : undefined}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key === 'Enter') commit();
          if (event.key === 'Escape') {
            setTyped(undefined);
            field.current?.blur();
          }
        }}
      />
      {read === undefined && (
        <span id={`${id}-error`} role="alert" className={styles.momentError}>
          {t('unreadable')}
        </span>
      )}
    </div>
  );
}
