// One camera of a playback on the page: its picture, its name, and in words why there is none.
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TimelineRow } from '../../protocol/index.js';
import { useAccess } from '../app/session.js';
import { Button, Icon, IconButton, Spinner } from '../design/index.js';
import { formatDuration } from '../format/quantities.js';
import { wordsOf } from '../i18n/words.js';
import { coverageAt, type formatsOf } from '../timeline/index.js';
import { type DigitalZoom, moveBy, WHOLE, zoomAt } from './digital-zoom.js';
import type { Marks } from './marks.js';
import styles from './playback.module.css';
import { RouteMark } from './route-mark.js';
import type { PlaybackPhase, TileStatus } from './snapshot.js';
import type { Tile } from './tile.js';

interface Props {
  name: string;
  tile: Tile;
  /** What is so for its server and not for all. */
  marks: Marks;
  /** Milliseconds that the clock of its server is ahead of this one's, where that matters. */
  clockOffsetMs: number | undefined;
  status: TileStatus;
  phase: PlaybackPhase;
  /** What is known of its footage. */
  row: TimelineRow | undefined;
  position: () => number;
  formats: ReturnType<typeof formatsOf>;
  onJump: (time: number) => void;
  onSnapshot: () => void;
}

export function TileView(props: Props) {
  const { name, tile, status, phase, formats, onJump, onSnapshot } = props;
  const { t } = useTranslation('playback');
  const frame = useRef<HTMLElement>(null);
  const screen = useRef<HTMLDivElement>(null);
  const [zoom, setZoom] = useState<DigitalZoom>(WHOLE);
  useEffect(() => {
    screen.current?.append(tile.screen);
    return () => tile.screen.remove();
  }, [tile]);
  useSize(frame, tile, zoom.scale);
  useDigitalZoom(frame, zoom, setZoom);
  const { admin } = useAccess();
  const state = stateOf(props, admin);
  const toggleFull = () => {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void frame.current?.requestFullscreen?.().catch(() => undefined);
  };
  return (
    <figure
      ref={frame}
      className={styles.tile}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: Enter shows it full screen
      tabIndex={0}
      aria-label={t('tile', { name, state: t(`tileState.${state.kind}`) })}
      onDoubleClick={toggleFull}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget || event.key !== 'Enter') return;
        event.preventDefault();
        toggleFull();
      }}
    >
      <div
        ref={screen}
        className={styles.screen}
        role="img"
        aria-label={name}
        data-state={state.kind}
        style={{ transform: `translate(${zoom.x}px, ${zoom.y}px) scale(${zoom.scale})` }}
      />
      <figcaption className={styles.caption}>
        <span className={styles.name}>{name}</span>
        <RouteMark {...props.marks} />
        {zoom.scale > 1 && (
          <Button kind="quiet" onClick={() => setZoom(WHOLE)}>
            {t('zoomed', { factor: zoom.scale.toFixed(1) })}
          </Button>
        )}
        <span className={styles.tools}>
          <IconButton icon="snapshot" label={t('snapshotOf', { name })} onClick={onSnapshot} />
          <IconButton icon="fullscreen" label={t('fullscreenOf', { name })} onClick={toggleFull} />
        </span>
      </figcaption>
      <div className={styles.notes}>
        <WrongClock offsetMs={props.clockOffsetMs} />
        {status.isFallback && state.kind === 'shown' && <p>{t('unsupportedCodec')}</p>}
      </div>
      {state.kind === 'loading' && phase !== 'paused' && (
        <Cover>
          <Spinner size={28} />
        </Cover>
      )}
      {state.kind === 'no-footage' && (
        <Cover>
          <strong>
            {state.until === undefined
              ? t('noFootage')
              : t('noFootageUntil', { time: formats.seconds.format(state.until) })}
          </strong>
          {state.reason && (
            <span>{t(`timeline:reason.${state.reason}`, { defaultValue: '' })}</span>
          )}
          {state.until !== undefined && (
            <Button icon="right" onClick={() => onJump(state.until ?? 0)}>
              {t('jumpThere')}
            </Button>
          )}
        </Cover>
      )}
      {state.kind === 'trouble' && (
        <Cover>
          <strong>{state.title}</strong>
          {state.meaning && <span>{state.meaning}</span>}
          <span>{state.advice}</span>
        </Cover>
      )}
    </figure>
  );
}

