import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  type FluxError,
  KeyManager,
  Recorder,
  type RecorderCameraChange,
  type SegmentRecord,
  verifyRecordings,
} from '../../../src/index.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { rejectionOf, thrownBy } from '../thrown.js';
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

async function openRecorder(storage: string, options: object = {}): Promise<Recorder> {
  const recorder = await Recorder.open({ storage, passphrase, segmentDuration: 2, ...options });
  onTestFinished(() => recorder.close());
  recorder.on('error', () => {});
  return recorder;
}

/** Forgets rows, as if the process had been killed before it wrote them. */
function forget(storage: string, where = '1'): void {
  const database = new Database(join(storage, 'index.db'));
  database.exec(`DELETE FROM recording_segments WHERE ${where};
    UPDATE cameras SET next_sequence = (SELECT coalesce(max(sequence) + 1, 0)
      FROM recording_segments WHERE camera_id = cameras.id)`);
  database.close();
  leaveUnclean(storage);
}

/** As a process leaves its storage that was killed: the next start looks at all folders. */
function leaveUnclean(storage: string): void {
  const database = new Database(join(storage, 'index.db'));
  database.exec('UPDATE storage SET settled_at = 0');
  database.close();
}

describe('Recorder', () => {
  it('records a camera into sealed segments and indexes each', async () => {
    const simulator = await simulate();
    const storage = join(temporaryDirectory(), 'storage');
    const recorder = await openRecorder(storage);
    const changes: RecorderCameraChange[] = [];
    const segments: SegmentRecord[] = [];
    recorder.on('camera', (change) => changes.push(change));
    recorder.on('segment', (segment) => segments.push(segment));
    recorder.addCamera({ id: 'door', url: simulator.urls[0] as string });
    await until(() => hasFrames(recorder, 60));
    await recorder.close();

    expect(changes.map(({ state }) => state)).toEqual(
      expect.arrayContaining(['connecting', 'playing', 'closed']),
    );
    expect(segments.length).toBeGreaterThanOrEqual(2);
    expect(segments.map(({ endReason }) => endReason)).toEqual([
      ...segments.slice(1).map(() => 'cut'),
      'closed',
    ]);
    const frames = segments.reduce((sum, segment) => sum + segment.frames, 0);
    expect(frames).toBe(recorder.stats().cameras.door?.writer.framesWritten);
    for (const [i, segment] of segments.entries()) {
      expect(segment).toMatchObject({
        cameraId: 'door',
        sequence: i,
        width: 320,
        height: 240,
        formatVersion: 2,
        state: 'complete',
      });
      const day = new Date(segment.startTime).toISOString().slice(0, 10).replaceAll('-', '');
      const second = Math.floor(segment.startTime / 1000);
      expect(segment.filePath).toBe(`door/${day}/${second}`);
      const file = join(storage, segment.filePath);
      expect(statSync(file)).toMatchObject({ size: segment.fileSize });
      expect(statSync(file).mode & 0o777).toBe(0o600);
      const bytes = readFileSync(file);
      expect(bytes.subarray(0, 4).toString()).toBe('FVMS');
      expect(bytes.includes('matroska')).toBe(false);
      if (i > 0) expect(segment.startTime).toBe(segments[i - 1]?.endTime);
    }
  });

  it('has a storage to itself', async () => {
    const storage = join(temporaryDirectory(), 'storage');
    const first = await openRecorder(storage);
    const error = await rejectionOf(() => Recorder.open({ storage, passphrase }));
    expect(error.code).toBe('ERR_STORAGE_LOCKED');
    await first.close();
    await openRecorder(storage);
  });

  it('lets go of the storage where it cannot open the keys', async () => {
    const storage = join(temporaryDirectory(), 'storage');
    await (await openRecorder(storage)).close();
    const error = await rejectionOf(() => Recorder.open({ storage, passphrase: 'wrong' }));
    expect(error.code).toBe('ERR_KEY_PASSPHRASE');
    await openRecorder(storage);
  });

  it('lets go of everything where one of its cameras is wrong', async () => {
    const storage = join(temporaryDirectory(), 'storage');
    const error = await rejectionOf(() =>
      Recorder.open({
        storage,
        passphrase,
        cameras: [
          { id: 'good', url: 'rtsp://127.0.0.1:1/' },
          { id: 'bad', url: 'nonsense' },
        ],
      }),
    );
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toContain('url');
    await openRecorder(storage);
  });

  it('says what is wrong with a camera and goes on trying', async () => {
    const recorder = await openRecorder(join(temporaryDirectory(), 'storage'));
    const changes: RecorderCameraChange[] = [];
    recorder.on('camera', (change) => changes.push(change));
    const camera = recorder.addCamera({
      id: 'gone',
      url: 'rtsp://127.0.0.1:1/',
      reconnect: { minMs: 10, maxMs: 20 },
    });
    await until(() => changes.filter(({ error }) => error).length >= 2);
    const failure = changes.find(({ error }) => error);
    expect(failure).toMatchObject({ cameraId: 'gone', state: 'waiting' });
    expect(failure?.error?.code).toBe('ERR_CONNECTION');
    expect(failure?.retryInMs).toBeGreaterThan(0);
    expect(camera.stats().failures).toBeGreaterThanOrEqual(2);
    expect(recorder.stats().cameras.gone?.lastError?.code).toBe('ERR_CONNECTION');
  });

  it('adds and removes cameras while it records others', async () => {
    const simulator = await simulate(2);
    const recorder = await openRecorder(join(temporaryDirectory(), 'storage'));
    recorder.addCamera({ id: 'one', url: simulator.urls[0] as string });
    const twice = thrownBy(() => recorder.addCamera({ id: 'one', url: 'rtsp://127.0.0.1/' }));
    expect(twice.code).toBe('ERR_CAMERA_EXISTS');
    recorder.addCamera({ id: 'two', url: simulator.urls[1] as string });
    await until(() => hasFrames(recorder, 30));
    await recorder.removeCamera('one');
    expect(recorder.cameras.map(({ id }) => id)).toEqual(['two']);
    expect(recorder.index.segments({ cameraId: 'one' })).not.toEqual([]);
    expect((await rejectionOf(() => recorder.removeCamera('one'))).code).toBe(
      'ERR_CAMERA_NOT_FOUND',
    );
    const before = recorder.stats().cameras.two?.writer.framesWritten ?? 0;
    await until(() => (recorder.stats().cameras.two?.writer.framesWritten ?? 0) > before + 10);
    recorder.addCamera({ id: 'one', url: simulator.urls[0] as string });
  });

  it('leaves keys open that were given to it', async () => {
    const directory = temporaryDirectory();
    const keys = await KeyManager.create({ directory, passphrase, iterations: 100_000 });
    onTestFinished(() => keys.close());
    const storage = join(temporaryDirectory(), 'storage');
    await (await Recorder.open({ storage, keys })).close();
    expect(keys.list({ purpose: 'video' })).toEqual([]);
    expect(existsSync(join(storage, 'keys'))).toBe(false);
  });

  it('may be closed twice, and takes no camera then', async () => {
    const recorder = await openRecorder(join(temporaryDirectory(), 'storage'));
    await Promise.all([recorder.close(), recorder.close()]);
    expect(thrownBy(() => recorder.addCamera({ id: 'a', url: 'rtsp://h/' })).code).toBe(
      'ERR_CLOSED',
    );
  });

  it('keeps segments in mind that the index could not take, and adds them later', async () => {
    const simulator = await simulate();
    const recorder = await openRecorder(join(temporaryDirectory(), 'storage'));
    const errors: FluxError[] = [];
    const segments: SegmentRecord[] = [];
    recorder.on('error', (error) => errors.push(error));
    recorder.on('segment', (segment) => segments.push(segment));
    const database = new Database(join(recorder.storage, 'index.db'));
    onTestFinished(() => {
      database.close();
    });
    database.exec(
      `CREATE TRIGGER full BEFORE INSERT ON recording_segments
       BEGIN SELECT RAISE(ABORT, 'disk full'); END`,
    );
    recorder.addCamera({ id: 'door', url: simulator.urls[0] as string });
    await until(() => errors.length >= 1);
    expect(errors[0]).toMatchObject({ code: 'ERR_INDEX', cameraId: 'door' });
    expect(errors[0]?.message).toContain('disk full');
    expect(recorder.stats().segmentsNotIndexed).toBe(1);
    expect(segments).toEqual([]);

    database.exec('DROP TRIGGER full');
    await until(() => segments.length >= 2);
    expect(segments.map(({ sequence }) => sequence).slice(0, 2)).toEqual([0, 1]);
    expect(recorder.stats().segmentsNotIndexed).toBe(0);
    await recorder.close();
    const { storage } = recorder;
    expect(await verifyRecordings({ storage, passphrase })).toMatchObject({ ok: true });
  });

  it('keeps on indexing where a listener throws', async () => {
    const simulator = await simulate();
    const recorder = await openRecorder(join(temporaryDirectory(), 'storage'));
    const surfaced: unknown[] = [];
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => surfaced.push(error));
    onTestFinished(() => {
      process.removeAllListeners('uncaughtException');
      for (const listener of listeners) process.on('uncaughtException', listener);
    });
    recorder.on('segment', () => {
      throw new Error('from a listener');
    });
    recorder.addCamera({ id: 'door', url: simulator.urls[0] as string });
    await until(() => surfaced.length >= 1);
    const { index, storage } = recorder;
    expect(index.count()).toBeGreaterThanOrEqual(1);
    await recorder.close();
    expect((await verifyRecordings({ storage, passphrase })).ok).toBe(true);
  });
});

