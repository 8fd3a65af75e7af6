// The client against a simulated camera: everything a device is asked for.
import { expect, it, onTestFinished } from 'vitest';
import { Camera, OnvifDevice, type OnvifEvent } from '../../../src/index.js';
import { until } from '../recording/recorded.js';
import { rejectionOf, thrownBy } from '../thrown.js';
import { simulatedOnvif, USER, urlOf } from './simulated.js';

const start = simulatedOnvif();

it('tells what the device is and which services it has', async () => {
  const simulator = await start(USER);
  const device = await OnvifDevice.connect({ url: urlOf(simulator), ...USER });
  expect(device.information).toEqual({
    manufacturer: 'FluxVision',
    model: 'Simulator',
    firmwareVersion: '1.0',
    serialNumber: '000001',
    hardwareId: 'FluxVision-Simulator',
  });
  expect(device.capabilities).toEqual({
    media: true,
    media2: true,
    ptz: true,
    imaging: true,
    events: true,
  });
  expect(await device.scopes()).toContain('onvif://www.onvif.org/hardware/FluxVision-Simulator');
});

it('finds the device service of a bare host and port', async () => {
  const simulator = await start();
  const device = await OnvifDevice.connect({ host: `127.0.0.1:${simulator.port}` });
  expect(device.url).toBe(`http://127.0.0.1:${simulator.port}/onvif/device_service`);
});

it.each([true, false])('reads the profiles and picks main and sub (Media2: %s)', async (media2) => {
  const simulator = await start({ ...USER, media2 });
  const device = await OnvifDevice.connect({ url: urlOf(simulator), ...USER });
  expect(device.capabilities.media2).toBe(media2);
  expect(await device.profiles()).toEqual([
    {
      token: 'profile_main',
      name: 'main',
      videoSource: 'vs1',
      video: { codec: 'H264', width: 320, height: 240, frameRate: 25, bitrateKbps: 154 },
      audio: undefined,
      ptz: true,
    },
    {
      token: 'profile_sub',
      name: 'sub',
      videoSource: 'vs1',
      video: { codec: 'H264', width: 160, height: 120, frameRate: 15, bitrateKbps: 128 },
      audio: undefined,
      ptz: true,
    },
  ]);
  const { main, sub } = await device.streams();
  expect(main).toMatchObject({ profile: { name: 'main' }, foreignHost: false });
  expect(main.uri).toMatch(/^rtsp:\/\/127\.0\.0\.1:\d+\/cam1\/main$/);
  expect(sub?.uri).toMatch(/\/cam1\/sub$/);
});

it('makes options with which a camera plays', async () => {
  const simulator = await start(USER);
  const device = await OnvifDevice.connect({ url: urlOf(simulator), ...USER });
  const options = await device.cameraOptions({ id: 'door', stream: 'sub' });
  expect(options).toMatchObject({ id: 'door', ...USER, onvif: { url: device.url, ...USER } });
  expect(options.tls).toBeUndefined();
  const tls = { rejectUnauthorized: false, servername: 'door' };
  const told = await OnvifDevice.connect({ url: urlOf(simulator), ...USER, tls });
  expect((await told.cameraOptions({ id: 'door' })).tls).toEqual(tls);
  const camera = new Camera(options);
  onTestFinished(() => camera.close());
  camera.start();
  await until(() => camera.stats().accessUnits >= 5);
  expect(camera.parameters).toMatchObject({ width: 160, height: 120 });
  await camera.requestKeyFrame();
  expect(simulator.state().synchronizationPoints).toEqual({ sub: 1 });
});

it('takes only what the simulated camera takes for authentication', async () => {
  for (const authentication of ['usernameToken', 'digest', 'any'] as const) {
    const simulator = await start({ ...USER, authentication });
    const url = urlOf(simulator);
    const device = await OnvifDevice.connect({ url, ...USER });
    expect(await device.profiles()).toHaveLength(2);
    for (const wrong of [{ ...USER, password: 'wrong' }, { ...USER, username: 'nobody' }, {}]) {
      const error = await rejectionOf(() => OnvifDevice.connect({ url, ...wrong }));
      expect(error.code).toBe('ERR_ONVIF_UNAUTHORIZED');
      expect(error.message).not.toContain(USER.password);
    }
  }
});

it("signs with the camera's time where its clock is years off", async () => {
  for (const clockOffsetMs of [-20 * 365 * 86_400_000, 3 * 3_600_000]) {
    const simulator = await start({ ...USER, authentication: 'usernameToken', clockOffsetMs });
    const device = await OnvifDevice.connect({ url: urlOf(simulator), ...USER });
    expect(Math.abs(device.clockOffsetMs - clockOffsetMs)).toBeLessThan(2000);
    expect(await device.profiles()).toHaveLength(2);
  }
});

