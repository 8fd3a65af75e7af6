// What the list of events is narrowed by: camera, kind, time.
import { useTranslation } from 'react-i18next';
import type { CameraView } from '../../protocol/index.js';
import { cameraWords } from '../api/index.js';
import { Button, SelectField } from '../design/index.js';
import { kindKey, MomentField, startOfDay } from '../timeline/index.js';
import styles from './events.module.css';
import { type EventFilters, NO_FILTERS } from './filters.js';

/** Those that a server makes by itself; others are found by their kind in the list. */
const KINDS = [
  ...['motion', 'onvif:motion', 'onvif:tamper', 'onvif:digital_input'],
  ...['bookmark', 'camera_offline'],
];

interface Props {
  filters: EventFilters;
  cameras: readonly CameraView[];
  /** There is more than one to search. */
  hasServers: boolean;
  zone: string;
  onChange: (filters: EventFilters) => void;
}

export function FilterBar({ filters, cameras, hasServers, zone, onChange }: Props) {
  const { t } = useTranslation(['events', 'timeline']);
  const kinds = filters.type && !KINDS.includes(filters.type) ? [...KINDS, filters.type] : KINDS;
  const isNarrowed = JSON.stringify(filters) !== JSON.stringify(NO_FILTERS);
  const today = startOfDay(zone, Date.now());
  return (
    <search className={styles.filters} aria-label={t('filters')}>
      {hasServers && (
        <SelectField
          label={t('server')}
          value={filters.servers}
          onChange={(value) =>
            onChange({ ...filters, servers: value === 'all' ? 'all' : 'shown', cameras: [] })
          }
          options={[
            { value: 'shown', label: t('shownServer') },
            { value: 'all', label: t('allServers') },
          ]}
        />
      )}
      {filters.servers === 'shown' && (
        <SelectField
          label={t('camera')}
          value={filters.cameras[0] ?? ''}
          onChange={(id) => onChange({ ...filters, cameras: id ? [id] : [] })}
          options={[
            { value: '', label: t('allCameras') },
            ...cameras.map((camera) => ({ value: camera.id, label: cameraWords(camera) })),
          ]}
        />
      )}
      <SelectField
        label={t('kind')}
        value={filters.type}
        onChange={(type) => onChange({ ...filters, type })}
        options={[
          { value: '', label: t('allKinds') },
          ...kinds.map((value) => ({
            value,
            label: t(kindKey(value), { defaultValue: value }),
          })),
        ]}
      />
      {filters.start === undefined && filters.end === undefined ? (
        <div className={styles.times}>
          <Button onClick={() => onChange({ ...filters, start: today })}>{t('today')}</Button>
          <Button
            onClick={() =>
              onChange({ ...filters, start: startOfDay(zone, Date.now(), -1), end: today })
            }
          >
            {t('yesterday')}
          </Button>
        </div>
      ) : (
        <>
          <MomentField
            label={t('from')}
            zone={zone}
            value={filters.start ?? today}
            onChange={(start) => onChange({ ...filters, start })}
          />
          <MomentField
            label={t('to')}
            zone={zone}
            value={filters.end ?? Date.now()}
            onChange={(end) => onChange({ ...filters, end })}
          />
        </>
      )}
      {isNarrowed && <Button onClick={() => onChange(NO_FILTERS)}>{t('clearFilters')}</Button>}
    </search>
  );
}
