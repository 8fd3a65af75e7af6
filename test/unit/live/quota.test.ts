import { expect, it } from 'vitest';
import { makeClip } from '../clip.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { makeNoiseClip } from './noise-clip.js';
import { scene, until, type Watching } from './watching.js';

const MEGABIT = 1e6;

/** The most that came within any second, in bits. */
function worstSecond(sent: readonly { at: number; bytes: number }[]): number {
  let [worst, sum, first] = [0, 0, 0];
  for (const { at, bytes } of sent) {
    sum += bytes;
    while ((sent[first]?.at ?? at) <= at - 1000) {
      sum -= sent[first]?.bytes ?? 0;
      first += 1;
    }
    worst = Math.max(worst, sum);
  }
  return worst * 8;
}

function qualities({ viewer }: Watching): string[] {
  return viewer.stats().cameras.map(({ quality }) => quality);
}

it('holds 20 cameras of 3 Mbit/s under 25 Mbit/s by stepping down', async () => {
  const clip = makeNoiseClip(temporaryDirectory(), { kilobits: 3000 });
  const subClip = makeNoiseClip(temporaryDirectory(), { kilobits: 300, size: '160x90' });
  const { watch } = await scene({ clip, subClip, sub: true, cameras: 20 });
  const sent: { at: number; bytes: number }[] = [];
  const limited = watch({
    send: ({ length }) => sent.push({ at: performance.now(), bytes: length }),
    quota: { maxBandwidthMbps: 25, maxCamerasFullscreen: 20 },
  });
  const start = performance.now();
  for (let i = 1; i <= 20; i += 1) limited.viewer.subscribe(`cam${i}`, { quality: 'FULLSCREEN' });
  await until(() => performance.now() - start > 4000);

  expect(worstSecond(sent)).toBeLessThanOrEqual(25 * MEGABIT);
  const { cameras, framesSent } = limited.viewer.stats();
  expect(cameras.every(({ stream }) => stream !== undefined)).toBe(true);
  const reduced = limited.streams.filter(({ reason }) => reason === 'quota');
  expect(reduced.length).toBeGreaterThanOrEqual(12);
  // Once they have stepped down nothing is lost any more, and what there is room for is used.
  expect(qualities(limited).filter((quality) => quality === 'FULLSCREEN').length).toBeGreaterThan(
    0,
  );
  const dropped = limited.viewer.stats().framesDropped;
  await until(() => performance.now() - start > 5500);
  expect(limited.viewer.stats().framesDropped - dropped).toBeLessThan(20);
  expect(limited.viewer.stats().framesSent).toBeGreaterThan(framesSent + 200);
  expect(limited.viewer.stats().bitsPerSecond).toBeGreaterThan(8 * MEGABIT);
});

it('steps down before a picture is lost, also with cameras that nobody has watched yet', async () => {
  const clip = makeNoiseClip(temporaryDirectory(), { kilobits: 3000 });
  const subClip = makeNoiseClip(temporaryDirectory(), { kilobits: 200, size: '160x90' });
  const { watch } = await scene({ clip, subClip, sub: true, cameras: 6 });
  const { viewer } = watch({ quota: { maxBandwidthMbps: 10, maxCamerasFullscreen: 6 } });
  for (let i = 1; i <= 6; i += 1) viewer.subscribe(`cam${i}`, { quality: 'FULLSCREEN' });
  const wanted = () => viewer.stats().cameras.map(({ quality }) => quality);
  expect(wanted().filter((quality) => quality === 'FULLSCREEN')).toHaveLength(1);
  // What they cost is known soon, and what there is room for is used.
  await until(() => wanted().filter((quality) => quality === 'FULLSCREEN').length === 2);
  await until(() => viewer.stats().cameras.every(({ stream }) => stream !== undefined));
  await until(() => !wanted().includes('PAUSED'));
  expect(viewer.stats().framesDropped).toBe(0);
});

