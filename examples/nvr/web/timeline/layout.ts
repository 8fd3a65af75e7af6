// Where a timeline's rows are, and what is at a point of it.
import type { TimelineRow } from '../../protocol/index.js';
import { type Coverage, coverageAt, lastBefore } from './rows.js';
import { type TimeView, timeAt, xOf } from './view.js';

/** Pixels. The ruler is where one scrubs; a thumb needs it high. */
export interface Layout {
  width: number;
  ruler: number;
  rowHeight: number;
  rows: number;
}

const ROWS_HEIGHT = 96;
const MIN_ROW = 14;
const MAX_ROW = 26;

export function layoutOf(width: number, rows: number, isCoarse: boolean): Layout {
  const rowHeight = Math.max(
    MIN_ROW,
    Math.min(MAX_ROW, Math.floor(ROWS_HEIGHT / Math.max(1, rows))),
  );
  return { width, ruler: isCoarse ? 44 : 30, rowHeight, rows };
}

export function heightOf({ ruler, rowHeight, rows }: Layout): number {
  return ruler + rowHeight * Math.max(1, rows);
}

export type TimelineEvent = TimelineRow['events'][number];

/** What is at a point. */
export interface Hit {
  time: number;
  /** In the ruler there is no row. */
  row?: TimelineRow;
  coverage?: Coverage;
  event?: TimelineEvent;
}

/** Pixels around an event's mark that belong to it. */
const EVENT_REACH = 4;

export function hitTest(
  layout: Layout,
  view: TimeView,
  rows: readonly TimelineRow[],
  point: { x: number; y: number },
  now: number,
): Hit {
  const time = timeAt(view, point.x, layout.width);
  const row = rows[Math.floor((point.y - layout.ruler) / layout.rowHeight)];
  if (point.y < layout.ruler || !row) return { time };
  const event = eventAt(row.events, point.x, (at) => xOf(view, at, layout.width));
  return { time, row, coverage: coverageAt(row, time, now), ...(event && { event }) };
}

/** Marks are drawn wider than they last; the one that begins nearest wins. */
function eventAt(
  events: readonly TimelineEvent[],
  x: number,
  at: (time: number) => number,
): TimelineEvent | undefined {
  let best: TimelineEvent | undefined;
  let distance = Number.POSITIVE_INFINITY;
  for (const event of events) {
    const start = at(event.start);
    if (start - EVENT_REACH > x) continue;
    if (Math.max(at(event.end), start) + EVENT_REACH < x) continue;
    if (Math.abs(x - start) < distance) {
      best = event;
      distance = Math.abs(x - start);
    }
  }
  return best;
}

/** Of sorted spans those that a view shows, from the first on. */
export function* visible<T extends { start: number; end: number }>(
  spans: readonly T[],
  view: TimeView,
): Generator<T> {
  // Spans may overlap a little where events of several kinds are in one list.
  let i = Math.max(0, lastBefore(spans, view.start) - 8);
  for (; i < spans.length; i++) {
    const span = spans[i] as T;
    if (span.start >= view.end) return;
    if (span.end >= view.start) yield span;
  }
}