describe.each([1, 2] as const)('recovery of version %d segments', (formatVersion) => {
  let recorded: Recorded;
  beforeAll(async () => {
    recorded = await record(110, { formatVersion });
  });
  afterAll(() => remove(recorded));

  it('finds nothing to do after a clean end', async () => {
    const recorder = await openRecorder(copyOf(recorded));
    expect(recorder.recovery).toEqual({ recovered: [], quarantined: [], problems: [] });
  });

  it('writes the rows of whole files again, as they were', async () => {
    const storage = copyOf(recorded);
    forget(storage);
    const recorder = await openRecorder(storage);
    const announced: SegmentRecord[] = [];
    recorder.on('recovered', (segment) => announced.push(segment));
    expect(recorder.recovery.problems).toEqual([]);
    expect(recorder.recovery.quarantined).toEqual([]);
    const found = recorder.recovery.recovered;
    expect(found).toHaveLength(recorded.segments.length);
    for (const [i, before] of recorded.segments.entries()) {
      const { id: _, createdAt: __, endReason: ___, endTime, ...same } = before;
      expect(found[i]).toMatchObject({ ...same, endReason: 'interrupted' });
      // The last frame's duration is an estimate without the frame behind it.
      expect(Math.abs((found[i] as SegmentRecord).endTime - endTime)).toBeLessThan(100);
    }
    await until(() => announced.length === found.length);
    expect((await verifyRecordings({ storage, passphrase })).ok).toBe(true);
  });

  it('goes on numbering where it was', async () => {
    const storage = copyOf(recorded);
    const simulator = await simulate();
    const recorder = await openRecorder(storage, { formatVersion });
    recorder.addCamera({ id: 'door', url: simulator.urls[0] as string });
    await until(() => hasFrames(recorder, 5));
    await recorder.close();
    const index = await import('../../../src/index.js').then(({ RecordingIndex }) =>
      RecordingIndex.open({ storage, readOnly: true }),
    );
    onTestFinished(() => index.close());
    const [newest] = index.segments({ first: 'newest', limit: 1 });
    expect(newest?.sequence).toBe(recorded.segments.length);
  });

  it('reports rows whose file is gone, and a file of an unknown key', async () => {
    const storage = copyOf(recorded);
    const [first, second] = recorded.segments as [SegmentRecord, SegmentRecord];
    rmSync(join(storage, first.filePath));
    forget(storage, `id = ${second.id}`);
    const keysDatabase = new Database(join(storage, 'keys', 'keys.db'));
    keysDatabase.exec('DELETE FROM keys');
    keysDatabase.close();
    const recorder = await openRecorder(storage);
    const errors: FluxError[] = [];
    recorder.on('error', (error) => errors.push(error));
    expect(recorder.recovery.problems).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ file: first.filePath, code: 'ERR_SEGMENT_MISSING' }),
        expect.objectContaining({ file: second.filePath, code: 'ERR_KEY_NOT_FOUND' }),
      ]),
    );
    expect(existsSync(join(storage, second.filePath))).toBe(true);
    await until(() => errors.length === 2);
    expect(errors.map(({ cameraId }) => cameraId)).toEqual(['door', 'door']);
  });

  it('reports the rows of a day folder that is gone', async () => {
    const storage = copyOf(recorded);
    rmSync(join(storage, 'door'), { recursive: true });
    const recorder = await openRecorder(storage);
    expect(recorder.recovery.problems.map(({ file }) => file).sort()).toEqual(
      recorded.segments.map(({ filePath }) => filePath).sort(),
    );
  });

  it('sets files without a frame aside, and deletes none', async () => {
    const storage = copyOf(recorded);
    const folder = dirname(join(storage, (recorded.segments[0] as SegmentRecord).filePath));
    writeFileSync(join(folder, '1'), '');
    writeFileSync(join(folder, '2'), 'FVMS');
    writeFileSync(join(folder, '3'), Buffer.alloc(5000));
    writeFileSync(join(folder, '4.part'), 'unfinished version 1');
    writeFileSync(join(folder, 'notes.txt'), 'not a segment');
    const recorder = await openRecorder(storage);
    expect(recorder.recovery.quarantined.map(({ file }) => basename(file))).toEqual(
      expect.arrayContaining(['1', '2', '3', '4.part']),
    );
    const aside = readdirSync(join(storage, 'quarantine'));
    expect(aside).toHaveLength(4);
    const day = basename(folder);
    expect(readFileSync(join(storage, 'quarantine', `door_${day}_4.part`), 'utf8')).toBe(
      'unfinished version 1',
    );
    expect(existsSync(join(folder, 'notes.txt'))).toBe(true);
  });
});

