// How a camera is, in words: a mark, and what to do where something is wrong.
import { useTranslation } from 'react-i18next';
import type { CameraView } from '../../protocol/index.js';
import { Badge, type Tone } from '../design/index.js';
import { TroubleText } from '../troubles/trouble-text.js';
import styles from './cameras.module.css';

const TONES: Record<CameraView['status'], Tone> = {
  LIVE: 'good',
  CONNECTING: 'info',
  OFFLINE: 'bad',
  STOPPED: 'neutral',
};

export function CameraStatus({ camera }: { camera: CameraView }) {
  const { t } = useTranslation('cameras');
  return (
    <div className={styles.status}>
      <Badge tone={TONES[camera.status]}>{t(`status.${camera.status}`)}</Badge>
      {camera.trouble && <TroubleText trouble={camera.trouble} />}
    </div>
  );
}
