// A storage is recorded into, compared and deleted from only where its disk and its index belong
// together.
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  checkStorage,
  type FluxError,
  KeyManager,
  Recorder,
  RecordingIndex,
  type SegmentRecord,
} from '../../../src/index.js';
import { countOpening, requireSameHistory } from '../../../src/recording/interlock.js';
import { openStorage } from '../../../src/recording/storage.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { rejectionOf, thrownBy } from '../thrown.js';
import { passphrase, simulate, until } from './recorded.js';
import { HOUR, openIndex, segmentAt, store } from './stored.js';

async function newKeys(): Promise<KeyManager> {
  const directory = temporaryDirectory();
  const keys = await KeyManager.create({ directory, passphrase, iterations: 100_000 });
  onTestFinished(() => keys.close());
  return keys;
}

async function openRecorder(storage: string, keys: KeyManager, options: object = {}) {
  const recorder = await Recorder.open({ storage, keys, segmentDuration: 2, ...options });
  onTestFinished(() => recorder.close());
  const errors: FluxError[] = [];
  recorder.on('error', (error) => errors.push(error));
  return { recorder, errors };
}

const marker = (storage: string) => JSON.parse(readFileSync(join(storage, 'storage.json'), 'utf8'));

/** A closed storage with `count` segments of each camera, opened once by a recorder. */
async function stored(keys: KeyManager, count = 3, cameras = ['door']): Promise<string> {
  const storage = join(temporaryDirectory(), 'storage');
  await (await Recorder.open({ storage, keys })).close();
  const index = await RecordingIndex.open({ storage });
  for (const cameraId of cameras) {
    for (let i = 0; i < count; i++) store(index, segmentAt(i, { cameraId, fileSize: 10 }));
  }
  await index.close();
  return storage;
}

function content(storage: string): string[] {
  return readdirSync(storage, { recursive: true }).map(String).sort();
}

