import { describe, expect, it } from 'vitest';
import { glide, Swipe } from '../../../../examples/nvr/web/timeline/fling.js';
import { SeekGate } from '../../../../examples/nvr/web/timeline/seek-gate.js';
import {
  handleAt,
  moveHandle,
  rangeBetween,
  setEnd,
} from '../../../../examples/nvr/web/timeline/selection.js';
import {
  held,
  keepNearNow,
  MAX_SPAN_MS,
  MIN_SPAN_MS,
  pan,
  reveal,
  spanOf,
  timeAt,
  viewAround,
  wheelFactor,
  xOf,
  zoom,
} from '../../../../examples/nvr/web/timeline/view.js';

const HOUR = 3_600_000;
const view = { start: 100 * HOUR, end: 110 * HOUR };

describe('zooming a timeline', () => {
  it('keeps the moment under the pointer where it is', () => {
    for (const x of [0, 333, 1000]) {
      const at = timeAt(view, x, 1000);
      expect(xOf(zoom(view, 1.7, at), at, 1000)).toBeCloseTo(x, 6);
      expect(xOf(zoom(view, 0.3, at), at, 1000)).toBeCloseTo(x, 6);
    }
  });

  it('goes from a minute to a month, and keeps the moment at its limits, too', () => {
    const at = 103 * HOUR;
    const closest = zoom(view, 1e9, at);
    expect(spanOf(closest)).toBe(MIN_SPAN_MS);
    expect(xOf(closest, at, 1000)).toBeCloseTo(300, 6);
    expect(spanOf(zoom(view, 1e-9, at))).toBe(MAX_SPAN_MS);
    expect(spanOf(viewAround(at, 5))).toBe(MIN_SPAN_MS);
  });

  it('takes as much of a wheel one way as the other, and no more of it than a notch or three', () => {
    expect(wheelFactor(100) * wheelFactor(-100)).toBeCloseTo(1, 9);
    expect(wheelFactor(-100)).toBeGreaterThan(1);
    expect(wheelFactor(-1e6)).toBe(wheelFactor(-300));
  });

  it('by two fingers keeps both on the time they took hold of', () => {
    const grips = [
      { time: 102 * HOUR, x: 100 },
      { time: 104 * HOUR, x: 700 },
    ];
    const pinched = held(view, grips, 1000);
    expect(timeAt(pinched, 100, 1000)).toBeCloseTo(102 * HOUR, 3);
    expect(timeAt(pinched, 700, 1000)).toBeCloseTo(104 * HOUR, 3);
  });

  it('by one finger only moves', () => {
    const moved = held(view, [{ time: 105 * HOUR, x: 600 }], 1000);
    expect(spanOf(moved)).toBe(spanOf(view));
    expect(timeAt(moved, 600, 1000)).toBeCloseTo(105 * HOUR, 3);
    expect(held(view, [], 1000)).toBe(view);
  });

  it('does not run off behind now, nor before time began', () => {
    expect(keepNearNow(view, 105 * HOUR).end).toBe(107.5 * HOUR);
    expect(keepNearNow(view, 200 * HOUR)).toEqual(view);
    expect(keepNearNow(pan(view, -101 * HOUR), 200 * HOUR).start).toBe(0);
  });

  it('shows a moment with the least movement', () => {
    expect(reveal(view, 105 * HOUR)).toBe(view);
    expect(reveal(view, 95 * HOUR)).toEqual({ start: 94 * HOUR, end: 104 * HOUR });
    expect(reveal(view, 120 * HOUR)).toEqual({ start: 111 * HOUR, end: 121 * HOUR });
  });
});

describe('letting go of a timeline', () => {
  it('goes on as fast as it was moved, and comes to a stand', () => {
    const swipe = new Swipe();
    for (let at = 0; at <= 80; at += 10) swipe.move(at * 2, at);
    let velocity = swipe.velocity(85);
    expect(velocity).toBeCloseTo(2, 6);
    let distance = 0;
    let steps = 0;
    while (velocity !== 0 && steps < 1000) {
      const next = glide(velocity, 16);
      distance += next.distance;
      velocity = next.velocity;
      steps += 1;
    }
    expect(velocity).toBe(0);
    expect(distance).toBeGreaterThan(300);
    expect(distance).toBeLessThan(500);
  });

  it('stays where the finger rested before it was lifted', () => {
    const swipe = new Swipe();
    swipe.move(0, 0);
    swipe.move(50, 20);
    expect(swipe.velocity(120)).toBe(0);
    expect(new Swipe().velocity(0)).toBe(0);
  });
});

describe('selecting a range', () => {
  it('is the same from either side, and never empty', () => {
    expect(rangeBetween(9000, 2000)).toEqual({ start: 2000, end: 9000 });
    expect(rangeBetween(5000, 5000)).toEqual({ start: 5000, end: 6000 });
  });

  it('lets one handle be drawn over the other', () => {
    const range = { start: 10_000, end: 20_000 };
    expect(moveHandle(range, 'start', 15_000)).toEqual({
      range: { start: 15_000, end: 20_000 },
      handle: 'start',
    });
    expect(moveHandle(range, 'start', 30_000)).toEqual({
      range: { start: 20_000, end: 30_000 },
      handle: 'end',
    });
  });

  it('by keys begins or ends at the moment, and drops an end on the wrong side', () => {
    expect(setEnd(undefined, 'start', 1e6)).toEqual({ start: 1e6, end: 1e6 + 60_000 });
    expect(setEnd(undefined, 'end', 1e6)).toEqual({ start: 1e6 - 60_000, end: 1e6 });
    const range = { start: 1e6, end: 2e6 };
    expect(setEnd(range, 'start', 1.5e6)).toEqual({ start: 1.5e6, end: 2e6 });
    expect(setEnd(range, 'start', 3e6)).toEqual({ start: 3e6, end: 3_060_000 });
    expect(setEnd(range, 'end', 0.5e6)).toEqual({ start: 440_000, end: 500_000 });
  });

  it('takes hold of the nearer handle within reach', () => {
    expect(handleAt(100, 200, 90, 20)).toBe('start');
    expect(handleAt(100, 110, 107, 20)).toBe('end');
    expect(handleAt(100, 100, 99, 20)).toBe('start');
    expect(handleAt(100, 100, 101, 20)).toBe('end');
    expect(handleAt(100, 200, 150, 20)).toBeUndefined();
  });
});

describe('asking for positions while scrubbing', () => {
  it('asks for the newest, once the last was answered and some time has passed', () => {
    const gate = new SeekGate({ intervalMs: 100, patienceMs: 1000 });
    expect(gate.take(0)).toBeUndefined();
    gate.offer(1);
    expect(gate.take(0)).toBe(1);
    gate.offer(2);
    gate.offer(3);
    expect(gate.take(150)).toBeUndefined();
    gate.answered();
    expect(gate.take(160)).toBe(3);
    expect(gate.take(500)).toBeUndefined();
    gate.offer(4);
    gate.answered();
    expect(gate.take(200)).toBeUndefined();
    expect(gate.take(260)).toBe(4);
  });

  it('does not wait for ever, and not at all at the end', () => {
    const gate = new SeekGate({ intervalMs: 100, patienceMs: 1000 });
    gate.offer(1);
    gate.take(0);
    gate.offer(2);
    expect(gate.take(999)).toBeUndefined();
    expect(gate.take(1000)).toBe(2);
    gate.offer(3);
    expect(gate.pending).toBe(3);
    expect(gate.flush(1001)).toBe(3);
    expect(gate.flush(1002)).toBeUndefined();
  });
});
