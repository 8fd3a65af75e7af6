import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FluxError } from '../../../src/errors.js';
import type { EvidenceLock } from '../../../src/keys/index.js';
import type { RecordingIndex } from '../../../src/recording/recording-index.js';
import {
  type DeletedSegment,
  type FailedDeletion,
  Retention,
  type RetentionParts,
  type RetentionReport,
  type StorageFull,
} from '../../../src/recording/retention.js';
import {
  checkRetention,
  minFreeOf,
  type RetentionOptions,
} from '../../../src/recording/retention-policy.js';
import type { DiskSpace } from '../../../src/recording/space.js';
import { thrownBy } from '../thrown.js';
import { DAY, HOUR, openIndex, START, segmentAt, store } from './stored.js';

const NOW = START + 10 * DAY;

interface Rig {
  retention: Retention;
  deleted: DeletedSegment[];
  failed: FailedDeletion[];
  full: StorageFull[];
  errors: FluxError[];
  reports: RetentionReport[];
  clocks: { now: number; monotonic: number };
}

function rig(
  index: RecordingIndex,
  policy: RetentionOptions,
  parts: Partial<Pick<RetentionParts, 'locks' | 'present' | 'measure'>> = {},
): Rig {
  const clocks = { now: NOW, monotonic: 0 };
  const it: Omit<Rig, 'retention'> = {
    ...{ deleted: [], failed: [], full: [], errors: [], reports: [], clocks },
  };
  const retention = new Retention({
    index,
    policy: { minFreeBytes: 0, ...policy },
    locks: () => [],
    present: async () => true,
    measure: async () => ({ totalBytes: 1e12, freeBytes: 1e11 }),
    clocks: { wall: () => clocks.now, monotonic: () => clocks.monotonic },
    events: {
      deleted: (segment) => it.deleted.push(segment),
      deleteFailed: (failure) => it.failed.push(failure),
      storageFull: (state) => it.full.push(state),
      retention: (report) => it.reports.push(report),
      error: (error) => it.errors.push(error),
    },
    ...parts,
  });
  return { retention, ...it };
}

/** A disk whose free room grows with what is deleted from `index`. */
function diskOf(index: RecordingIndex, totalBytes: number, otherBytes: number) {
  return async (): Promise<DiskSpace> => {
    const used = index.totals().reduce((sum, { bytes }) => sum + bytes, 0);
    return { totalBytes, freeBytes: Math.max(0, totalBytes - otherBytes - used) };
  };
}

function lockOn(cameraId: string, from: number, to: number): EvidenceLock {
  return { id: 'x', cameraId, from, to, reason: 'case 7', createdAt: 0, createdBy: 'test' };
}

const left = (index: RecordingIndex) =>
  index.segments().map(({ cameraId, sequence }) => `${cameraId}${sequence}`);

