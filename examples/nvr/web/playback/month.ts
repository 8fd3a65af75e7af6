// A month as a calendar shows it: weeks from Monday on, and the days with footage.
import type { TimelineRow } from '../../protocol/index.js';
import { momentOf, wallTime } from '../timeline/zone.js';

export interface Month {
  year: number;
  /** 1 to 12. */
  month: number;
}

export interface CalendarDay {
  day: number;
  /** UTC milliseconds, half open: 23 to 25 hours. */
  start: number;
  end: number;
}

export function monthAt(zone: string, time: number): Month {
  const { year, month } = wallTime(zone, time);
  return { year, month };
}

export function monthBeside({ year, month }: Month, direction: 1 | -1): Month {
  const next = new Date(Date.UTC(year, month - 1 + direction, 1));
  return { year: next.getUTCFullYear(), month: next.getUTCMonth() + 1 };
}

/** Rows of seven; undefined where a day is of another month. */
export function weeksOf(zone: string, { year, month }: Month): (CalendarDay | undefined)[][] {
  const at = (day: number) => momentOf(zone, { year, month, day, hour: 0, minute: 0, second: 0 });
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const before = (new Date(Date.UTC(year, month - 1, 1)).getUTCDay() + 6) % 7;
  const cells: (CalendarDay | undefined)[] = Array.from({ length: before }, () => undefined);
  for (let day = 1; day <= days; day++) cells.push({ day, start: at(day), end: at(day + 1) });
  while (cells.length % 7 !== 0) cells.push(undefined);
  return Array.from({ length: cells.length / 7 }, (_, i) => cells.slice(i * 7, i * 7 + 7));
}

/** Any camera has footage of that day. */
export function hasFootage(rows: readonly TimelineRow[], { start, end }: CalendarDay): boolean {
  return rows.some(({ runs }) => runs.some((run) => run.start < end && run.end > start));
}
