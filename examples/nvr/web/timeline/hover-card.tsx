// What is at the pointer on a timeline: the time, what was recorded, an event, a small picture.
import { useTranslation } from 'react-i18next';
import type { TimelineRow } from '../../protocol/index.js';
import { kindKey } from './event-kinds.js';
import type { Formats } from './formats.js';
import type { Hit } from './layout.js';
import { durationText } from './moment-text.js';
import { coverageAt } from './rows.js';
import { thumbnailTime, useThumbnail } from './thumbnails.js';
import styles from './timeline.module.css';

interface Props {
  hit: Hit;
  x: number;
  width: number;
  names: ReadonlyMap<string, string>;
  formats: Formats;
  rows: readonly TimelineRow[];
  millisecondsPerPixel: number;
}

const HALF_WIDTH = 90;

export function HoverCard({ hit, x, width, names, formats, rows, millisecondsPerPixel }: Props) {
  const { t } = useTranslation('timeline');
  const { time, event, coverage } = hit;
  // In the ruler: the first camera that has something.
  const row = hit.row ?? rows.find((r) => coverageAt(r, time, Date.now()).kind === 'recorded');
  const hasPicture = row && coverageAt(row, time, Date.now()).kind === 'recorded';
  const at = hasPicture ? thumbnailTime(time, millisecondsPerPixel) : undefined;
  const thumbnail = useThumbnail(row?.cameraId, at);
  const left = Math.max(HALF_WIDTH, Math.min(width - HALF_WIDTH, x));
  return (
    <div className={styles.card} style={{ left }} aria-hidden="true">
      {hasPicture && (
        <div className={styles.thumbnail}>
          {thumbnail.url && <img src={thumbnail.url} alt="" />}
        </div>
      )}
      {row && <strong>{names.get(row.cameraId) ?? row.cameraId}</strong>}
      <span>{formats.full.format(time)}</span>
      {event && (
        <span>
          {t(kindKey(event.event), { defaultValue: event.event })}
          {event.count > 1 ? ` × ${event.count}` : ''} · {durationText(event.end - event.start)}
        </span>
      )}
      {coverage?.kind === 'gap' && (
        <>
          <span>{t(`reason.${coverage.reason}`, { defaultValue: t('reason.unknown') })}</span>
          {coverage.next !== undefined && (
            <span>{t('goesOn', { time: formats.full.format(coverage.next) })}</span>
          )}
        </>
      )}
      {(coverage?.kind === 'pending' || coverage?.kind === 'future') && (
        <span>{t(`coverage.${coverage.kind}`)}</span>
      )}
    </div>
  );
}
