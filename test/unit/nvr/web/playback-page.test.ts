import { describe, expect, it, vi } from 'vitest';
import { playbackAddress, readAddress } from '../../../../examples/nvr/web/playback/address.js';
import { moveBy, WHOLE, zoomAt } from '../../../../examples/nvr/web/playback/digital-zoom.js';
import {
  actionOf,
  KEY_HELP,
  type KeyActions,
} from '../../../../examples/nvr/web/playback/keyboard.js';
import { Landing } from '../../../../examples/nvr/web/playback/landing.js';
import {
  hasFootage,
  monthAt,
  monthBeside,
  weeksOf,
} from '../../../../examples/nvr/web/playback/month.js';
import { statusOf } from '../../../../examples/nvr/web/playback/snapshot.js';
import { columnsFor, nextSpeed, reversed } from '../../../../examples/nvr/web/playback/speeds.js';

describe('after a seek', () => {
  it('the clock waits for all cameras, though not for ever', () => {
    const landing = new Landing(false);
    expect(landing.isOver(true, 10_000)).toBe(false);
    landing.arrived(10_000);
    expect(landing.isUnderWay).toBe(true);
    expect(landing.isOver(true, 10_000)).toBe(false);
    landing.settle();
    expect(landing.isOver(false, 10_100)).toBe(false);
    expect(landing.isOver(true, 10_100)).toBe(true);
    landing.arrived(11_000);
    expect(landing.isOver(false, 11_500)).toBe(true);
  });
});

describe('what a tile says', () => {
  const place = { shown: 1000, next: undefined, speed: 1, hole: undefined };

  it('is nothing while pictures come', () => {
    expect(statusOf({ ...place, position: 1500 })).toEqual({});
  });

  it('is until when there is no footage, from the server or from the next picture', () => {
    const hole = { start: 1000, end: 9000, reason: 'off' };
    expect(statusOf({ ...place, position: 1500, hole })).toEqual({ noFootageUntil: 9000 });
    expect(statusOf({ ...place, position: 9000, hole })).toEqual({ noFootageUntil: 'unknown' });
    const next = { time: 8000, afterGap: true };
    expect(statusOf({ ...place, position: 4000, next })).toEqual({ noFootageUntil: 8000 });
  });

  it('is not that at a speed at which pictures are far apart', () => {
    expect(statusOf({ ...place, position: 9000, speed: 16 })).toEqual({});
  });

  it('does not promise an end to footage that has none', () => {
    const hole = { start: 1000, end: 9000, reason: 'end' };
    expect(statusOf({ ...place, position: 5000, hole })).toEqual({ noFootageUntil: 'unknown' });
  });
});

describe('the playback page', () => {
  it('reads its address, also of older links, and takes no nonsense', () => {
    expect(readAddress('?cameras=a,b,a&at=123')).toEqual({ cameras: ['a', 'b'], at: 123 });
    expect(readAddress('?camera=a&time=-5')).toEqual({ cameras: ['a'], at: undefined });
    expect(readAddress('?at=x')).toEqual({ cameras: [], at: undefined });
    expect(readAddress(playbackAddress(['a', 'b'], 12.4).slice('/playback'.length))).toEqual({
      cameras: ['a', 'b'],
      at: 12,
    });
  });

  it('goes through its speeds, and turns round', () => {
    expect(nextSpeed(1, 1)).toBe(2);
    expect(nextSpeed(16, 1)).toBe(16);
    expect(nextSpeed(0.5, -1)).toBe(-1);
    expect(nextSpeed(3, -1)).toBe(2);
    expect([reversed(0.5), reversed(4), reversed(-8)]).toEqual([-1, -4, 8]);
  });

  it('has as many columns as make tiles largest', () => {
    expect(columnsFor(1, 1600, 900)).toBe(1);
    expect(columnsFor(4, 1600, 900)).toBe(2);
    expect(columnsFor(16, 1600, 900)).toBe(4);
    expect(columnsFor(4, 375, 700)).toBe(1);
    expect(columnsFor(3, 1600, 300)).toBe(3);
  });

  it('does by keys what its help says', () => {
    const done: string[] = [];
    const act = new Proxy({} as KeyActions, {
      get: (_, name) => vi.fn((value?: number) => void done.push(`${String(name)} ${value ?? ''}`)),
    });
    const press = (key: string, shiftKey = false) => actionOf({ key, shiftKey }, act)?.();
    press(' ');
    press('ArrowLeft', true);
    press('.');
    press('N');
    expect(done).toEqual(['playPause ', 'jump -60000', 'step 1', 'neighbourEvent 1']);
    expect(actionOf({ key: 'constructor', shiftKey: false }, act)).toBeUndefined();
    expect(KEY_HELP.length).toBeGreaterThan(10);
  });
});

describe('a calendar', () => {
  it('has weeks from Monday, and days as long as they are', () => {
    const weeks = weeksOf('Europe/Berlin', { year: 2026, month: 10 });
    expect(weeks.every((week) => week.length === 7)).toBe(true);
    expect(weeks[0]?.findIndex((day) => day !== undefined)).toBe(3);
    const days = weeks.flat().filter((day) => day !== undefined);
    expect(days).toHaveLength(31);
    const change = days[24] as (typeof days)[0];
    expect((change.end - change.start) / 3_600_000).toBe(25);
  });

  it('marks days with footage, not those that it only touches', () => {
    const [day, next] = weeksOf('UTC', { year: 2026, month: 6 })[0] ?? [];
    if (!day || !next) throw new Error('June 2026 begins on a Monday');
    const row = { cameraId: 'a', gaps: [], events: [], runs: [{ start: day.start, end: day.end }] };
    expect([hasFootage([row], day), hasFootage([row], next)]).toEqual([true, false]);
  });

  it('goes from month to month', () => {
    expect(monthAt('Asia/Seoul', Date.UTC(2026, 11, 31, 20))).toEqual({ year: 2027, month: 1 });
    expect(monthBeside({ year: 2026, month: 12 }, 1)).toEqual({ year: 2027, month: 1 });
    expect(monthBeside({ year: 2026, month: 1 }, -1)).toEqual({ year: 2025, month: 12 });
  });
});

describe('enlarging a picture', () => {
  const size = { width: 800, height: 400 };

  it('keeps what is under the pointer, up to the edges', () => {
    const zoomed = zoomAt(WHOLE, 2, { x: 100, y: -50 }, size);
    expect(zoomed).toEqual({ scale: 2, x: -100, y: 50 });
    expect(zoomAt(zoomed, 0.1, { x: 0, y: 0 }, size).scale).toBe(1);
    expect(zoomAt(WHOLE, 100, { x: 0, y: 0 }, size).scale).toBe(8);
  });

  it('moves no further than its edges', () => {
    expect(moveBy({ scale: 2, x: 0, y: 0 }, 1000, -1000, size)).toEqual({
      scale: 2,
      x: 400,
      y: -200,
    });
  });
});
