// One stretch of footage: a picture of its beginning, where it is from, and the way to play it.
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { FoundRecording } from '../../protocol/index.js';
import { useInSight } from '../design/in-sight.js';
import { Badge, Icon } from '../design/index.js';
import { formatBytes } from '../format/quantities.js';
import { playbackAddress } from '../playback/address.js';
import { durationText, formatsOf, useThumbnail } from '../timeline/index.js';
import styles from './search.module.css';

export function RecordingCard({ recording, zone }: { recording: FoundRecording; zone: string }) {
  const { i18n } = useTranslation('search');
  const card = useRef<HTMLAnchorElement>(null);
  const isSeen = useInSight(card);
  const { cameraId, cameraName, node, start, end, bytes, playbackUrl } = recording;
  const picture = useThumbnail(isSeen ? cameraId : undefined, start, { restMs: 50 });
  const formats = formatsOf(i18n.language, zone);
  const isOurs = playbackUrl.startsWith('/playback?');
  return (
    <Link
      ref={card}
      className={styles.card}
      to={isOurs ? playbackUrl : playbackAddress([cameraId], start)}
    >
      <div className={styles.picture}>
        {picture.url ? <img src={picture.url} alt="" /> : <Icon name="playback" />}
        <span className={styles.duration}>{durationText(end - start)}</span>
      </div>
      <div className={styles.words}>
        <strong>{cameraName}</strong>
        {node && (
          <span>
            <Badge shape={false}>{node.label}</Badge>
          </span>
        )}
        <time dateTime={new Date(start).toISOString()}>{formats.full.format(start)}</time>
        <small>{formatBytes(bytes, i18n.language)}</small>
      </div>
    </Link>
  );
}
