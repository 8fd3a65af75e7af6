import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  type FluxError,
  KeyManager,
  RecordingIndex,
  type SegmentRecord,
  type Thumbnail,
  type ThumbnailOptions,
  type ThumbnailsOptions,
  thumbnail,
  thumbnails,
} from '../../../src/index.js';
import {
  forget,
  framesOf,
  openFilesBelow,
  type RecordedFrame,
  segmentsOf,
} from '../playback/played.js';
import { copyOf, passphrase, type Recorded, record, remove } from '../recording/recorded.js';
import { rejectionOf, thrownBy } from '../thrown.js';
import { makeColourClip, numberOf, palette, sizeOf } from './colours.js';

let recorded: Recorded;
let storage: string;
let index: RecordingIndex;
let keys: KeyManager;
let segments: SegmentRecord[];
let keyFrames: RecordedFrame[];
/** The number of the first key frame's colour. */
let first: number;

beforeAll(async () => {
  recorded = await record(210, { clip: makeColourClip });
  storage = recorded.storage;
  index = await RecordingIndex.open({ storage, readOnly: true });
  keys = await KeyManager.open({ directory: join(storage, 'keys'), passphrase });
  segments = await segmentsOf(storage);
  keyFrames = (await framesOf(storage)).filter(({ keyFrame }) => keyFrame);
  first = numberOf((await at(keyFrames[0]?.time as number)).data);
}, 60_000);
afterAll(async () => {
  await keys.close();
  await index.close();
  remove(recorded);
});

function at(time: number, more: Partial<ThumbnailOptions> = {}): Promise<Thumbnail> {
  return thumbnail({ ...from(more), cameraId: 'door', time, ...more });
}

/** What is open already, or a storage of its own. */
function from({ storage: copy }: { storage?: string }) {
  return copy === undefined ? { index, keys } : { keys };
}

async function all(more: Partial<ThumbnailsOptions> = {}): Promise<Thumbnail[]> {
  const { startTime } = segments[0] as SegmentRecord;
  const { endTime } = segments.at(-1) as SegmentRecord;
  const stretch = { from: startTime, to: endTime };
  const found: Thumbnail[] = [];
  const options = { ...from(more), cameraId: 'door', ...stretch, ...more };
  for await (const picture of thumbnails(options)) found.push(picture);
  return found;
}

/** The colour that the key frame of this number has. */
function colourOfKeyFrame(index: number): number {
  return (first + index) % palette.length;
}

function flipByte(path: string, offset: number): void {
  const bytes = readFileSync(path);
  bytes[offset] = (bytes[offset] as number) ^ 1;
  writeFileSync(path, bytes);
}

describe('thumbnail', () => {
  it('is the key frame that was on the screen at the time, in its colour', async () => {
    expect(keyFrames.length).toBeGreaterThanOrEqual(8);
    for (const [i, { time }] of keyFrames.entries()) {
      const picture = await at(time + (i % 2) * 900);
      expect(picture.time).toBeCloseTo(time, 2);
      expect(numberOf(picture.data)).toBe(colourOfKeyFrame(i));
      expect(picture).toMatchObject({ cameraId: 'door', contentType: 'image/jpeg' });
    }
  });

  it.each([
    [{}, [320, 240]],
    [{ width: 160 }, [160, 120]],
    [{ height: 60 }, [80, 60]],
    [{ width: 160, height: 60 }, [80, 60]],
    [{ width: 33 }, [33, 25]],
    [{ width: 640 }, [320, 240]],
    [{ width: 640, enlarge: true }, [640, 480]],
  ])('of %j is %j pixels', async (wanted, size) => {
    const { width, height, data } = await at(segments[0]?.startTime as number, wanted);
    expect([width, height]).toEqual(size);
    expect(sizeOf(data)).toEqual(size);
  });

  it('names the footage around a time that has none, and the cameras where there is none', async () => {
    const copy = copyOf(recorded);
    const hole = segments[1] as SegmentRecord;
    await forget(copy, hole);
    const inside = await rejectionOf(() => at(hole.startTime + 600, { storage: copy }));
    expect(inside.code).toBe('ERR_NO_FOOTAGE');
    expect(inside.message).toContain(new Date(segments[0]?.endTime as number).toISOString());
    expect(inside.message).toContain(new Date(segments[2]?.startTime as number).toISOString());
    const after = await rejectionOf(() => at((segments.at(-1)?.endTime as number) + 1000));
    expect(after).toMatchObject({ code: 'ERR_NO_FOOTAGE' });
    expect(after.message).toContain(new Date(segments.at(-1)?.endTime as number).toISOString());
    const other = await rejectionOf(() => at(hole.startTime, { cameraId: 'yard' }));
    expect(other).toMatchObject({ code: 'ERR_NO_FOOTAGE' });
    expect(other.message).toContain('door');
  });

  it('takes a directory and a passphrase, and lets go of both', async () => {
    const time = segments[0]?.startTime as number;
    const copy = copyOf(recorded);
    const { data } = await thumbnail({ storage: copy, passphrase, cameraId: 'door', time });
    expect(numberOf(data)).toBe(first);
    expect(openFilesBelow(copy)).toEqual([]);
  });

  it('makes as many at once as are asked for', async () => {
    const wanted = Array.from({ length: 300 }, (_, i) => i % keyFrames.length);
    const made = await Promise.all(
      wanted.map((i) => {
        const { time } = keyFrames[i] as RecordedFrame;
        return at(time, { width: 32 });
      }),
    );
    for (const [i, picture] of made.entries()) {
      const { time } = keyFrames[wanted[i] as number] as RecordedFrame;
      expect(picture.time).toBeCloseTo(time, 2);
    }
  });

  it('shows nothing of a segment that was altered, and names it', async () => {
    const copy = copyOf(recorded);
    const { filePath, startTime } = segments[0] as SegmentRecord;
    flipByte(join(copy, filePath), 1000);
    const error = await rejectionOf(() => at(startTime, { storage: copy }));
    expect(error.code).toBe('ERR_AUTH_TAG');
    expect(error.message).toContain(filePath);
  });

  it('shows nothing with the key of another camera', async () => {
    const copy = copyOf(recorded);
    await using altered = await RecordingIndex.open({ storage: copy });
    const { id, startTime } = segments[0] as SegmentRecord;
    const { id: other } = keys.videoKey('yard', Date.now());
    const change = 'UPDATE recording_segments SET key_id = @other WHERE id = @id';
    altered.connection.run(change, { id, other });
    const asked = () => thumbnail({ index: altered, keys, cameraId: 'door', time: startTime });
    expect(await rejectionOf(asked)).toMatchObject({ code: 'ERR_SEGMENT_KEY' });
  });

  it('ends where it is aborted, also before its turn, and holds nothing', async () => {
    const copy = copyOf(recorded);
    const controller = new AbortController();
    const times = Array.from({ length: 40 }, () => segments.at(-1)?.startTime as number);
    const asked = times.map((time) =>
      rejectionOf(() => at(time, { storage: copy, signal: controller.signal })),
    );
    controller.abort();
    for (const error of await Promise.all(asked)) expect(error.code).toBe('ERR_ABORTED');
    expect(openFilesBelow(copy)).toEqual([]);
    await at(segments[0]?.startTime as number);
  });

  it.each([
    [{ width: 0 }, 'width'],
    [{ height: 16_385 }, 'height'],
    [{ quality: 101 }, 'quality'],
    [{ time: -1 }, 'time'],
    [{ index: undefined }, 'storage'],
    [{ keys: undefined }, 'keys'],
    [{ with: 3 }, 'with'],
  ])('refuses %j', async (wrong, name) => {
    const error = await rejectionOf(() => at(1, wrong as Partial<ThumbnailOptions>));
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toContain(name);
  });
});

