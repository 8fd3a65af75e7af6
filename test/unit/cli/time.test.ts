import { InvalidArgumentError } from 'commander';
import { expect, it } from 'vitest';
import { formatTime, parseTime } from '../../../src/cli/time.js';

const NOON = Date.UTC(2026, 0, 26, 12);

it.each([
  ['2026-01-26T12:00:00Z', NOON],
  ['2026-01-26T12:00:00.250Z', NOON + 250],
  ['2026-01-26T12:00Z', NOON],
  ['2026-01-26 12:00:00', NOON],
  ['2026-01-26T21:00:00+09:00', NOON],
  ['2026-01-26T06:30:00-0530', NOON],
  ['2026-01-26', NOON - 12 * 3_600_000],
  [String(NOON), NOON],
  ['0', 0],
])('reads %s', (text, at) => {
  expect(parseTime(text)).toBe(at);
});

it.each([
  '',
  'now',
  '26.01.2026',
  '2026-01-26T',
  '2026-13-01',
  '2026-02-30T00:00:00Z',
  '2026-01-26T25:00Z',
  '2026-01-26T12:00:00Zulu',
  '-5',
  '1e12',
  '99999999999999999',
  '1969-12-31T23:59:59Z',
])('refuses %j', (text) => {
  expect(() => parseTime(text)).toThrow(InvalidArgumentError);
});

it('reads what it prints', () => {
  expect(parseTime(formatTime(NOON + 123))).toBe(NOON + 123);
});