describe('retention by age', () => {
  it('deletes what ended before, of each camera and stream by its own limit', async () => {
    const index = await openIndex();
    for (const cameraId of ['door', 'yard', 'hall']) {
      for (const days of [1, 5, 9]) {
        const startTime = NOW - days * DAY;
        store(index, segmentAt(days, { cameraId, startTime }));
        store(index, segmentAt(days + 10, { cameraId, startTime, stream: 1 }));
      }
    }
    const { retention, deleted, reports } = rig(index, {
      maxAge: 6 * DAY,
      perCamera: {
        yard: { maxAge: 2 * DAY, streams: { 1: { maxAge: 20 * DAY } } },
        hall: { maxAge: 100 * DAY },
      },
    });
    const report = await retention.run();
    expect(left(index).sort()).toEqual(
      ['door1', 'door5', 'door11', 'door15', 'yard1', 'yard11', 'yard15', 'yard19']
        .concat(['hall1', 'hall5', 'hall9', 'hall11', 'hall15', 'hall19'])
        .sort(),
    );
    expect(report).toMatchObject({ deleted: 4, bytes: 4000, failed: 0, byReason: { maxAge: 4 } });
    expect(reports).toEqual([report]);
    expect(deleted).toHaveLength(4);
    for (const { filePath } of deleted)
      expect(existsSync(join(index.storage, filePath))).toBe(false);
    expect(await retention.run()).toMatchObject({ deleted: 0 });
    expect(reports).toHaveLength(1);
  });

  it('keeps a segment that has not ended long enough ago, to the millisecond', async () => {
    const index = await openIndex();
    store(index, segmentAt(0, { startTime: NOW - DAY - 10_000 }));
    const filePath = 'door/20260204/1';
    store(index, segmentAt(1, { startTime: NOW - DAY - 9999, filePath }));
    await rig(index, { maxAge: DAY }).retention.run();
    expect(left(index)).toEqual(['door1']);
  });

  it('has a ceiling by law that no camera exceeds, and that is off by default', async () => {
    const index = await openIndex();
    store(index, segmentAt(0, { startTime: NOW - 40 * DAY }));
    store(index, segmentAt(1, { startTime: NOW - 20 * DAY }));
    const perCamera = { door: { maxAge: 365 * DAY } };
    await rig(index, { perCamera }).retention.run();
    expect(left(index)).toEqual(['door0', 'door1']);
    const { retention, deleted } = rig(index, { perCamera, legalMaxAge: 30 * DAY });
    await retention.run();
    expect(left(index)).toEqual(['door1']);
    expect(deleted).toMatchObject([{ reason: 'legalMaxAge' }]);
  });

  it('is held for a day where the clock jumps ahead, and said once', async () => {
    const index = await openIndex();
    for (let i = 0; i < 3; i++) store(index, segmentAt(i, { startTime: NOW - (i + 1) * HOUR }));
    const { retention, clocks, errors } = rig(index, { maxAge: 27.5 * HOUR });
    await retention.run();
    clocks.now += 3650 * DAY;
    await retention.run();
    await retention.run();
    expect(index.count()).toBe(3);
    expect(errors).toMatchObject([{ code: 'ERR_CLOCK' }]);
    // Set right again: still held, and then all is as it was.
    clocks.now -= 3650 * DAY;
    await retention.run();
    clocks.monotonic += DAY + HOUR;
    clocks.now += DAY + HOUR;
    await retention.run();
    expect(index.count()).toBe(2);
  });

  it('is held where a recorder starts a month after it was last seen', async () => {
    const index = await openIndex();
    store(index, segmentAt(0, { startTime: NOW - 40 * DAY }));
    index.storageRow.seen(NOW - 40 * DAY);
    const { retention, errors } = rig(index, { maxAge: DAY });
    await retention.run();
    expect(index.count()).toBe(1);
    expect(errors).toMatchObject([{ code: 'ERR_CLOCK' }]);
  });

  it('forgets gaps and events in front of the oldest footage', async () => {
    const index = await openIndex();
    const at = (days: number) => NOW - days * DAY;
    store(index, segmentAt(0, { startTime: at(9), endReason: 'closed' }));
    store(index, segmentAt(1, { startTime: at(3), endReason: 'closed' }));
    store(index, segmentAt(2, { startTime: at(1) }));
    for (const days of [9, 1]) {
      index.addEvent({ cameraId: 'door', type: 'motion', from: at(days), to: at(days) + 1 });
    }
    expect(index.gaps()).toHaveLength(2);
    await rig(index, { maxAge: 5 * DAY }).retention.run();
    expect(index.gaps()).toMatchObject([{ to: at(1) }]);
    expect(index.events()).toMatchObject([{ from: at(1) }]);
  });
});

