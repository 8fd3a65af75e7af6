// Sound, H.265 and B-frames: what other cameras record.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Recorder, RtspSimulator } from '../../../src/index.js';
import { hasFrames, passphrase, until } from '../recording/recorded.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { framesOf, open, playAll, take, times } from './played.js';

const SERVER = fileURLToPath(new URL('../../e2e/support/gst-rtsp-server.py', import.meta.url));

/** A camera that is none of ours; the url it serves at. */
async function serve(...options: string[]): Promise<string> {
  const server = spawn('/usr/bin/python3', [SERVER, ...options], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(server, 'exit');
  onTestFinished(async () => {
    server.kill();
    await ended;
  });
  const [line] = await once(createInterface(server.stdout), 'line');
  return JSON.parse(line as string).url;
}

/** Records a camera until it has `frames` of it; returns the storage. */
async function recordUrl(url: string, frames: number): Promise<string> {
  const storage = join(temporaryDirectory(), 'storage');
  const cameras = [{ id: 'door', url }];
  const recorder = await Recorder.open({ storage, passphrase, segmentDuration: 2, cameras });
  await until(() => hasFrames(recorder, frames));
  await recorder.close();
  return storage;
}

describe('sound', () => {
  it.each([
    ['aac', 'mp4a.40.2'],
    ['pcmu', 'pcmu'],
  ])('%s comes between the pictures of its time', async (name, codec) => {
    const storage = await recordUrl(await serve('--audio', name), 120);
    const door = await framesOf(storage);
    const start = door[0]?.time as number;
    const frames = await playAll(storage, { from: start });
    expect(times(frames.filter(({ kind }) => kind === 'video'))).toEqual(times(door));
    const sound = frames.filter(({ kind }) => kind === 'audio');
    expect(sound.length).toBeGreaterThan(20);
    expect(new Set(sound.map((frame) => frame.codec))).toEqual(new Set([codec]));
    expect(times(sound)).toEqual(times(sound).toSorted((a, b) => a - b));
    expect(sound.every(({ preroll, width }) => !preroll && width === 0)).toBe(true);
    expect(sound.every(({ decoderConfiguration }) => Boolean(decoderConfiguration))).toBe(
      name === 'aac',
    );
    // Apart by no more than a recorder interleaves them.
    let picture = start;
    for (const { kind, time } of frames) {
      if (kind === 'video') picture = time;
      else expect(Math.abs(time - picture)).toBeLessThan(1000);
    }

    const silent = await playAll(storage, { from: start, audio: false });
    expect(times(silent)).toEqual(times(door));
    expect(times(await playAll(storage, { from: start, speed: 4 }))).toEqual(times(door));

    const middle = door[60]?.time as number;
    const sought = await playAll(storage, { from: middle });
    const [first] = sought.filter(({ kind }) => kind === 'audio');
    expect(first?.time).toBeGreaterThanOrEqual(middle);
  });
});

it('plays H.265', async () => {
  const storage = await recordUrl(await serve('--codec', 'h265'), 60);
  const door = await framesOf(storage);
  const frames = await playAll(storage, { from: door[0]?.time as number });
  expect(times(frames)).toEqual(times(door));
  expect(frames[0]?.codec).toMatch(/^hvc1|^hev1/);
  expect(frames[0]?.decoderConfiguration).toBeDefined();
});

describe('B-frames', () => {
  it('come in decoding order, and a seek marks what is shown before its frame', async () => {
    const directory = temporaryDirectory();
    const clip = join(directory, 'b-frames.mp4');
    execFileSync('ffmpeg', [
      ...['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=320x240:rate=25', '-t', '4'],
      ...['-c:v', 'libx264', '-preset', 'veryfast', '-bf', '2', '-g', '25', '-sc_threshold', '0'],
      ...['-x264-params', 'b-adapt=0:open-gop=0', '-pix_fmt', 'yuv420p', clip],
    ]);
    const simulator = await RtspSimulator.start({ clip, cameras: 1 });
    onTestFinished(() => simulator.close());
    const storage = await recordUrl(simulator.urls[0] as string, 120);
    const door = await framesOf(storage);
    const start = door[0]?.time as number;
    const reordered = door.some(({ time }, i) => i > 0 && time < (door[i - 1]?.time as number));
    expect(reordered).toBe(true);
    expect(times(await playAll(storage, { from: start }))).toEqual(times(door));

    const playback = await open(storage, { from: start });
    const shown = times(door).toSorted((a, b) => a - b);
    for (const target of shown.slice(0, 100).filter((_, i) => i % 7 === 0)) {
      const at = door.findIndex(({ time }) => time === target);
      const key = door.findLastIndex(({ keyFrame }, i) => keyFrame && i <= at);
      playback.seek(target);
      const frames = await take(playback, at - key + 1);
      expect(times(frames)).toEqual(times(door.slice(key, at + 1)));
      expect(frames.map(({ preroll }) => preroll)).toEqual(frames.map(({ time }) => time < target));
    }
  });
});
