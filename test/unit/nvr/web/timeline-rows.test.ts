import { describe, expect, it } from 'vitest';
import {
  isGrowing,
  mergePages,
  pagesFor,
  resolutionFor,
} from '../../../../examples/nvr/web/timeline/pages.js';
import {
  coverageAt,
  holesOf,
  neighbourEvent,
  nextFootage,
  previousFootage,
  recordedMs,
} from '../../../../examples/nvr/web/timeline/rows.js';

const now = 1_000_000;
const row = {
  cameraId: 'door',
  runs: [
    { start: 100_000, end: 200_000 },
    { start: 300_000, end: 400_000 },
  ],
  gaps: [{ start: 200_000, end: 300_000, reason: 'disconnected' }],
  events: [
    { start: 120_000, end: 121_000, event: 'motion', count: 1 },
    { start: 350_000, end: 351_000, event: 'motion', count: 3 },
  ],
};

describe('what a camera has at a moment', () => {
  it('is footage from the start of a run up to, not at, its end', () => {
    expect(coverageAt(row, 100_000, now).kind).toBe('recorded');
    expect(coverageAt(row, 199_999, now).kind).toBe('recorded');
    expect(coverageAt(row, 200_000, now)).toEqual({
      kind: 'gap',
      gap: { start: 200_000, end: 300_000 },
      reason: 'disconnected',
      next: 300_000,
    });
  });

  it('is unknown where no reason was recorded, and not yet there in the last minute', () => {
    expect(coverageAt(row, 50_000, now)).toMatchObject({ reason: 'unknown', next: 100_000 });
    expect(coverageAt(row, 500_000, now)).toMatchObject({ kind: 'gap', next: undefined });
    expect(coverageAt(row, 410_000, 450_000)).toEqual({
      kind: 'pending',
      gap: { start: 400_000, end: 450_000 },
    });
    expect(coverageAt(row, now, now).kind).toBe('future');
  });

  it('leads to the next and the last footage of any camera', () => {
    const other = { ...row, runs: [{ start: 250_000, end: 260_000 }] };
    expect(nextFootage([row], 210_000)).toBe(300_000);
    expect(nextFootage([row, other], 210_000)).toBe(250_000);
    expect(nextFootage([row, other], 150_000)).toBe(150_000);
    expect(nextFootage([row], 400_000)).toBeUndefined();
    expect(previousFootage([row, other], 290_000)).toBe(259_999);
    expect(previousFootage([row], 99_999)).toBeUndefined();
  });

  it('is hatched where it is missing, in front of the first run and up to now', () => {
    expect(holesOf(row, { start: 0, end: 2 * now }, now)).toEqual([
      { start: 0, end: 100_000, reason: 'unknown' },
      { start: 200_000, end: 300_000, reason: 'disconnected' },
      { start: 400_000, end: now, reason: 'unknown' },
    ]);
    expect(holesOf(row, { start: 110_000, end: 190_000 }, now)).toEqual([]);
  });

  it('adds up over a range', () => {
    expect(recordedMs(row, { start: 150_000, end: 310_000 })).toBe(60_000);
  });

  it('has an event before and behind, not the one that is being watched', () => {
    expect(neighbourEvent([row], 120_100, 1)).toBe(350_000);
    expect(neighbourEvent([row], 350_100, -1)).toBe(120_000);
    expect(neighbourEvent([row], 350_000, 1)).toBeUndefined();
  });
});

describe('pages of a timeline', () => {
  it('are about a point per pixel, of round sizes and places', () => {
    const view = { start: 10 * 3_600_000, end: 34 * 3_600_000 };
    expect(resolutionFor(view, 1000)).toBe(60_000);
    expect(resolutionFor({ start: 0, end: 60_000 }, 1000)).toBe(1000);
    expect(resolutionFor({ start: 0, end: 31 * 86_400_000 }, 1000)).toBe(3_600_000);
    const pages = pagesFor(view, 60_000, 1e12);
    expect(pages.map(({ start }) => start % (60_000 * 1024))).toEqual([0, 0]);
    expect(pages[0]?.start).toBeLessThanOrEqual(view.start);
    expect(pages.at(-1)?.end).toBeGreaterThanOrEqual(view.end);
  });

  it('do not lie behind now, and grow near it', () => {
    const pages = pagesFor({ start: 0, end: 1e9 }, 60_000, 1000, 2);
    expect(pages).toEqual([{ resolution: 60_000, start: 0, end: 61_440_000 }]);
    expect(isGrowing(pages[0] as (typeof pages)[0], 1000)).toBe(true);
    expect(isGrowing(pages[0] as (typeof pages)[0], 1e9)).toBe(false);
  });

  it('are put together across their seams, camera by camera', () => {
    const page = (runs: { start: number; end: number }[], reason: string) => [
      { ...row, runs, gaps: [{ start: 50, end: 60, reason }], events: row.events },
    ];
    const [merged, ...more] = mergePages([
      page([{ start: 0, end: 100 }], 'off'),
      page(
        [
          { start: 100, end: 150 },
          { start: 200, end: 300 },
        ],
        'off',
      ),
      page([{ start: 200, end: 400 }], 'storage'),
    ]);
    expect(more).toEqual([]);
    expect(merged?.runs).toEqual([
      { start: 0, end: 150 },
      { start: 200, end: 400 },
    ]);
    expect(merged?.gaps.map(({ reason }) => reason)).toEqual(['off', 'storage']);
    expect(merged?.events).toHaveLength(2);
    expect(row.runs).toHaveLength(2);
  });
});
