// When a camera is recorded: hours of the week in the time zone of the place, daylight saving included.
import {
  type Check,
  checkOptions,
  invalidArgument,
  list,
  oneOf,
  optional,
  text,
} from '../arguments/index.js';
import type { RecordingMode } from './segment-writer.js';

/** A day of the week. */
export type Weekday = 'sun' | 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat';

const WEEKDAYS: readonly Weekday[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** Hours of the week, and how they are recorded. */
export interface ScheduleEntry {
  /** Default: every day. */
  days?: readonly Weekday[];
  /** `HH:MM`, from 00:00 to 24:00, local time. Where `to` is not later than `from`, it is that of the next day. */
  from: string;
  to: string;
  mode: RecordingMode;
}

/** A recording schedule. */
export interface RecordingSchedule {
  /** The first that holds at a moment counts; where none does, recording is `off`. */
  entries: readonly ScheduleEntry[];
  /** IANA name, for example `Asia/Seoul`. Default: that of the system. */
  timeZone?: string;
}

const DAY_MINUTES = 24 * 60;

interface Entry {
  days: readonly number[];
  from: number;
  to: number;
  mode: RecordingMode;
}

/** Tells the mode of any moment. */
export class Schedule {
  readonly #entries: Entry[];
  readonly #format: Intl.DateTimeFormat;

  /** @throws FluxError `ERR_INVALID_ARGUMENT` naming what is wrong. */
  constructor(where: string, schedule: RecordingSchedule) {
    const checked = checkOptions(where, schedule, {
      entries: list,
      timeZone: optional(timeZone),
    });
    this.#entries = checked.entries.map((entry, i) => checkEntry(`${where}: entries[${i}]`, entry));
    this.#format = new Intl.DateTimeFormat('en-US', {
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
      ...(checked.timeZone !== undefined && { timeZone: checked.timeZone }),
    });
  }

  /** The mode at a time in UTC milliseconds. */
  modeAt(time: number): RecordingMode {
    const parts = Object.fromEntries(
      this.#format.formatToParts(time).map(({ type, value }) => [type, value]),
    );
    const day = WEEKDAYS.indexOf((parts.weekday ?? '').toLowerCase() as Weekday);
    const minute = Number(parts.hour) * 60 + Number(parts.minute);
    return this.#entries.find((entry) => holds(entry, day, minute))?.mode ?? 'off';
  }

  /**
   * Milliseconds until the mode has to be looked at again: the next full minute. Entries begin at
   * minutes, and a change of the clock or of daylight saving is noticed within one.
   */
  static untilNextLook(time: number): number {
    return 60_000 - (time % 60_000);
  }
}

function holds({ days, from, to }: Entry, day: number, minute: number): boolean {
  if (to > from) return days.includes(day) && minute >= from && minute < to;
  // Over midnight: the evening of its day, and the morning of the next one.
  const before = (day + 6) % 7;
  return (days.includes(day) && minute >= from) || (days.includes(before) && minute < to);
}

function checkEntry(where: string, entry: unknown): Entry {
  const checked = checkOptions(where, entry, {
    days: optional(list, WEEKDAYS as readonly string[]),
    from: timeOfDay,
    to: timeOfDay,
    mode: oneOf('continuous', 'event', 'off'),
  });
  const days = checked.days.map((day) =>
    WEEKDAYS.indexOf(oneOf(...WEEKDAYS)(`${where}: days`, day)),
  );
  if (checked.from === DAY_MINUTES) {
    throw invalidArgument(`${where}: from`, 'a time before 24:00', '24:00');
  }
  return { days, from: checked.from, to: checked.to, mode: checked.mode };
}

const timeOfDay: Check<number> = (name, value) => {
  const match = /^(\d{2}):(\d{2})$/.exec(typeof value === 'string' ? value : '');
  const minutes = match ? Number(match[1]) * 60 + Number(match[2]) : Number.NaN;
  if (!(minutes <= DAY_MINUTES) || Number(match?.[2]) > 59) {
    throw invalidArgument(name, 'a time of day such as 08:30 (to 24:00)', value);
  }
  return minutes;
};

const timeZone: Check<string> = (name, value) => {
  text(1, 64)(name, value);
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: value as string });
  } catch {
    throw invalidArgument(name, 'an IANA time zone such as Asia/Seoul', value);
  }
  return value as string;
};
