import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Deletion, type DeletionStep, isLeaving } from '../../../src/recording/deletion.js';
import type { Garbage } from '../../../src/recording/garbage.js';
import { RecordingIndex, type SegmentRecord } from '../../../src/recording/recording-index.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { type ChildProgram, childProgram } from './child.js';
import { DAY, openIndex, START, segmentAt, store } from './stored.js';

function deletionOf(index: RecordingIndex) {
  const deleted: Garbage[] = [];
  const failed: [Garbage, Error][] = [];
  const deletion = new Deletion(index, {
    deleted: (garbage) => deleted.push(garbage),
    failed: (garbage, error) => failed.push([garbage, error]),
  });
  return { deletion, deleted, failed };
}

/** Every row has its file, whole; every file has a row or is garbage. */
function requireAgreement(index: RecordingIndex): void {
  const garbage = new Set(index.garbage.list().map(({ path }) => path));
  const rows = index.segments();
  for (const { filePath, fileSize } of rows) {
    expect(readFileSync(join(index.storage, filePath)).length, filePath).toBe(fileSize);
  }
  const known = new Set([...rows.map(({ filePath }) => filePath), ...garbage]);
  for (const camera of readdirSync(index.storage, { withFileTypes: true })) {
    if (!camera.isDirectory()) continue;
    for (const day of readdirSync(join(index.storage, camera.name))) {
      for (const name of readdirSync(join(index.storage, camera.name, day))) {
        expect(known, name).toContain(`${camera.name}/${day}/${name}`);
      }
    }
  }
  expect(index.dayTotals.wrong()).toEqual([]);
}

