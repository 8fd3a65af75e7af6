// Where a time axis has its marks: at round local times, with the days set off.
import { type OffsetSpan, offsetSpans } from './zone.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Steps that people read without arithmetic, in milliseconds. */
const STEPS = [
  SECOND,
  2 * SECOND,
  5 * SECOND,
  10 * SECOND,
  30 * SECOND,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
] as const;

/** 1970-01-05 was the first Monday: weeks begin there. */
const FIRST_MONDAY = 4 * DAY;

export interface Tick {
  /** UTC milliseconds. */
  time: number;
  /** `day`: a local midnight. `change`: the clocks were changed here. */
  kind: 'plain' | 'day' | 'change';
}

/** The smallest round step that is at least `minimum` milliseconds. */
export function tickStep(minimum: number): number {
  return STEPS.find((step) => step >= minimum) ?? 7 * DAY;
}

/**
 * Marks within `[start, end)` at local multiples of `step`, in order. Where the clocks are put back an
 * hour's marks come twice, where they are put forward they are left out.
 */
export function ticks(zone: string, start: number, end: number, step: number): Tick[] {
  const found: Tick[] = [];
  offsetSpans(zone, start, end).forEach((span, i) => {
    if (i > 0) found.push({ time: span.start, kind: 'change' });
    for (const tick of within(span, step)) {
      if (found.at(-1)?.time !== tick.time) found.push(tick);
    }
  });
  return found;
}

function* within({ start, end, offset }: OffsetSpan, step: number): Generator<Tick> {
  const origin = step === 7 * DAY ? FIRST_MONDAY : 0;
  let shown = Math.ceil((start + offset - origin) / step) * step + origin;
  for (; shown - offset < end; shown += step) {
    yield { time: shown - offset, kind: shown % DAY === 0 ? 'day' : 'plain' };
  }
}

/** How much of a moment a label has to say at this step. */
export function labelDetail(step: number): 'seconds' | 'minutes' | 'day' {
  if (step >= DAY) return 'day';
  return step >= MINUTE ? 'minutes' : 'seconds';
}
