// A trouble in words for those who may mend it: what is wrong, what it means, what to do, and the server's
// own message for who wants it.
import { useTranslation } from 'react-i18next';
import type { Trouble } from '../../protocol/index.js';
import { Badge } from '../design/index.js';
import { wordsOf } from '../i18n/words.js';
import styles from './troubles.module.css';

export function TroubleText({ trouble }: { trouble: Trouble }) {
  const { t } = useTranslation('troubles');
  const { title, meaning, advice } = wordsOf(trouble.code, trouble.message);
  return (
    <div className={styles.text}>
      <strong>{title}</strong>
      {meaning && <p>{meaning}</p>}
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
