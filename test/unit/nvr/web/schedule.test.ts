import { describe, expect, it } from 'vitest';
import {
  copyDay,
  EMPTY_WEEK,
  entriesOf,
  FULL_WEEK,
  minutesIn,
  minutesOf,
  modeOf,
  paint,
  paintEntry,
  timeOfDay,
  weekOf,
} from '../../../../examples/nvr/web/cameras/schedule.js';

describe('the weekly recording plan', () => {
  it('survives the way to the server and back, to the minute', () => {
    const entries = [
      { days: [1, 2, 3, 4, 5], from: '08:07', to: '18:30', mode: 'continuous' as const },
      { days: [0, 6], from: '00:00', to: '24:00', mode: 'events' as const },
    ];
    const week = weekOf(entries);
    expect(weekOf(entriesOf(week))).toEqual(week);
    expect(entriesOf(week)).toEqual(expect.arrayContaining(entries));
    expect(entriesOf(week)).toHaveLength(2);
  });

  it('takes an entry over midnight into the next day, Saturday into Sunday', () => {
    const week = weekOf([{ days: [6], from: '22:00', to: '06:00', mode: 'events' }]);
    expect(week[6]).toEqual([{ from: 1320, to: 1440, mode: 'events' }]);
    expect(week[0]).toEqual([{ from: 0, to: 360, mode: 'events' }]);
  });

  it('lets the first entry count where two hold at a time', () => {
    const week = weekOf([
      { days: [1], from: '09:00', to: '10:00', mode: 'continuous' },
      { days: [1], from: '08:00', to: '12:00', mode: 'events' },
    ]);
    expect(modeOf(week, 1, 540, 600)).toBe('continuous');
    expect(modeOf(week, 1, 600, 660)).toBe('events');
  });

  it('paints over, cuts out and joins what touches', () => {
    const cut = paint(FULL_WEEK, 3, 600, 660, 'off');
    expect(cut[3]).toEqual([
      { from: 0, to: 600, mode: 'continuous' },
      { from: 660, to: 1440, mode: 'continuous' },
    ]);
    expect(paint(cut, 3, 600, 660, 'continuous')).toEqual(FULL_WEEK);
    expect(paint(EMPTY_WEEK, 3, 1380, 1500, 'events')[3]).toEqual([
      { from: 1380, to: 1440, mode: 'events' },
    ]);
    expect(paint(FULL_WEEK, 0, 60, 60, 'off')).toBe(FULL_WEEK);
  });

  it('says of an hour what it is, or that it is mixed', () => {
    const week = paint(EMPTY_WEEK, 2, 510, 570, 'events');
    expect(modeOf(week, 2, 480, 540)).toBeUndefined();
    expect(modeOf(week, 2, 510, 540)).toBe('events');
    expect(modeOf(week, 2, 0, 60)).toBe('off');
  });

  it('copies a day and counts minutes', () => {
    const week = paintEntry(EMPTY_WEEK, [1], 0, 90, 'continuous');
    const copied = copyDay(week, 1, [2, 3]);
    expect(minutesIn(copied, 'continuous')).toBe(270);
    expect(minutesIn(copied, 'events')).toBe(0);
  });

  it('reads and writes times of day', () => {
    expect([0, 510, 1440].map(timeOfDay)).toEqual(['00:00', '08:30', '24:00']);
    expect(['08:30', '24:00', '24:01', '8:30', '12:60', ''].map(minutesOf)).toEqual([
      ...[510, 1440],
      ...[undefined, undefined, undefined, undefined],
    ]);
  });
});
