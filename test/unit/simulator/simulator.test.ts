import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Camera, RtspSimulator } from '../../../src/index.js';
import { makeClip } from '../clip.js';
import { simulate, until } from '../recording/recorded.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { rejectionOf, thrownBy } from '../thrown.js';

it('serves a main and a sub stream per camera', async () => {
  const directory = temporaryDirectory();
  const simulator = await RtspSimulator.start({
    clip: makeClip(directory, { seconds: 2 }),
    subClip: makeClip(directory, { seconds: 2, size: '160x120', frameRate: 15 }),
    cameras: 2,
    sentLogCapacity: 100,
  });
  onTestFinished(() => simulator.close());
  const { port } = simulator;
  expect(simulator.urls).toEqual([1, 2].map((n) => `rtsp://127.0.0.1:${port}/cam${n}/main`));
  expect(simulator.subUrls).toEqual([1, 2].map((n) => `rtsp://127.0.0.1:${port}/cam${n}/sub`));
  const camera = new Camera({ id: 'sub', url: simulator.subUrls[1] as string });
  onTestFinished(() => camera.close());
  camera.start();
  await until(() => camera.stats().accessUnits >= 5);
  expect(camera.parameters).toMatchObject({ width: 160, height: 120 });
  const stream = simulator.stats().find(({ path }) => path === '/cam2/sub');
  expect(stream).toMatchObject({ sessions: 1, sessionsTotal: 1, framesDropped: 0 });
  const sent = simulator.sentFrames('/cam2/sub');
  expect(sent.length).toBeGreaterThanOrEqual(5);
  expect(sent[0]?.keyFrame).toBe(true);
});

it('may be closed twice', async () => {
  const simulator = await simulate();
  await Promise.all([simulator.close(), simulator.close()]);
});

it('says why it cannot start', async () => {
  const directory = temporaryDirectory();
  const none = await rejectionOf(() => RtspSimulator.start({ clip: join(directory, 'none.mp4') }));
  expect(none.message).toContain('none.mp4');
  writeFileSync(join(directory, 'text.mp4'), 'no clip');
  const text = await rejectionOf(() => RtspSimulator.start({ clip: join(directory, 'text.mp4') }));
  expect(text.code).toBe('ERR_CONTAINER');
  const first = await simulate();
  const clip = makeClip(directory, { seconds: 1 });
  const taken = await rejectionOf(() => RtspSimulator.start({ clip, port: first.port }));
  expect(taken.code).toBe('ERR_ADDRESS_IN_USE');
});

it.each([
  [{}, 'clip'],
  [{ clip: 'x', subClip: 5 }, 'subClip'],
  [{ clip: 'x', cameras: 0 }, 'cameras'],
  [{ clip: 'x', port: 70_000 }, 'port'],
  [{ clip: 'x', host: '' }, 'host'],
  [{ clip: 'x', pacing: 'slow' }, 'pacing'],
  [{ clip: 'x', password: 'x' }, 'username'],
  [{ clip: 'x', username: 'x', password: 5 }, 'password'],
  [{ clip: 'x', sentLogCapacity: -1 }, 'sentLogCapacity'],
  [{ clip: 'x', user: 'x' }, 'user'],
])('RtspSimulator.start(%j) names %s', async (options, name) => {
  const error = await rejectionOf(() => RtspSimulator.start(options as never));
  expect(error.code).toBe('ERR_INVALID_ARGUMENT');
  expect(error.message).toContain(name);
});

it('sentFrames() names its argument', async () => {
  const simulator = await simulate();
  expect(thrownBy(() => simulator.sentFrames(5 as never)).code).toBe('ERR_INVALID_ARGUMENT');
});