describe('the interlock of disk and index', () => {
  it('counts the openings on both sides', async () => {
    const keys = await newKeys();
    const storage = await stored(keys);
    expect(marker(storage)).toMatchObject({ version: 1, opens: 1 });
    await (await Recorder.open({ storage, keys })).close();
    const index = await openIndex(storage);
    expect(marker(storage).opens).toBe(2);
    expect(index.storageRow.read()).toMatchObject({
      ...{ id: marker(storage).id, opens: 2, opening: 2 },
    });
  });

  it('takes a crash between the two sides for what it is', async () => {
    const storage = temporaryDirectory();
    const index = await openIndex(storage);
    const before = await openStorage(storage);
    const after = countOpening(index.storageRow, before, storage);
    index.connection.run('UPDATE storage SET opens = 0, opening = 1');
    requireSameHistory(index.storageRow, after, storage);
    requireSameHistory(index.storageRow, before, storage);
    const ahead = { ...after, opens: 2 };
    expect(thrownBy(() => requireSameHistory(index.storageRow, ahead, storage)).code).toBe(
      'ERR_STORAGE_MISMATCH',
    );
  });

  it("refuses another storage's index, and changes nothing", async () => {
    const keys = await newKeys();
    const [one, two] = [await stored(keys), await stored(keys)];
    copyFileSync(join(two, 'index.db'), join(one, 'index.db'));
    const before = content(join(one, 'door'));
    for (const open of [
      () => Recorder.open({ storage: one, keys }),
      () => RecordingIndex.open({ storage: one, readOnly: true }),
      () => checkStorage({ storage: one, keys, repair: true, acceptLoss: true }),
    ]) {
      const error = await rejectionOf(open as () => Promise<unknown>);
      expect(error.code).toBe('ERR_STORAGE_MISMATCH');
      expect(error.message).toContain('Mount the right disk');
    }
    expect(content(join(one, 'door'))).toEqual(before);
    expect((await checkStorage({ storage: one })).problems).toMatchObject([
      { code: 'ERR_STORAGE_MISMATCH', repaired: false },
    ]);
  });

  it('refuses an index that was restored from a backup, until somebody says that it is right', async () => {
    const keys = await newKeys();
    const storage = await stored(keys);
    copyFileSync(join(storage, 'index.db'), join(storage, 'backup'));
    await (await Recorder.open({ storage, keys })).close();
    copyFileSync(join(storage, 'backup'), join(storage, 'index.db'));
    const error = await rejectionOf(() => Recorder.open({ storage, keys }));
    expect(error.code).toBe('ERR_STORAGE_MISMATCH');
    expect(error.message).toMatch(/index\.db is older.*check --storage .* --repair/);
    expect(await checkStorage({ storage, keys, repair: true })).toMatchObject({ ok: true });
    await openRecorder(storage, keys);
  });

  it('refuses a disk that is older than the index', async () => {
    const keys = await newKeys();
    const storage = await stored(keys);
    const older = marker(storage);
    await (await Recorder.open({ storage, keys })).close();
    writeFileSync(join(storage, 'storage.json'), JSON.stringify(older));
    const error = await rejectionOf(() => Recorder.open({ storage, keys }));
    expect(error.code).toBe('ERR_STORAGE_MISMATCH');
    expect(error.message).toContain('older than its index.db');
  });

  it('misses a marker or an index that is gone, and can make it anew', async () => {
    const keys = await newKeys();
    const storage = await stored(keys);
    const { id } = marker(storage);
    rmSync(join(storage, 'storage.json'));
    for (const readOnly of [true, false]) {
      const error = await rejectionOf(() => RecordingIndex.open({ storage, readOnly }));
      expect(error.code).toBe('ERR_STORAGE_MISSING');
    }
    expect(await checkStorage({ storage, keys, repair: true })).toMatchObject({ ok: true });
    expect(marker(storage).id).toBe(id);

    rmSync(join(storage, 'index.db'));
    const error = await rejectionOf(() => Recorder.open({ storage, keys }));
    expect(error.code).toBe('ERR_STORAGE_MISSING');
    expect(error.message).toContain('index.db is gone');
    expect(existsSync(join(storage, 'index.db'))).toBe(false);
  });

  it('makes no storage where a disk is not mounted, if asked not to', async () => {
    const keys = await newKeys();
    const storage = join(temporaryDirectory(), 'mountpoint');
    mkdirSync(storage);
    const error = await rejectionOf(() => Recorder.open({ storage, keys, create: false }));
    expect(error.code).toBe('ERR_STORAGE_MISSING');
    expect(content(storage)).toEqual([]);
  });
});

describe('a storage that lacks most of its footage', () => {
  it('is suspect, and nothing is changed, until the loss is accepted', async () => {
    const keys = await newKeys();
    const storage = await stored(keys, 101);
    rmSync(join(storage, 'door'), { recursive: true });
    const before = content(storage);
    for (const open of [
      () => Recorder.open({ storage, keys }),
      () => checkStorage({ storage, keys, repair: true }),
    ]) {
      const error = await rejectionOf(open as () => Promise<unknown>);
      expect(error.code).toBe('ERR_STORAGE_SUSPECT');
      expect(error.message).toContain('101 of 101');
      expect(error.message).toContain('--accept-loss');
    }
    const index = await openIndex(storage);
    expect(index.count()).toBe(101);
    expect(content(storage).filter((name) => !name.startsWith('index.db-'))).toEqual(before);
    await index.close();

    const report = await checkStorage({ storage, keys, repair: true, acceptLoss: true });
    expect(report).toMatchObject({ ok: true, segments: 0 });
    const { recorder } = await openRecorder(storage, keys);
    expect(recorder.index.gaps()).toHaveLength(101);
    expect(recorder.index.gaps()[0]).toMatchObject({ reason: 'lost', frames: 250 });
  });

  it('is suspect where it is one camera among others', async () => {
    const keys = await newKeys();
    const storage = await stored(keys, 150, ['door', 'yard', 'hall']);
    rmSync(join(storage, 'yard'), { recursive: true });
    const error = await rejectionOf(() => Recorder.open({ storage, keys }));
    expect(error.code).toBe('ERR_STORAGE_SUSPECT');
    expect(error.message).toContain("camera 'yard'");
  });

  it('opens, and says what is missing, where that is little', async () => {
    const keys = await newKeys();
    const storage = await stored(keys, 100);
    rmSync(join(storage, 'door'), { recursive: true });
    const { recorder } = await openRecorder(storage, keys);
    expect(recorder.recovery.problems).toHaveLength(100);
    expect(recorder.index.count()).toBe(100);
  });
});

