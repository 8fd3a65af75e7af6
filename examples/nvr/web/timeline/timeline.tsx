// A timeline of several cameras: to look over what was recorded, go to a moment, and select a range.
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TimelineRow } from '../../protocol/index.js';
import { TimelineCanvas } from './canvas.js';
import { useTimelineData } from './data.js';
import { formatsOf } from './formats.js';
import { TimelineGestures } from './gestures.js';
import { HoverCard } from './hover-card.js';
import { heightOf, hitTest, layoutOf } from './layout.js';
import { nextFootage } from './rows.js';
import type { TimeRange } from './selection.js';
import { SelectionMarks } from './selection-marks.js';
import { PositionSlider, type PositionSource } from './slider.js';
import styles from './timeline.module.css';
import { keepNearNow, reveal, spanOf, type TimeView } from './view.js';

export interface TimelineProps {
  cameras: readonly { id: string; name: string }[];
  view: TimeView;
  onView: (view: TimeView) => void;
  zone: string;
  position: PositionSource;
  isPlaying: boolean;
  selection: TimeRange | undefined;
  onSelection: (range: TimeRange | undefined) => void;
  /** A click, or a key. */
  onSeek: (time: number) => void;
  /** The pointer is drawn along: many of them, the last one with `isLast`. */
  onScrub: (time: number, isLast: boolean) => void;
  /** What is known of the cameras in view. */
  onRows?: (rows: readonly TimelineRow[], isLoading: boolean) => void;
}

export function Timeline(props: TimelineProps) {
  const { cameras, view, onView, zone, position, isPlaying, selection, onRows } = props;
  const { t, i18n } = useTranslation('timeline');
  const surface = useRef<HTMLDivElement>(null);
  const width = useWidth(surface);
  const now = useNow(view, width);
  const layout = layoutOf(width, cameras.length, matchMedia('(pointer: coarse)').matches);
  const formats = formatsOf(i18n.language, zone);
  const ids = useMemo(() => cameras.map(({ id }) => id), [cameras]);
  const names = useMemo(() => new Map(cameras.map(({ id, name }) => [id, name])), [cameras]);
  const { rows, isLoading, error } = useTimelineData(ids, view, width);
  const [hover, setHover] = useState<{ x: number; y: number }>();

  useEffect(() => onRows?.(rows, isLoading), [rows, isLoading, onRows]);

  const setView = useCallback((next: TimeView) => onView(keepNearNow(next, Date.now())), [onView]);
  const current = { ...props, rows, layout, setView };
  const newest = useRef(current);
  useEffect(() => {
    newest.current = current;
  });
  const gestures = useRef<TimelineGestures>(undefined);
  useEffect(() => {
    if (!surface.current) return;
    const host = new TimelineGestures(surface.current, {
      view: () => newest.current.view,
      setView: (next) => {
        newest.current.setView(next);
        // Several events may come before the next rendering.
        newest.current.view = keepNearNow(next, Date.now());
      },
      width: () => newest.current.layout.width,
      ruler: () => newest.current.layout.ruler,
      click: (point) => goTo(newest.current, point),
      scrub: (time) => newest.current.onScrub(time, false),
      scrubbed: (time) => newest.current.onScrub(time, true),
      select: (range) => newest.current.onSelection(range),
      hover: setHover,
      reducedMotion: () => matchMedia('(prefers-reduced-motion: reduce)').matches,
    });
    gestures.current = host;
    return () => host.close();
  }, []);

  useFollowing(position, isPlaying, () => {
    if (!gestures.current?.isActive) {
      const next = reveal(newest.current.view, position.position());
      if (next !== newest.current.view) newest.current.setView(next);
    }
  });

  const hit = hover && hitTest(layout, view, rows, hover, now);
  return (
    <section className={styles.timeline} aria-label={t('label')}>
      <div
        ref={surface}
        className={styles.surface}
        style={{ height: heightOf(layout) }}
        data-loading={isLoading || undefined}
      >
        <TimelineCanvas {...{ layout, view, rows, names, now, zone, formats }} />
        <PositionSlider
          {...{ position, view, width, rows, formats, layout }}
          onSeek={props.onSeek}
          onView={setView}
        />
        {selection && (
          <SelectionMarks
            {...{ selection, view, width, formats }}
            onSelection={props.onSelection}
            surface={surface}
          />
        )}
      </div>
      {hit && hover && (
        <HoverCard
          hit={hit}
          x={hover.x}
          {...{ width, names, formats, rows }}
          millisecondsPerPixel={spanOf(view) / Math.max(1, width)}
        />
      )}
      {error !== undefined && error !== null && !isLoading && (
        <p className={styles.trouble} role="alert">
          {t('unavailable')}
        </p>
      )}
      <p className="visually-hidden" aria-live="polite">
        {isLoading ? t('loading') : ''}
      </p>
    </section>
  );
}

/** A click in a hole goes to where the footage goes on. */
function goTo(
  {
    layout,
    view,
    rows,
    onSeek,
  }: TimelineProps & { layout: ReturnType<typeof layoutOf>; rows: readonly TimelineRow[] },
  point: { x: number; y: number },
): void {
  const { time, row, coverage, event } = hitTest(layout, view, rows, point, Date.now());
  if (coverage?.kind === 'future') return;
  if (event) {
    onSeek(event.start);
    return;
  }
  if (coverage?.kind === 'gap') {
    onSeek(coverage.next ?? (row && nextFootage([row], time)) ?? time);
    return;
  }
  onSeek(Math.min(time, Date.now()));
}

function useWidth(element: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(800);
  useEffect(() => {
    if (!element.current) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setWidth(Math.max(1, Math.round(entry.contentRect.width)));
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return width;
}

/** As often as it would be seen. */
function useNow(view: TimeView, width: number): number {
  const [now, setNow] = useState(() => Date.now());
  const perPixel = Math.min(60_000, Math.max(1000, spanOf(view) / Math.max(1, width)));
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), perPixel);
    return () => clearInterval(timer);
  }, [perPixel]);
  return now;
}

/** While it plays the view goes along, from the moment on that the position would leave it. */
function useFollowing(position: PositionSource, isPlaying: boolean, follow: () => void): void {
  const newest = useRef(follow);
  useEffect(() => {
    newest.current = follow;
  });
  useEffect(() => {
    if (!isPlaying) return;
    const timer = setInterval(() => newest.current(), 500);
    return () => clearInterval(timer);
  }, [isPlaying]);
  useEffect(() => position.onJump?.(() => newest.current()), [position]);
}
