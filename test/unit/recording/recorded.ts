// A storage with real recordings: simulated cameras, recorded until there is enough of them.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  Recorder,
  type RecorderOptions,
  RtspSimulator,
  type SegmentRecord,
} from '../../../src/index.js';
import { makeClip } from '../clip.js';
import { temporaryDirectory } from '../temporary-directory.js';

export const passphrase = 'correct horse battery staple';

export interface Recorded {
  storage: string;
  segments: SegmentRecord[];
}

/** Polls until `done`, which fails loudly by the test's own time limit. */
export async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** True once every camera has had this many frames written. */
export function hasFrames(recorder: Recorder, frames: number): boolean {
  return Object.values(recorder.stats().cameras).every(
    ({ writer }) => writer.framesWritten >= frames,
  );
}

/** Records `frames` frames of a camera named `door` in segments of two seconds. */
export async function record(
  frames: number,
  options: Partial<RecorderOptions> & {
    cameraIds?: string[];
    /** Makes the clip that the cameras send. */
    clip?: (directory: string) => string;
  } = {},
): Promise<Recorded> {
  const { cameraIds = ['door'], clip = makeClip, ...settings } = options;
  const directory = mkdtempSync(join(tmpdir(), 'fluxvision-recorded-'));
  const simulator = await RtspSimulator.start({
    clip: clip(directory),
    cameras: cameraIds.length,
  });
  const storage = join(directory, 'storage');
  const recorder = await Recorder.open({
    storage,
    passphrase,
    segmentDuration: 2,
    cameras: cameraIds.map((id, i) => ({ id, url: simulator.urls[i] as string })),
    ...settings,
  });
  const segments: SegmentRecord[] = [];
  recorder.on('segment', (segment) => segments.push(segment));
  await until(() => hasFrames(recorder, frames));
  await recorder.close();
  await simulator.close();
  return { storage, segments };
}

/** A copy that a test may damage. */
export function copyOf({ storage }: Recorded): string {
  const copy = join(temporaryDirectory(), 'storage');
  cpSync(storage, copy, { recursive: true, preserveTimestamps: true });
  return copy;
}

export function remove({ storage }: Recorded): void {
  rmSync(join(storage, '..'), { recursive: true, force: true });
}

/** Simulated cameras for one test. */
export async function simulate(cameras = 1): Promise<RtspSimulator> {
  const simulator = await RtspSimulator.start({ clip: makeClip(temporaryDirectory()), cameras });
  onTestFinished(() => simulator.close());
  return simulator;
}
