import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  Camera,
  type FluxError,
  KeyManager,
  SegmentWriter,
  type WrittenSegment,
} from '../../../src/index.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { thrownBy } from '../thrown.js';
import { simulate, until } from './recorded.js';

async function openKeys(): Promise<KeyManager> {
  const keys = await KeyManager.create({
    directory: temporaryDirectory(),
    passphrase: 'correct horse battery staple',
    iterations: 100_000,
  });
  onTestFinished(() => keys.close());
  return keys;
}

function makeCamera(url = 'rtsp://127.0.0.1:1/'): Camera {
  const camera = new Camera({ id: 'door', url });
  onTestFinished(() => camera.close());
  return camera;
}

it('records a camera without a recorder or an index', async () => {
  const simulator = await simulate();
  const keys = await openKeys();
  const camera = makeCamera(simulator.urls[0]);
  const storage = join(temporaryDirectory(), 'storage');
  const writer = new SegmentWriter({ camera, storage, keys, segmentDuration: 2, firstSequence: 7 });
  const segments: WrittenSegment[] = [];
  writer.on('segment', (segment) => segments.push(segment));
  camera.start();
  await until(() => writer.stats().framesWritten >= 10);
  await writer.close();
  const { framesWritten, segmentsWritten, bytesWritten } = writer.stats();
  expect(segments).toHaveLength(segmentsWritten);
  expect(segments.reduce((sum, { frames }) => sum + frames, 0)).toBe(framesWritten);
  expect(segments.reduce((sum, { fileSize }) => sum + fileSize, 0)).toBe(bytesWritten);
  expect(segments[0]).toMatchObject({ sequence: 7, cameraId: 'door' });
});

it('makes the keys of today and tomorrow at once', async () => {
  const keys = await openKeys();
  const writer = new SegmentWriter({
    camera: makeCamera(),
    storage: join(temporaryDirectory(), 'storage'),
    keys,
  });
  await writer.close();
  await writer.close();
  const days = keys.list({ purpose: 'video' }).map(({ period }) => period);
  const today = new Date().toISOString().slice(0, 10).replaceAll('-', '');
  expect(days).toHaveLength(2);
  expect(days).toContain(today);
});

it('takes up a key that was put in the place of today’s while it records', async () => {
  const simulator = await simulate();
  const keys = await openKeys();
  const storage = join(temporaryDirectory(), 'storage');
  const camera = makeCamera(simulator.urls[0]);
  const writer = new SegmentWriter({ camera, storage, keys, segmentDuration: 2 });
  onTestFinished(() => writer.close());
  const segments: WrittenSegment[] = [];
  writer.on('segment', (segment) => segments.push(segment));
  camera.start();
  await until(() => writer.stats().framesWritten > 0);
  // As another process would, with its own connection to the store.
  const other = await KeyManager.open({
    directory: keys.directory,
    passphrase: 'correct horse battery staple',
  });
  const { id } = other.rotate({ purpose: 'video', cameraId: 'door' });
  await other.close();
  await until(() => segments.at(-1)?.keyId === id);
  expect(segments[0]?.keyId).not.toBe(id);
  expect(writer.stats().framesDropped).toBe(0);
});

describe('a new day', () => {
  const today = new Date().toISOString().slice(0, 10).replaceAll('-', '');

  /** A writer that was made three days ago, and has the keys of that time. */
  async function oldWriter(keys: KeyManager) {
    const simulator = await simulate();
    const camera = makeCamera(simulator.urls[0]);
    const storage = join(temporaryDirectory(), 'storage');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3 * 86_400_000 });
    const writer = new SegmentWriter({ camera, storage, keys, segmentDuration: 2 });
    vi.useRealTimers();
    onTestFinished(() => writer.close());
    const segments: WrittenSegment[] = [];
    const errors: FluxError[] = [];
    writer.on('segment', (segment) => segments.push(segment));
    writer.on('error', (error) => errors.push(error));
    camera.start();
    return { writer, segments, errors };
  }

  it('gets a key of its own', async () => {
    const keys = await openKeys();
    const { segments, errors } = await oldWriter(keys);
    await until(() => segments.length === 2);
    const key = keys.list({ purpose: 'video' }).find(({ period }) => period === today);
    expect(segments[1]?.keyId).toBe(key?.id);
    expect(errors).toEqual([]);
  });

  it('is recorded with the newest key there is while the key store fails, which is tried again', async () => {
    const keys = await openKeys();
    const { writer, segments, errors } = await oldWriter(keys);
    const before = keys.list({ purpose: 'video' }).map(({ id }) => id);
    const database = new Database(join(keys.directory, 'keys.db'));
    onTestFinished(() => {
      database.close();
    });
    database.exec(
      "CREATE TRIGGER full BEFORE INSERT ON keys BEGIN SELECT RAISE(ABORT, 'disk full'); END",
    );
    await until(() => segments.length === 1);
    expect(errors).toMatchObject([{ code: 'ERR_KEY_STORE' }]);
    expect(errors[0]?.message).toContain('disk full');
    expect(before).toContain(segments[0]?.keyId);
    expect(writer.stats().framesDropped).toBe(0);

    database.exec('DROP TRIGGER full');
    await until(() => keys.list({ purpose: 'video' }).some(({ period }) => period === today));
    const key = keys.list({ purpose: 'video' }).find(({ period }) => period === today);
    await until(() => segments.at(-1)?.keyId === key?.id);
  });
});

it('does not begin where the key store is closed', async () => {
  const keys = await openKeys();
  await keys.close();
  const storage = join(temporaryDirectory(), 'storage');
  const error = thrownBy(() => new SegmentWriter({ camera: makeCamera(), storage, keys }));
  expect(error.code).toBe('ERR_CLOSED');
});

it.each([
  [{ camera: { id: 'door' } }, 'camera'],
  [{ storage: 5 }, 'storage'],
  [{ keys: undefined }, 'keys'],
  [{ segmentDuration: 1 }, 'segmentDuration'],
  [{ segmentDuration: 3601 }, 'segmentDuration'],
  [{ segmentDuration: '10' }, 'segmentDuration'],
  [{ formatVersion: '2' }, 'formatVersion'],
  [{ maxQueuedBytes: 1 }, 'maxQueuedBytes'],
  [{ stream: 65_536 }, 'stream'],
  [{ firstSequence: -1 }, 'firstSequence'],
  [{ duration: 5 }, 'duration'],
])('a SegmentWriter with %j names %s', async (changes, name) => {
  const keys = await openKeys();
  const storage = join(temporaryDirectory(), 'storage');
  const options = { camera: makeCamera(), storage, keys, ...changes };
  const error = thrownBy(() => new SegmentWriter(options as never));
  expect(error.code).toBe('ERR_INVALID_ARGUMENT');
  expect(error.message).toContain(name);
  expect(keys.list({ purpose: 'video' })).toEqual([]);
});
