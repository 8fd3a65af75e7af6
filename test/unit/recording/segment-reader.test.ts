import { execFileSync } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  KeyManager,
  type SegmentPacket,
  SegmentReader,
  type SegmentRecord,
} from '../../../src/index.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { rejectionOf, thrownBy } from '../thrown.js';
import { copyOf, passphrase, type Recorded, record, remove } from './recorded.js';

describe.each([1, 2] as const)('SegmentReader on version %d', (formatVersion) => {
  let recorded: Recorded;
  let keys: KeyManager;
  let segment: SegmentRecord;
  beforeAll(async () => {
    recorded = await record(60, { formatVersion });
    keys = await KeyManager.open({ directory: join(recorded.storage, 'keys'), passphrase });
    segment = recorded.segments[0] as SegmentRecord;
  });
  afterAll(async () => {
    await keys.close();
    remove(recorded);
  });

  async function openReader(storage = recorded.storage): Promise<SegmentReader> {
    const { cameraId, startTime } = segment;
    const path = join(storage, segment.filePath);
    const reader = await SegmentReader.open({ path, keys, cameraId, startTime });
    onTestFinished(() => reader.close());
    return reader;
  }

  async function packetsOf(reader: SegmentReader): Promise<SegmentPacket[]> {
    const packets: SegmentPacket[] = [];
    for await (const packet of reader.packets()) packets.push(packet);
    return packets;
  }

  it('shows the header', async () => {
    const { header } = await openReader();
    expect(header).toMatchObject({
      version: formatVersion,
      algorithm: 'LEA-256-GCM',
      keyId: segment.keyId,
    });
    if (formatVersion === 2) {
      expect(header).toMatchObject({
        cameraId: 'door',
        startTime: segment.startTime,
        sequence: 0,
        stream: 0,
      });
    }
  });

  it('verifies the whole file', async () => {
    const reader = await openReader();
    const found = await reader.verify();
    expect(found.finished).toBe(true);
    expect(found.verifiedFileBytes).toBe(segment.fileSize);
    expect(found.plaintextBytes).toBe(reader.size);
    if (formatVersion === 1) expect(found.chunks).toBe(1);
    else expect(found.chunks).toBeGreaterThan(1);
  });

  it('walks over every frame, beginning with a key frame', async () => {
    const packets = await packetsOf(await openReader());
    expect(packets).toHaveLength(segment.frames);
    expect(packets[0]).toMatchObject({ keyFrame: true, timestamp: 0 });
    expect(packets.filter(({ keyFrame }) => keyFrame)).toHaveLength(2);
    for (const { data } of packets) {
      let offset = 0;
      while (offset < data.length) offset += 4 + data.readUInt32BE(offset);
      expect(offset).toBe(data.length);
    }
    const duration = segment.endTime - segment.startTime;
    expect(packets.at(-1)?.timestamp).toBeLessThan(duration * 1000);
  });

  it('reads the Matroska file inside, which any player plays', async () => {
    const reader = await openReader();
    const whole = await reader.read(0, reader.size);
    expect(whole).toHaveLength(reader.size);
    expect(await reader.read(100, 50)).toEqual(whole.subarray(100, 150));
    expect(await reader.read(reader.size - 10, 100)).toEqual(whole.subarray(-10));
    expect(await reader.read(reader.size, 10)).toHaveLength(0);
    const path = join(temporaryDirectory(), 'inside.mkv');
    writeFileSync(path, whole);
    const args = ['-v', 'error', '-count_packets', '-show_entries', 'stream=nb_read_packets'];
    const count = execFileSync('ffprobe', [...args, '-of', 'csv=p=0', path], { encoding: 'utf8' });
    expect(Number(count)).toBe(segment.frames);
  });

  it('releases nothing of a file that was altered', async () => {
    const storage = copyOf(recorded);
    const file = join(storage, segment.filePath);
    const bytes = readFileSync(file);
    const position = bytes.length >> 1;
    bytes[position] = (bytes[position] as number) ^ 1;
    writeFileSync(file, bytes);
    const error = await rejectionOf(async () => {
      const reader = await openReader(storage);
      await reader.read(0, reader.size);
    });
    expect(error.code).toBe('ERR_AUTH_TAG');
  });

  it('opens only what it was asked for', async () => {
    const path = join(recorded.storage, segment.filePath);
    const { startTime } = segment;
    const wrong = [
      { path, keys, cameraId: 'yard', startTime },
      { path, keys, cameraId: 'door', startTime: startTime + 1 },
    ];
    for (const options of wrong) {
      const error = await rejectionOf(() => SegmentReader.open(options));
      expect(error.code).toMatch(/^ERR_(AUTH_TAG|SEGMENT_\w+)$/);
    }
  });

  it('does not open with the keys of another storage', async () => {
    const other = await KeyManager.create({
      directory: temporaryDirectory(),
      passphrase,
      iterations: 100_000,
    });
    onTestFinished(() => other.close());
    const { cameraId, startTime } = segment;
    const path = join(recorded.storage, segment.filePath);
    const error = await rejectionOf(() =>
      SegmentReader.open({ path, keys: other, cameraId, startTime }),
    );
    expect(error.code).toBe('ERR_KEY_NOT_FOUND');
    expect(error.message).toContain(segment.keyId);
  });

  it('may be closed twice, and releases nothing then', async () => {
    const reader = await openReader();
    await reader.close();
    await reader.close();
    expect((await rejectionOf(() => reader.verify())).code).toBe('ERR_CLOSED');
    expect((await rejectionOf(() => reader.read(0, 1))).code).toBe('ERR_CLOSED');
    expect((await rejectionOf(() => packetsOf(reader))).code).toBe('ERR_CLOSED');
    expect(thrownBy(() => reader.size).code).toBe('ERR_CLOSED');
  });

  it('names wrong arguments of read()', async () => {
    const reader = await openReader();
    for (const [offset, length, name] of [
      [-1, 1, 'offset'],
      [0.5, 1, 'offset'],
      [0, -1, 'length'],
      [0, 2 ** 40, 'length'],
    ] as const) {
      const error = await rejectionOf(() => reader.read(offset, length));
      expect(error.code).toBe('ERR_INVALID_ARGUMENT');
      expect(error.message).toContain(name);
    }
  });

  if (formatVersion === 2)
    it('inspects a cut file: what is wrong, and how much verifies', async () => {
      const storage = copyOf(recorded);
      const path = join(storage, segment.filePath);
      truncateSync(path, Math.floor(segment.fileSize / 2));
      const reader = await SegmentReader.open({ path, keys });
      const found = await reader.inspect();
      const error = await rejectionOf(() => reader.verify());
      await reader.close();
      expect(found.problem).toMatchObject({ code: error.code, message: error.message });
      expect(found.problem?.code).toBe('ERR_SEGMENT_TRUNCATED');
      expect(found.chunks).toBeGreaterThan(0);
      expect(found.plaintextBytes).toBe(found.chunks * (reader.header.chunkSize ?? 0));
      expect(found.finished).toBe(false);
    });

  it('reads an unfinished version 2 file only where that is allowed', async () => {
    const storage = copyOf(recorded);
    const path = join(storage, segment.filePath);
    truncateSync(path, Math.floor(segment.fileSize / 2));
    const { cameraId, startTime } = segment;
    const open = (allowUnfinished: boolean) =>
      SegmentReader.open({ path, keys, cameraId, startTime, allowUnfinished });
    const error = await rejectionOf(async () => (await open(false)).verify());
    expect(error.code).toBe(formatVersion === 2 ? 'ERR_SEGMENT_TRUNCATED' : 'ERR_AUTH_TAG');
    if (formatVersion === 1) return;
    const reader = await open(true);
    onTestFinished(() => reader.close());
    expect(reader.finished).toBe(false);
    const packets = await packetsOf(reader);
    expect(packets.length).toBeGreaterThan(0);
    expect(packets.length).toBeLessThan(segment.frames);
  });
});

describe('wrong arguments of SegmentReader.open', () => {
  it.each([
    [{}, 'path'],
    [{ path: 'x' }, 'keys'],
    [{ path: 'x', keys: 'secret' }, 'keys'],
    [{ path: 'x', keys: null }, 'keys'],
  ])('%j: names %s', async (options, name) => {
    const error = await rejectionOf(() => SegmentReader.open(options as never));
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toContain(name);
  });

  it('are told from files that are no segments', async () => {
    const directory = temporaryDirectory();
    const keys = await KeyManager.create({ directory, passphrase, iterations: 100_000 });
    onTestFinished(() => keys.close());
    const open = (path: string, changes: object = {}) =>
      rejectionOf(() => SegmentReader.open({ path: join(directory, path), keys, ...changes }));
    expect((await open('none')).code).toBe('ERR_NOT_FOUND');
    writeFileSync(join(directory, 'text'), 'x'.repeat(200));
    expect((await open('text')).code).toBe('ERR_SEGMENT_MAGIC');
    expect((await open('text', { cameraId: '.' })).message).toContain('cameraId');
    expect((await open('text', { startTime: 'now' })).message).toContain('startTime');
    expect((await open('text', { allowUnfinished: 1 })).message).toContain('allowUnfinished');
  });
});