describe('a deletion', () => {
  it('takes rows, files and empty day folders away, and leaves nothing else touched', async () => {
    const index = await openIndex();
    for (let i = 0; i < 3; i++) store(index, segmentAt(i));
    const kept = store(index, segmentAt(0, { startTime: START + DAY }));
    const { deletion, deleted } = deletionOf(index);
    const [one, two, three] = index.segments().map(({ id }) => id) as [number, number, number];
    expect(await deletion.delete([one, two], 'maxAge')).toBe(2000);
    expect(deleted).toMatchObject([
      { cameraId: 'door', size: 1000, reason: 'maxAge' },
      { cameraId: 'door' },
    ]);
    expect(index.garbage.totals()).toEqual({ files: 0, bytes: 0 });
    requireAgreement(index);
    await deletion.delete([three], 'maxAge');
    expect(readdirSync(join(index.storage, 'door'))).toEqual(['20260127']);
    expect(index.segments().map(({ filePath }) => filePath)).toEqual([kept.filePath]);
  });

  it('lets who finds a file without a row know at each step that it is on its way out', async () => {
    const index = await openIndex();
    store(index, segmentAt(0));
    const [{ id, filePath }] = index.segments() as [SegmentRecord];
    const stray = `${dirname(filePath)}/1`;
    writeFileSync(join(index.storage, stray), 'x');
    const said: Promise<boolean>[] = [];
    const step = () => said.push(isLeaving(index, filePath), isLeaving(index, stray));
    const events = { deleted: () => {}, failed: () => {}, step: () => void step() };
    expect(await isLeaving(index, filePath)).toBe(false);
    await new Deletion(index, events).delete([id], 'maxAge');
    expect(await Promise.all(said)).toEqual(Array(4).fill([true, false]).flat());
  });

  it('keeps the empty folder of today, which a recorder may be about to use', async () => {
    const index = await openIndex();
    const segment = store(index, segmentAt(0, { startTime: Date.now() }));
    const { deletion } = deletionOf(index);
    await deletion.delete([index.segments()[0]?.id as number], 'space');
    expect(readdirSync(join(index.storage, dirname(segment.filePath)))).toEqual([]);
  });

  it('says which file it could not delete, keeps it in mind, and succeeds later', async () => {
    const index = await openIndex();
    const { filePath } = store(index, segmentAt(0));
    const path = join(index.storage, filePath);
    // Not even root can unlink a folder.
    rmSync(path);
    mkdirSync(path);
    const { deletion, deleted, failed } = deletionOf(index);
    await deletion.delete([1], 'maxBytes');
    expect(deleted).toEqual([]);
    expect(failed).toMatchObject([[{ path: filePath }, { code: 'ERR_DELETE' }]]);
    expect(failed[0]?.[1].message).toContain(filePath);
    expect(index.garbage.list()).toMatchObject([{ path: filePath, attempts: 1 }]);
    expect(index.garbage.list()[0]?.lastError).toContain('EISDIR');

    await deletion.resume(false);
    expect(failed).toHaveLength(1); // Not due yet.
    rmSync(path, { recursive: true });
    writeFileSync(path, Buffer.alloc(1000));
    await deletion.resume(true);
    expect(deleted).toHaveLength(1);
    expect(index.garbage.list()).toEqual([]);
    expect(existsSync(path)).toBe(false);
  });

  it('does not follow a path out of the storage', async () => {
    const outside = join(temporaryDirectory(), 'passwd');
    writeFileSync(outside, 'root');
    const index = await openIndex();
    store(index, segmentAt(0));
    index.connection.run('UPDATE recording_segments SET file_path = @outside', { outside });
    const { deletion, failed } = deletionOf(index);
    await deletion.delete([1], 'maxAge');
    expect(failed).toMatchObject([[{}, { code: 'ERR_INDEX' }]]);
    expect(existsSync(outside)).toBe(true);
  });

  it('never takes a new segment for the one of that name that was to go', async () => {
    const index = await openIndex();
    const segment = store(index, segmentAt(0));
    index.garbage.take([1], 'maxAge', START);
    // The old file went, the process died, and a new segment got the name: first without its row ...
    writeFileSync(join(index.storage, segment.filePath), Buffer.alloc(1234));
    const { deletion, deleted } = deletionOf(index);
    await deletion.resume(true);
    expect(existsSync(join(index.storage, segment.filePath))).toBe(true);
    expect(index.garbage.list()).toEqual([]);
    // ... then with it.
    const row = index.insert({ ...segment, fileSize: 1234 });
    index.connection.run(
      `INSERT INTO garbage (path, camera_id, size, reason, since)
       VALUES (@path, 'door', 1234, 'maxAge', 0)`,
      { path: row.filePath },
    );
    await deletion.resume(true);
    expect(existsSync(join(index.storage, segment.filePath))).toBe(true);
    expect(deleted).toEqual([]);
    requireAgreement(index);
  });
});

describe('a process killed while it deletes', () => {
  let child: ChildProgram;
  beforeAll(() => {
    child = childProgram('delete-then-die');
  });
  afterAll(() => child.remove());

  const left: Record<DeletionStep, { garbage: number; files: number }> = {
    garbage: { garbage: 3, files: 5 },
    unlinked: { garbage: 3, files: 2 },
    synced: { garbage: 3, files: 2 },
    forgotten: { garbage: 0, files: 2 },
  };

  it.each(Object.keys(left) as DeletionStep[])(
    'after the step "%s" leaves what the next start finishes',
    async (step) => {
      const storage = temporaryDirectory();
      const before = await RecordingIndex.open({ storage });
      for (let i = 0; i < 5; i++) store(before, segmentAt(i));
      await before.close();
      expect(await child.run(storage, '3', step)).toMatchObject({ signal: 'SIGKILL' });

      const index = await openIndex(storage);
      const folder = join(storage, 'door', '20260126');
      expect(index.garbage.totals().files).toBe(left[step].garbage);
      expect(readdirSync(folder)).toHaveLength(left[step].files);
      expect(index.count()).toBe(2);
      requireAgreement(index);

      const { deletion } = deletionOf(index);
      await deletion.resume(true);
      expect(index.garbage.totals().files).toBe(0);
      expect(readdirSync(folder)).toHaveLength(2);
      requireAgreement(index);
    },
  );
});
