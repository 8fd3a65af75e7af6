import { describe, expect, it } from 'vitest';
import {
  durationText,
  momentText,
  parseMoment,
} from '../../../../examples/nvr/web/timeline/moment-text.js';

const berlin = 'Europe/Berlin';
const time = Date.UTC(2026, 10, 22, 13, 3, 20, 250);

describe('typing a moment', () => {
  it('reads what it writes', () => {
    expect(momentText(berlin, time)).toBe('2026-11-22 14:03:20');
    expect(parseMoment(berlin, momentText(berlin, time, true), 0)).toBe(time);
  });

  it('takes a date alone, a clock alone, and other marks between numbers', () => {
    expect(parseMoment(berlin, '2026-11-22', 0)).toBe(Date.UTC(2026, 10, 21, 23));
    expect(parseMoment(berlin, ' 9:05 ', time)).toBe(Date.UTC(2026, 10, 22, 8, 5));
    expect(parseMoment(berlin, '2026.11.22T14:03', 0)).toBe(Date.UTC(2026, 10, 22, 13, 3));
    expect(parseMoment(berlin, '14:03:20.5', time)).toBe(time + 250);
  });

  it.each(['', 'soon', '2026-13-01', '2026-02-30', '25:00', '12:60', '12:00 2026-01-01 x', '1;2'])(
    'reads nothing into %j',
    (text) => {
      expect(parseMoment(berlin, text, time)).toBeUndefined();
    },
  );

  it('writes durations with as many parts as they need', () => {
    expect(durationText(61_000)).toBe('1:01');
    expect(durationText(3_723_000)).toBe('1:02:03');
  });
});
