import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import {
  Camera,
  type CameraDecoderOptions,
  DecoderPool,
  type EncodedFrame,
  type Frame,
  RtspSimulator,
} from '../../../src/index.js';
import { makeClip } from '../clip.js';
import { until } from '../recording/recorded.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { rejectionOf, thrownBy } from '../thrown.js';

/** One second long: each of its key frames is the first picture of the clip. */
async function openCamera(make = (folder: string) => makeClip(folder, { seconds: 1 })) {
  const clip = make(await temporaryDirectory());
  const simulator = await RtspSimulator.start({ clip, cameras: 1 });
  onTestFinished(() => simulator.close());
  const camera = new Camera({ id: 'door', url: simulator.urls[0] as string, lingerMs: 0 });
  onTestFinished(() => camera.close());
  camera.start();
  const pool = await DecoderPool.open({ backend: 'libavcodec' });
  onTestFinished(() => pool.close());
  return { camera, pool, clip };
}

async function firstFrames(pool: DecoderPool, camera: Camera, count: number, options = {}) {
  const decoder = pool.decoder(camera, options as CameraDecoderOptions);
  const frames: Frame[] = [];
  for await (const frame of decoder.frames({ maxQueued: 100 })) {
    frames.push(frame);
    if (frames.length === count) break;
  }
  return { decoder, frames };
}

function ffmpegPicture(clip: string, format: string): Buffer {
  const args = ['-v', 'error', '-i', clip, '-frames:v', '1', '-pix_fmt', format];
  return execFileSync('ffmpeg', [...args, '-f', 'rawvideo', '-'], { maxBuffer: 1 << 26 });
}

it('gives frames that say what they are, and pixels that are those of ffmpeg', async () => {
  const { camera, pool, clip } = await openCamera();
  const { decoder, frames } = await firstFrames(pool, camera, 3);
  const [frame, second] = frames as [Frame, Frame];
  expect(frame).toMatchObject({
    ...{ width: 320, height: 240, displayWidth: 320, displayHeight: 240, format: 'yuv420p' },
    ...{ bitDepth: 8, keyFrame: true, concealed: false, backend: 'libavcodec' },
    colour: { matrix: 'bt601', fullRange: false },
    devicePointer: undefined,
  });
  expect(second.timestamp - frame.timestamp).toBeCloseTo(40_000, -2);
  expect(Math.abs(Date.now() - frame.arrival)).toBeLessThan(60_000);
  expect(frame.decoded).toBeGreaterThanOrEqual(frame.arrival);
  const size = frame.allocationSize({ format: 'nv12' });
  expect(size).toBe(320 * 240 * 1.5);
  const pixels = Buffer.alloc(size);
  expect(await frame.copyTo(pixels, { format: 'nv12' })).toMatchObject({ bytes: size, width: 320 });
  expect(pixels.equals(ffmpegPicture(clip, 'nv12'))).toBe(true);
  expect(decoder.stats()).toMatchObject({ backend: 'libavcodec', framesHeld: 3, errors: 0 });
  for (const each of frames) each.close();
  expect(decoder.stats()).toMatchObject({ framesHeld: 0, framesForgotten: 0 });
});

it('turns pictures into RGB as ffmpeg does, within 2 levels', async () => {
  const { camera, pool, clip } = await openCamera((folder) => {
    const path = join(folder, 'colour.mp4');
    const source = 'color=c=0x3070c0:size=320x240:rate=25';
    const codec = ['-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-g', '25', '-bf', '0'];
    execFileSync('ffmpeg', [
      ...['-v', 'error', '-f', 'lavfi', '-i', source, '-t', '1', ...codec, path],
    ]);
    return path;
  });
  const { frames } = await firstFrames(pool, camera, 1);
  const [frame] = frames as [Frame];
  const pixels = Buffer.alloc(frame.allocationSize({ format: 'rgb' }));
  await frame.copyTo(pixels, { format: 'rgb' });
  const expected = ffmpegPicture(clip, 'rgb24');
  expect(pixels.length).toBe(expected.length);
  const worst = pixels.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - (expected[i] as number))),
    0,
  );
  expect(worst).toBeLessThanOrEqual(2);
  frame.close();
});

