// One event: what, where, when, for how long, and a picture of it once it is in sight.
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { NvrEvent } from '../../protocol/index.js';
import { type ServerConnection, useServers } from '../api/index.js';
import { useInSight } from '../design/in-sight.js';
import { Badge, Icon } from '../design/index.js';
import { playbackAddress } from '../playback/address.js';
import { durationText, formatsOf, kindKey, useThumbnail } from '../timeline/index.js';
import styles from './events.module.css';

/** Before the event, so that one sees how it begins. */
const LEAD_MS = 3000;

interface Props {
  event: NvrEvent;
  /** Of the camera. */
  name: string;
  server: ServerConnection;
  /** The list is of several. */
  namesServer: boolean;
  zone: string;
}

export function EventCard({ event, name, server, namesServer, zone }: Props) {
  const { t, i18n } = useTranslation(['events', 'timeline']);
  const { activate } = useServers();
  const card = useRef<HTMLAnchorElement>(null);
  const inSight = useInSight(card);
  const wanted = event.hasFootage && inSight;
  const thumbnail = useThumbnail(wanted ? event.cameraId : undefined, event.start, {
    ...{ server, restMs: 50 },
  });
  const what = t(kindKey(event.event), { defaultValue: event.event });
  const formats = formatsOf(i18n.language, zone);
  const length = lengthOf(event, t('goesOn'));
  const note = noteOf(event.metadata);
  const body = (
    <>
      <div className={styles.picture}>
        {thumbnail.url ? <img src={thumbnail.url} alt="" /> : <Icon name={iconOf(event.event)} />}
        {length && <span className={styles.duration}>{length}</span>}
      </div>
      <div className={styles.words}>
        <strong>
          <Icon name={iconOf(event.event)} size={14} /> {what}
        </strong>
        <span>{name}</span>
        {namesServer && <span>{server.label}</span>}
        <time dateTime={new Date(event.start).toISOString()}>
          {formats.full.format(event.start)}
        </time>
        {note && <span className={styles.note}>{note}</span>}
        {!event.hasFootage && <Badge tone="neutral">{t('noFootage')}</Badge>}
      </div>
    </>
  );
  return (
    <Link
      ref={card}
      className={styles.card}
      to={playbackAddress([event.cameraId], Math.max(0, event.start - LEAD_MS))}
      onClick={() => activate(server.id)}
    >
      {body}
    </Link>
  );
}

function iconOf(event: string) {
  if (event === 'bookmark') return 'bookmark';
  if (event === 'camera_offline') return 'unplugged';
  return event === 'motion' || event === 'onvif:motion' ? 'eye' : 'bell';
}

/** A mark of a moment has none. */
function lengthOf({ start, end }: NvrEvent, goesOn: string): string | undefined {
  if (end === undefined) return goesOn;
  return end - start < 1000 ? undefined : durationText(end - start);
}

function noteOf(metadata: unknown): string | undefined {
  if (typeof metadata !== 'object' || metadata === null || !('note' in metadata)) return undefined;
  return typeof metadata.note === 'string' ? metadata.note : undefined;
}
