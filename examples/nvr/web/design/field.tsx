// Fields of forms: a label, the control, what it is for, and what is wrong with it.
import { type ComponentProps, type ReactNode, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from './button.js';
import styles from './field.module.css';

interface Described {
  label: string;
  hint?: ReactNode;
  /** Words that say what to enter instead. */
  error?: string;
}

interface Attributes {
  id: string;
  className: string | undefined;
  'aria-invalid'?: true;
  'aria-describedby'?: string;
}

/** For controls of your own: `children` gets what it has to carry. */
export function Field({
  label,
  hint,
  error,
  children,
}: Described & { children: (attributes: Attributes) => ReactNode }) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {label}
      </label>
      {children({
        id,
        className: styles.input,
        ...(error ? { 'aria-invalid': true as const } : {}),
        ...(described ? { 'aria-describedby': described } : {}),
      })}
      {hint && (
        <div id={`${id}-hint`} className={styles.hint}>
          {hint}
        </div>
      )}
      {error && (
        <div id={`${id}-error`} className={styles.error} role="alert">
          <span aria-hidden="true">▲</span> {error}
        </div>
      )}
    </div>
  );
}

/** Of names and addresses: no browser corrects them, or begins them with a capital letter. */
const VERBATIM = { autoCapitalize: 'off', spellCheck: false } as const;

export function TextField({
  label,
  hint,
  error,
  verbatim = false,
  ...rest
}: Described & { verbatim?: boolean } & Omit<ComponentProps<'input'>, 'id' | 'className'>) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(attributes) => <input type="text" {...(verbatim && VERBATIM)} {...rest} {...attributes} />}
    </Field>
  );
}

/** With a button that shows what was typed. */
export function PasswordField({
  label,
  hint,
  error,
  ...rest
}: Described & Omit<ComponentProps<'input'>, 'id' | 'className' | 'type'>) {
  const { t } = useTranslation('common');
  const [shown, setShown] = useState(false);
  return (
    <Field label={label} hint={hint} error={error}>
      {(attributes) => (
        <div className={styles.wrap}>
          <input type={shown ? 'text' : 'password'} {...VERBATIM} {...rest} {...attributes} />
          <IconButton
            className={styles.inside}
            icon="eye"
            label={shown ? t('hidePassword') : t('showPassword')}
            pressed={shown}
            onClick={() => setShown(!shown)}
          />
        </div>
      )}
    </Field>
  );
}

export function TextArea({
  label,
  hint,
  error,
  ...rest
}: Described & Omit<ComponentProps<'textarea'>, 'id' | 'className'>) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(attributes) => <textarea {...rest} {...attributes} />}
    </Field>
  );
}

export interface SelectFieldProps<T extends string>
  extends Described,
    Omit<ComponentProps<'select'>, 'id' | 'className' | 'value' | 'onChange' | 'children'> {
  value: T;
  onChange: (value: T) => void;
  options: readonly { value: T; label: string }[];
}

/** The browser's own: it works with every keyboard, reader and phone. */
export function SelectField<T extends string>({
  label,
  hint,
  error,
  value,
  onChange,
  options,
  ...rest
}: SelectFieldProps<T>) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(attributes) => (
        <select
          value={value}
          onChange={(event) => onChange(event.target.value as T)}
          {...rest}
          {...attributes}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function CheckField({
  label,
  hint,
  checked,
  onChange,
  disabled,
}: {
  label: ReactNode;
  hint?: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
}) {
  return (
    <div className={styles.field}>
      <label className={styles.check}>
        <input
          type="checkbox"
          checked={checked}
          disabled={disabled}
          onChange={(event) => onChange(event.target.checked)}
        />
        <span>{label}</span>
      </label>
      {hint && <div className={styles.hint}>{hint}</div>}
    </div>
  );
}