it('knows what a recorded camera costs before anybody watches it', async () => {
  const clip = makeNoiseClip(temporaryDirectory(), { kilobits: 2000 });
  const { watch, cameras } = await scene({ clip, recorded: true, cameras: 4 });
  await until(() => cameras.every((camera) => camera.stats().accessUnits > 40));
  const limited = watch({ quota: { maxBandwidthMbps: 5 } });
  for (const { id } of cameras) limited.viewer.subscribe(id, { quality: 'FULLSCREEN' });
  expect(qualities(limited)).toEqual(['FULLSCREEN', 'FULLSCREEN', 'PAUSED', 'PAUSED']);
  await until(() => limited.viewer.stats().cameras.every(({ stream }) => stream !== undefined));
  expect(limited.viewer.stats().framesDropped).toBe(0);
});

it('begins with less where others have shown that there is no room for more', async () => {
  const clip = makeNoiseClip(temporaryDirectory(), { kilobits: 2000 });
  const subClip = makeClip(temporaryDirectory(), { seconds: 2, size: '160x120' });
  const { watch } = await scene({ clip, subClip, sub: true, cameras: 4 });
  const ids = ['cam1', 'cam2', 'cam3', 'cam4'];
  const first = watch({ quota: { priorityClient: true } });
  for (const id of ids) first.viewer.subscribe(id, { quality: 'FULLSCREEN' });
  await until(() => first.pictures.length > 200);
  const limited = watch({ quota: { maxBandwidthMbps: 5 } });
  for (const id of ids) limited.viewer.subscribe(id, { quality: 'FULLSCREEN' });
  expect(qualities(limited)[0]).toBe('FULLSCREEN');
  expect(qualities(limited)[3]).not.toBe('FULLSCREEN');
  await until(() => limited.streams.some(({ cameraId }) => cameraId === 'cam4'));
  expect(limited.streams.find(({ cameraId }) => cameraId === 'cam4')).toMatchObject({
    wanted: 'FULLSCREEN',
    reason: 'quota',
  });
  expect(limited.viewer.stats().cameras[3]?.framesDropped).toBe(0);
});

it('steps up again where there is room', async () => {
  const clip = makeNoiseClip(temporaryDirectory(), { kilobits: 2000 });
  const subClip = makeClip(temporaryDirectory(), { seconds: 2, size: '160x120' });
  const { watch } = await scene({ clip, subClip, sub: true });
  const one = watch({ quota: { maxBandwidthMbps: 1 } });
  one.viewer.subscribe('cam1', { quality: 'FULLSCREEN' });
  await until(() => qualities(one)[0] !== 'FULLSCREEN' && one.streams.length > 1);
  expect(one.streams.at(-1)).toMatchObject({ wanted: 'FULLSCREEN', reason: 'quota' });
  one.viewer.setQuota({ maxBandwidthMbps: 50 });
  await until(() => one.streams.at(-1)?.quality === 'FULLSCREEN');
  expect(one.streams.at(-1)).not.toHaveProperty('reason');
});

it('leaves a priority client what it wants', async () => {
  const clip = makeNoiseClip(temporaryDirectory(), { kilobits: 2000 });
  const { watch } = await scene({ clip, cameras: 2 });
  const one = watch({
    quota: { maxBandwidthMbps: 1, maxCamerasFullscreen: 1, priorityClient: true },
  });
  one.viewer.subscribe('cam1', { quality: 'FULLSCREEN' });
  one.viewer.subscribe('cam2', { quality: 'FULLSCREEN' });
  await until(() => one.pictures.length > 100);
  expect(qualities(one)).toEqual(['FULLSCREEN', 'FULLSCREEN']);
  expect(one.viewer.stats().framesDropped).toBe(0);
});

it('gives full screen to the first that asked for it', async () => {
  const { watch } = await scene({ sub: true, cameras: 3 });
  const one = watch({ quota: { maxCamerasFullscreen: 2 } });
  for (const id of ['cam1', 'cam2', 'cam3']) one.viewer.subscribe(id, { quality: 'FOCUSED' });
  expect(qualities(one)).toEqual(['FOCUSED', 'FOCUSED', 'GRID_VIEW']);
  await until(() => one.streams.length === 3);
  expect(one.streams.find(({ cameraId }) => cameraId === 'cam3')).toMatchObject({
    wanted: 'FOCUSED',
    quality: 'GRID_VIEW',
    reason: 'quota',
  });
  one.viewer.unsubscribe('cam1');
  expect(qualities(one)).toEqual(['FOCUSED', 'FOCUSED']);
});
