// Playback behind a recorder that is at work.
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { Playback, type PlaybackFrame, Recorder } from '../../../src/index.js';
import { hasFrames, passphrase, simulate, until } from '../recording/recorded.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { framesOf, segmentsOf, times } from './played.js';

async function recordLive(segmentDuration = 2) {
  const storage = join(temporaryDirectory(), 'storage');
  const simulator = await simulate(1);
  const cameras = [{ id: 'door', url: simulator.urls[0] as string }];
  const recorder = await Recorder.open({ storage, passphrase, segmentDuration, cameras });
  onTestFinished(() => recorder.close());
  return { storage, recorder, cameras };
}

it.each(['segment events', 'polling'])('goes on with what is recorded next, by %s', async (by) => {
  const from = Date.now();
  const { storage, recorder } = await recordLive();
  const playback = await Playback.open({
    ...{ storage, passphrase, cameras: ['door'], from, follow: true, speed: 16 },
    ...(by === 'polling' ? { pollIntervalMs: 20 } : { recorder, pollIntervalMs: 60_000 }),
  });
  onTestFinished(() => playback.close());
  const states = new Set<string>();
  playback.on('state', (state) => states.add(state));
  playback.play();
  const frames: PlaybackFrame[] = [];
  for await (const frame of playback) {
    frames.push(frame);
    if (new Set(frames.map(({ segment }) => segment.filePath)).size === 3) break;
  }
  await playback.close();
  await recorder.close();
  expect(times(frames)).toEqual(times(await framesOf(storage)).slice(0, frames.length));
  expect(frames.filter(({ afterGap }) => afterGap)).toHaveLength(1);
  expect(states).toContain('buffering');
  expect(states).not.toContain('ended');
});

it('is at its end where nothing came for long, and plays on where something does', async () => {
  const from = Date.now();
  const { storage, recorder, cameras } = await recordLive();
  await until(() => hasFrames(recorder, 60));
  await recorder.close();
  const recorded = times(await framesOf(storage));
  const playback = await Playback.open({
    ...{ storage, passphrase, cameras: ['door'], from },
    ...{ follow: true, speed: 16, pollIntervalMs: 20 },
  });
  onTestFinished(() => playback.close());
  playback.play();
  const frames: PlaybackFrame[] = [];
  const loop = (async () => {
    for await (const frame of playback) frames.push(frame);
  })();
  // What was recorded just now may still be on its way into the index.
  await until(() => frames.length === recorded.length && playback.state === 'buffering');
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
  onTestFinished(() => void vi.useRealTimers());
  await until(() => playback.state === 'ended');
  expect(times(frames)).toEqual(recorded);
  vi.useRealTimers();

  const again = await Recorder.open({ storage, passphrase, segmentDuration: 2, cameras });
  await until(() => frames.length > recorded.length);
  expect(playback.state).not.toBe('ended');
  await playback.close();
  await again.close();
  await loop;
});

it('plays the file that is being written, and goes on with it without a frame twice', async () => {
  const from = Date.now();
  // Longer than the two seconds by which a camera may be behind the others.
  const { storage, recorder } = await recordLive(4);
  const playback = await Playback.open({
    ...{ storage, passphrase, cameras: ['door'], from, follow: true, unfinished: true, speed: 16 },
    ...{ pollIntervalMs: 20 },
  });
  onTestFinished(() => playback.close());
  playback.play();
  const frames: PlaybackFrame[] = [];
  let beforeItsRow = 0;
  for await (const frame of playback) {
    frames.push(frame);
    if (frame.segment.unfinished) beforeItsRow += 1;
    if (new Set(frames.map(({ segment }) => segment.filePath)).size === 2) break;
  }
  await playback.close();
  await recorder.close();
  expect(beforeItsRow).toBeGreaterThan(0);
  expect(times(frames)).toEqual(times(await framesOf(storage)).slice(0, frames.length));
  expect((await segmentsOf(storage)).length).toBeGreaterThanOrEqual(2);
});
