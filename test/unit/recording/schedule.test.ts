import { describe, expect, it } from 'vitest';
import { type RecordingSchedule, Schedule } from '../../../src/recording/schedule.js';
import { thrownBy } from '../thrown.js';

const at = (text: string) => Date.parse(text);
const make = (schedule: RecordingSchedule) => new Schedule('schedule', schedule);

describe('Schedule', () => {
  it('takes the first entry that holds, and is off where none does', () => {
    const schedule = make({
      timeZone: 'UTC',
      entries: [
        { days: ['mon'], from: '12:00', to: '13:00', mode: 'event' },
        { from: '08:00', to: '18:00', mode: 'continuous' },
      ],
    });
    // 2026-01-26 is a Monday.
    expect(schedule.modeAt(at('2026-01-26T07:59:59Z'))).toBe('off');
    expect(schedule.modeAt(at('2026-01-26T08:00:00Z'))).toBe('continuous');
    expect(schedule.modeAt(at('2026-01-26T12:30:00Z'))).toBe('event');
    expect(schedule.modeAt(at('2026-01-27T12:30:00Z'))).toBe('continuous');
    expect(schedule.modeAt(at('2026-01-26T18:00:00Z'))).toBe('off');
  });

  it('reaches over midnight into the next day, and from Saturday into Sunday', () => {
    const schedule = make({
      timeZone: 'UTC',
      entries: [{ days: ['sat'], from: '22:00', to: '06:00', mode: 'continuous' }],
    });
    expect(schedule.modeAt(at('2026-01-31T21:59:00Z'))).toBe('off');
    expect(schedule.modeAt(at('2026-01-31T23:00:00Z'))).toBe('continuous');
    expect(schedule.modeAt(at('2026-02-01T05:59:00Z'))).toBe('continuous');
    expect(schedule.modeAt(at('2026-02-01T06:00:00Z'))).toBe('off');
    expect(schedule.modeAt(at('2026-01-31T05:00:00Z'))).toBe('off');
  });

  it('covers whole days', () => {
    const schedule = make({ entries: [{ from: '00:00', to: '24:00', mode: 'continuous' }] });
    for (let hour = 0; hour < 24 * 7; hour++) {
      expect(schedule.modeAt(at('2026-01-26T00:00:00Z') + hour * 3_600_000)).toBe('continuous');
    }
  });

  it('follows the place’s clock through daylight saving', () => {
    const schedule = make({
      timeZone: 'Europe/Berlin',
      entries: [{ from: '08:00', to: '09:00', mode: 'continuous' }],
    });
    expect(schedule.modeAt(at('2026-01-26T07:30:00Z'))).toBe('continuous');
    expect(schedule.modeAt(at('2026-07-26T06:30:00Z'))).toBe('continuous');
    expect(schedule.modeAt(at('2026-07-26T07:30:00Z'))).toBe('off');
  });

  it('is looked at again at the next full minute', () => {
    expect(Schedule.untilNextLook(at('2026-01-26T08:00:59.250Z'))).toBe(750);
    expect(Schedule.untilNextLook(at('2026-01-26T08:00:00Z'))).toBe(60_000);
  });

  it.each([
    [{ entries: [{ from: '8:00', to: '09:00', mode: 'off' }] }, 'from'],
    [{ entries: [{ from: '08:60', to: '09:00', mode: 'off' }] }, 'from'],
    [{ entries: [{ from: '24:00', to: '09:00', mode: 'off' }] }, 'from'],
    [{ entries: [{ from: '08:00', to: '24:01', mode: 'off' }] }, 'to'],
    [{ entries: [{ from: '08:00', to: '09:00', mode: 'maybe' }] }, 'mode'],
    [{ entries: [{ days: ['day'], from: '08:00', to: '09:00', mode: 'off' }] }, 'days'],
    [{ entries: [], timeZone: 'Mars/Olympus' }, 'timeZone'],
    [{ entries: {} }, 'entries'],
  ])('refuses %j, naming %s', (schedule, name) => {
    const error = thrownBy(() => make(schedule as unknown as RecordingSchedule));
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toContain(name);
  });
});
