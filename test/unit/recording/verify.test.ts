import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  KeyManager,
  Recorder,
  type SegmentRecord,
  type VerifyProgress,
  verifyRecordings,
} from '../../../src/index.js';
import { RecordingIndex } from '../../../src/recording/recording-index.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { rejectionOf } from '../thrown.js';
import {
  copyOf,
  hasFrames,
  passphrase,
  type Recorded,
  record,
  remove,
  simulate,
  until,
} from './recorded.js';

/** Positions: every byte of the header, both ends of the rest, and a sample between. */
function positions(size: number): number[] {
  const header = Array.from({ length: 140 }, (_, i) => i);
  const tail = Array.from({ length: 40 }, (_, i) => size - 1 - i);
  const sample = Array.from({ length: 60 }, () => Math.floor(Math.random() * size));
  return [...new Set([...header, ...tail, ...sample])];
}

describe.each([1, 2] as const)('verifyRecordings on version %d', (formatVersion) => {
  let recorded: Recorded;
  let keys: KeyManager;
  beforeAll(async () => {
    recorded = await record(60, { formatVersion, cameraIds: ['door', 'yard'] });
    keys = await KeyManager.open({ directory: join(recorded.storage, 'keys'), passphrase });
  });
  afterAll(async () => {
    await keys.close();
    remove(recorded);
  });

  const firstOf = (camera: string) =>
    recorded.segments.find(({ cameraId }) => cameraId === camera) as SegmentRecord;

  it('finds everything in order', async () => {
    const progress: VerifyProgress[] = [];
    const report = await verifyRecordings({
      storage: recorded.storage,
      passphrase,
      onProgress: (step) => progress.push(step),
    });
    const total = recorded.segments.length;
    expect(report).toEqual({
      ok: true,
      checked: total,
      bytes: recorded.segments.reduce((sum, { fileSize }) => sum + fileSize, 0),
      problems: [],
    });
    expect(progress.map(({ done }) => done)).toEqual(
      Array.from({ length: total + 1 }, (_, i) => i),
    );
    expect(progress.every((step) => step.total === total)).toBe(true);
  });

  it('verifies one camera alone', async () => {
    const report = await verifyRecordings({ storage: recorded.storage, keys, cameraId: 'yard' });
    expect(report.checked).toBe(
      recorded.segments.filter(({ cameraId }) => cameraId === 'yard').length,
    );
  });

  it('finds any flipped bit in any byte, and names the file', async () => {
    const storage = copyOf(recorded);
    const victim = firstOf('door');
    const file = join(storage, victim.filePath);
    const intact = readFileSync(file);
    // One segment is enough to look at, again and again.
    const database = new Database(join(storage, 'index.db'));
    database.exec(`DELETE FROM recording_segments WHERE id <> ${victim.id}`);
    database.close();
    for (const { filePath, id } of recorded.segments) {
      if (id !== victim.id) rmSync(join(storage, filePath));
    }
    for (const position of positions(intact.length)) {
      const altered = Buffer.from(intact);
      altered[position] = (altered[position] as number) ^ (1 << Math.floor(Math.random() * 8));
      writeFileSync(file, altered);
      const report = await verifyRecordings({ storage, keys });
      expect(report.ok, `byte ${position} of ${intact.length}`).toBe(false);
      expect(report.problems, `byte ${position}`).toMatchObject([
        { file: victim.filePath, cameraId: 'door', code: expect.stringMatching(/^ERR_/) },
      ]);
    }
    writeFileSync(file, intact);
    expect((await verifyRecordings({ storage, keys })).ok).toBe(true);
  });

  it('finds a segment that was cut short anywhere', async () => {
    const storage = copyOf(recorded);
    const victim = firstOf('door');
    const file = join(storage, victim.filePath);
    for (const part of [0.999, 0.9, 0.5, 0.1]) {
      truncateSync(file, Math.floor(victim.fileSize * part));
      const report = await verifyRecordings({ storage, keys });
      expect(report.problems).toMatchObject([
        {
          file: victim.filePath,
          code: formatVersion === 2 ? 'ERR_SEGMENT_TRUNCATED' : 'ERR_AUTH_TAG',
        },
      ]);
      if (formatVersion === 2 && part === 0.5) {
        expect(report.problems[0]?.verifiedChunks).toBeGreaterThan(0);
      }
    }
    truncateSync(file, 20);
    expect((await verifyRecordings({ storage, keys })).problems).toHaveLength(1);
  });

  it('finds a segment that has grown', async () => {
    const storage = copyOf(recorded);
    const victim = firstOf('door');
    appendFileSync(join(storage, victim.filePath), 'x');
    const report = await verifyRecordings({ storage, keys });
    expect(report.problems).toMatchObject([{ file: victim.filePath }]);
  });

  it('finds a segment that is gone, and one that nobody recorded', async () => {
    const storage = copyOf(recorded);
    const [door, yard] = [firstOf('door'), firstOf('yard')];
    rmSync(join(storage, door.filePath));
    const extra = `${dirname(yard.filePath)}/1700000000`;
    copyFileSync(join(storage, yard.filePath), join(storage, extra));
    const report = await verifyRecordings({ storage, keys });
    expect(report.problems).toMatchObject([
      { file: door.filePath, cameraId: 'door', code: 'ERR_SEGMENT_MISSING' },
      { file: extra, cameraId: 'yard', code: 'ERR_SEGMENT_UNKNOWN' },
    ]);
  });

  it('takes no offence at a file that retention is about to delete', async () => {
    const storage = copyOf(recorded);
    const { id, filePath } = firstOf('door');
    const index = await RecordingIndex.open({ storage });
    index.garbage.take([id], 'maxAge', Date.now());
    await index.close();
    expect(existsSync(join(storage, filePath))).toBe(true);
    const checked = recorded.segments.length - 1;
    const report = await verifyRecordings({ storage, keys });
    expect(report).toMatchObject({ ok: true, checked, problems: [] });
  });

  it('takes no offence at a segment that is deleted with its row while it is looked at', async () => {
    const storage = copyOf(recorded);
    const { filePath } = firstOf('door');
    const own = await KeyManager.open({ directory: join(storage, 'keys'), passphrase });
    onTestFinished(() => own.close());
    const index = new Database(join(storage, 'index.db'));
    onTestFinished(() => void index.close());
    let isThere = true;
    // The key is asked for between two looks at the file.
    vi.spyOn(own, 'key').mockImplementation((id) => {
      if (isThere) {
        index.prepare('DELETE FROM recording_segments WHERE file_path = ?').run(filePath);
        rmSync(join(storage, filePath));
      }
      isThere = false;
      return KeyManager.prototype.key.call(own, id);
    });
    expect(await verifyRecordings({ storage, keys: own })).toMatchObject({ ok: true });
    expect(isThere).toBe(false);
  });

  it("finds one camera's segment in the place of another's", async () => {
    const storage = copyOf(recorded);
    const [door, yard] = [firstOf('door'), firstOf('yard')];
    const [a, b] = [join(storage, door.filePath), join(storage, yard.filePath)];
    renameSync(a, `${a}0`);
    renameSync(b, a);
    renameSync(`${a}0`, b);
    const report = await verifyRecordings({ storage, keys });
    expect(report.problems.map(({ file }) => file).sort()).toEqual(
      [door.filePath, yard.filePath].sort(),
    );
    for (const { code } of report.problems) expect(code).toBe('ERR_SEGMENT_HEADER');
  });

  it.each([
    ['start_time', 'start_time + 1'],
    ['key_id', "'00000000-0000-4000-8000-000000000000'"],
    ['file_size_bytes', 'file_size_bytes + 1'],
    ['file_path', "'../../../etc/passwd'"],
    ['format_version', '3 - format_version'],
  ])('finds a row whose %s was set to %s', async (column, value) => {
    const storage = copyOf(recorded);
    const database = new Database(join(storage, 'index.db'));
    const { id } = firstOf('door');
    database.exec(`UPDATE recording_segments SET ${column} = ${value} WHERE id = ${id}`);
    database.close();
    const report = await verifyRecordings({ storage, keys });
    expect(report.ok).toBe(false);
    expect(report.problems[0]?.cameraId).toBe('door');
  });

  it('reports segments whose key is gone', async () => {
    const storage = copyOf(recorded);
    const database = new Database(join(storage, 'keys', 'keys.db'));
    database.exec("DELETE FROM keys WHERE subject = 'door'");
    database.close();
    const report = await verifyRecordings({ storage, passphrase });
    expect(new Set(report.problems.map(({ code }) => code))).toEqual(
      new Set(['ERR_KEY_NOT_FOUND']),
    );
    expect(new Set(report.problems.map(({ cameraId }) => cameraId))).toEqual(new Set(['door']));
  });

  it('stops where its signal fires', async () => {
    const controller = new AbortController();
    const error = await rejectionOf(() =>
      verifyRecordings({
        storage: recorded.storage,
        keys,
        signal: controller.signal,
        onProgress: () => controller.abort(),
      }),
    );
    expect(error.code).toBe('ERR_ABORTED');
  });
});

