// What lies over the picture: the camera's state in words and shapes, why there is no picture, numbers.
import { useTranslation } from 'react-i18next';
import type { CameraView } from '../../protocol/cameras.js';
import { Icon, Spinner } from '../design/index.js';
import { wordsOf } from '../i18n/words.js';
import type { LivePlayerState, LivePlayerStats } from '../players/index.js';
import styles from './tile.module.css';
import { compromise, type TileStatus, type TileTrouble } from './tile-words.js';

const SHAPES: Record<TileStatus, string> = {
  live: '●',
  connecting: '◌',
  paused: '❚❚',
  offline: '✕',
  stopped: '■',
};

export function StatusBadges({ camera, status }: { camera: CameraView; status: TileStatus }) {
  const { t } = useTranslation('live');
  return (
    <>
      <span className={`${styles.badge} ${styles[status]}`}>
        <span aria-hidden="true">{SHAPES[status]}</span>
        <span>{t(`status.${status}`)}</span>
      </span>
      {camera.recording && (
        <span className={`${styles.badge} ${styles.rec}`} title={t('status.recording')}>
          <span aria-hidden="true">◉</span>
          <span>{t('status.rec')}</span>
        </span>
      )}
    </>
  );
}

/** In the middle of a tile without a picture: what is wrong, and what to do. */
export function TileMessage({
  status,
  trouble,
  mends,
}: {
  status: TileStatus;
  trouble: TileTrouble | undefined;
  /** The user may mend it. */
  mends: boolean;
}) {
  const { t } = useTranslation('live');
  if (status === 'live') return null;
  if (status === 'stopped') {
    return (
      <div className={styles.message}>
        <strong>{t('stopped.title')}</strong>
        <p>{t('stopped.advice')}</p>
      </div>
    );
  }
  if (!trouble) {
    return (
      <div className={styles.message}>
        <Spinner size={22} label={t('status.connecting')} />
      </div>
    );
  }
  const words = wordsOf(trouble.code, trouble.message, mends);
  return (
    <div className={styles.message}>
      <Icon name="unplugged" size={24} />
      <strong>{words.title}</strong>
      {words.meaning && <p>{words.meaning}</p>}
      {words.advice && <p>{words.advice}</p>}
      <code>{trouble.code}</code>
    </div>
  );
}

export function TileInfo({
  camera,
  state,
  stats,
}: {
  camera: CameraView;
  state: LivePlayerState;
  stats: LivePlayerStats;
}) {
  const { t } = useTranslation('live');
  const { stream } = state;
  const reason = compromise(state);
  const rows: [string, string][] = [
    [t('info.player'), state.player ? t(`players.${state.player}`) : '–'],
    [
      t('info.stream'),
      stream
        ? `${stream.codec} ${stream.width}×${stream.height}, ${t(`quality.${stream.quality}`)}`
        : '–',
    ],
    [
      t('info.rate'),
      `${stats.picturesPerSecond.toFixed(1)} fps, ${(stats.bitsPerSecond / 1e6).toFixed(2)} Mbit/s`,
    ],
    [t('info.delay'), stats.latencyMs === undefined ? '–' : `${Math.round(stats.latencyMs)} ms`],
    [t('info.dropped'), String(stats.dropped)],
    ...(camera.node ? [[t('info.server'), camera.node.label] as [string, string]] : []),
  ];
  const encryption = t(state.sealed ? 'info.sealed' : 'info.tls');
  return (
    <dl className={styles.info}>
      {rows.map(([name, value]) => (
        <div key={name} style={{ display: 'contents' }}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
      {camera.node && state.route && (
        <>
          <dt>{t('info.route')}</dt>
          <dd data-route={state.route}>{t(`route.${state.route}`)}</dd>
        </>
      )}
      <dt>{t('info.encryption')}</dt>
      <dd data-sealed={state.sealed}>
        {state.sealed && <Icon name="lock" size={12} />} {encryption}
      </dd>
      {reason && <dd className={styles.honest}>{t(`honest.${reason}`)}</dd>}
      {state.failed.map(({ player, reason: why }) => (
        <dd key={player} className={styles.honest}>
          {t('info.failed', { player: t(`players.${player}`), reason: why })}
        </dd>
      ))}
    </dl>
  );
}

/** On a large tile, why it shows less than it might; on small ones the numbers have it. */
export function TileCompromise({ state }: { state: LivePlayerState | undefined }) {
  const { t } = useTranslation('live');
  const reason = compromise(state);
  return reason ? <p className={styles.compromise}>{t(`honest.${reason}`)}</p> : null;
}
