import { describe, expect, it } from 'vitest';
import { thrownBy } from '../thrown.js';
import { openIndex, START, segmentAt } from './stored.js';

describe('A walk along the segments of a stream', () => {
  async function threeSegments() {
    const index = await openIndex();
    const rows = [0, 1, 2].map((i) => index.insert(segmentAt(i)));
    index.insert(segmentAt(1, { cameraId: 'yard' }));
    index.insert(segmentAt(1, { stream: 1 }));
    return { index, rows };
  }

  it('goes to the next segment and back to the previous one, by their rows', async () => {
    const { index, rows } = await threeSegments();
    const [first, second, third] = rows;
    if (!first || !second || !third) throw new Error('three were inserted');
    expect(index.nextSegment(first)).toEqual(second);
    expect(index.nextSegment(second)).toEqual(third);
    expect(index.nextSegment(third)).toBeUndefined();
    expect(index.previousSegment(third)).toEqual(second);
    expect(index.previousSegment(second)).toEqual(first);
    expect(index.previousSegment(first)).toBeUndefined();
  });

  it('stands, without a row, behind what begins at that moment', async () => {
    const { index } = await threeSegments();
    const around = (offset: number) => {
      const place = { cameraId: 'door', startTime: START + offset };
      return [index.previousSegment(place)?.sequence, index.nextSegment(place)?.sequence];
    };
    expect(around(-1)).toEqual([undefined, 0]);
    expect(around(0)).toEqual([0, 1]);
    expect(around(9999)).toEqual([0, 1]);
    expect(around(10_000)).toEqual([1, 2]);
    expect(around(20_000)).toEqual([2, undefined]);
  });

  it('meets each segment once where several begin at the same moment', async () => {
    const index = await openIndex();
    const paths = ['a', 'b', 'c'].map((name) => `door/20260126/${name}`);
    for (const filePath of paths) index.insert(segmentAt(0, { filePath }));
    const met: string[] = [];
    let place = index.nextSegment({ cameraId: 'door', startTime: START - 1 });
    for (; place; place = index.nextSegment(place)) met.push(place.filePath);
    expect(met).toEqual(paths);
    place = index.previousSegment({ cameraId: 'door', startTime: START });
    for (; place; place = index.previousSegment(place)) met.push(place.filePath);
    expect(met.slice(3)).toEqual(paths.toReversed());
  });

  it('keeps to one camera and one stream', async () => {
    const { index } = await threeSegments();
    const place = { cameraId: 'door', stream: 1, startTime: START };
    expect(index.nextSegment(place)?.stream).toBe(1);
    expect(index.previousSegment(place)).toBeUndefined();
    expect(index.nextSegment({ cameraId: 'gate', startTime: 0 })).toBeUndefined();
  });

  it('finds its way in the covering index, whatever the number of rows', async () => {
    const { index, rows } = await threeSegments();
    const explained: string[] = [];
    const get = index.connection.get.bind(index.connection);
    index.connection.get = (sql, parameters) => {
      const plan = index.connection.all<{ detail: string }>(
        `EXPLAIN QUERY PLAN ${sql}`,
        parameters,
      );
      explained.push(...plan.map(({ detail }) => detail));
      return get(sql, parameters);
    };
    const [, second] = rows;
    if (!second) throw new Error('it was inserted');
    index.nextSegment(second);
    index.previousSegment(second);
    // What begins at one moment is sorted by its rows, and nothing else is.
    const sorted = 'USE TEMP B-TREE FOR LAST TERM OF ORDER BY';
    const searched = explained.filter((detail) => detail !== sorted);
    expect(searched).toHaveLength(2);
    for (const detail of searched) {
      expect(detail).toMatch(/^SEARCH .*idx_segments_cover \(camera_id=\? AND stream=\? AND start/);
    }
  });

  it('refuses a place that is none', async () => {
    const index = await openIndex();
    const at = (changes: object) =>
      thrownBy(() => index.nextSegment({ cameraId: 'door', startTime: 0, ...changes })).message;
    expect(at({ startTime: 0.5 })).toMatch(/^RecordingIndex.nextSegment: startTime/);
    expect(at({ stream: -1 })).toMatch(/^RecordingIndex.nextSegment: stream/);
    expect(at({ cameraId: '../etc' })).toMatch(/^RecordingIndex.nextSegment: cameraId/);
  });
});