it('verifies beside a running recorder, whose open segment is no problem', async () => {
  const simulator = await simulate();
  const storage = join(temporaryDirectory(), 'storage');
  const recorder = await Recorder.open({
    storage,
    passphrase,
    segmentDuration: 2,
    cameras: [{ id: 'door', url: simulator.urls[0] as string }],
  });
  onTestFinished(() => recorder.close());
  await until(() => hasFrames(recorder, 10));
  // A machine that is busy may have finished the first one by then.
  expect(await verifyRecordings({ storage, passphrase })).toMatchObject({ ok: true });
  await until(() => recorder.index.count() === 1);
  expect(await verifyRecordings({ storage, passphrase })).toMatchObject({ ok: true, checked: 1 });
  const before = recorder.stats().cameras.door?.writer.framesWritten ?? 0;
  await until(() => hasFrames(recorder, before + 5));
});

it('rejects what cannot be verified at all', async () => {
  const storage = temporaryDirectory();
  expect((await rejectionOf(() => verifyRecordings({ storage, passphrase }))).code).toBe(
    'ERR_STORAGE_NOT_FOUND',
  );
  await (await Recorder.open({ storage, passphrase })).close();
  expect((await rejectionOf(() => verifyRecordings({ storage, passphrase: 'no' }))).code).toBe(
    'ERR_KEY_PASSPHRASE',
  );
});

it.each([
  [{}, 'storage'],
  [{ storage: 'x' }, 'keys'],
  [{ storage: 'x', passphrase, cameraId: '..' }, 'cameraId'],
  [{ storage: 'x', passphrase, signal: {} }, 'signal'],
  [{ storage: 'x', passphrase, onProgress: 1 }, 'onProgress'],
  [{ storage: 'x', passphrase, camera: 'a' }, 'camera'],
])('verifyRecordings(%j) names %s', async (options, name) => {
  const error = await rejectionOf(() => verifyRecordings(options as never));
  expect(error.code).toBe('ERR_INVALID_ARGUMENT');
  expect(error.message).toContain(name);
});
