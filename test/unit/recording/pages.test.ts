import { expect, it } from 'vitest';
import type { FootageEvent, SegmentRecord } from '../../../src/index.js';
import { openIndex, segmentAt } from './stored.js';

it.each(['oldest', 'newest'] as const)(
  'lists segments page by page, the %s first',
  async (first) => {
    const index = await openIndex();
    for (let i = 0; i < 7; i++) index.insert(segmentAt(i));
    const walked: number[] = [];
    let after: SegmentRecord | undefined;
    for (;;) {
      const page = index.segments({ cameraId: 'door', first, limit: 3, ...(after && { after }) });
      walked.push(...page.map(({ id }) => id));
      after = page.at(-1);
      if (!after) break;
    }
    expect(walked).toEqual(index.segments({ first }).map(({ id }) => id));
  },
);

it.each(['oldest', 'newest'] as const)(
  'lists events of some cameras, the %s first',
  async (first) => {
    const index = await openIndex();
    for (const [i, cameraId] of ['a', 'b', 'c', 'a', 'b', 'a'].entries()) {
      // Two of them begin at the same moment.
      const from = 1000 + Math.floor(i / 2) * 10;
      index.addEvent({ cameraId, type: 'motion', from, to: from + 5 });
    }
    const walked: number[] = [];
    let after: FootageEvent | undefined;
    for (;;) {
      const query = { cameraIds: ['a', 'b'], first, limit: 2 };
      const page = index.events({ ...query, ...(after && { after }) });
      walked.push(...page.map(({ id }) => id));
      after = page.at(-1);
      if (!after) break;
    }
    expect(walked).toEqual(first === 'oldest' ? [1, 2, 4, 5, 6] : [6, 5, 4, 2, 1]);
  },
);

it('merges events of one type that a view cannot tell apart', async () => {
  const index = await openIndex();
  const add = (type: string, from: number, to: number) =>
    index.addEvent({ cameraId: 'door', type, from, to });
  add('motion', 1000, 1200);
  add('motion', 1250, 1900);
  add('bookmark', 1260, 1261);
  add('motion', 5000, 5100);
  const runs = (resolutionMs: number) =>
    index
      .eventRuns({ cameraId: 'door', from: 1100, to: 6000, resolutionMs })
      .map(({ type, from, to, events }) => `${type} ${from}-${to} ${events}`);
  expect(runs(100)).toEqual(['motion 1000-1900 2', 'bookmark 1260-1261 1', 'motion 5000-5100 1']);
  expect(runs(10_000)).toEqual(['motion 1000-5100 3', 'bookmark 1260-1261 1']);
  expect(runs(0)).toHaveLength(4);
});
