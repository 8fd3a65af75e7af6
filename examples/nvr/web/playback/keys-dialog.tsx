// What the keys of the playback page do.
import { useTranslation } from 'react-i18next';
import { Dialog } from '../design/index.js';
import { KEY_HELP } from './keyboard.js';
import styles from './playback.module.css';

export function KeysDialog(props: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const { t } = useTranslation('playback');
  return (
    <Dialog {...props} title={t('help')} description={t('helpText')}>
      <dl className={styles.keys}>
        {KEY_HELP.map(([keys, name]) => (
          <div key={name} className={styles.keyRow}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{t(`keys.${name}`)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
