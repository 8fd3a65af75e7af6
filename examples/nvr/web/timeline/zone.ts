// Local time: what a zone's clocks show at a moment, and which moment it is when they show something.
// Nothing but Intl knows of daylight saving; it is asked once per stretch of constant offset.

const MINUTE = 60_000;
const DAY = 86_400_000;

/** A stretch in which the zone's clocks are `offset` milliseconds ahead of UTC; half open. */
export interface OffsetSpan {
  start: number;
  end: number;
  offset: number;
}

/** What a clock on the wall shows. `month` from 1 to 12. */
export interface WallTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  millisecond?: number;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(zone: string): Intl.DateTimeFormat {
  let clock = clocks.get(zone);
  if (!clock) {
    clock = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    clocks.set(zone, clock);
  }
  return clock;
}

/** The zone of the browser, for example `Europe/Berlin`. */
export function browserZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

/** How far the zone's clocks are ahead of UTC at `time`, in milliseconds. */
export function offsetAt(zone: string, time: number): number {
  const second = Math.floor(time / 1000) * 1000;
  const part: Record<string, number> = {};
  for (const { type, value } of clockOf(zone).formatToParts(second)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second: s = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, s) - second;
}

/** What the zone's clocks show at `time`. */
export function wallTime(zone: string, time: number): Required<WallTime> {
  const shown = new Date(time + offsetAt(zone, time));
  return {
    year: shown.getUTCFullYear(),
    month: shown.getUTCMonth() + 1,
    day: shown.getUTCDate(),
    hour: shown.getUTCHours(),
    minute: shown.getUTCMinutes(),
    second: shown.getUTCSeconds(),
    millisecond: shown.getUTCMilliseconds(),
  };
}

/**
 * The moment at which the zone's clocks show that. Of an hour that comes twice the first; an hour that
 * is left out is read as if the clocks had not been put forward.
 */
export function momentOf(zone: string, wall: WallTime): number {
  const { year, month, day, hour, minute, second, millisecond = 0 } = wall;
  const shown = Date.UTC(year, month - 1, day, hour, minute, second, millisecond);
  const before = offsetAt(zone, shown - DAY);
  const first = shown - before;
  if (offsetAt(zone, first) === before) return first;
  const after = offsetAt(zone, shown + DAY);
  const later = shown - after;
  return offsetAt(zone, later) === after ? later : first;
}

/** The beginning of the local day that `time` is in, or of another one `days` away. */
export function startOfDay(zone: string, time: number, days = 0): number {
  const { year, month, day } = wallTime(zone, time);
  return momentOf(zone, { year, month, day: day + days, hour: 0, minute: 0, second: 0 });
}

const DAY_SPANS_KEPT = 2000;
const known = new Map<string, number>();

/** Offsets at the beginnings of UTC days are asked for again and again while a view is moved. */
function offsetOfDay(zone: string, day: number): number {
  const key = `${zone} ${day}`;
  let offset = known.get(key);
  if (offset === undefined) {
    offset = offsetAt(zone, day);
    if (known.size >= DAY_SPANS_KEPT) known.clear();
    known.set(key, offset);
  }
  return offset;
}

/** `[start, end)` cut where the clocks are changed. */
export function offsetSpans(zone: string, start: number, end: number): OffsetSpan[] {
  const spans: OffsetSpan[] = [];
  let at = Math.floor(start / DAY) * DAY;
  let span: OffsetSpan = { start, end, offset: offsetOfDay(zone, at) };
  while (at < end) {
    const next = at + DAY;
    const offset = offsetOfDay(zone, next);
    if (offset !== span.offset) {
      const change = findChange(zone, at, next, span.offset);
      if (change > start && change < end) {
        spans.push({ ...span, end: change });
        span = { start: change, end, offset };
      } else if (change <= start) {
        span = { start, end, offset };
      }
    }
    at = next;
  }
  spans.push(span);
  return spans;
}

/** Clocks are changed at whole minutes; at most once a day. */
function findChange(zone: string, start: number, end: number, before: number): number {
  let low = start / MINUTE;
  let high = end / MINUTE;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(zone, middle * MINUTE) === before) low = middle;
    else high = middle;
  }
  return high * MINUTE;
}
