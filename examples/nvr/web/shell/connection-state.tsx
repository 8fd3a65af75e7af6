// Whether the server that is shown can be heard.
import { useTranslation } from 'react-i18next';
import { useServer, useServerSnapshot } from '../api/index.js';
import { Tooltip } from '../design/index.js';
import styles from './shell.module.css';

export function ConnectionState() {
  const { t } = useTranslation('common');
  const { state, status } = useServerSnapshot(useServer());
  const text = t(`connection.${state}`);
  const detail = status
    ? t('connection.detail', { cpu: Math.round(status.cpuUsage), clients: status.clientCount })
    : text;
  return (
    <Tooltip text={detail}>
      <span className={styles.state} data-state={state} role="status">
        <span className={styles.lamp} aria-hidden="true" />
        <span className={styles.stateText}>{text}</span>
      </span>
    </Tooltip>
  );
}
