// Which cameras are played: 1 to 16, of whichever servers.
import { useTranslation } from 'react-i18next';
import type { CameraView } from '../../protocol/index.js';
import { Button, CheckField, Popover } from '../design/index.js';
import { camerasByServer } from '../federation/by-server.js';
import { MAX_CAMERAS } from './chosen.js';
import styles from './playback.module.css';

export function CameraPicker(props: {
  cameras: readonly CameraView[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
}) {
  const { cameras, chosen, onChange } = props;
  const { t } = useTranslation('playback');
  const servers = camerasByServer(cameras);
  const isFull = chosen.length >= MAX_CAMERAS;
  return (
    <Popover
      label={t('cameras')}
      trigger={<Button icon="camera">{t('camerasChosen', { count: chosen.length })}</Button>}
    >
      <div className={styles.picker}>
        {servers.map(({ nodeId, label, cameras: members }) => (
          // biome-ignore lint/a11y/useSemanticElements: a heading is what it needs
          <div key={nodeId} role="group" aria-label={label || t('ownServer')}>
            {servers.length > 1 && (
              <div className={styles.pickerServer}>{label || t('ownServer')}</div>
            )}
            {members.map(({ id, name }) => (
              <CheckField
                key={id}
                label={name}
                checked={chosen.includes(id)}
                disabled={!chosen.includes(id) && isFull}
                onChange={(checked) =>
                  onChange(checked ? [...chosen, id] : chosen.filter((other) => other !== id))
                }
              />
            ))}
          </div>
        ))}
        {isFull && <p>{t('mostCameras', { count: MAX_CAMERAS })}</p>}
      </div>
    </Popover>
  );
}
