// What recordings are narrowed by: cameras, of any server, and time.
import { useTranslation } from 'react-i18next';
import type { CameraView } from '../../protocol/index.js';
import { Button, CheckField, Popover } from '../design/index.js';
import { camerasByServer } from '../federation/by-server.js';
import { MomentField, startOfDay, type TimeRange } from '../timeline/index.js';
import { NOTHING_SPECIAL, type RecordingQuery } from './address.js';
import styles from './search.module.css';

interface Props {
  cameras: readonly CameraView[];
  query: RecordingQuery;
  /** What is searched, also where the query does not say. */
  range: TimeRange;
  zone: string;
  onChange: (query: RecordingQuery) => void;
}

export function SearchBar({ cameras, query, range, zone, onChange }: Props) {
  const { t } = useTranslation(['search', 'timeline']);
  const today = startOfDay(zone, Date.now());
  const yesterday = startOfDay(zone, Date.now(), -1);
  return (
    <search className={styles.bar} aria-label={t('filters')}>
      <CameraFilter
        cameras={cameras}
        chosen={query.cameras}
        onChange={(chosen) => onChange({ ...query, cameras: chosen })}
      />
      <MomentField
        label={t('from')}
        zone={zone}
        value={range.start}
        onChange={(start) => onChange({ ...query, start, end: range.end })}
      />
      <MomentField
        label={t('to')}
        zone={zone}
        value={range.end}
        onChange={(end) => onChange({ ...query, start: range.start, end })}
      />
      <div className={styles.buttons}>
        <Button onClick={() => onChange({ ...query, start: today, end: Date.now() })}>
          {t('today')}
        </Button>
        <Button onClick={() => onChange({ ...query, start: yesterday, end: today })}>
          {t('yesterday')}
        </Button>
        <Button kind="quiet" onClick={() => onChange(NOTHING_SPECIAL)}>
          {t('clear')}
        </Button>
      </div>
    </search>
  );
}

function CameraFilter(props: {
  cameras: readonly CameraView[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
}) {
  const { t } = useTranslation('search');
  const { cameras, chosen, onChange } = props;
  const servers = camerasByServer(cameras);
  const count = chosen.length;
  return (
    <Popover
      label={t('cameras')}
      trigger={
        <Button icon="camera">{count === 0 ? t('allCameras') : t('chosen', { count })}</Button>
      }
    >
      <div className={styles.picker}>
        {servers.map(({ nodeId, label, cameras: members }) => (
          <fieldset key={nodeId} className={styles.server}>
            <legend>{label || t('ownServer')}</legend>
            {members.map(({ id, name }) => (
              <CheckField
                key={id}
                label={name}
                checked={chosen.includes(id)}
                onChange={(checked) =>
                  onChange(checked ? [...chosen, id] : chosen.filter((other) => other !== id))
                }
              />
            ))}
          </fieldset>
        ))}
      </div>
    </Popover>
  );
}
