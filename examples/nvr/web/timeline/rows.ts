// What is known of cameras' footage: what is there at a moment, why something is not, what comes next.
import type { TimelineRow } from '../../protocol/index.js';

export interface Span {
  start: number;
  end: number;
}

/** What a camera has at a moment. */
export type Coverage =
  | { kind: 'recorded'; run: Span }
  /** `next`: where footage goes on, as far as it is known. */
  | { kind: 'gap'; gap: Span; reason: string; next?: number }
  /** Recorded, or about to be, and not in the index yet. */
  | { kind: 'pending'; gap: Span }
  | { kind: 'future' };

/** Footage comes into the index when its file is closed; so much later at most. */
export const PENDING_MS = 75_000;

/** Index of the last item that starts at or before `time`; -1 where there is none. */
export function lastBefore(items: readonly Span[], time: number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((items[middle] as Span).start <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

export function coverageAt(row: TimelineRow, time: number, now: number): Coverage {
  if (time >= now) return { kind: 'future' };
  const i = lastBefore(row.runs, time);
  const run = row.runs[i];
  if (run && time < run.end) return { kind: 'recorded', run };
  const next = row.runs[i + 1];
  const gap = { start: run?.end ?? 0, end: next?.start ?? now };
  const isRecent = !next && run && now - run.end <= PENDING_MS;
  if (isRecent) return { kind: 'pending', gap };
  return { kind: 'gap', gap, reason: reasonAt(row, time), next: next?.start };
}

function reasonAt(row: TimelineRow, time: number): string {
  const i = lastBefore(row.gaps, time);
  const gap = row.gaps[i];
  return gap && time < gap.end ? gap.reason : 'unknown';
}

/** The first moment at or after `time` with footage of any row. */
export function nextFootage(rows: readonly TimelineRow[], time: number): number | undefined {
  let first: number | undefined;
  for (const { runs } of rows) {
    const i = lastBefore(runs, time);
    const run = runs[i];
    const found = run && time < run.end ? time : runs[i + 1]?.start;
    if (found !== undefined && !(first !== undefined && first <= found)) first = found;
  }
  return first;
}

/** The end of the last footage of any row before `time`. */
export function previousFootage(rows: readonly TimelineRow[], time: number): number | undefined {
  let last: number | undefined;
  for (const { runs } of rows) {
    const run = runs[lastBefore(runs, time)];
    if (!run) continue;
    const found = time < run.end ? time : run.end - 1;
    if (last === undefined || found > last) last = found;
  }
  return last;
}

/** The holes of a row within a window, with their reasons: they are drawn hatched. */
export function holesOf(
  row: TimelineRow,
  window: Span,
  now: number,
): (Span & { reason: string })[] {
  const end = Math.min(window.end, now);
  const holes: (Span & { reason: string })[] = [];
  let at = window.start;
  for (const run of row.runs) {
    if (run.end <= at) continue;
    if (run.start >= end) break;
    if (run.start > at) holes.push({ start: at, end: run.start, reason: reasonAt(row, at) });
    at = run.end;
  }
  if (at < end) holes.push({ start: at, end, reason: reasonAt(row, at) });
  return holes;
}

/** Where the rows' cameras were all recorded, in milliseconds per camera, within a range. */
export function recordedMs(row: TimelineRow, range: Span): number {
  let sum = 0;
  for (const run of row.runs) {
    sum += Math.max(0, Math.min(run.end, range.end) - Math.max(run.start, range.start));
  }
  return sum;
}

/** The events of rows in front of, or behind a moment. `slack` keeps it from finding the present one. */
export function neighbourEvent(
  rows: readonly TimelineRow[],
  time: number,
  direction: 1 | -1,
  slack = 500,
): number | undefined {
  let best: number | undefined;
  for (const { events } of rows) {
    for (const { start } of events) {
      const isBeyond = direction > 0 ? start > time + slack : start < time - slack;
      if (!isBeyond) continue;
      if (best === undefined || (direction > 0 ? start < best : start > best)) best = start;
    }
  }
  return best;
}
