import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type NewSegment, RecordingIndex } from '../../../src/recording/recording-index.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { rejectionOf, thrownBy } from '../thrown.js';

const KEY_ID = '6f9619ff-8b86-4011-b42d-00cf4fc964ff';
const START = Date.parse('2026-01-26T12:00:00Z');

/** Segment number `i` of a camera: ten seconds each, one behind the other. */
function segment(i: number, changes: Partial<NewSegment> = {}): NewSegment {
  const startTime = START + i * 10_000;
  return {
    cameraId: 'door',
    filePath: `${changes.cameraId ?? 'door'}/20260126/${startTime / 1000}`,
    keyId: KEY_ID,
    startTime,
    endTime: startTime + 10_000,
    fileSize: 1000 + i,
    stream: 0,
    formatVersion: 2,
    frames: 250,
    state: 'complete',
    endReason: 'cut',
    sequence: i,
    width: 1920,
    height: 1080,
    codec: 'avc1.640028',
    ...changes,
  };
}

async function openIndex(storage = temporaryDirectory()): Promise<RecordingIndex> {
  const index = await RecordingIndex.open({ storage });
  onTestFinished(() => index.close());
  return index;
}

function rawDatabase(storage: string): Database.Database {
  const database = new Database(join(storage, 'index.db'));
  onTestFinished(() => {
    database.close();
  });
  return database;
}

