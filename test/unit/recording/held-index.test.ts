// Another program holds the index: how long is waited for it, and what becomes of finished segments.
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { FluxError } from '../../../src/errors.js';
import { IndexIntake } from '../../../src/recording/index-intake.js';
import { RecordingIndex } from '../../../src/recording/recording-index.js';
import type { SegmentRecord } from '../../../src/recording/segment-record.js';
import type { WrittenSegment } from '../../../src/recording/segment-writer.js';
import type { StorageCare } from '../../../src/recording/storage-care.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { segmentAt } from './stored-segments.js';

/** The disk is there, and so are all files. */
const care = {
  present: () => true,
  holds: () => true,
  succeeded: () => {},
  failed: async () => {},
} as unknown as StorageCare;

async function heldIndex() {
  const storage = temporaryDirectory();
  const index = await RecordingIndex.open({ storage });
  onTestFinished(() => index.close());
  const other = new Database(join(storage, 'index.db'));
  onTestFinished(() => void other.close());
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  other.exec('BEGIN EXCLUSIVE');
  return { index, letGo: () => other.exec('ROLLBACK') };
}

it('gets the events that nobody could be told a failure of', async () => {
  const { index, letGo } = await heldIndex();
  const errors: FluxError[] = [];
  const intake = new IndexIntake(
    index,
    care,
    () => {},
    (error) => errors.push(error),
  );
  const event = (from: number) => ({ cameraId: 'door', type: 'motion', from, to: from + 10 });
  const write = vi.spyOn(index, 'addEvent');
  for (const from of [1, 2, 3]) intake.addEvent(event(from));
  intake.addEvent({ ...event(4), type: '' });
  vi.advanceTimersByTime(9000);
  expect(write).toHaveBeenCalledTimes(1);
  expect(errors).toMatchObject([{ code: 'ERR_INDEX', cameraId: 'door' }]);

  letGo();
  vi.advanceTimersByTime(10_000);
  expect(index.events().map(({ from }) => from)).toEqual([1, 2, 3]);
  expect(errors.slice(1)).toMatchObject([{ code: 'ERR_INVALID_ARGUMENT' }]);
  expect(() => intake.addEvent({ ...event(5), to: 5 })).toThrow(/to/);
  expect(intake.end()).toBe(0);
  expect(() => intake.addEvent(event(6))).toThrow(/closed/);
});

it('says how many events it never got', async () => {
  const { index } = await heldIndex();
  const intake = new IndexIntake(
    index,
    care,
    () => {},
    () => {},
  );
  for (const from of [1, 2]) intake.addEvent({ cameraId: 'door', type: 'motion', from, to: 9 });
  expect(intake.end()).toBe(2);
});

it('is waited for once in ten seconds, and gets every row when it is let go', async () => {
  const { index, letGo } = await heldIndex();
  const rows: SegmentRecord[] = [];
  const errors: FluxError[] = [];
  const onRow = (row: SegmentRecord) => rows.push(row);
  const onError = (error: FluxError) => errors.push(error);
  const intake = new IndexIntake(index, care, onRow, onError);
  const insert = vi.spyOn(index, 'insert');
  const add = (number: number) => intake.add(segmentAt(number) as unknown as WrittenSegment);

  add(0);
  expect(errors).toMatchObject([{ code: 'ERR_INDEX', cameraId: 'door' }]);
  // Each attempt is a second in which nothing else is done: there is one, however many come.
  for (const number of [1, 2, 3]) add(number);
  vi.advanceTimersByTime(9000);
  expect(insert).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(2000);
  expect(insert).toHaveBeenCalledTimes(2);
  expect([intake.waiting, errors.length]).toEqual([4, 1]);

  letGo();
  add(4);
  vi.advanceTimersByTime(10_000);
  expect(intake.waiting).toBe(0);
  expect(rows).toHaveLength(5);
  const starts = index.segments().map(({ startTime }) => startTime);
  expect(starts).toEqual([0, 1, 2, 3, 4].map((number) => segmentAt(number).startTime));
});
