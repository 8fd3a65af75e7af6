// Live pictures as JPEG, told apart by the number that each of them shows.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { Camera, type CameraOptions, RtspSimulator } from '../../../src/index.js';
import { makeCountedClip, readNumber } from '../../support/counted-clip.js';
import { until } from '../recording/recorded.js';
import { rejectionOf } from '../thrown.js';

/** Frames between key frames: 0.8 s of H.264, 8 s of H.265. */
const GOP = { h264: 20, h265: 200 };

let directory: string;
let h264: RtspSimulator;
/** Plays again and again. */
let h265: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'fluxvision-snapshot-'));
  const clip = (name: string, options: object) =>
    makeCountedClip({ path: join(directory, name), seconds: 4, ...options });
  h264 = await RtspSimulator.start({
    clip: clip('main.mp4', { gop: GOP.h264 }),
    subClip: clip('sub.mp4', { gop: GOP.h264, width: 320, height: 176 }),
    sentLogCapacity: 1000,
  });
  const codec = { codec: 'libx265', gop: GOP.h265, seconds: 8 };
  h265 = pathToFileURL(clip('h265.mp4', codec)).href;
});

afterAll(async () => {
  await h264.close();
  rmSync(directory, { recursive: true, force: true });
});

function cameraOf(url = h264.urls[0] as string, options: Partial<CameraOptions> = {}): Camera {
  const camera = new Camera({ id: 'door', url, ...options });
  onTestFinished(() => camera.close());
  camera.start();
  return camera;
}

/** The number that a picture shows, of any size. */
function numberIn(jpeg: Buffer, width: number, height: number): number | undefined {
  const pixels = execFileSync(
    'ffmpeg',
    [
      ...['-v', 'error', '-xerror', '-f', 'mjpeg', '-i', '-'],
      ...['-f', 'rawvideo', '-pix_fmt', 'rgba', '-'],
    ],
    { input: jpeg, maxBuffer: 1 << 24 },
  );
  expect(pixels.length).toBe(width * height * 4);
  return readNumber(pixels, width, height);
}

it('is the newest key frame of a stream that plays', async () => {
  const camera = cameraOf();
  await camera.waitUntil('playing');
  const before = Date.now();
  const first = await camera.snapshot();
  expect(first).toMatchObject({
    ...{ cameraId: 'door', stream: 'main', contentType: 'image/jpeg', width: 640, height: 352 },
  });
  expect(first.time).toBeLessThanOrEqual(Date.now());
  expect(first.time).toBeGreaterThan(before - 5000);
  const number = numberIn(first.data, 640, 352) as number;
  expect(number % GOP.h264).toBe(0);
  // One that is too old for the caller is not taken: the next key frame is.
  const next = await camera.snapshot({ maxAgeMs: 0 });
  expect(next.time).toBeGreaterThan(first.time);
  const sent = h264.sentFrames('/cam1/main').filter(({ keyFrame }) => keyFrame);
  const shown = numberIn(next.data, 640, 352);
  expect(sent.slice(-2).map(({ clipIndex }) => clipIndex)).toContain(shown);
  expect(shown).not.toBe(number);
});

it('keeps its shape in the size that is asked for', async () => {
  const camera = cameraOf();
  const { width, height, data } = await camera.snapshot({ width: 320, quality: 95 });
  expect([width, height]).toEqual([320, 176]);
  expect((numberIn(data, 320, 176) as number) % GOP.h264).toBe(0);
});

it('comes at once from a camera of H.265 with key frames far apart', async () => {
  const camera = cameraOf(h265);
  const first = await camera.snapshot();
  expect(numberIn(first.data, 640, 352)).toBe(0);
  // Nobody waits for the next one: it is that one still.
  const again = await camera.snapshot({ maxAgeMs: 60_000 });
  expect(again.time).toBe(first.time);
  const late = await rejectionOf(() => camera.snapshot({ maxAgeMs: 0, timeoutMs: 1 }));
  expect(late).toMatchObject({ code: 'ERR_TIMEOUT' });
});

it('connects a stream that is at rest, and lets go of it', async () => {
  const sub = { url: h264.subUrls[0] as string };
  const camera = cameraOf(undefined, { sub, onDemand: true, lingerMs: 0 });
  const picture = await camera.snapshot({ stream: 'sub' });
  expect(picture).toMatchObject({ stream: 'sub', width: 320, height: 176 });
  expect(camera.streamState('main')).toBe('idle');
  await until(() => camera.streamState('sub') === 'idle');
});

it('tells why there is none', async () => {
  const idle = new Camera({ id: 'idle', url: h264.urls[0] as string });
  expect(await rejectionOf(() => idle.snapshot())).toMatchObject({ code: 'ERR_STATE' });
  await idle.close();
  expect(await rejectionOf(() => idle.snapshot())).toMatchObject({ code: 'ERR_CLOSED' });

  const url = `${(h264.urls[0] as string).slice(0, -5)}/nothing`;
  const camera = cameraOf(url);
  // While it connects, and while it waits for the next attempt.
  for (const _ of ['connecting', 'waiting']) {
    expect(await rejectionOf(() => camera.snapshot())).toMatchObject({
      ...{ code: 'ERR_CONNECTION', cause: { code: 'ERR_RTSP_NOT_FOUND' } },
    });
  }
  const signal = AbortSignal.abort();
  const wrong = [{ width: 0 }, { quality: 101 }, { maxAgeMs: -1 }, { stream: 'third' as 'main' }];
  for (const options of wrong) {
    expect(await rejectionOf(() => camera.snapshot(options))).toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
    });
  }
  expect(await rejectionOf(() => camera.snapshot({ signal }))).toMatchObject({
    code: 'ERR_ABORTED',
  });
});

it('ends with its signal and with its camera', async () => {
  const camera = cameraOf(h265);
  await camera.snapshot();
  const abort = new AbortController();
  const aborted = rejectionOf(() => camera.snapshot({ maxAgeMs: 0, signal: abort.signal }));
  const closed = rejectionOf(() => camera.snapshot({ maxAgeMs: 0 }));
  abort.abort();
  expect(await aborted).toMatchObject({ code: 'ERR_ABORTED' });
  await camera.close();
  expect(await closed).toMatchObject({ code: 'ERR_CLOSED' });
});