it('asks the host that was asked where the camera reports an inner address', async () => {
  const simulator = await start({ ...USER, reportedHost: '10.255.255.1' });
  const url = `http://127.0.0.1:${simulator.port}/onvif/device_service`;
  const device = await OnvifDevice.connect({ url, ...USER });
  const { main } = await device.streams();
  expect(main.foreignHost).toBe(true);
  expect(new URL(main.reportedUri).hostname).toBe('10.255.255.1');
  expect(new URL(main.uri).hostname).toBe('127.0.0.1');
  expect((await device.snapshot()).length).toBeGreaterThan(100);
});

it('refuses the address of another host, or uses it without credentials where that is allowed', async () => {
  const simulator = await start({ ...USER, reportedHost: '10.255.255.1' });
  const url = `http://127.0.0.1:${simulator.port}/onvif/device_service`;
  const strict = await OnvifDevice.connect({ url, ...USER, useRequestHost: false });
  const error = await rejectionOf(() => strict.streams());
  expect(error.code).toBe('ERR_ONVIF_FOREIGN_HOST');
  expect(error.message).toContain('10.255.255.1');
  const open = await OnvifDevice.connect({
    url,
    ...USER,
    useRequestHost: false,
    allowForeignHosts: true,
  });
  const options = await open.cameraOptions({ id: 'door' });
  expect(new URL(options.url).hostname).toBe('10.255.255.1');
  expect(options.username).toBeUndefined();
  expect(options.password).toBeUndefined();
});

