import { expect, it } from 'vitest';
import { DAY_MS, dayName, utcDay } from '../../src/utc-day.js';

it('names days as UTC has them, whatever the time zone', () => {
  expect(dayName(utcDay(Date.parse('2026-01-26T00:00:00.000Z')))).toBe('20260126');
  expect(dayName(utcDay(Date.parse('2026-01-26T23:59:59.999Z')))).toBe('20260126');
  expect(dayName(utcDay(Date.parse('2028-02-29T12:00:00Z')))).toBe('20280229');
});

it('counts days from the epoch', () => {
  expect(utcDay(0)).toBe(0);
  expect(utcDay(DAY_MS - 1)).toBe(0);
  expect(utcDay(DAY_MS)).toBe(1);
});
