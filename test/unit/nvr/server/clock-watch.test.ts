// A clock that jumps is a trouble until it is set right, or a day is over.
import { expect, it } from 'vitest';
import { ClockWatch, Troubles } from '../../../../examples/nvr/server/system/index.js';

const HOUR = 3_600_000;

function watched() {
  const clocks = { wall: Date.UTC(2026, 10, 22), monotonic: 1000 };
  const troubles = new Troubles();
  const clock = new ClockWatch(troubles, {
    wall: () => clocks.wall,
    monotonic: () => clocks.monotonic,
  });
  const pass = (ms: number) => {
    clocks.wall += ms;
    clocks.monotonic += ms;
    clock.check();
    return troubles.list().map(({ code }) => code);
  };
  return { clocks, troubles, clock, pass };
}

it('is believed while it goes with the clock that does not jump', () => {
  const { pass, clocks } = watched();
  expect(pass(HOUR)).toEqual([]);
  clocks.wall += 20_000;
  expect(pass(HOUR)).toEqual([]);
});

it.each([
  ['ahead', 2 * HOUR, /set ahead by 7200 s/],
  ['back', -2 * HOUR, /set back by 7200 s/],
])('that is set %s is told until it is set right', (_, step, message) => {
  const { pass, clocks, troubles } = watched();
  clocks.wall += step;
  expect(pass(HOUR)).toEqual(['ERR_CLOCK']);
  expect(troubles.list()[0]).toMatchObject({ severity: 'warning', message });
  clocks.wall -= step;
  expect(pass(HOUR)).toEqual([]);
});

it('that nobody sets back for a day is right', () => {
  const { pass, clocks } = watched();
  clocks.wall += 2 * HOUR;
  expect(pass(HOUR)).toEqual(['ERR_CLOCK']);
  expect(pass(23 * HOUR)).toEqual(['ERR_CLOCK']);
  expect(pass(HOUR)).toEqual([]);
  clocks.wall -= 2 * HOUR;
  expect(pass(HOUR)).toEqual(['ERR_CLOCK']);
});

it('that was never set, or is behind the newest recording, is told until it is right', () => {
  const { pass, clocks, clock } = watched();
  clock.hasFootageUntil(clocks.wall + 2 * HOUR);
  expect(pass(HOUR)).toEqual(['ERR_CLOCK']);
  expect(pass(HOUR)).toEqual([]);
  clocks.wall = 5000;
  expect(pass(0)).toEqual(['ERR_CLOCK']);
});

it('that the recorder doubts is told for a day', () => {
  const { pass, clock } = watched();
  clock.isDoubted('off for a month');
  expect(pass(23 * HOUR)).toEqual(['ERR_CLOCK']);
  expect(pass(HOUR)).toEqual([]);
});
