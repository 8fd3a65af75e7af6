// Which cameras are played: 1 to 16.
import { useTranslation } from 'react-i18next';
import type { CameraView } from '../../protocol/index.js';
import { Button, CheckField, Popover } from '../design/index.js';
import styles from './playback.module.css';

export const MAX_CAMERAS = 16;

export function CameraPicker(props: {
  cameras: readonly CameraView[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
}) {
  const { cameras, chosen, onChange } = props;
  const { t } = useTranslation('playback');
  return (
    <Popover
      label={t('cameras')}
      trigger={<Button icon="camera">{t('camerasChosen', { count: chosen.length })}</Button>}
    >
      <div className={styles.picker}>
        {cameras.map(({ id, name }) => (
          <CheckField
            key={id}
            label={name}
            checked={chosen.includes(id)}
            disabled={!chosen.includes(id) && chosen.length >= MAX_CAMERAS}
            onChange={(checked) =>
              onChange(checked ? [...chosen, id] : chosen.filter((other) => other !== id))
            }
          />
        ))}
        {chosen.length >= MAX_CAMERAS && <p>{t('mostCameras', { count: MAX_CAMERAS })}</p>}
      </div>
    </Popover>
  );
}