describe('retention by size', () => {
  it('deletes the oldest of a stream, a camera, and the storage, and never more than needed', async () => {
    const index = await openIndex();
    for (let i = 0; i < 5; i++) {
      store(index, segmentAt(i));
      store(index, segmentAt(i + 10, { startTime: START + i * 10_000, stream: 1 }));
      store(index, segmentAt(i, { cameraId: 'yard' }));
    }
    await rig(index, {
      perCamera: { door: { streams: { 1: { maxBytes: 3000 } } } },
    }).retention.run();
    expect(index.count({ cameraId: 'door' })).toBe(8);
    await rig(index, { perCamera: { door: { maxBytes: 5999 } } }).retention.run();
    expect(index.count({ cameraId: 'door' })).toBe(5);
    expect(index.count({ cameraId: 'yard' })).toBe(5);
    const { retention, deleted } = rig(index, { maxBytes: 4000 });
    await retention.run();
    expect(index.count()).toBe(4);
    expect(deleted.every(({ reason }) => reason === 'maxBytes')).toBe(true);
    expect(Math.min(...index.segments().map(({ startTime }) => startTime))).toBe(START + 30_000);
  });
});

describe('retention for room on the disk', () => {
  it('deletes the oldest over all cameras, of each day that without an event first', async () => {
    const index = await openIndex();
    store(index, segmentAt(0, { trigger: 'event' }));
    store(index, segmentAt(1, { cameraId: 'yard' }));
    store(index, segmentAt(2));
    store(index, segmentAt(3, { startTime: START + DAY }));
    index.addEvent({
      ...{ cameraId: 'door', type: 'motion' },
      ...{ from: START + 25_000, to: START + 26_000 },
    });
    const order: string[] = [];
    for (const wanted of [1, 2, 3, 4]) {
      const { retention } = rig(
        index,
        { minFreeBytes: 1000 * wanted },
        { measure: diskOf(index, 4000, 0) },
      );
      const before = left(index);
      await retention.run();
      order.push(...before.filter((one) => !left(index).includes(one)));
    }
    expect(order).toEqual(['yard1', 'door0', 'door2', 'door3']);
  });

  it('deletes in batches, and stops with the file that makes enough room', async () => {
    const index = await openIndex();
    for (let i = 0; i < 100; i++) store(index, segmentAt(i));
    const measure = diskOf(index, 100_000, 0);
    const { retention } = rig(index, { minFreeBytes: 69_500 }, { measure });
    expect(await retention.run()).toMatchObject({ deleted: 70, byReason: { space: 70 } });
    expect(left(index)[0]).toBe('door70');
  });

  it('never deletes evidence, and raises the alarm once where nothing else is left', async () => {
    const index = await openIndex();
    for (let i = 0; i < 10; i++) store(index, segmentAt(i));
    store(index, segmentAt(0, { cameraId: 'yard' }));
    const locks = [lockOn('door', START + 25_000, START + 50_000)];
    const { retention, full } = rig(
      index,
      { minFreeBytes: 11_000, maxAge: DAY, maxBytes: 0, legalMaxAge: DAY },
      { measure: diskOf(index, 11_000, 0), locks: () => locks },
    );
    await retention.run();
    await retention.run();
    expect(left(index)).toEqual(['door2', 'door3', 'door4']);
    expect(full).toMatchObject([{ reason: 'locked', freeBytes: 8000, wantedBytes: 11_000 }]);
    expect(full[0]?.message).toContain('evidence locks');
    locks.length = 0;
    await retention.run();
    expect(index.count()).toBe(0);
  });

  it('keeps what was locked while the round was under way', async () => {
    const index = await openIndex();
    for (let i = 0; i < 64; i++) store(index, segmentAt(i));
    let calls = 0;
    const locks = () => (++calls > 1 ? [lockOn('door', START, START + DAY)] : []);
    const { retention } = rig(index, { maxAge: DAY }, { locks });
    await retention.run();
    expect(index.count()).toBe(64);
  });

  it('deletes nothing where the locks cannot be read, and says so', async () => {
    const index = await openIndex();
    store(index, segmentAt(0));
    const locks = () => {
      throw new Error('keys.db is away');
    };
    const { retention, errors } = rig(index, { maxAge: DAY }, { locks });
    expect((await retention.run()).held?.message).toContain('keys.db is away');
    expect(errors).toHaveLength(1);
    expect(index.count()).toBe(1);
  });

  it('deletes nothing while the storage is away', async () => {
    const index = await openIndex();
    store(index, segmentAt(0));
    await rig(index, { maxAge: DAY }, { present: async () => false }).retention.run();
    expect(index.count()).toBe(1);
  });

  it('stops where deleting frees nothing', async () => {
    const index = await openIndex();
    const fileSize = 16 << 20;
    mkdirSync(join(index.storage, 'door'));
    for (let i = 0; i < 100; i++) index.insert(segmentAt(i, { fileSize }));
    const { retention, full } = rig(
      index,
      { minFreeBytes: 1000 },
      { measure: async () => ({ totalBytes: 1e12, freeBytes: 0 }) },
    );
    await retention.run();
    expect(full).toMatchObject([{ reason: 'no-effect' }]);
    expect(index.count()).toBeGreaterThan(60);
  });

  it('reports each file that it cannot delete, and goes on with the others', async () => {
    const index = await openIndex();
    for (let i = 0; i < 3; i++) store(index, segmentAt(i));
    const stuck = join(index.storage, index.segments()[1]?.filePath as string);
    rmSync(stuck);
    mkdirSync(stuck);
    writeFileSync(join(stuck, 'x'), '');
    const { retention, failed } = rig(index, { maxAge: DAY });
    expect(await retention.run()).toMatchObject({ deleted: 2, failed: 1 });
    expect(failed).toMatchObject([{ cameraId: 'door', reason: 'maxAge', attempts: 0 }]);
    expect(failed[0]?.error.code).toBe('ERR_DELETE');
    expect(index.count()).toBe(0);
  });
});

