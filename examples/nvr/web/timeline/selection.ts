// A range of time that is selected for an export: set by its ends, by handles, by `[` and `]`.

/** UTC milliseconds, half open. */
export interface TimeRange {
  start: number;
  end: number;
}

/** Longer ones are refused by the dialog; here they are only marked. */
export const MIN_RANGE_MS = 1000;
/** Around the moment where only one end was set. */
const DEFAULT_RANGE_MS = 60_000;

export type Handle = 'start' | 'end';

/** Between two moments, whichever comes first. */
export function rangeBetween(a: number, b: number): TimeRange {
  const start = Math.round(Math.min(a, b));
  return { start, end: Math.max(Math.round(Math.max(a, b)), start + MIN_RANGE_MS) };
}

/**
 * Moves one end. An end that is drawn over the other takes the other's part: `handle` of the result is
 * what is held then.
 */
export function moveHandle(
  range: TimeRange,
  handle: Handle,
  time: number,
): { range: TimeRange; handle: Handle } {
  const other = handle === 'start' ? range.end : range.start;
  const moved = rangeBetween(other, time);
  return { range: moved, handle: time < other ? 'start' : 'end' };
}

/** The keys `[` and `]`: the range begins, or ends, here. */
export function setEnd(range: TimeRange | undefined, handle: Handle, time: number): TimeRange {
  if (handle === 'start') {
    const end = range && range.end > time ? range.end : time + DEFAULT_RANGE_MS;
    return rangeBetween(time, end);
  }
  const start = range && range.start < time ? range.start : time - DEFAULT_RANGE_MS;
  return rangeBetween(start, time);
}

/** Which handle is within `reach` pixels of `x`; the nearer one. */
export function handleAt(
  startX: number,
  endX: number,
  x: number,
  reach: number,
): Handle | undefined {
  const toStart = Math.abs(x - startX);
  const toEnd = Math.abs(x - endX);
  if (Math.min(toStart, toEnd) > reach) return undefined;
  return toStart < toEnd || (toStart === toEnd && x < startX) ? 'start' : 'end';
}