describe('a disk that goes away while it is recorded to', () => {
  it('stops the recording with an error, deletes nothing, and goes on when it is back', async () => {
    const keys = await newKeys();
    const simulator = await simulate();
    const storage = join(temporaryDirectory(), 'storage');
    const { recorder, errors } = await openRecorder(storage, keys, {
      retention: { maxAge: HOUR, minFreeBytes: 0 },
    });
    const blocked: string[] = [];
    const resumed: string[] = [];
    const segments: SegmentRecord[] = [];
    recorder.on('recordingBlocked', ({ reason }) => blocked.push(reason));
    recorder.on('recordingResumed', ({ reason }) => resumed.push(reason));
    recorder.on('segment', (segment) => segments.push(segment));
    recorder.addCamera({ id: 'door', url: simulator.urls[0] as string });
    await until(() => segments.length >= 1);
    // Footage that retention would take, were the disk there.
    store(recorder.index, segmentAt(0, { cameraId: 'yard' }));

    const away = `${storage}.away`;
    renameSync(storage, away);
    mkdirSync(storage);
    await until(() => blocked.length > 0);
    expect(blocked).toEqual(['storage']);
    // Of the disk, and so of no camera.
    expect(errors.find(({ code }) => code === 'ERR_STORAGE_MISSING')?.cameraId).toBeUndefined();
    expect(errors.some(({ code }) => code === 'ERR_STORAGE_MISSING')).toBe(true);
    await recorder.applyRetention();
    expect(recorder.index.count({ cameraId: 'yard' })).toBe(1);
    const written = recorder.stats().cameras.door?.writer.framesWritten as number;
    expect(written).toBeGreaterThan(0);
    // Two seconds of frames come that nobody records.
    const arrived = () => recorder.stats().cameras.door?.camera.accessUnits as number;
    const arrivedBefore = arrived();
    await until(() => arrived() >= arrivedBefore + 50);
    expect(readdirSync(storage)).toEqual([]);

    rmSync(storage, { recursive: true });
    renameSync(away, storage);
    await until(() => resumed.length > 0);
    const before = segments.length;
    await until(() => segments.length >= before + 2);
    await recorder.applyRetention();
    expect(recorder.index.count({ cameraId: 'yard' })).toBe(0);
    expect(recorder.stats().cameras.door?.writer.framesWritten).toBeGreaterThan(written);
    await recorder.close();

    const index = await openIndex(storage);
    expect(index.gaps({ cameraId: 'door' }).map(({ reason }) => reason)).toContain('storage');
    expect(await checkStorage({ storage })).toMatchObject({ ok: true, problems: [] });
  });

  it('is not taken for the one it was where another storage is mounted there', async () => {
    const keys = await newKeys();
    const storage = await stored(keys);
    const other = await stored(keys);
    const { recorder } = await openRecorder(storage, keys, {
      retention: { maxAge: HOUR, minFreeBytes: 0 },
    });
    const blocked: string[] = [];
    recorder.on('recordingBlocked', ({ error }) => blocked.push(error.code));
    renameSync(storage, `${storage}.away`);
    cpSync(other, storage, { recursive: true });
    await until(() => blocked.length > 0);
    expect(blocked).toEqual(['ERR_STORAGE_MISMATCH']);
    await recorder.applyRetention();
    expect(content(join(storage, 'door'))).toEqual(content(join(other, 'door')));
    rmSync(storage, { recursive: true });
    renameSync(`${storage}.away`, storage);
  });
});