describe('RecordingIndex', () => {
  it('gives back what was inserted', async () => {
    const index = await openIndex();
    const before = Date.now();
    const inserted = index.insert(segment(0));
    expect(inserted).toMatchObject({
      ...segment(0),
      actualFormat: 'mkv',
      encryptionAlgorithm: 'LEA-256-GCM',
    });
    expect(inserted.createdAt).toBeGreaterThan(before - 2000);
    expect(index.segments()).toEqual([inserted]);
    expect(index.byPath(inserted.filePath)).toEqual(inserted);
  });

  it('ends an interrupted segment where the next begins, whichever row comes first', async () => {
    const index = await openIndex();
    const late = (i: number, by: number) =>
      segment(i, { endTime: segment(i).endTime + by, endReason: 'interrupted' });
    index.insert(late(0, 3));
    index.insert(segment(1));
    index.insert(segment(3));
    index.insert(late(2, 3));
    const pairs = index.segments().map(({ startTime, endTime }) => endTime - startTime);
    expect(pairs).toEqual([10_000, 10_000, 10_000, 10_000]);
    expect(index.gaps()).toEqual([]);
  });

  it('leaves an interrupted segment as long as it says where that is no estimate', async () => {
    const index = await openIndex();
    index.insert(segment(0, { endTime: segment(0).endTime + 500, endReason: 'interrupted' }));
    index.insert(segment(1));
    expect(index.byPath(segment(0).filePath)?.endTime).toBe(segment(0).endTime + 500);
  });

  it('has the columns of the specification, and says its schema version', async () => {
    const storage = temporaryDirectory();
    await openIndex(storage);
    const database = rawDatabase(storage);
    const columns = database.pragma('table_info(recording_segments)') as { name: string }[];
    expect(columns.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'id',
        'camera_id',
        'file_path',
        'actual_format',
        'encryption_algo',
        'key_id',
        'start_time',
        'end_time',
        'file_size_bytes',
        'created_at',
      ]),
    );
    const indexes = database.pragma('index_list(recording_segments)') as { name: string }[];
    expect(indexes.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['idx_segments_lookup', 'idx_segments_keyid']),
    );
    expect(database.pragma('user_version', { simple: true })).toBe(2);
    expect(database.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(database.pragma('foreign_key_list(recording_segments)')).toMatchObject([
      { table: 'cameras', from: 'camera_id', to: 'id' },
    ]);
  });

  it('is private, and beside it lies a marker with the version of the layout', async () => {
    const storage = temporaryDirectory();
    await openIndex(storage);
    expect(statSync(join(storage, 'index.db')).mode & 0o777).toBe(0o600);
    const marker = JSON.parse(readFileSync(join(storage, 'storage.json'), 'utf8'));
    expect(marker).toEqual({ version: 1, id: expect.stringMatching(/^[\da-f-]{36}$/) });
  });

  it('finds the segments that overlap a half-open interval', async () => {
    const index = await openIndex();
    for (let i = 0; i < 4; i++) index.insert(segment(i));
    const found = (from: number, to: number) =>
      index.segments({ from: START + from, to: START + to }).map(({ sequence }) => sequence);
    expect(found(10_000, 20_000)).toEqual([1]);
    expect(found(9_999, 20_000)).toEqual([0, 1]);
    expect(found(10_000, 20_001)).toEqual([1, 2]);
    expect(found(40_000, 50_000)).toEqual([]);
    expect(found(0, 100_000)).toEqual([0, 1, 2, 3]);
  });

  it('tells cameras and streams apart', async () => {
    const index = await openIndex();
    index.insert(segment(0));
    index.insert(segment(0, { cameraId: 'yard' }));
    index.insert(segment(1, { cameraId: 'yard', stream: 1 }));
    expect(index.segments({ cameraId: 'yard' })).toHaveLength(2);
    expect(index.segments({ cameraId: 'yard', stream: 1 })).toHaveLength(1);
    expect(index.segments({ cameraId: 'none' })).toEqual([]);
    expect(index.count()).toBe(3);
    expect(index.count({ cameraId: 'yard' })).toBe(2);
  });

  it('walks thousands of segments in either order, and stops at a limit', async () => {
    const index = await openIndex();
    const total = 1203; // more than two pages
    for (let i = 0; i < total; i++) index.insert(segment(i));
    const ascending = Array.from({ length: total }, (_, i) => i);
    expect(index.segments().map(({ sequence }) => sequence)).toEqual(ascending);
    expect(index.segments({ first: 'newest' }).map(({ sequence }) => sequence)).toEqual(
      ascending.toReversed(),
    );
    expect(index.segments({ limit: 501 })).toHaveLength(501);
    expect(index.segments({ first: 'newest', limit: 1 })[0]?.sequence).toBe(total - 1);
  });

  it('walks segments that begin at the same moment exactly once', async () => {
    const index = await openIndex();
    for (let i = 0; i < 1100; i++) {
      index.insert(segment(0, { filePath: `door/20260126/${i}`, sequence: i }));
    }
    expect(new Set(index.segments().map(({ sequence }) => sequence)).size).toBe(1100);
  });

  it('lets rows come in during a walk', async () => {
    const index = await openIndex();
    for (let i = 0; i < 3; i++) index.insert(segment(i));
    let next = 3;
    for (const _ of index.iterate({ limit: 3 })) index.insert(segment(next++));
    expect(index.count()).toBe(6);
  });

  it('has one row per file', async () => {
    const index = await openIndex();
    index.insert(segment(0));
    expect(thrownBy(() => index.insert(segment(0))).code).toBe('ERR_INDEX_CONFLICT');
    expect(index.count()).toBe(1);
  });

  it('numbers the segments of each camera', async () => {
    const index = await openIndex();
    expect(index.nextSequence('door')).toBe(0);
    index.insert(segment(41));
    expect(index.nextSequence('door')).toBe(42);
    expect(index.nextSequence('yard')).toBe(0);
  });

  it('sums up cameras', async () => {
    const index = await openIndex();
    index.insert(segment(0));
    index.insert(segment(1));
    index.insert(segment(5, { cameraId: 'yard' }));
    expect(index.cameras()).toEqual([
      { id: 'door', segments: 2, frames: 500, bytes: 2001, from: START, to: START + 20_000 },
      expect.objectContaining({ id: 'yard', segments: 1 }),
    ]);
  });

  it('lists rows by their day folders', async () => {
    const index = await openIndex();
    const paths = ['a/20260126/5', 'a/20260127/5', 'a-b/20260126/7', 'a/20260126/6'];
    for (const [i, filePath] of paths.entries()) index.insert(segment(i, { filePath }));
    expect([...index.folders()].sort()).toEqual(['a-b/20260126', 'a/20260126', 'a/20260127']);
    expect(index.pathsIn('a/20260126')).toEqual(['a/20260126/5', 'a/20260126/6']);
    expect(index.pathsIn('a/20260128')).toEqual([]);
  });

  it('is not held up by rows that someone altered', async () => {
    const storage = temporaryDirectory();
    const index = await openIndex(storage);
    for (let i = 0; i < 3; i++) index.insert(segment(i));
    const database = rawDatabase(storage);
    for (const [id, path] of ['passwd', '../../etc/passwd', ''].entries()) {
      database
        .prepare('UPDATE recording_segments SET file_path = ? WHERE id = ?')
        .run(path, id + 1);
    }
    expect([...index.folders()]).toHaveLength(3);
  });

  it('can be read while it is written', async () => {
    const storage = temporaryDirectory();
    const writer = await openIndex(storage);
    const reader = await RecordingIndex.open({ storage, readOnly: true });
    onTestFinished(() => reader.close());
    writer.insert(segment(0));
    expect(reader.segments()).toHaveLength(1);
    writer.insert(segment(1));
    expect(reader.segments()).toHaveLength(2);
    expect(thrownBy(() => reader.insert(segment(2))).code).toBe('ERR_INDEX');
  });

  it('is not made by a reader', async () => {
    const storage = join(temporaryDirectory(), 'new');
    const error = await rejectionOf(() => RecordingIndex.open({ storage, readOnly: true }));
    expect(error.code).toBe('ERR_STORAGE_NOT_FOUND');
    expect(existsSync(storage)).toBe(false);
  });

  it('is not touched where a newer release wrote it', async () => {
    const storage = temporaryDirectory();
    await (await RecordingIndex.open({ storage })).close();
    const database = rawDatabase(storage);
    database.pragma('user_version = 3');
    for (const readOnly of [true, false]) {
      const error = await rejectionOf(() => RecordingIndex.open({ storage, readOnly }));
      expect(error.code).toBe('ERR_SCHEMA_VERSION');
    }
    expect(database.pragma('user_version', { simple: true })).toBe(3);
  });

  it('says so where the marker is of a newer layout, or damaged', async () => {
    const storage = temporaryDirectory();
    writeFileSync(join(storage, 'storage.json'), '{"version":2,"id":"x"}');
    expect((await rejectionOf(() => RecordingIndex.open({ storage }))).code).toBe(
      'ERR_SCHEMA_VERSION',
    );
    writeFileSync(join(storage, 'storage.json'), '{"version":');
    expect((await rejectionOf(() => RecordingIndex.open({ storage }))).code).toBe('ERR_STORAGE');
  });

  it('says so where the file is no database', async () => {
    const storage = temporaryDirectory();
    writeFileSync(join(storage, 'storage.json'), `{"version":1,"id":"${KEY_ID}"}`);
    writeFileSync(join(storage, 'index.db'), 'x'.repeat(8192));
    expect((await rejectionOf(() => RecordingIndex.open({ storage }))).code).toBe('ERR_INDEX');
  });

  it('may be closed twice, and is closed then', async () => {
    const index = await openIndex();
    await index.close();
    await index.close();
    expect(thrownBy(() => index.segments()).code).toBe('ERR_CLOSED');
  });
});