it('fetches a snapshot with Digest', async () => {
  const simulator = await start({ ...USER, authentication: 'usernameToken' });
  const device = await OnvifDevice.connect({ url: urlOf(simulator), ...USER });
  const picture = await device.snapshot();
  expect(picture.subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
  const error = await rejectionOf(() => device.snapshot(undefined, { maxBytes: 10 }));
  expect(error.code).toBe('ERR_ONVIF_ANSWER');
});

it('moves the camera, within its bounds', async () => {
  const simulator = await start(USER);
  const { ptz } = new Camera({
    id: 'door',
    url: 'rtsp://127.0.0.1:1/never',
    onvif: { url: urlOf(simulator), ...USER },
  });
  await ptz.continuousMove({ pan: 1, timeoutMs: 60_000 });
  expect((await ptz.status()).moving).toBe(true);
  await until(() => simulator.state().position.pan > 0.05);
  await ptz.stop();
  const stopped = await ptz.status();
  expect(stopped.moving).toBe(false);
  expect(stopped.pan).toBeGreaterThan(0.05);
  expect(simulator.state().position).toMatchObject({ pan: stopped.pan, tilt: 0, zoom: 0 });

  await ptz.absoluteMove({ pan: -0.1, tilt: 0.2, zoom: 0.1 });
  await until(() => Math.abs(simulator.state().position.zoom - 0.1) < 1e-9);
  await until(() => simulator.state().position.pan === -0.1);
  await ptz.relativeMove({ tilt: -0.1 });
  await until(() => Math.abs(simulator.state().position.tilt - 0.1) < 1e-9);
  await ptz.relativeMove({ pan: -1, tilt: -1, zoom: -1 });
  await until(() => simulator.state().position.pan === -1);
  expect(simulator.state().position.zoom).toBe(0);
});

it('stores, lists, visits and removes presets', async () => {
  const simulator = await start(USER);
  const device = await OnvifDevice.connect({ url: urlOf(simulator), ...USER });
  const ptz = device.ptz();
  await ptz.absoluteMove({ pan: 0.1, tilt: 0.1 });
  await until(() => simulator.state().position.tilt === 0.1);
  const token = await ptz.setPreset({ name: 'Gate <1> & "yard"' });
  expect(await ptz.presets()).toEqual([
    { token, name: 'Gate <1> & "yard"', pan: 0.1, tilt: 0.1, zoom: 0 },
  ]);
  await ptz.gotoHome();
  await until(() => simulator.state().position.pan === 0);
  await ptz.gotoPreset(token, { speed: 1 });
  await until(() => simulator.state().position.pan === 0.1);
  await ptz.removePreset(token);
  expect(await ptz.presets()).toEqual([]);
  const error = await rejectionOf(() => ptz.gotoPreset(token));
  expect(error.code).toBe('ERR_ONVIF_FAULT');
  expect(error.message).toContain(`There is no preset '${token}'`);
});

it('checks moves before anything is sent', async () => {
  const simulator = await start();
  const ptz = (await OnvifDevice.connect({ url: urlOf(simulator) })).ptz();
  for (const wrong of [
    {},
    { pan: 1.01 },
    { pan: Number.NaN },
    { zoom: '1' },
    { timeoutMs: 1000 },
  ]) {
    const error = await rejectionOf(() => ptz.continuousMove(wrong as object));
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
  }
  expect((await rejectionOf(() => ptz.absoluteMove({ pan: 0 }))).code).toBe('ERR_INVALID_ARGUMENT');
});

it('reads and sets imaging, zero included', async () => {
  const simulator = await start(USER);
  const device = await OnvifDevice.connect({ url: urlOf(simulator), ...USER });
  const imaging = await device.imaging();
  expect((await imaging.ranges()).brightness).toEqual({ min: 0, max: 100 });
  await imaging.set({
    brightness: 0,
    contrast: 61,
    irCutFilter: 'off',
    wideDynamicRange: { mode: 'on', level: 70 },
    focus: { mode: 'manual' },
  });
  expect(await imaging.get()).toEqual({
    brightness: 0,
    contrast: 61,
    saturation: 50,
    sharpness: 50,
    irCutFilter: 'off',
    wideDynamicRange: { mode: 'on', level: 70 },
    focus: { mode: 'manual' },
  });
  await imaging.moveFocus({ absolute: 0.25 });
  await imaging.stopFocus();
  const error = await rejectionOf(() => imaging.set({ brightness: 101, contrast: 1 }));
  expect(error.code).toBe('ERR_ONVIF_FAULT');
  expect((await imaging.get()).contrast).toBe(61);
});

it('tells events, motion among them, and unsubscribes when the reader leaves', async () => {
  const simulator = await start(USER);
  const device = await OnvifDevice.connect({ url: urlOf(simulator), ...USER });
  const heard: OnvifEvent[] = [];
  for await (const event of device.events()) {
    heard.push(event);
    if (heard.length === 1) simulator.setMotion(true);
    if (heard.length === 2) {
      simulator.emitEvent({
        topic: 'tns1:Device/Trigger/DigitalInput',
        source: { InputToken: '1' },
        data: { LogicalState: 'true' },
      });
    }
    if (heard.length === 3) break;
  }
  expect(heard[0]).toMatchObject({ operation: 'initialized', motion: false });
  expect(heard[1]).toMatchObject({
    topic: 'tns1:RuleEngine/CellMotionDetector/Motion',
    operation: 'changed',
    motion: true,
    data: { IsMotion: 'true' },
  });
  expect(heard[1]?.source.Rule).toBe('MotionDetectorRule');
  expect(heard[2]).toMatchObject({ data: { LogicalState: 'true' }, motion: undefined });
  expect(simulator.state().subscriptions).toBe(0);
});

it('ends the events quietly when the signal fires in the middle of a pull', async () => {
  const simulator = await start(USER);
  const device = await OnvifDevice.connect({ url: urlOf(simulator), ...USER });
  const controller = new AbortController();
  const heard: OnvifEvent[] = [];
  for await (const event of device.events({ signal: controller.signal })) {
    heard.push(event);
    setImmediate(() => controller.abort());
  }
  expect(heard).toHaveLength(1);
  expect(simulator.state().subscriptions).toBe(0);
});

it('subscribes anew, with back-off, to a camera that was away', async () => {
  const first = await start(USER);
  const { port } = first;
  const device = await OnvifDevice.connect({ url: urlOf(first), ...USER });
  const controller = new AbortController();
  const retries: string[] = [];
  let heard = 0;
  const events = device.events({
    signal: controller.signal,
    reconnect: { minMs: 10, maxMs: 50 },
    onRetry: ({ error }) => retries.push(error.code),
  });
  for await (const event of events) {
    expect(event.operation).toBe('initialized');
    heard += 1;
    if (heard === 1) {
      await first.close();
      void until(() => retries.length >= 2).then(() => start({ ...USER, port }));
    } else {
      controller.abort();
    }
  }
  expect(heard).toBe(2);
  expect(retries.slice(0, 2)).toEqual(['ERR_ONVIF_UNREACHABLE', 'ERR_ONVIF_UNREACHABLE']);
});

it('tells an unknown profile with the words of the camera', async () => {
  const simulator = await start(USER);
  const device = await OnvifDevice.connect({ url: urlOf(simulator), ...USER });
  const error = await rejectionOf(() => device.streamUri('a<b>&"c'));
  expect(error.code).toBe('ERR_ONVIF_FAULT');
  expect(error.message).toContain(`There is no profile 'a<b>&"c'`);
  expect(error.message).toContain('ter:NoProfile');
});

it('says what a camera without ONVIF address lacks', () => {
  const camera = new Camera({ id: 'door', url: 'rtsp://127.0.0.1:1/x' });
  const error = thrownBy(() => camera.ptz);
  expect(error.code).toBe('ERR_ONVIF_UNSUPPORTED');
  expect(error.message).toContain('onvif: { url }');
});

it.each([
  [{}, 'url or host'],
  [{ url: 'http://a/', host: 'a' }, 'url or host'],
  [{ url: 'ftp://a/' }, 'url'],
  [{ url: 'http://user:secret@a/' }, 'url'],
  [{ host: 'a/b' }, 'host'],
  [{ host: 'user@a' }, 'host'],
  [{ host: 'a', timeoutMs: 0 }, 'timeoutMs'],
  [{ host: 'a', tls: { ca: 1 } }, 'tls: ca'],
  [{ host: 'a', tls: { ca: 'no PEM' } }, 'tls: ca'],
  [{ host: 'a', tls: { servername: '' } }, 'tls: servername'],
])('refuses the options %j', async (options, name) => {
  const error = await rejectionOf(() => OnvifDevice.connect(options as { host: string }));
  expect(error.code).toBe('ERR_INVALID_ARGUMENT');
  expect(error.message).toContain(name);
  expect(error.message).not.toContain('secret');
});