it('scales with bars, and says where the picture is', async () => {
  const { camera, pool } = await openCamera();
  const { frames } = await firstFrames(pool, camera, 1);
  const [frame] = frames as [Frame];
  expect(frame.allocationSize({ format: 'gray', width: 160 })).toBe(160 * 120);
  const square = {
    format: 'rgb',
    width: 200,
    height: 200,
    fit: 'letterbox',
    fill: [9, 8, 7],
  } as const;
  const pixels = new Uint8Array(frame.allocationSize(square));
  const copied = await frame.copyTo(pixels, square);
  expect(copied.target).toEqual({ x: 0, y: 25, width: 200, height: 150 });
  expect([...pixels.subarray(0, 3)]).toEqual([9, 8, 7]);
  frame.close();
});

it('refuses buffers that are too small, and frames that are closed', async () => {
  const { camera, pool } = await openCamera();
  const { frames } = await firstFrames(pool, camera, 1);
  const [frame] = frames as [Frame];
  const small = await rejectionOf(() => frame.copyTo(Buffer.alloc(10), { format: 'rgb' }));
  expect(small.code).toBe('ERR_INVALID_ARGUMENT');
  expect(small.message).toMatch(/at least 230400 bytes, but has 10/);
  const wrong = await rejectionOf(() => frame.copyTo('text' as never));
  expect(wrong.code).toBe('ERR_INVALID_ARGUMENT');
  const format = thrownBy(() => frame.allocationSize({ format: 'yuv' as never }));
  expect(format.code).toBe('ERR_INVALID_ARGUMENT');
  expect(thrownBy(() => frame.allocationSize({ width: 16384, height: 16384 })).code).toBe(
    'ERR_LIMIT',
  );
  const pixels = Buffer.alloc(frame.allocationSize());
  const copying = frame.copyTo(pixels);
  frame.close();
  frame.close();
  await copying;
  expect(thrownBy(() => frame.allocationSize()).code).toBe('ERR_CLOSED');
  expect((await rejectionOf(() => frame.copyTo(pixels))).code).toBe('ERR_CLOSED');
});

it('delivers no more frames than are wanted, and the newest where the reader is slow', async () => {
  const { camera, pool } = await openCamera();
  const { decoder, frames } = await firstFrames(pool, camera, 3, { maxFrameRate: 5 });
  for (const frame of frames) frame.close();
  const [first, , last] = frames as [Frame, Frame, Frame];
  expect(last.timestamp - first.timestamp).toBeGreaterThanOrEqual(390_000);
  decoder.setLimits({ maxFrameRate: 0 });
  const slow = decoder.frames({ maxQueued: 1 });
  await until(() => slow.stats().framesDropped >= 3);
  for await (const frame of slow) {
    frame.close();
    break;
  }
});

it('says what it decodes and with what', async () => {
  const { camera, pool } = await openCamera();
  const decoder = pool.decoder(camera, { stream: 'main' });
  const heard: object[] = [];
  decoder.on('backend', (change) => heard.push(change));
  decoder.on('parameters', (parameters) => heard.push(parameters));
  await until(() => heard.length === 2);
  expect(heard).toEqual([
    { width: 320, height: 240, codec: expect.stringMatching(/^avc1/), frameRate: 25 },
    { backend: 'libavcodec' },
  ]);
});

it('ends with its camera, its signal and its loop', async () => {
  const { camera, pool } = await openCamera();
  const decoder = pool.decoder(camera);
  const ending = new AbortController();
  const aborted = decoder.frames({ signal: ending.signal });
  ending.abort();
  for await (const _ of aborted) expect.fail('a frame behind the end');
  const open = decoder.frames();
  const reading = (async () => {
    for await (const frame of open) frame.close();
  })();
  await camera.close();
  await reading;
  expect(thrownBy(() => decoder.frames()).code).toBe('ERR_CLOSED');
});

it('decodes the frames that it is given, every one, at the pace of who reads them', async () => {
  const { camera, pool } = await openCamera();
  const encoded: EncodedFrame[] = [];
  for await (const frame of camera.frames()) {
    encoded.push(frame);
    if (encoded.length === 25) break;
  }
  const decoder = pool.createDecoder();
  const frames = decoder.frames({ maxQueued: 1 });
  const feeding = (async () => {
    for (const frame of encoded) await decoder.decode(frame);
    await decoder.flush();
  })();
  const times: number[] = [];
  for await (const frame of frames) {
    times.push(frame.timestamp);
    frame.close();
  }
  await feeding;
  expect(times).toEqual(encoded.map(({ timestamp }) => Math.round(timestamp)));
});