describe('recovery of a version 2 segment that was cut off', () => {
  let recorded: Recorded;
  beforeAll(async () => {
    recorded = await record(60);
  });
  afterAll(() => remove(recorded));

  it('keeps every whole chunk, and verifies afterwards', async () => {
    const storage = copyOf(recorded);
    const [first] = recorded.segments as [SegmentRecord];
    const file = join(storage, first.filePath);
    truncateSync(file, Math.floor(first.fileSize * 0.7));
    forget(storage, `id = ${first.id}`);
    const recorder = await openRecorder(storage);
    const [found] = recorder.recovery.recovered as [SegmentRecord];
    expect(found).toMatchObject({ state: 'recovered', sequence: first.sequence });
    expect(found.frames).toBeGreaterThan(0);
    expect(found.frames).toBeLessThan(first.frames);
    expect(found.startTime).toBe(first.startTime);
    expect(found.endTime).toBeLessThan(first.endTime);
    expect(statSync(file).size).toBe(found.fileSize);
    await recorder.close();
    expect((await verifyRecordings({ storage, passphrase })).ok).toBe(true);

    truncateSync(file, found.fileSize - 20);
    const report = await verifyRecordings({ storage, passphrase });
    expect(report.problems).toMatchObject([
      { file: first.filePath, code: 'ERR_SEGMENT_TRUNCATED' },
    ]);
  });

  it('sets a segment aside that has a header and no frame', async () => {
    const storage = copyOf(recorded);
    const [first] = recorded.segments as [SegmentRecord];
    const file = join(storage, first.filePath);
    truncateSync(file, 200);
    forget(storage, `id = ${first.id}`);
    const recorder = await openRecorder(storage);
    expect(recorder.recovery.quarantined).toMatchObject([{ file: first.filePath }]);
    expect(existsSync(file)).toBe(false);
  });

  it("leaves a file alone that lies in another camera's folder", async () => {
    const storage = copyOf(recorded);
    const [first] = recorded.segments as [SegmentRecord];
    forget(storage, `id = ${first.id}`);
    const moved = first.filePath.replace('door', 'yard');
    mkdirSync(dirname(join(storage, moved)), { recursive: true });
    renameSync(join(storage, first.filePath), join(storage, moved));
    const recorder = await openRecorder(storage);
    expect(recorder.recovery.problems).toMatchObject([{ file: moved, code: 'ERR_SEGMENT_HEADER' }]);
    expect(existsSync(join(storage, moved))).toBe(true);
  });
});

