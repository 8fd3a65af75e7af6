import { describe, expect, it } from 'vitest';
import {
  heightOf,
  hitTest,
  layoutOf,
  visible,
} from '../../../../examples/nvr/web/timeline/layout.js';

const rows = ['door', 'yard'].map((cameraId) => ({
  cameraId,
  runs: [{ start: 0, end: 500_000 }],
  gaps: [{ start: 500_000, end: 1_000_000, reason: 'off' }],
  events: [
    { start: 100_000, end: 101_000, event: 'motion', count: 1 },
    { start: 103_000, end: 150_000, event: 'bookmark', count: 1 },
  ],
}));
const view = { start: 0, end: 1_000_000 };
const layout = layoutOf(1000, 2, false);
const at = (x: number, row: number) => ({ x, y: layout.ruler + row * layout.rowHeight + 1 });

describe('what is at a point of a timeline', () => {
  it('is a camera and what it has there', () => {
    const hit = hitTest(layout, view, rows, at(300, 1), 2_000_000);
    expect(hit).toMatchObject({ time: 300_000, coverage: { kind: 'recorded' } });
    expect(hit.row?.cameraId).toBe('yard');
    expect(hitTest(layout, view, rows, at(700, 0), 2_000_000).coverage).toMatchObject({
      kind: 'gap',
      reason: 'off',
    });
  });

  it('is time alone in the ruler and below the rows', () => {
    expect(hitTest(layout, view, rows, { x: 10, y: 2 }, 2e6)).toEqual({ time: 10_000 });
    expect(hitTest(layout, view, rows, at(10, 2), 2e6)).toEqual({ time: 10_000 });
  });

  it('is an event a little beside its mark, too, the nearer one of two', () => {
    const event = (x: number) => hitTest(layout, view, rows, at(x, 0), 2e6).event?.event;
    expect(event(97)).toBe('motion');
    expect(event(101)).toBe('motion');
    expect(event(103)).toBe('bookmark');
    expect(event(140)).toBe('bookmark');
    expect(event(90)).toBeUndefined();
  });

  it('has room for sixteen cameras, and a ruler for a thumb', () => {
    expect(heightOf(layoutOf(375, 16, true))).toBeLessThan(300);
    expect(layoutOf(375, 1, true).ruler).toBeGreaterThanOrEqual(44);
  });

  it('draws only what is in view', () => {
    const spans = Array.from({ length: 1000 }, (_, i) => ({ start: i * 10, end: i * 10 + 5 }));
    const shown = [...visible(spans, { start: 5000, end: 5020 })];
    expect(shown.map(({ start }) => start)).toEqual([5000, 5010]);
  });
});
