// What is wrong and what to do about it, behind a bell that counts.
import { useTranslation } from 'react-i18next';
import { useAllCameras, useTroubles } from '../api/index.js';
import { useAccess } from '../app/session.js';
import { Icon, IconButton, Popover } from '../design/index.js';
import { wordsOf } from '../i18n/words.js';
import styles from './shell.module.css';

export function TroublesBell() {
  const { t, i18n } = useTranslation('common');
  const { data: troubles = [] } = useTroubles();
  const { data: cameras = [] } = useAllCameras();
  const { admin } = useAccess();
  const time = new Intl.DateTimeFormat(i18n.language, { dateStyle: 'short', timeStyle: 'short' });
  const severity = troubles.some((trouble) => trouble.severity === 'error') ? 'error' : 'warning';
  return (
    <span className={styles.bell}>
      <Popover
        align="end"
        label={t('troubles.title')}
        trigger={<IconButton icon="bell" label={t('troubles.bell', { count: troubles.length })} />}
      >
        <div className={styles.troubles}>
          <h2>{t('troubles.title')}</h2>
          {troubles.length === 0 && <p>{t('troubles.none')}</p>}
          {troubles.map((trouble) => {
            const camera = cameras.find((one) => one.id === trouble.cameraId);
            const words = wordsOf(trouble.code, trouble.message, camera?.may.manage ?? admin);
            return (
              <div
                key={`${trouble.code} ${trouble.cameraId ?? ''}`}
                className={styles.trouble}
                data-severity={trouble.severity}
              >
                <Icon name="warning" />
                <div>
                  <h3>{camera ? `${camera.name}: ${words.title}` : words.title}</h3>
                  {words.meaning && <p>{words.meaning}</p>}
                  {words.advice && <p>{words.advice}</p>}
                  <small>{t('troubles.since', { time: time.format(trouble.since) })}</small>
                </div>
              </div>
            );
          })}
        </div>
      </Popover>
      {troubles.length > 0 && (
        <span className={styles.count} data-severity={severity} aria-hidden="true">
          {troubles.length > 99 ? '99+' : troubles.length}
        </span>
      )}
    </span>
  );
}
