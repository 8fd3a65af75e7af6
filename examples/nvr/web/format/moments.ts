// Moments (UTC milliseconds) as a user wants to read them: language, time zone, 12 or 24 hours.
import { NOTHING } from './quantities.js';

/** How one user reads time. */
export interface MomentStyle {
  /** BCP 47. */
  language: string;
  /** IANA; absent: that of the browser. */
  timeZone?: string;
  /** Absent: as the language has it. */
  hour12?: boolean;
}

/** Date and time to the second. */
export function formatMoment(at: number | undefined, style: MomentStyle): string {
  return format(at, style, { dateStyle: 'medium', timeStyle: 'medium' });
}

/** Date alone. */
export function formatDay(at: number | undefined, style: MomentStyle): string {
  return format(at, style, { dateStyle: 'medium' });
}

/** Time of day to the second. */
export function formatTimeOfDay(at: number | undefined, style: MomentStyle): string {
  return format(at, style, { timeStyle: 'medium' });
}

/** How long ago, or in how long, in the largest fitting unit, for example `3 minutes ago`. */
export function formatAge(at: number | undefined, now: number, language: string): string {
  if (at === undefined) return NOTHING;
  const seconds = (at - now) / 1000;
  const words = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) >= length) return words.format(Math.trunc(seconds / length), unit);
  }
  return words.format(0, 'second');
}

/** Full days from now on; less than 0 where it is over. */
export function daysUntil(at: number, now: number): number {
  return Math.floor((at - now) / 86_400_000);
}

/** Whether the name is a time zone that this browser knows. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return name !== '';
  } catch {
    return false;
  }
}

const UNITS = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

const formats = new Map<string, Intl.DateTimeFormat>();
function format(
  at: number | undefined,
  { language, timeZone, hour12 }: MomentStyle,
  parts: Intl.DateTimeFormatOptions,
): string {
  if (at === undefined || !Number.isFinite(at)) return NOTHING;
  const key = JSON.stringify([language, timeZone, hour12, parts]);
  let made = formats.get(key);
  if (!made) {
    made = new Intl.DateTimeFormat(language, {
      ...parts,
      ...(timeZone !== undefined && { timeZone }),
      // `hour12: false` alone writes midnight as 24:00 in some languages.
      ...(hour12 === false && parts.timeStyle !== undefined && { hourCycle: 'h23' as const }),
      ...(hour12 === true && { hour12 }),
    });
    formats.set(key, made);
  }
  return made.format(at);
}
