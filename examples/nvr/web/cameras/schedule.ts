// The weekly recording plan as the editor has it: for each day, spans of minutes that are recorded. It
// reads and writes the server's entries (protocol: RecordingSettings.schedule) without losing a minute.
import type { RecordingSettings } from '../../protocol/index.js';

export type ScheduleEntry = NonNullable<RecordingSettings['schedule']>[number];
export type ScheduleMode = ScheduleEntry['mode'];
/** What a span of the week can be set to. */
export type PaintMode = ScheduleMode | 'off';

/** Minutes of a day, half open. */
export interface Span {
  from: number;
  to: number;
  mode: ScheduleMode;
}

/** Seven days, 0 is Sunday; the spans of each in order and without overlap. */
export type WeekPlan = readonly (readonly Span[])[];

export const DAY_MINUTES = 1440;
/** The server takes no more entries. */
export const MAX_ENTRIES = 64;

export const EMPTY_WEEK: WeekPlan = Array.from({ length: 7 }, () => []);
export const FULL_WEEK: WeekPlan = EMPTY_WEEK.map(() => [
  { from: 0, to: DAY_MINUTES, mode: 'continuous' },
]);

/** Sets a span of a day to a mode; `off` takes it out. Minutes beyond the day are cut. */
export function paint(
  week: WeekPlan,
  day: number,
  from: number,
  to: number,
  mode: PaintMode,
): WeekPlan {
  const start = Math.max(0, from);
  const end = Math.min(DAY_MINUTES, to);
  if (start >= end) return week;
  return week.map((spans, i) => (i === day ? paintDay(spans, start, end, mode) : spans));
}

/** The mode of a span of a day; undefined where it has more than one. */
export function modeOf(
  week: WeekPlan,
  day: number,
  from: number,
  to: number,
): PaintMode | undefined {
  const touching = (week[day] ?? []).filter((span) => span.from < to && span.to > from);
  const [first] = touching;
  if (!first) return 'off';
  return first.from <= from && first.to >= to ? first.mode : undefined;
}

/** Days and a time of day as in an entry; over midnight where `to` is not later than `from`. */
export function paintEntry(
  week: WeekPlan,
  days: readonly number[],
  from: number,
  to: number,
  mode: PaintMode,
): WeekPlan {
  return days.reduce((plan, day) => {
    if (to > from) return paint(plan, day, from, to, mode);
    const evening = paint(plan, day, from, DAY_MINUTES, mode);
    return paint(evening, (day + 1) % 7, 0, to, mode);
  }, week);
}

/** The first entry that holds at a moment counts, so the last is painted first. */
export function weekOf(entries: readonly ScheduleEntry[]): WeekPlan {
  return entries.toReversed().reduce<WeekPlan>((week, { days, from, to, mode }) => {
    return paintEntry(week, days, minutesOf(from) ?? 0, minutesOf(to) ?? 0, mode);
  }, EMPTY_WEEK);
}

/** Entries for the server: equal spans of several days become one. */
export function entriesOf(week: WeekPlan): ScheduleEntry[] {
  const entries = new Map<string, ScheduleEntry>();
  week.forEach((spans, day) => {
    for (const { from, to, mode } of spans) {
      const key = `${from} ${to} ${mode}`;
      const entry = entries.get(key);
      if (entry) entry.days.push(day);
      else entries.set(key, { days: [day], from: timeOfDay(from), to: timeOfDay(to), mode });
    }
  });
  return [...entries.values()];
}

/** One day's plan for other days, too. */
export function copyDay(week: WeekPlan, from: number, days: readonly number[]): WeekPlan {
  const plan = week[from] ?? [];
  return week.map((spans, day) => (days.includes(day) ? plan : spans));
}

/** Minutes of a week that are recorded in a mode. */
export function minutesIn(week: WeekPlan, mode: ScheduleMode): number {
  return week
    .flat()
    .filter((span) => span.mode === mode)
    .reduce((sum, { from, to }) => sum + to - from, 0);
}

/** `08:30`; the end of a day is `24:00`. */
export function timeOfDay(minutes: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** Minutes of `08:30`, up to `24:00`; undefined for what is no time of day. */
export function minutesOf(time: string): number | undefined {
  const match = /^(\d{2}):([0-5]\d)$/.exec(time);
  if (!match) return undefined;
  const minutes = Number(match[1]) * 60 + Number(match[2]);
  return minutes <= DAY_MINUTES ? minutes : undefined;
}

function paintDay(spans: readonly Span[], from: number, to: number, mode: PaintMode): Span[] {
  const kept = spans.flatMap((span) => [
    { ...span, to: Math.min(span.to, from) },
    { ...span, from: Math.max(span.from, to) },
  ]);
  if (mode !== 'off') kept.push({ from, to, mode });
  const ordered = kept.filter((span) => span.from < span.to).sort((a, b) => a.from - b.from);
  return ordered.reduce<Span[]>((merged, span) => {
    const last = merged.at(-1);
    if (last && last.to === span.from && last.mode === span.mode) last.to = span.to;
    else merged.push({ ...span });
    return merged;
  }, []);
}