describe('wrong arguments of RecordingIndex', () => {
  it.each([
    [{}, 'storage'],
    [{ storage: '' }, 'storage'],
    [{ storage: 'x', readOnly: 1 }, 'readOnly'],
    [{ storage: 'x', readonly: true }, 'readonly'],
  ])('open(%j) names %s', async (options, name) => {
    const error = await rejectionOf(() => RecordingIndex.open(options as never));
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toContain(name);
  });

  it.each([
    [{ cameraId: '../x' }, 'cameraId'],
    [{ from: 'yesterday' }, 'from'],
    [{ to: -1 }, 'to'],
    [{ from: 5, to: 5 }, 'to'],
    [{ stream: -1 }, 'stream'],
    [{ first: 'last' }, 'first'],
    [{ limit: 0 }, 'limit'],
  ])('segments(%j) names %s', async (query, name) => {
    const index = await openIndex();
    const error = thrownBy(() => index.segments(query as never));
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toContain(name);
  });

  it.each([
    [{ cameraId: '' }, 'cameraId'],
    [{ filePath: '/etc/passwd' }, 'filePath'],
    [{ filePath: 'door/../../x' }, 'filePath'],
    [{ filePath: 'door/20260126/../x' }, 'filePath'],
    [{ keyId: 'none' }, 'keyId'],
    [{ startTime: 1.5 }, 'startTime'],
    [{ endTime: START - 1 }, 'endTime'],
    [{ fileSize: -1 }, 'fileSize'],
    [{ formatVersion: 3 }, 'formatVersion'],
    [{ state: 'open' }, 'state'],
    [{ endReason: 'bored' }, 'endReason'],
    [{ frames: Number.NaN }, 'frames'],
  ])('insert(%j) names %s', async (changes, name) => {
    const index = await openIndex();
    const error = thrownBy(() => index.insert(segment(0, changes as never)));
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toContain(name);
    expect(index.count()).toBe(0);
  });
});
