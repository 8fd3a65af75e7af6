// Playback of really recorded footage, and what was recorded to compare it with.
import { readdirSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  KeyManager,
  Playback,
  type PlaybackFrame,
  type PlaybackOptions,
  RecordingIndex,
  SegmentReader,
  type SegmentRecord,
  UnpacedClock,
} from '../../../src/index.js';
import { passphrase } from '../recording/recorded.js';

/** A frame of the recording, as SegmentReader gives it. */
export interface RecordedFrame {
  cameraId: string;
  time: number;
  keyFrame: boolean;
  data: Buffer;
}

/** What the index lists of a camera, oldest first. */
export async function segmentsOf(storage: string, cameraId = 'door'): Promise<SegmentRecord[]> {
  await using index = await RecordingIndex.open({ storage, readOnly: true });
  return index.segments({ cameraId });
}

/** Every frame of a camera that the index leads to. */
export async function framesOf(storage: string, cameraId = 'door'): Promise<RecordedFrame[]> {
  await using keys = await KeyManager.open({ directory: join(storage, 'keys'), passphrase });
  const frames: RecordedFrame[] = [];
  for (const { filePath, startTime } of await segmentsOf(storage, cameraId)) {
    const path = join(storage, filePath);
    await using reader = await SegmentReader.open({ path, keys, cameraId, startTime });
    for await (const { timestamp, keyFrame, data } of reader.packets()) {
      frames.push({ cameraId, time: startTime + timestamp / 1000, keyFrame, data });
    }
  }
  return frames;
}

/** A playback that takes no time, closed after the test. */
export async function open(
  storage: string,
  options: Partial<PlaybackOptions> & { from: number },
): Promise<Playback> {
  const defaults = { storage, passphrase, cameras: ['door'], clock: new UnpacedClock() };
  const playback = await Playback.open({ ...defaults, ...options });
  onTestFinished(() => playback.close());
  return playback;
}

/** What comes until the end, or `count` frames. */
export async function take(
  playback: Playback,
  count = Number.POSITIVE_INFINITY,
): Promise<PlaybackFrame[]> {
  const frames: PlaybackFrame[] = [];
  while (frames.length < count) {
    const frame = await playback.nextFrame();
    if (!frame) break;
    frames.push(frame);
  }
  return frames;
}

/** From opening to the end, played. */
export async function playAll(
  storage: string,
  options: Partial<PlaybackOptions> & { from: number },
): Promise<PlaybackFrame[]> {
  const playback = await open(storage, options);
  playback.play();
  return take(playback);
}

export function times(frames: readonly { time: number }[]): number[] {
  return frames.map(({ time }) => time);
}

/** Takes a segment out of a storage's index, and its file. */
export async function forget(storage: string, segment: SegmentRecord): Promise<void> {
  await using index = await RecordingIndex.open({ storage });
  index.connection.run('DELETE FROM recording_segments WHERE id = @id', { id: segment.id });
  rmSync(join(storage, segment.filePath));
}

/** Files of this process below a directory. */
export function openFilesBelow(directory: string): string[] {
  return readdirSync('/proc/self/fd')
    .map((name) => {
      try {
        return readlinkSync(join('/proc/self/fd', name));
      } catch {
        return ''; // the directory itself, gone again
      }
    })
    .filter((target) => target.startsWith(directory));
}
