import { expect, it } from 'vitest';
import { makeClip } from '../clip.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { scene, until } from './watching.js';

it('leaves pictures out up to a key frame where a viewer is slow, and says how many', async () => {
  const { watch } = await scene();
  const slow = watch({ maxBufferedBytes: 200_000 });
  const quick = watch();
  for (const { viewer } of [slow, quick]) viewer.subscribe('cam1');
  await until(() => slow.pictures.length > 5);
  slow.waiting = 200_000;
  const before = slow.messages.length;
  await until(() => quick.pictures.length > 60);
  expect(slow.messages.length).toBe(before);
  slow.waiting = 0;
  await until(() => slow.messages.length > before + 30);

  const pictures = slow.pictures;
  const resumed = pictures[before - 1];
  expect(resumed?.key).toBe(true);
  const told = slow.drops.reduce((sum, { frames }) => sum + frames, 0);
  expect(told).toBe(slow.viewer.stats().framesDropped);
  const [first, last] = [pictures[0], pictures.at(-1)];
  const span = ((last?.decodeTime ?? 0) - (first?.decodeTime ?? 0)) / 40_000;
  expect(told).toBe(Math.round(span) + 1 - pictures.length);
  expect(slow.decode()).toBe(pictures.length);
  expect(quick.viewer.stats().framesDropped).toBe(0);
});

it('holds a viewer that never reads to its limit', async () => {
  const { watch } = await scene();
  const quick = watch();
  const messages: number[] = [];
  const never = watch({
    maxBufferedBytes: 60_000,
    send: (message) => messages.push(message.length),
    bufferedAmount: () => messages.reduce((sum, bytes) => sum + bytes, 0),
  });
  for (const { viewer } of [never, quick]) viewer.subscribe('cam1');
  await until(() => quick.pictures.length > 50);
  const waiting = messages.reduce((sum, bytes) => sum + bytes, 0);
  expect(waiting).toBeGreaterThan(0);
  expect(waiting).toBeLessThanOrEqual(60_000);
  expect(never.viewer.stats()).toMatchObject({ bytesSent: waiting });
  expect(never.drops.length).toBeGreaterThan(0);
  expect(quick.viewer.stats().framesDropped).toBe(0);
});

it('keeps nothing beyond its limit for who comes next', async () => {
  const { broadcaster, watch } = await scene({ broadcaster: { maxCachedBytes: 0 } });
  const early = watch();
  early.viewer.subscribe('cam1');
  await until(() => early.pictures.length > 5);
  const late = watch();
  late.viewer.subscribe('cam1');
  expect(late.messages).toEqual([]);
  expect(broadcaster.stats().cachedBytes).toBe(0);
  await until(() => late.pictures.length > 2);
  expect(late.pictures[0]?.key).toBe(true);
  expect(late.viewer.stats().framesDropped).toBe(0);
});

it('sends the kept key frame alone where the connection has no room for the rest', async () => {
  const clip = makeClip(temporaryDirectory(), { seconds: 2, frameRate: 10 });
  const { watch } = await scene({ clip });
  const early = watch();
  early.viewer.subscribe('cam1');
  await until(() => early.pictures.length > 8 && !early.pictures.at(-1)?.key);
  const late = watch({ maxBufferedBytes: 100_000 });
  late.waiting = 60_000;
  late.viewer.subscribe('cam1');
  expect(late.pictures).toMatchObject([{ key: true }]);
  late.waiting = 0;
  await until(() => late.pictures.length > 3);
  expect(late.pictures[1]?.key).toBe(true);
  expect(late.decode()).toBe(late.pictures.length);
});
