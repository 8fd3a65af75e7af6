// A trouble in words: what is wrong, what to do, and the server's own message for who wants it.
import { useTranslation } from 'react-i18next';
import type { Trouble } from '../../protocol/index.js';
import { Badge } from '../design/index.js';
import { wordsOf } from '../i18n/words.js';
import styles from './troubles.module.css';

/** `compact`: what is wrong alone, for tiles; the advice is its title. */
export function TroubleText({ trouble, compact }: { trouble: Trouble; compact?: boolean }) {
  const { t } = useTranslation('troubles');
  const { title, advice } = wordsOf(trouble.code, trouble.message);
  if (compact) {
    return (
      <span className={styles.compact} title={advice || trouble.message}>
        <span aria-hidden="true">▲</span> {title}
      </span>
    );
  }
  return (
    <div className={styles.text}>
      <strong>{title}</strong>
      {advice && <p>{advice}</p>}
      {trouble.message && trouble.message !== title && (
        <details>
          <summary>{t('details')}</summary>
          <p className={styles.message}>
            {trouble.message} <code>{trouble.code}</code>
          </p>
        </details>
      )}
    </div>
  );
}

export function SeverityBadge({ severity }: { severity: Trouble['severity'] }) {
  const { t } = useTranslation('troubles');
  return <Badge tone={severity === 'error' ? 'bad' : 'warn'}>{t(severity)}</Badge>;
}
