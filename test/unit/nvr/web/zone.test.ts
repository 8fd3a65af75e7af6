import { describe, expect, it } from 'vitest';
import { labelDetail, tickStep, ticks } from '../../../../examples/nvr/web/timeline/ticks.js';
import {
  momentOf,
  offsetAt,
  offsetSpans,
  startOfDay,
  wallTime,
} from '../../../../examples/nvr/web/timeline/zone.js';

const HOUR = 3_600_000;
const berlin = 'Europe/Berlin';
/** The clocks are put forward at 01:00 UTC, from 02:00 to 03:00. */
const spring = Date.UTC(2026, 2, 29);
/** The clocks are put back at 01:00 UTC, from 03:00 to 02:00. */
const autumn = Date.UTC(2026, 9, 25);

describe('local time', () => {
  it('knows the offset of a zone at a moment, of half hours and in the past, too', () => {
    expect(offsetAt(berlin, spring)).toBe(HOUR);
    expect(offsetAt(berlin, spring + HOUR)).toBe(2 * HOUR);
    expect(offsetAt('Asia/Kolkata', autumn)).toBe(5.5 * HOUR);
    expect(offsetAt('Asia/Seoul', autumn + 123)).toBe(9 * HOUR);
    expect(offsetAt('UTC', 0)).toBe(0);
  });

  it('reads a wall clock back to the moment', () => {
    const time = Date.UTC(2026, 6, 1, 12, 34, 56, 789);
    expect(momentOf(berlin, wallTime(berlin, time))).toBe(time);
    expect(wallTime(berlin, time)).toMatchObject({ hour: 14, minute: 34, millisecond: 789 });
  });

  it('takes the first of an hour that comes twice, and a moment near one that is left out', () => {
    const at = (month: number, day: number, hour: number, minute: number) =>
      momentOf(berlin, { year: 2026, month, day, hour, minute, second: 0 });
    expect(at(10, 25, 2, 30)).toBe(autumn + HOUR / 2);
    expect(at(3, 29, 2, 30)).toBe(spring + 1.5 * HOUR);
    expect(at(3, 29, 3, 0)).toBe(spring + HOUR);
    expect(at(10, 25, 3, 0)).toBe(autumn + 2 * HOUR);
  });

  it('finds days of 23 and 25 hours', () => {
    const day = (time: number, days: number) => startOfDay(berlin, time, days);
    const inSpring = spring + 12 * HOUR;
    expect(day(inSpring, 1) - day(inSpring, 0)).toBe(23 * HOUR);
    const inAutumn = autumn + 12 * HOUR;
    expect(day(inAutumn, 1) - day(inAutumn, 0)).toBe(25 * HOUR);
  });

  it('cuts a stretch where the clocks are changed', () => {
    expect(offsetSpans(berlin, autumn - HOUR, autumn + 5 * HOUR)).toEqual([
      { start: autumn - HOUR, end: autumn + HOUR, offset: 2 * HOUR },
      { start: autumn + HOUR, end: autumn + 5 * HOUR, offset: HOUR },
    ]);
    expect(offsetSpans(berlin, autumn + HOUR, autumn + 2 * HOUR)).toEqual([
      { start: autumn + HOUR, end: autumn + 2 * HOUR, offset: HOUR },
    ]);
    expect(offsetSpans('UTC', 0, 10)).toEqual([{ start: 0, end: 10, offset: 0 }]);
  });
});

describe('marks of a time axis', () => {
  it('are at local multiples, with midnights set off', () => {
    const from = Date.UTC(2026, 0, 1, 20);
    expect(
      ticks('Asia/Kolkata', from - 4 * HOUR, from, HOUR).map(({ time }) => time % HOUR),
    ).toEqual([HOUR / 2, HOUR / 2, HOUR / 2, HOUR / 2]);
    const days = ticks(berlin, from, from + 24 * HOUR, 6 * HOUR);
    expect(days.map(({ time, kind }) => [(time - from) / HOUR, kind])).toEqual([
      [3, 'day'],
      [9, 'plain'],
      [15, 'plain'],
      [21, 'plain'],
    ]);
  });

  it('come twice in the hour that comes twice, and are left out where it is left out', () => {
    const shown = (from: number) =>
      ticks(berlin, from - HOUR, from + 4 * HOUR, HOUR).map(({ time, kind }) =>
        kind === 'change' ? 'change' : wallTime(berlin, time).hour,
      );
    expect(shown(autumn)).toEqual([1, 2, 'change', 3, 4]);
    expect(shown(spring)).toEqual([0, 1, 'change', 4, 5]);
  });

  it('count half hours through the change', () => {
    const found = ticks(berlin, autumn + HOUR / 2, autumn + 2 * HOUR, HOUR / 2);
    expect(found.map(({ time }) => (time - autumn) / HOUR)).toEqual([0.5, 1, 1.5]);
  });

  it('begin weeks on Mondays', () => {
    const [first] = ticks('UTC', Date.UTC(2026, 10, 20), Date.UTC(2026, 11, 20), 7 * 24 * HOUR);
    expect(new Date(first?.time ?? 0).getUTCDay()).toBe(1);
  });

  it('have a step that leaves room for their labels', () => {
    expect(tickStep(1)).toBe(1000);
    expect(tickStep(61_000)).toBe(120_000);
    expect(tickStep(1e12)).toBe(7 * 24 * HOUR);
    expect([1000, 60_000, 86_400_000].map(labelDetail)).toEqual(['seconds', 'minutes', 'day']);
  });
});