it('recovery leaves a version 1 file in place whose time of start was lost', async () => {
  const recorded = await record(10, { formatVersion: 1 });
  onTestFinished(() => remove(recorded));
  const [first] = recorded.segments as [SegmentRecord];
  const file = join(recorded.storage, first.filePath);
  utimesSync(file, 1, 1);
  forget(recorded.storage);
  const recorder = await openRecorder(recorded.storage);
  expect(recorder.recovery.problems).toMatchObject([
    { file: first.filePath, code: 'ERR_AUTH_TAG' },
  ]);
  expect(existsSync(file)).toBe(true);
});

describe('wrong arguments of Recorder', () => {
  it.each([
    [{}, 'storage'],
    [{ storage: 'x' }, 'keys'],
    [{ storage: 'x', passphrase: '' }, 'passphrase'],
    [{ storage: 'x', keys: {} }, 'keys'],
    [{ storage: 'x', passphrase, cameras: {} }, 'cameras'],
    [{ storage: 'x', passphrase, segmentDuration: 1.9 }, 'segmentDuration'],
    [{ storage: 'x', passphrase, segmentDuration: 3601 }, 'segmentDuration'],
    [{ storage: 'x', passphrase, formatVersion: 3 }, 'formatVersion'],
    [{ storage: 'x', passphrase, maxQueuedBytes: 5 }, 'maxQueuedBytes'],
    [{ storage: 'x', passphrase, segmentSeconds: 5 }, 'segmentSeconds'],
  ])('open(%j) names %s', async (options, name) => {
    const error = await rejectionOf(() => Recorder.open(options as never));
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toContain(name);
    expect(existsSync('x')).toBe(false);
  });

  it('open() takes either a passphrase or keys', async () => {
    const keys = await KeyManager.create({
      directory: temporaryDirectory(),
      passphrase,
      iterations: 100_000,
    });
    onTestFinished(() => keys.close());
    const error = await rejectionOf(() => Recorder.open({ storage: 'x', passphrase, keys }));
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toContain('keys');
  });

  it('removeCamera() names its argument', async () => {
    const recorder = await openRecorder(join(temporaryDirectory(), 'storage'));
    const error = await rejectionOf(() => recorder.removeCamera('../x'));
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toContain('id');
  });
});
