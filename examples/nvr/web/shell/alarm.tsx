// Above every page while something is wrong with the server itself: a guard may never open a menu.
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { useTroubles } from '../api/index.js';
import { useAccess } from '../app/session.js';
import { Icon } from '../design/index.js';
import { wordsOf } from '../i18n/words.js';
import styles from './alarm.module.css';

export function Alarm() {
  const { t } = useTranslation('common');
  const { admin } = useAccess();
  const { data: troubles = [] } = useTroubles();
  const alarms = troubles.filter((one) => one.severity === 'error' && one.cameraId === undefined);
  return (
    <div role="alert">
      {alarms.map(({ code, message }) => {
        const { title, meaning, advice } = wordsOf(code, message, admin);
        return (
          <div key={code} className={styles.alarm} data-code={code}>
            <Icon name="warning" />
            <p>
              <strong>{title}</strong> {meaning} {advice}
              {admin && (
                <>
                  {' '}
                  <Link href="/system/health">{t('troubles.details')}</Link>
                </>
              )}
            </p>
          </div>
        );
      })}
    </div>
  );
}