describe('thumbnails', () => {
  it('come in the order of time, of each key frame one', async () => {
    const found = await all({ intervalMs: 100, width: 64 });
    expect(found.map(({ time }) => Math.round(time))).toEqual(
      keyFrames.map(({ time }) => Math.round(time)),
    );
    expect(found.map(({ data }) => numberOf(data))).toEqual(
      keyFrames.map((_, i) => colourOfKeyFrame(i)),
    );
  });

  it('are as many as asked for where there are enough key frames', async () => {
    const found = await all({ count: 3 });
    expect(found).toHaveLength(3);
    expect(found[0]?.time).toBeCloseTo(keyFrames[0]?.time as number, 2);
  });

  it('skip holes, and what cannot be read with a word of it', async () => {
    const copy = copyOf(recorded);
    await forget(copy, segments[1] as SegmentRecord);
    const damaged = segments[2] as SegmentRecord;
    flipByte(join(copy, damaged.filePath), 1000);
    const errors: FluxError[] = [];
    const onError = (error: FluxError) => errors.push(error);
    const found = await all({ storage: copy, intervalMs: 200, onError });
    const inside = ({ time }: { time: number }, of: SegmentRecord) =>
      time >= of.startTime && time < of.endTime;
    const expected = keyFrames.filter(
      (frame) => !inside(frame, segments[1] as SegmentRecord) && !inside(frame, damaged),
    );
    expect(found.map(({ time }) => Math.round(time))).toEqual(
      expected.map(({ time }) => Math.round(time)),
    );
    expect(errors.map(({ code }) => code)).toEqual(['ERR_AUTH_TAG']);
    expect(errors[0]?.message).toContain(damaged.filePath);
  });

  it('warn of what cannot be read where nobody listens', async () => {
    const copy = copyOf(recorded);
    rmSync(join(copy, segments[0]?.filePath as string));
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    onTestFinished(() => warned.mockRestore());
    await all({ storage: copy, count: 4 });
    expect(warned).toHaveBeenCalledOnce();
  });

  it('stop with their loop, and with their signal', async () => {
    const copy = copyOf(recorded);
    const stretch = { from: segments[0]?.startTime as number, to: Date.now() };
    const options = { storage: copy, keys, cameraId: 'door', ...stretch, intervalMs: 500 };
    for await (const _ of thumbnails(options)) break;
    expect(openFilesBelow(copy)).toEqual([]);
    const controller = new AbortController();
    const aborted = async () => {
      for await (const _ of thumbnails({ ...options, signal: controller.signal })) {
        controller.abort();
      }
    };
    expect(await rejectionOf(aborted)).toMatchObject({ code: 'ERR_ABORTED' });
    expect(openFilesBelow(copy)).toEqual([]);
  });

  it.each([
    [{}, 'count'],
    [{ count: 2, intervalMs: 2 }, 'count'],
    [{ count: 10_001 }, 'count'],
    [{ intervalMs: 0 }, 'intervalMs'],
    [{ to: 1e12, intervalMs: 1 }, 'intervalMs'],
    [{ to: 0, count: 1 }, 'to'],
  ])('refuse %j at once', (wrong, name) => {
    const options = { storage, passphrase, cameraId: 'door', from: 0, to: 10, ...wrong };
    const error = thrownBy(() => thumbnails(options));
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toContain(`thumbnails: ${name}`);
  });
});
