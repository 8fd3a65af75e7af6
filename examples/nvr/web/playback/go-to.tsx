// The field for a date and a time. It does not run along with each picture, but with what happens: a
// pause, a seek, a second that has passed while nobody types in it.
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { MomentField } from '../timeline/index.js';
import type { Conductor } from './conductor.js';

export function GoTo(props: {
  zone: string;
  conductor: Conductor;
  onSeek: (time: number) => void;
}) {
  const { zone, conductor, onSeek } = props;
  const { t } = useTranslation('playback');
  const [position, setPosition] = useState(() => conductor.position());
  useEffect(() => {
    const read = () => setPosition(Math.floor(conductor.position() / 1000) * 1000);
    const timer = setInterval(read, 1000);
    const stop = conductor.onJump(read);
    return () => {
      clearInterval(timer);
      stop();
    };
  }, [conductor]);
  return <MomentField label={t('goTo')} hideLabel zone={zone} value={position} onChange={onSeek} />;
}
