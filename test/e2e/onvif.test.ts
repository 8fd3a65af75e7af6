// ONVIF as a person meets it: a simulator of its own process, found, asked, moved, played.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { Camera, OnvifDevice } from '../../src/index.js';
import { makeClip, SMALL } from './support/clips.js';
import { folderOfThisFile } from './support/folder.js';

const CLI = join(import.meta.dirname, '../../dist/cli/main.js');
const LOGIN = { username: 'operator', password: 'a pass & word' };
const folder = folderOfThisFile();
let simulator: ChildProcess;
let listening: { onvifUrls: string[]; discoveryPort: number };

beforeAll(async () => {
  const clip = makeClip(folder, 'main.mp4', SMALL);
  const sub = makeClip(folder, 'sub.mp4', { ...SMALL, width: 160, height: 90 });
  simulator = spawn(
    process.execPath,
    [
      ...[CLI, 'simulate', '--clip', clip, '--sub-clip', sub, '--cameras', '2', '--port', '0'],
      ...['--user', LOGIN.username, '--password', LOGIN.password, '--json'],
      ...['--onvif', '--onvif-port', '0', '--motion-every', '0.5'],
      ...['--discovery', '127.0.0.1', '--discovery-port', '0'],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const lines = createInterface({ input: simulator.stdout as NodeJS.ReadableStream });
  const [line] = await once(lines, 'line');
  listening = JSON.parse(line);
});
afterAll(async () => {
  const gone = once(simulator, 'exit');
  simulator.kill('SIGTERM');
  expect((await gone)[0]).toBe(0);
});

/** The second camera's address, as discovery tells it. */
async function discovered(): Promise<string> {
  const found = await Camera.discover({
    hosts: ['127.0.0.1'],
    port: listening.discoveryPort,
    timeoutMs: 1000,
  });
  const camera = found.find(({ name }) => name === 'Simulated camera 2');
  return camera?.addresses[0] as string;
}

async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await done())) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function fluxvision(args: string[], password = LOGIN.password) {
  const environment = {
    ...process.env,
    FLUXVISION_CAMERA_PASSWORD: password,
    FLUXVISION_PASSPHRASE: 'correct horse battery staple',
  };
  const child = spawn(process.execPath, [CLI, ...args], { env: environment });
  let [out, err] = ['', ''];
  child.stdout.on('data', (data) => {
    out += data;
  });
  child.stderr.on('data', (data) => {
    err += data;
  });
  const [code] = await once(child, 'close');
  return { code, out, err };
}

it('goes from discovery to a camera that plays, moves and makes a key frame', async () => {
  const url = await discovered();
  expect(url).toBe(listening.onvifUrls[1]);
  const device = await OnvifDevice.connect({ url, ...LOGIN });
  const { main, sub } = await device.streams();
  expect(main.profile.video).toMatchObject({ width: 320, height: 180, frameRate: 25 });
  expect(sub?.profile.video).toMatchObject({ width: 160, height: 90 });

  const camera = new Camera(await device.cameraOptions({ id: 'gate' }));
  onTestFinished(() => camera.close());
  camera.start();
  await camera.waitUntil('playing', { timeoutMs: 20_000 });
  await until(() => camera.stats().accessUnits >= 10);
  expect(camera.parameters).toMatchObject({ width: 320, height: 180 });
  await camera.requestKeyFrame();

  await camera.ptz.continuousMove({ pan: -1, tilt: 0.5, timeoutMs: 30_000 });
  await until(async () => ((await camera.ptz.status()).pan as number) < -0.1);
  await camera.ptz.stop();
  const there = await camera.ptz.status();
  expect(there.moving).toBe(false);
  const token = await camera.ptz.setPreset({ name: 'Gate' });
  await camera.ptz.gotoHome();
  await until(async () => (await camera.ptz.status()).pan === 0);
  await camera.ptz.gotoPreset(token);
  await until(async () => (await camera.ptz.status()).moving === false);
  expect((await camera.ptz.status()).pan).toBeCloseTo(there.pan as number, 9);
  expect((await camera.ptz.presets()).map(({ name }) => name)).toEqual(['Gate']);
});

it('hears motion begin and end', async () => {
  const device = await OnvifDevice.connect({ url: await discovered(), ...LOGIN });
  const seen = new Set<boolean>();
  for await (const { motion, operation } of device.events()) {
    if (operation === 'changed' && motion !== undefined) seen.add(motion);
    if (seen.size === 2) break;
  }
  expect([...seen].sort()).toEqual([false, true]);
});

it('does all of it from the command line', async () => {
  const port = String(listening.discoveryPort);
  const where = ['--host', '127.0.0.1', '--port', port, '--timeout', '1'];
  const table = await fluxvision(['discover', ...where]);
  expect(table).toMatchObject({ code: 0, err: '' });
  expect(table.out).toMatch(/HOST +NAME[\s\S]*Simulated camera 1[\s\S]*Simulated camera 2/);
  const found = JSON.parse((await fluxvision(['discover', ...where, '--json'])).out);
  expect(found).toHaveLength(2);

  const url = listening.onvifUrls[0] as string;
  const asked = (command: string, ...args: string[]) =>
    fluxvision(['onvif', command, url, ...args, '--username', LOGIN.username, '--json']);
  const { out, err } = await asked('info');
  expect(err).toBe('');
  expect(JSON.parse(out)).toMatchObject({ model: 'Simulator', capabilities: { ptz: true } });
  const streams = JSON.parse((await asked('streams')).out);
  expect(streams.map(({ role }: { role: string }) => role)).toEqual(['main', 'sub']);

  expect((await asked('ptz', 'goto', '--pan', '-0.25', '--tilt', '0.25')).code).toBe(0);
  await until(async () => JSON.parse((await asked('ptz', 'status')).out).pan === -0.25);
  const picture = join(folder, 'now.jpg');
  expect((await asked('snapshot', '--out', picture)).code).toBe(0);
  expect(readFileSync(picture).subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]));
  expect((await asked('snapshot', '--out', picture)).code).toBe(1);
});

it('refuses a wrong password with exit code 1, and never shows it', async () => {
  const url = listening.onvifUrls[0] as string;
  const args = ['onvif', 'info', url, '--username', LOGIN.username];
  const { code, out, err } = await fluxvision(args, 'not this one');
  expect(code).toBe(1);
  expect(err).toContain('ERR_ONVIF_UNAUTHORIZED');
  expect(out + err).not.toContain('not this one');
});

it('adds a camera by its ONVIF address', async () => {
  const storage = join(folder, 'storage');
  const url = listening.onvifUrls[0] as string;
  const login = ['--username', LOGIN.username];
  const added = await fluxvision([
    ...['cameras', 'add', '--storage', storage, '--id', 'door'],
    ...['--onvif', url, '--stream', 'sub', ...login],
  ]);
  expect(added.code, added.err).toBe(0);
  expect(existsSync(join(storage, 'keys'))).toBe(true);
  const { out } = await fluxvision(['cameras', 'list', '--storage', storage, '--json']);
  expect(JSON.parse(out)).toEqual([
    { id: 'door', url: expect.stringMatching(/\/cam1\/sub$/), username: LOGIN.username },
  ]);
  const both = await fluxvision([
    ...['cameras', 'add', '--storage', storage, '--id', 'x', '--onvif', url, '--url', 'rtsp://a/b'],
  ]);
  expect(both.code).toBe(2);
});