describe('the options of retention', () => {
  it('may be others from the next round on', async () => {
    const index = await openIndex();
    for (const days of [1, 5, 9]) {
      store(index, segmentAt(days, { cameraId: 'door', startTime: NOW - days * DAY }));
    }
    const { retention } = rig(index, {});
    expect(await retention.run()).toMatchObject({ deleted: 0 });
    retention.policy = { minFreeBytes: 0, maxAge: 6 * DAY };
    expect(await retention.run()).toMatchObject({ deleted: 1 });
    expect(left(index).sort()).toEqual(['door1', 'door5']);
  });

  it('leave 2 GiB or a hundredth of the disk free, and of a small disk a tenth', () => {
    const GiB = 1024 ** 3;
    expect(minFreeOf({}, 100 * GiB)).toBe(2 * GiB);
    expect(minFreeOf({}, 1000 * GiB)).toBe(10 * GiB);
    expect(minFreeOf({}, 5 * GiB)).toBe(GiB / 2);
    expect(minFreeOf({ minFreeBytes: 7 }, 5 * GiB)).toBe(7);
  });

  it.each([
    [{ maxAge: 0 }, 'maxAge'],
    [{ maxBytes: -1 }, 'maxBytes'],
    [{ maxDays: 5 }, 'maxDays'],
    [{ minFreeBytes: 1.5 }, 'minFreeBytes'],
    [{ perCamera: [] }, 'perCamera'],
    [{ perCamera: { '../x': {} } }, 'perCamera'],
    [{ perCamera: { door: { minFreeBytes: 1 } } }, 'minFreeBytes'],
    [{ perCamera: { door: { streams: { main: {} } } } }, 'streams'],
    [{ perCamera: { door: { streams: { 0: { maxAge: '1d' } } } } }, 'maxAge'],
  ])('are refused by name: %j', (options, name) => {
    const error = thrownBy(() => checkRetention('retention', options));
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toContain(name);
  });
});
