// What to check, and what to do, where a server is not connected.
import { useTranslation } from 'react-i18next';
import type { ServerFault } from './server-state.js';
import styles from './servers.module.css';

/** Nothing where the fault says it all. */
export function FaultAdvice({ fault, address }: { fault: ServerFault; address: string }) {
  const { t } = useTranslation('servers');
  const { origin } = location;
  switch (fault) {
    case 'unreachable':
      return (
        <ol className={styles.steps}>
          <li>{t('check.power')}</li>
          <li>
            {t('check.certificate')}{' '}
            <a href={address} target="_blank" rel="noreferrer">
              {address}
            </a>
          </li>
          <li>{t('check.origin', { origin })}</li>
        </ol>
      );
    case 'blocked':
      return <p>{t('check.blocked', { address, origin })}</p>;
    case 'other_server':
      return <p>{t('check.otherServer')}</p>;
    case 'incompatible':
      return <p>{t('check.incompatible')}</p>;
    default:
      return null;
  }
}