/** Its footage has the times that its server wrote: at the same time of the clock it is another moment. */
function WrongClock({ offsetMs }: { offsetMs: number | undefined }) {
  const { t, i18n } = useTranslation('nodes');
  if (offsetMs === undefined) return null;
  const time = formatDuration(Math.abs(offsetMs), i18n.language);
  return (
    <p title={t('clockAdvice')}>
      <Icon name="clock" size={14} /> {t(offsetMs > 0 ? 'clockAhead' : 'clockBehind', { time })}
    </p>
  );
}

function Cover({ children }: { children: ReactNode }) {
  return <div className={styles.cover}>{children}</div>;
}

type TileState =
  | { kind: 'shown' | 'loading' }
  | { kind: 'no-footage'; until?: number; reason?: string }
  | { kind: 'trouble'; title: string; meaning: string; advice: string };

/** The server says where holes are; where it has not yet, the timeline may know. */
function stateOf({ status, tile, row, position }: Props, mends: boolean): TileState {
  if (status.trouble) {
    return { kind: 'trouble', ...wordsOf(status.trouble.code, status.trouble.message, mends) };
  }
  const until = status.noFootageUntil;
  if (until === undefined) return { kind: tile.shown === undefined ? 'loading' : 'shown' };
  const now = Date.now();
  const coverage = row && coverageAt(row, position(), now);
  const why = coverage?.kind === 'gap' ? coverage.reason : undefined;
  const reason = why === 'unknown' ? undefined : why;
  if (typeof until === 'number') return { kind: 'no-footage', until, ...(reason && { reason }) };
  // Recorded, says the index: then the picture is on its way.
  if (coverage && coverage.kind !== 'gap') return { kind: 'loading' };
  const next = coverage?.next;
  return {
    kind: 'no-footage',
    ...(next !== undefined && { until: next }),
    ...(reason && { reason }),
  };
}

/** Pictures are painted no larger than they are seen. */
function useSize(frame: React.RefObject<HTMLElement | null>, tile: Tile, scale: number): void {
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      const seen = scale * devicePixelRatio;
      tile.resize(element.clientWidth * seen, element.clientHeight * seen);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [frame, tile, scale]);
}

/** By wheel with Ctrl or on an enlarged picture, by drag, by double tap of nothing else. */
function useDigitalZoom(
  frame: React.RefObject<HTMLElement | null>,
  zoom: DigitalZoom,
  setZoom: (zoom: DigitalZoom) => void,
): void {
  const newest = useRef(zoom);
  useEffect(() => {
    newest.current = zoom;
  });
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const controller = new AbortController();
    const { signal } = controller;
    let held: { x: number; y: number } | undefined;
    const size = () => element.getBoundingClientRect();
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const { left, top, width, height } = size();
      const point = { x: event.clientX - left - width / 2, y: event.clientY - top - height / 2 };
      setZoom(zoomAt(newest.current, 1.2 ** (-event.deltaY / 100), point, { width, height }));
    };
    element.addEventListener('wheel', wheel, { passive: false, signal });
    const down = (event: PointerEvent) => {
      if (newest.current.scale === 1 || event.button !== 0) return;
      if ((event.target as Element).closest('button')) return;
      held = { x: event.clientX, y: event.clientY };
      element.setPointerCapture(event.pointerId);
    };
    const move = (event: PointerEvent) => {
      if (!held) return;
      const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
      held = { x: event.clientX, y: event.clientY };
      setZoom(moveBy(newest.current, dx, dy, size()));
    };
    const up = () => {
      held = undefined;
    };
    element.addEventListener('pointerdown', down, { signal });
    element.addEventListener('pointermove', move, { signal });
    element.addEventListener('pointerup', up, { signal });
    element.addEventListener('pointercancel', up, { signal });
    return () => controller.abort();
  }, [frame, setZoom]);
}
