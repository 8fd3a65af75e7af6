import { expect, it } from 'vitest';
import { countFrames, fileOf, headerOf, scene, until } from './watching.js';

it('makes each picture a message once for eight viewers, who all get the same bytes', async () => {
  const { broadcaster, watch } = await scene();
  const watching = Array.from({ length: 8 }, () => watch());
  for (const { viewer } of watching) viewer.subscribe('cam1', { quality: 'FULLSCREEN' });
  await until(() => watching.every(({ pictures }) => pictures.length >= 30));
  const stats = broadcaster.stats();
  expect(stats.streams).toMatchObject([
    { cameraId: 'cam1', group: 'main', passthrough: true, viewers: 8, inits: 1, framesDropped: 0 },
  ]);
  const [first, ...others] = watching;
  const sent = first?.messages.slice(0, 30) ?? [];
  expect(stats.fragments).toBeLessThanOrEqual((first?.pictures.length ?? 0) + 1);
  for (const { messages, streams } of others) {
    for (const [at, message] of sent.entries()) expect(messages[at]).toBe(message);
    expect(streams).toEqual(first?.streams);
  }
});

it('begins at once with what is kept from the last key frame on', async () => {
  const { broadcaster, watch } = await scene();
  const early = watch();
  early.viewer.subscribe('cam1');
  await until(() => early.pictures.length >= 10 && !early.pictures.at(-1)?.key);
  const late = watch();
  late.viewer.subscribe('cam1');
  // Nothing has come since.
  expect(late.streams).toMatchObject([{ cameraId: 'cam1', width: 320, height: 240 }]);
  expect(late.messages.map((message) => headerOf(message).kind).slice(0, 2)).toEqual([
    'init',
    'fragment',
  ]);
  expect(late.pictures[0]?.key).toBe(true);
  expect(countFrames(fileOf(late.messages.slice(0, 3)))).toBe(2);
  expect(broadcaster.stats().cachedBytes).toBeGreaterThan(0);
  await until(() => late.pictures.length >= 40);
  expect(late.decode()).toBe(late.pictures.length);
});
