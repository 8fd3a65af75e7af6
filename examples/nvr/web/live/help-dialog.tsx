// The keys of the live page.
import { useTranslation } from 'react-i18next';
import { Dialog } from '../design/index.js';
import styles from './live.module.css';

const KEYS = [
  ['1 – 8', 'size'],
  ['← → ↑ ↓', 'walk'],
  ['Enter', 'maximize'],
  ['Esc', 'back'],
  ['F', 'fullscreen'],
  ['C', 'cameras'],
  ['I', 'info'],
  ['S', 'snapshot'],
  ['P', 'playback'],
  ['+  −  0', 'zoom'],
  ['Del', 'remove'],
  ['T', 'tour'],
  ['?', 'help'],
] as const;

export function HelpDialog(props: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const { t } = useTranslation('live');
  return (
    <Dialog {...props} title={t('keys.title')}>
      <dl className={styles.keys}>
        {KEYS.map(([keys, name]) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt>{keys}</dt>
            <dd>{t(`keys.${name}`)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
