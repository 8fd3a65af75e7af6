// The position on a timeline: a line for the eye, a slider for keys and readers.

import type { TFunction } from 'i18next';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { TimelineRow } from '../../protocol/index.js';
import type { Formats } from './formats.js';
import type { Layout } from './layout.js';
import { coverageAt, nextFootage, previousFootage } from './rows.js';
import styles from './timeline.module.css';
import { spanOf, type TimeView, xOf, ZOOM_STEP, zoom } from './view.js';

/** Where a playback stands; it moves many times a second, which is no matter for React. */
export interface PositionSource {
  /** UTC milliseconds. */
  position(): number;
  /** Called after it moved, at most once per picture of the screen. Returns what ends it. */
  subscribe(listener: () => void): () => void;
  /** Called when it was set, by a seek. */
  onJump?(listener: () => void): () => void;
}

interface Props {
  position: PositionSource;
  view: TimeView;
  width: number;
  layout: Layout;
  rows: readonly TimelineRow[];
  formats: Formats;
  onSeek: (time: number) => void;
  onView: (view: TimeView) => void;
}

export function PositionSlider(props: Props) {
  const { position, onSeek, onView } = props;
  const { t } = useTranslation('timeline');
  const slider = useRef<HTMLDivElement>(null);
  const line = useRef<HTMLDivElement>(null);
  const newest = useRef({ ...props, t });
  const told = useRef('');
  useEffect(() => {
    newest.current = { ...props, t };
    told.current = '';
  });
  useEffect(() => {
    const show = () => place(newest.current, slider.current, line.current, told);
    show();
    return position.subscribe(show);
  });

  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { view, rows } = newest.current;
    const at = position.position();
    const to = keyTarget(event.key, at, view, rows);
    if (to !== undefined) onSeek(Math.max(0, Math.min(Date.now(), to)));
    else if (event.key === '+' || event.key === '=') onView(zoom(view, ZOOM_STEP, at));
    else if (event.key === '-') onView(zoom(view, 1 / ZOOM_STEP, at));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <>
      <div ref={line} className={styles.position} aria-hidden="true">
        <span className={styles.knob} style={{ height: props.layout.ruler }} />
      </div>
      <div
        ref={slider}
        className={styles.slider}
        role="slider"
        tabIndex={0}
        aria-label={t('position')}
        aria-describedby="timeline-keys"
        aria-valuemin={0}
        aria-valuemax={0}
        aria-valuenow={0}
        onKeyDown={onKeyDown}
      />
      <p id="timeline-keys" className="visually-hidden">
        {t('keys')}
      </p>
    </>
  );
}

/** Arrows go a hundredth of the view, Page keys a tenth, Home and End to the footage's ends. */
function keyTarget(
  key: string,
  at: number,
  view: TimeView,
  rows: readonly TimelineRow[],
): number | undefined {
  const span = spanOf(view);
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return at - span / 100;
    case 'ArrowRight':
    case 'ArrowUp':
      return at + span / 100;
    case 'PageDown':
      return at - span / 10;
    case 'PageUp':
      return at + span / 10;
    case 'Home':
      return nextFootage(rows, view.start) ?? view.start;
    case 'End':
      // The last picture is in front of the end, not at it.
      return (previousFootage(rows, Math.min(view.end, Date.now())) ?? view.end) - 1;
    default:
      return undefined;
  }
}

function place(
  props: Props & { t: TFunction<'timeline'> },
  slider: HTMLElement | null,
  line: HTMLElement | null,
  told: { current: string },
): void {
  const { position, view, width, rows, formats, t } = props;
  const at = position.position();
  const x = xOf(view, at, width);
  if (line) {
    line.style.transform = `translateX(${x.toFixed(1)}px)`;
    line.hidden = x < -1 || x > width + 1;
  }
  const time = formats.spoken.format(at);
  if (!slider || told.current === time) return;
  told.current = time;
  slider.setAttribute('aria-valuemin', String(Math.round(view.start)));
  slider.setAttribute('aria-valuemax', String(Math.round(view.end)));
  slider.setAttribute('aria-valuenow', String(Math.round(at)));
  slider.setAttribute('aria-valuetext', t('valueText', { time, state: stateText(rows, at, t) }));
}

/** Of several cameras the best there is. */
function stateText(rows: readonly TimelineRow[], at: number, t: TFunction<'timeline'>): string {
  const now = Date.now();
  const found = rows.map((row) => coverageAt(row, at, now));
  const kinds = ['recorded', 'pending', 'gap', 'future'] as const;
  const kind = kinds.find((wanted) => found.some((coverage) => coverage.kind === wanted)) ?? 'gap';
  const best = found.find((coverage) => coverage.kind === kind);
  if (best?.kind === 'gap')
    return t(`reason.${best.reason}`, { defaultValue: t('reason.unknown') });
  return t(`coverage.${kind}`);
}
