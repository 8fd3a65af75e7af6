import { execFileSync } from 'node:child_process';
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

it('sends H.265, B frames too, to the SDK and to FFmpeg', async () => {
  const directory = temporaryDirectory();
  const h265 = { codec: 'libx265', bFrames: 3, size: '640x360' } as const;
  const simulator = await RtspSimulator.start({
    clip: makeClip(directory, { seconds: 1, ...h265 }),
    subClip: makeClip(directory, { seconds: 1, size: '160x120' }),
    sentLogCapacity: 100,
  });
  onTestFinished(() => simulator.close());
  const url = simulator.urls[0] as string;
  const camera = new Camera({ id: 'main', url });
  onTestFinished(() => camera.close());
  camera.start();
  // More than a loop: what follows the last picture is as good as what follows the first.
  const received = 40;
  await until(() => camera.stats().accessUnits >= received);
  expect(camera.parameters).toMatchObject({ width: 640, height: 360 });
  expect(camera.parameters?.codec).toMatch(/^hvc1\.1\.6\./);
  expect(camera.stats()).toMatchObject({ packetsLost: 0, packetsMalformed: 0 });
  expect(framesThroughFfmpeg(url, received)).toBe(received);
  expect(framesThroughFfmpeg(simulator.subUrls[0] as string, 5)).toBe(5);
});

it('refuses a clip of another codec by name, and says what to do', async () => {
  const path = join(temporaryDirectory(), 'clip.mkv');
  execFileSync('ffmpeg', [
    ...['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=64x64:rate=5', '-frames:v', '2'],
    ...['-c:v', 'libaom-av1', '-strict', '-2', path],
  ]);
  const error = await rejectionOf(() => RtspSimulator.start({ clip: path }));
  expect(error.code).toBe('ERR_CONTAINER');
  for (const part of [path, 'av1', 'H.264 and H.265', 'ffmpeg -i']) {
    expect(error.message).toContain(part);
  }
});

/** That it decodes; throws where the decoder finds an error. */
function framesThroughFfmpeg(url: string, frames: number): number {
  const pixels = execFileSync('ffmpeg', [
    ...['-nostdin', '-v', 'error', '-xerror', '-rtsp_transport', 'tcp', '-i', url],
    ...['-vf', 'scale=8:8,format=gray', '-fps_mode', 'passthrough', '-frames:v', `${frames}`],
    ...['-f', 'rawvideo', '-'],
  ]);
  return pixels.length / (8 * 8);
}

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
