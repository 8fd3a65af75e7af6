// A disk that answers with errors: an error event and never a crash, what was recorded before stays whole,
// the hole has its reason, and recording resumes as soon as the disk works again.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderOfThisFile } from '../support/folder.js';
import { Bed, type RecordingChild } from './bed.js';
import { checkAfterFault } from './check-storage.js';

const folder = folderOfThisFile();
let bed: Bed;
beforeAll(async () => {
  bed = await Bed.make(folder);
});
afterAll(() => bed?.close());

const SEGMENT = 'cam1/????????/*';
const PLACES: readonly [place: string, ops: string, pattern: string][] = [
  ['a write to a segment', 'write', SEGMENT],
  ['the fsync of a segment', 'fsync,fdatasync', SEGMENT],
  ['the fsync of its folder', 'fsyncdir', 'cam1/*'],
  ['the mkdir of a camera', 'mkdir', 'cam1*'],
  ['a new segment', 'create', SEGMENT],
  ["the index's WAL", 'write', 'index.db-wal'],
  ["the index's fsync", 'fsync,fdatasync', 'index.db-wal'],
];

function segmentsOf(child: RecordingChild, id: string, from = 0) {
  return child.segments(from).filter(({ cameraId }) => cameraId === id);
}

async function survives(rules: readonly string[], atOnce: boolean): Promise<void> {
  const storage = bed.newStorage();
  const child = bed.record(storage, { rules: atOnce ? rules : [] });
  try {
    if (!atOnce) {
      await child.until('first segments', () => segmentsOf(child, 'cam1').length > 0);
      child.rules(...rules);
    }
    await child.until('an error', () => child.of('error').length > 0 && child.acts().length > 0);
    child.rules();
    const mended = child.news.length;
    await child.until('both cameras again', () =>
      bed.cameraIds().every((id) => segmentsOf(child, id, mended).length > 0),
    );
    await child.close();
  } finally {
    child.kill();
    await child.ends();
  }
  expect(child.exit, child.describe()).toEqual({ code: 0, signal: null });
  const { problems } = await checkAfterFault(storage, { acknowledged: child.segments() });
  expect(problems).toEqual([]);
}

// They mostly wait: for segments, and for the disk to be mended.
describe.concurrent.each(['ENOSPC', 'EIO', 'EROFS'])('%s', (error) => {
  it.each(PLACES)('at %s', async (_, ops, pattern) => {
    await survives([`${ops} ${pattern} 1 * ${error}`], ops === 'mkdir');
  });
});

it('a short write is completed', async () => {
  const storage = bed.newStorage();
  const child = bed.record(storage, { rules: [`write ${SEGMENT} 1 * short=777`] });
  await child.until('a segment', () => segmentsOf(child, 'cam1').length > 1);
  await child.close();
  expect(child.of('error')).toEqual([]);
  const { problems } = await checkAfterFault(storage, { acknowledged: child.segments() });
  expect(problems).toEqual([]);
});

it('an error that comes once costs one hole', async () => {
  const storage = bed.newStorage();
  const child = bed.record(storage, { rules: [`write ${SEGMENT} 6 1 EIO`] });
  await child.until('segments behind it', () => segmentsOf(child, 'cam1').length > 1);
  await child.close();
  expect(child.of('error')).toMatchObject([{ code: 'ERR_IO' }]);
  expect(child.of('gap')).toMatchObject([{ cameraId: 'cam1', reason: 'storage' }]);
  const { problems } = await checkAfterFault(storage, { acknowledged: child.segments() });
  expect(problems).toEqual([]);
});

describe('a disk slower than its stream', () => {
  const QUEUE = 1 << 20;
  let fast: Bed;
  beforeAll(async () => {
    fast = await Bed.make(`${folder}/fast`, 2, '6M');
  });
  afterAll(() => fast?.close());

  it('is bounded in memory, reported as overflow, and leaves the other camera alone', async () => {
    const storage = fast.newStorage();
    const child = fast.record(storage, { maxQueuedBytes: QUEUE, statsEvery: 100 });
    await child.until('both cameras', () => child.segments().length > 1);
    child.rules(`write,fsync,fdatasync ${SEGMENT} 1 * delay=1500`);
    await child.until('an overflow', () => child.of('gap').length > 0);
    child.rules();
    const mended = child.news.length;
    await child.until('cam1 again', () => segmentsOf(child, 'cam1', mended).length > 1);
    await child.close();

    const stats = child.of('stats').map(({ writers }) => writers) as Writers[];
    expect(stats.length).toBeGreaterThan(0);
    for (const { cam1 } of stats) expect(cam1?.queuedBytes).toBeLessThanOrEqual(QUEUE);
    expect(stats.at(-1)?.cam2?.framesDropped).toBe(0);
    for (const gap of child.of('gap')) {
      expect(gap).toMatchObject({ cameraId: 'cam1', reason: 'overflow' });
    }
    const { problems } = await checkAfterFault(storage, { acknowledged: child.segments() });
    expect(problems).toEqual([]);
  });
});

type Writers = Record<string, { queuedBytes: number; framesDropped: number } | undefined>;
