// Pictures of the file that a recorder is writing.
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Recorder, type Thumbnail, thumbnail, thumbnails } from '../../../src/index.js';
import { hasFrames, passphrase, simulate, until } from '../recording/recorded.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { rejectionOf } from '../thrown.js';

it('are made of what is sealed of it, and of no time that it has not reached', async () => {
  const storage = join(temporaryDirectory(), 'storage');
  const simulator = await simulate(1);
  const cameras = [{ id: 'door', url: simulator.urls[0] as string }];
  const from = Date.now();
  const recorder = await Recorder.open({ storage, passphrase, segmentDuration: 3600, cameras });
  onTestFinished(() => recorder.close());
  await until(() => hasFrames(recorder, 90));
  const source = { storage, passphrase, cameraId: 'door', unfinished: true };
  const made: Thumbnail[] = [];
  const stretch = { from, to: from + 60_000, intervalMs: 250, width: 64 };
  for await (const picture of thumbnails({ ...source, ...stretch })) made.push(picture);
  expect(made.length).toBeGreaterThanOrEqual(2);
  const [first, second] = made as [Thumbnail, Thumbnail];
  expect(second.time - first.time).toBeCloseTo(1000, -2);
  const { time } = await thumbnail({ ...source, time: second.time + 100 });
  expect(time).toBe(second.time);
  for (const other of [{ time: from + 60_000 }, { time: second.time, unfinished: false }]) {
    const asked = () => thumbnail({ ...source, ...other });
    expect(await rejectionOf(asked)).toMatchObject({ code: 'ERR_NO_FOOTAGE' });
  }
});
