// What viewers of an encoder get, judged by ffmpeg: a real stream of the size, rate and bitrate that
// they asked for.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Camera, type EncodedFrame, Encoder, RtspSimulator, toAnnexB } from '../../src/index.js';
import { makeClip, SMALL } from './support/clips.js';
import { folderOfThisFile } from './support/folder.js';

const folder = folderOfThisFile();
const SECONDS = 1.5;

function probe(path: string): { frames: { pict_type: string; key_frame: number }[] } & {
  streams: { width: number; height: number; has_b_frames: number; color_space: string }[];
} {
  const entries = 'frame=pict_type,key_frame:stream=width,height,has_b_frames,color_space';
  return JSON.parse(
    execFileSync('ffprobe', [
      ...['-v', 'error', '-show_frames', '-show_streams', '-show_entries', entries],
      ...['-of', 'json', path],
    ]).toString(),
  );
}

it.each(['h264', 'h265'] as const)(
  'encodes %s that ffmpeg decodes without an error',
  async (codec) => {
    const clip = makeClip(folder, `${codec}.mp4`, { ...SMALL, width: 640, height: 360 });
    const simulator = await RtspSimulator.start({ clip });
    onTestFinished(() => simulator.close());
    const camera = new Camera({ id: 'gate', url: simulator.urls[0] as string, onDemand: true });
    onTestFinished(() => camera.close());
    camera.start();
    const wanted = { width: 320, height: 320, frameRate: 12.5, bitrate: 200_000 };
    const encoder = new Encoder({ camera, codec, ...wanted });
    onTestFinished(() => encoder.close());
    const frames: EncodedFrame[] = [];
    for await (const frame of encoder.frames()) {
      frames.push(frame);
      const seconds = (frame.timestamp - (frames[0] as EncodedFrame).timestamp) / 1e6;
      if (seconds >= SECONDS) break;
    }
    const path = join(folder, `encoded.${codec}`);
    writeFileSync(path, Buffer.concat(frames.map((frame) => toAnnexB(frame))));
    execFileSync('ffmpeg', ['-v', 'error', '-xerror', '-i', path, '-f', 'null', '-']);
    const seen = probe(path);
    expect(seen.streams[0]).toMatchObject({ width: 320, height: 180, has_b_frames: 0 });
    expect(seen.frames.length).toBe(frames.length);
    expect(seen.frames.map(({ key_frame }) => key_frame === 1)).toEqual(
      frames.map(({ keyFrame }) => keyFrame),
    );
    expect(seen.frames.some(({ pict_type }) => pict_type === 'B')).toBe(false);
    // Some may be missing on a busy machine, none too many.
    expect(frames.length).toBeLessThanOrEqual(SECONDS * wanted.frameRate + 2);
    const bits = frames.reduce((sum, { data }) => sum + data.length * 8, 0);
    expect(bits / SECONDS).toBeLessThan(1.5 * wanted.bitrate);
  },
);
