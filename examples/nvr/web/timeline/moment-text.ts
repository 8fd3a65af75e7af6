// Moments as people read and type them, in local time.
import { momentOf, wallTime } from './zone.js';

const two = (value: number) => String(value).padStart(2, '0');

/** `2026-11-22 14:03:20`, as {@link parseMoment} reads it; with `.250` where milliseconds count. */
export function momentText(zone: string, time: number, withMilliseconds = false): string {
  const { year, month, day, hour, minute, second, millisecond } = wallTime(zone, time);
  const date = `${year}-${two(month)}-${two(day)}`;
  const clock = `${two(hour)}:${two(minute)}:${two(second)}`;
  const fraction = withMilliseconds ? `.${String(millisecond).padStart(3, '0')}` : '';
  return `${date} ${clock}${fraction}`;
}

const DATE = /^(\d{4})[-./](\d{1,2})[-./](\d{1,2})/;
const CLOCK = /(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d{1,3}))?)?$/;

/**
 * The moment that is typed: `2026-11-22 14:03:20`, without seconds, without a clock (midnight), or a
 * clock alone, which is of the day of `near`. Undefined for everything else.
 */
export function parseMoment(zone: string, text: string, near: number): number | undefined {
  const typed = text.trim().replace('T', ' ');
  const date = DATE.exec(typed);
  const clock = CLOCK.exec(typed);
  const rest = typed.replace(DATE, '').replace(CLOCK, '').trim();
  if ((!date && !clock) || rest !== '') return undefined;
  const today = wallTime(zone, near);
  const number = (group: string | undefined, otherwise: number) =>
    group === undefined ? otherwise : Number(group);
  const wall = {
    year: number(date?.[1], today.year),
    month: number(date?.[2], today.month),
    day: number(date?.[3], today.day),
    hour: number(clock?.[1], 0),
    minute: number(clock?.[2], 0),
    second: number(clock?.[3], 0),
    millisecond: number(clock?.[4]?.padEnd(3, '0'), 0),
  };
  const days = new Date(Date.UTC(wall.year, wall.month, 0)).getUTCDate();
  const isDay = wall.month >= 1 && wall.month <= 12 && wall.day >= 1 && wall.day <= days;
  if (!isDay || wall.hour > 23 || wall.minute > 59 || wall.second > 59) return undefined;
  const moment = momentOf(zone, wall);
  return moment >= 0 ? moment : undefined;
}

/** `1:02:03`, `2:03`; days as hours. */
export function durationText(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
