import { describe, expect, it } from 'vitest';
import { csvField, csvText } from '../../../../examples/nvr/web/format/csv.js';
import {
  daysUntil,
  formatAge,
  formatMoment,
  formatTimeOfDay,
  isTimeZone,
} from '../../../../examples/nvr/web/format/moments.js';
import {
  formatBitrate,
  formatBytes,
  formatDuration,
  formatPercent,
  formatShare,
} from '../../../../examples/nvr/web/format/quantities.js';

describe('quantities', () => {
  it('stand in the largest fitting unit of each language', () => {
    expect(formatBytes(0, 'en')).toBe('0 byte');
    expect(formatBytes(999_600, 'en')).toBe('1 MB');
    expect(formatBytes(1_500_000_000, 'en')).toBe('1.5 GB');
    expect(formatBytes(1_500_000_000, 'ko')).toBe('1.5GB');
    expect(formatBytes(4e15, 'en')).toBe('4 PB');
    expect(formatBitrate(4_236_000, 'en')).toBe('4.2 Mb/s');
    expect(formatBitrate(4_236_000, 'ko')).toMatch(/4\.2.*Mb/);
  });

  it('are a dash where there is none', () => {
    expect(formatBytes(undefined, 'en')).toBe('–');
    expect(formatBitrate(Number.NaN, 'ko')).toBe('–');
    expect(formatShare(1, 0, 'en')).toBe('–');
  });

  it('are shares in per cent', () => {
    expect(formatShare(1, 3, 'en')).toBe('33%');
    expect(formatPercent(2.345, 'en')).toBe('2.3%');
  });

  it('are durations in their two largest units', () => {
    const day = 86_400_000;
    expect(formatDuration(2 * day + 3 * 3_600_000 + 59_000, 'en')).toBe('2 days 3 hr');
    expect(formatDuration(61_000, 'en')).toBe('1 min 1 sec');
    expect(formatDuration(0, 'en')).toBe('0 sec');
    expect(formatDuration(3_600_000, 'ko')).toBe('1시간');
  });
});

describe('moments', () => {
  const at = Date.UTC(2026, 10, 22, 15, 4, 5);

  it('stand in language, time zone and clock of the user', () => {
    expect(formatMoment(at, { language: 'en', timeZone: 'UTC', hour12: false })).toBe(
      'Nov 22, 2026, 15:04:05',
    );
    expect(formatTimeOfDay(at, { language: 'en', timeZone: 'Asia/Seoul', hour12: false })).toBe(
      '00:04:05',
    );
    // Releases of ICU have 오후 or PM here.
    expect(formatTimeOfDay(at, { language: 'ko', timeZone: 'UTC', hour12: true })).toMatch(
      /^\D+3:04:05$/,
    );
  });

  it('are ages in the largest unit', () => {
    expect(formatAge(at - 185_000, at, 'en')).toBe('3 minutes ago');
    expect(formatAge(at + 2 * 86_400_000, at, 'ko')).toBe('모레');
    expect(formatAge(at, at, 'en')).toBe('now');
    expect(daysUntil(at - 1, at)).toBe(-1);
  });

  it('know time zones from other words', () => {
    expect(['Asia/Seoul', 'Mars/Olympus', ''].map(isTimeZone)).toEqual([true, false, false]);
  });
});

describe('comma-separated values', () => {
  it('quote what would end a field', () => {
    expect(csvField('a,"b"\nc')).toBe('"a,""b""\nc"');
    expect(
      csvText([
        ['x', 1],
        [undefined, null],
      ]),
    ).toBe('\uFEFFx,1\r\n,\r\n');
  });

  it('are never formulas', () => {
    for (const text of ['=cmd|"/C calc"!A0', '+1', '-2', '@SUM(A1)', '\t=1', ' =1', '＝1']) {
      expect(csvField(text)).toMatch(/^"?'/);
    }
    expect(csvField(-2)).toBe('-2');
    expect(csvField({ reason: '=1' })).toBe('"{""reason"":""=1""}"');
  });
});
