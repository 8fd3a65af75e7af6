import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type ExportOptions,
  exportRecording,
  KeyManager,
  type SegmentRecord,
} from '../../../src/index.js';
import { countDecodedFrames } from '../clip.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { rejectionOf } from '../thrown.js';
import { copyOf, passphrase, type Recorded, record, remove } from './recorded.js';

let recorded: Recorded;
let keys: KeyManager;
let start: number;
let end: number;

beforeAll(async () => {
  recorded = await record(130);
  keys = await KeyManager.open({ directory: join(recorded.storage, 'keys'), passphrase });
  start = (recorded.segments[0] as SegmentRecord).startTime;
  end = (recorded.segments.at(-1) as SegmentRecord).endTime;
});
afterAll(async () => {
  await keys.close();
  remove(recorded);
});

function options(changes: Partial<ExportOptions> = {}): ExportOptions {
  return {
    storage: recorded.storage,
    keys,
    cameraId: 'door',
    from: start,
    to: end,
    out: join(temporaryDirectory(), 'clip.mp4'),
    ...changes,
  };
}

it.each(['mp4', 'mkv'] as const)(
  'exports all that was recorded to %s, without an error in it',
  async (format) => {
    const out = join(temporaryDirectory(), `clip.${format}`);
    const done: number[] = [];
    const result = await exportRecording(options({ out, onProgress: (part) => done.push(part) }));
    const frames = recorded.segments.reduce((sum, segment) => sum + segment.frames, 0);
    expect(result).toEqual({
      out,
      frames,
      bytes: statSync(out).size,
      from: start,
      to: expect.any(Number),
      gaps: [],
      leftOut: [],
    });
    expect(Math.abs(result.to - end)).toBeLessThan(100);
    expect(countDecodedFrames(out)).toBe(frames);
    expect(done.at(-1)).toBe(1);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect(readdirSync(join(out, '..'))).toEqual([`clip.${format}`]);
  },
);

it('begins at the key frame at or before `from` and ends before `to`', async () => {
  // Key frames come once per second, a frame every 40 ms.
  const result = await exportRecording(options({ from: start + 1500, to: start + 3500 }));
  expect(Math.abs(result.from - (start + 1000))).toBeLessThan(30);
  expect(result.to).toBeLessThan(start + 3500 + 50);
  expect(Math.abs(result.frames - 62.5)).toBeLessThanOrEqual(1.5);
  expect(countDecodedFrames(result.out)).toBe(result.frames);
});

it('says for which times there is no footage', async () => {
  const result = await exportRecording(options({ from: start - 60_000, to: end + 60_000 }));
  expect(result.gaps).toHaveLength(2);
  expect(result.gaps[0]).toEqual({ from: start - 60_000, to: start });
  expect(result.gaps[1]?.to).toBe(end + 60_000);
});

it('says what there is where there is nothing', async () => {
  const none = await rejectionOf(() =>
    exportRecording(options({ from: start - 20_000, to: start - 10_000 })),
  );
  expect(none.code).toBe('ERR_NO_FOOTAGE');
  expect(none.message).toContain(new Date(start).toISOString());
  const other = await rejectionOf(() => exportRecording(options({ cameraId: 'yard' })));
  expect(other.code).toBe('ERR_NO_FOOTAGE');
  expect(other.message).toContain('door');
});

it('replaces a file only where it may', async () => {
  const out = join(temporaryDirectory(), 'clip.mp4');
  writeFileSync(out, 'precious');
  expect((await rejectionOf(() => exportRecording(options({ out })))).code).toBe('ERR_EXISTS');
  expect(readFileSync(out, 'utf8')).toBe('precious');
  const { frames } = await exportRecording(options({ out, overwrite: true }));
  expect(countDecodedFrames(out)).toBe(frames);
});

it('writes no clip out of a recording that was altered', async () => {
  const storage = copyOf(recorded);
  const victim = recorded.segments[1] as SegmentRecord;
  const file = join(storage, victim.filePath);
  const bytes = readFileSync(file);
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] as number) ^ 1;
  writeFileSync(file, bytes);
  const out = join(temporaryDirectory(), 'clip.mp4');
  const error = await rejectionOf(() => exportRecording(options({ storage, out })));
  expect(error.code).toBe('ERR_AUTH_TAG');
  expect(error.message).toContain(victim.filePath);
  expect(readdirSync(join(out, '..'))).toEqual([]);
});

it('says which segment is missing', async () => {
  const storage = copyOf(recorded);
  const { filePath } = recorded.segments[1] as SegmentRecord;
  rmSync(join(storage, filePath));
  const error = await rejectionOf(() => exportRecording(options({ storage })));
  expect(error.code).toBe('ERR_NOT_FOUND');
  expect(error.message).toContain(filePath);
});

it('stops where its signal fires, and leaves nothing behind', async () => {
  const out = join(temporaryDirectory(), 'clip.mp4');
  const early = await rejectionOf(() =>
    exportRecording(options({ out, signal: AbortSignal.abort() })),
  );
  expect(early.code).toBe('ERR_ABORTED');
  const controller = new AbortController();
  const running = rejectionOf(() => exportRecording(options({ out, signal: controller.signal })));
  setImmediate(() => controller.abort());
  expect((await running).code).toBe('ERR_ABORTED');
  expect(existsSync(out)).toBe(false);
  expect(readdirSync(join(out, '..'))).toEqual([]);
});

it.each([
  [{ storage: undefined }, 'storage'],
  [{ keys: undefined }, 'keys'],
  [{ cameraId: '' }, 'cameraId'],
  [{ from: '2026' }, 'from'],
  [{ from: 5, to: 5 }, 'to'],
  [{ to: Number.NaN }, 'to'],
  [{ out: '' }, 'out'],
  [{ out: 'clip.avi' }, 'out'],
  [{ format: 'avi' }, 'format'],
  [{ overwrite: 'yes' }, 'overwrite'],
  [{ audio: 'no' }, 'audio'],
  [{ signal: 5 }, 'signal'],
  [{ onProgress: 5 }, 'onProgress'],
  [{ stream: -1 }, 'stream'],
  [{ till: 5 }, 'till'],
])('exportRecording with %j names %s', async (changes, name) => {
  const error = await rejectionOf(() => exportRecording(options(changes as never)));
  expect(error.code).toBe('ERR_INVALID_ARGUMENT');
  expect(error.message).toContain(name);
});
