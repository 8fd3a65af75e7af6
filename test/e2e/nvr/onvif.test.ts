// A camera that speaks ONVIF, from the wizard to its tile, its moves and its events, as a person sees it.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { OnvifSimulator } from '@fluxvision/core';
import mqtt from 'mqtt';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { readNumber } from '../../support/counted-clip.js';
import { type Broker, startBroker } from '../../support/mosquitto.js';
import { beyondTheScreen, injectAxe, violations } from './support/axe.js';
import { launchBrowser, openForTest } from './support/browser.js';
import {
  type CountedCameras,
  countedCameras,
  firstNumber,
  logIn,
  tileOf,
  until,
} from './support/journey.js';
import { startNvr, type TestNvr } from './support/nvr.js';

const LOGIN = { username: 'operator', password: 'a camera of its own' };

let browser: Browser;
let cameras: CountedCameras;
let onvif: OnvifSimulator;
let nvr: TestNvr;
let broker: Broker;

beforeAll(async () => {
  cameras = await countedCameras(2);
  broker = await startBroker();
  onvif = await OnvifSimulator.start({
    ...LOGIN,
    cameras: cameras.cameras.map(({ url, subUrl }) => ({ main: url, sub: subUrl })),
    discovery: { port: 0, interfaceAddress: '127.0.0.1' },
  });
  browser = await launchBrowser();
  const discovery = { interfaces: ['127.0.0.1'], port: onvif.discoveryPort as number };
  const { url, username, passwordFile } = broker;
  nvr = await startNvr({
    config: { discovery, mqtt: { url, username, passwordFile } },
    viewerCameras: ['gate'],
    viewer: { canControlPTZ: false },
  });
});

afterAll(async () => {
  await browser?.close();
  await nvr?.close();
  await broker?.close();
  await onvif?.close();
  await cameras?.close();
});

async function open(username = 'admin'): Promise<Page> {
  const { page } = await openForTest(browser);
  page.setDefaultTimeout(15_000);
  await logIn(page, nvr, username);
  return page;
}

/** Where SCREENSHOTS names a folder. */
async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

function numberIn(jpeg: Buffer, width: number, height: number): number | undefined {
  const size = ['-vf', `scale=${width}:${height}`];
  const raw = ['-f', 'rawvideo', '-pix_fmt', 'rgba', '-'];
  const input = ['-v', 'error', '-f', 'mjpeg', '-i', '-'];
  return readNumber(
    execFileSync('ffmpeg', [...input, ...size, ...raw], { input: jpeg, maxBuffer: 1 << 24 }),
    width,
    height,
  );
}

/** The pictures of the card, as the browser decoded them. */
async function shownPicture(page: Page): Promise<number> {
  const picture = page.getByRole('img', { name: 'Picture of the test' });
  await picture.waitFor();
  return picture.evaluate((image: HTMLImageElement) =>
    image.decode().then(() => image.naturalWidth),
  );
}

describe('a camera that is found on the network', () => {
  it('tells in words that its login is wrong, shows its picture, and plays when it is saved', async () => {
    const page = await open();
    await page.goto(`${nvr.url}/cameras/add`);
    await page.getByRole('button', { name: 'Search the network' }).click();
    await page.getByRole('checkbox', { name: /Simulated camera 1/ }).check();
    await page.getByLabel('User name').fill(LOGIN.username);
    await page.locator('input[type=password]').fill('wrong');
    await page.getByRole('button', { name: 'Connect 1 camera' }).click();

    const card = page.getByRole('article');
    await card.getByText('ONVIF refused user name or password.').waitFor();
    await shoot(page, 'wizard-wrong-password');
    await card.locator('input[type=password]').fill(LOGIN.password);
    await card.getByRole('button', { name: 'Try again' }).click();
    expect(await shownPicture(page)).toBe(640);
    await card.getByText(/H\.264.* · 640 × 352 · 25 frames\/s · \d/).waitFor();
    await shoot(page, 'wizard-picture');
    await card.getByLabel('Name').fill('Gate');
    await page.getByRole('button', { name: 'Add 1 camera' }).click();

    await page.waitForURL('**/cameras');
    await page.goto(`${nvr.url}/live`);
    await page.locator(tileOf('gate')).getByText('LIVE', { exact: true }).waitFor();
    await firstNumber(page, tileOf('gate'));
    const { json } = await (await nvr.login('ADMIN')).get('/api/cameras/gate/config');
    expect(json).toMatchObject({ username: LOGIN.username, hasPassword: true });
    expect(json.onvifUrl).toBe(onvif.urls[0]);
    expect(json.subUrl).toBe(cameras.cameras[0]?.subUrl);
  });

  it('is added by its ONVIF address as well', async () => {
    const page = await open();
    await page.goto(`${nvr.url}/cameras/add`);
    await page.getByRole('tab', { name: 'By address' }).click();
    await page.getByLabel('Stream address').fill(onvif.urls[1] as string);
    await page.getByLabel('User name').fill(LOGIN.username);
    await page.locator('input[type=password]').fill(LOGIN.password);
    await page.getByRole('button', { name: 'Test connection' }).click();
    expect(await shownPicture(page)).toBe(640);
    const card = page.getByRole('article');
    await card.getByLabel('Name').fill('Yard');
    await page.getByRole('button', { name: 'Add 1 camera' }).click();
    await page.waitForURL('**/cameras');
    expect(nvr.nvr.cameras.settings('yard').onvifUrl).toBe(onvif.urls[1]);
  });
});

describe('the picture of a camera', () => {
  it('is of now while it plays, and says so where it is not', async () => {
    const admin = await nvr.login('ADMIN');
    await until(() => nvr.nvr.cameras.camera('gate')?.state === 'playing');
    const live = await admin.get('/api/cameras/gate/snapshot?width=320');
    expect(live.headers).toMatchObject({
      ...{ 'content-type': 'image/jpeg', 'x-picture-source': 'live', 'cache-control': 'no-store' },
    });
    const keyFrames = cameras.sent(0).filter(({ keyFrame }) => keyFrame);
    const shown = numberIn(live.body, 320, 176);
    expect(keyFrames.slice(-3).map(({ clipIndex }) => clipIndex)).toContain(shown);
    expect(Date.now() - Number(live.headers['x-picture-time'])).toBeLessThan(15_000);

    await admin.post('/api/cameras/gate/stop');
    onTestFinished(async () => {
      await admin.post('/api/cameras/gate/start');
      await until(() => nvr.nvr.cameras.camera('gate')?.state === 'playing');
    });
    const recorded = await admin.get('/api/cameras/gate/snapshot');
    expect([recorded.status, recorded.headers['x-picture-source']]).toEqual([200, 'recorded']);
    expect((await admin.get('/api/cameras/gate/snapshot?live=true')).json.code).toBe('ERR_STATE');
    const page = await open();
    await page.goto(`${nvr.url}/cameras`);
    await page.getByRole('button', { name: 'Actions for Gate' }).click();
    await page.getByRole('menuitem', { name: 'Snapshot' }).click();
    await page.getByText('The camera sends nothing at present.').waitFor();
    await shoot(page, 'snapshot-recorded');
  });
});

describe('the pad', () => {
  it('moves the camera while it is held, stores where it looks, and goes home', async () => {
    const page = await open();
    const tile = page.locator(tileOf('gate'));
    await firstNumber(page, tileOf('gate'));
    await tile.hover();
    await tile.getByRole('button', { name: 'Move camera (PTZ)' }).click();
    const right = tile.getByRole('button', { name: 'Right', exact: true });
    await shoot(page, 'ptz-pad-open');
    await right.hover();
    await page.mouse.down();
    // It goes on beyond what one push lasts.
    await until(() => onvif.state().position.pan > 0.6);
    await page.mouse.up();
    await until(async () => {
      const before = onvif.state().position.pan;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return onvif.state().position.pan === before;
    });
    const { pan } = onvif.state().position;

    await tile.getByRole('button', { name: 'Save position' }).click();
    await tile.getByLabel('Name of the position').fill('Barrier');
    await shoot(page, 'ptz-pad');
    await tile.getByRole('button', { name: 'Save', exact: true }).click();
    await tile.getByLabel('Preset').waitFor();
    expect(onvif.state().presets).toMatchObject([{ name: 'Barrier' }]);

    await tile.getByRole('button', { name: 'Home position' }).click();
    await until(() => onvif.state().position.pan === 0);
    await tile.getByLabel('Preset').selectOption('Barrier');
    await until(() => Math.abs(onvif.state().position.pan - pan) < 1e-6);
    await shoot(page, 'ptz-preset');
    await injectAxe(page);
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await tile.getByRole('button', { name: 'Home position' }).waitFor({ state: 'detached' });
    expect(await tile.evaluate((element) => element === document.activeElement)).toBe(true);
  });

  it('lies below the picture of a phone, in reach and whole', async () => {
    const page = await open();
    await page.setViewportSize({ width: 375, height: 720 });
    const tile = page.locator(tileOf('gate'));
    await firstNumber(page, tileOf('gate'));
    await tile.hover();
    await tile.getByRole('button', { name: 'Move camera (PTZ)' }).click();
    const sheet = page.getByRole('region', { name: 'Move camera (PTZ): Gate' });
    await sheet.getByLabel('Preset').waitFor();
    await shoot(page, 'ptz-pad-phone');
    const [pad, picture] = [await sheet.boundingBox(), await tile.boundingBox()];
    if (!pad || !picture) throw new Error('They are not on the page.');
    expect(pad.y).toBeGreaterThan(picture.y + picture.height);
    expect([pad.x >= 0, pad.x + pad.width <= 375]).toEqual([true, true]);
    const before = onvif.state().position.tilt;
    await sheet.getByRole('button', { name: 'Up', exact: true }).hover();
    await page.mouse.down();
    await until(() => onvif.state().position.tilt > before);
    await page.mouse.up();
    await injectAxe(page);
    expect([await violations(page), await beyondTheScreen(page)]).toEqual([[], []]);
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'detached' });
    expect(await tile.evaluate((element) => element === document.activeElement)).toBe(true);
  });

  it('moves by REST and by socket, for who may', async () => {
    const operator = await nvr.login('OPERATOR');
    const zoom = { action: 'absolute', pan: 0, tilt: 0.5, zoom: 0.25 };
    expect((await operator.post('/api/cameras/gate/ptz', zoom)).status).toBe(204);
    await until(() => onvif.state().position.zoom === 0.25);
    const socket = operator.socket('/ws/live');
    expect(await socket.opened).toBe(101);
    socket.send({ type: 'ptz', cameraId: 'gate', action: 'home' });
    await until(() => onvif.state().position.zoom === 0);
    socket.end();

    const viewer = await nvr.login('VIEWER');
    expect((await viewer.post('/api/cameras/gate/ptz', zoom)).status).toBe(403);
    expect((await viewer.get('/api/cameras/gate/ptz/presets')).status).toBe(403);
    const asked = viewer.socket('/ws/live');
    expect(await asked.opened).toBe(101);
    asked.send({ type: 'ptz', cameraId: 'gate', ...zoom });
    await asked.message('error');
    asked.end();
    expect(onvif.state().position.zoom).toBe(0);
    const page = await open('viewer');
    await firstNumber(page, tileOf('gate'));
    expect(await page.getByRole('button', { name: 'Move camera (PTZ)' }).count()).toBe(0);
  });
});

describe('what the camera itself tells', () => {
  const INPUT = 'tns1:Device/Trigger/DigitalInput';
  const input = (state: string) =>
    onvif.emitEvent({
      topic: INPUT,
      source: { InputToken: 'door' },
      data: { LogicalState: state },
    });

  /** What the broker is told of events of the camera from now on, by somebody else's client. */
  async function subscribed(): Promise<{ event: string; id: string; end?: number }[]> {
    const { url, username, password } = broker;
    const client = await mqtt.connectAsync(url, { username, password });
    onTestFinished(() => client.endAsync(true));
    const messages: { event: string; id: string; end?: number }[] = [];
    client.on('message', (_topic, payload) => void messages.push(JSON.parse(String(payload))));
    await client.subscribeAsync('fluxvision/+/cameras/gate/events', { qos: 1 });
    return messages;
  }

  it('is told once as it begins and ends, listed, and left out where it is switched off', async () => {
    await until(() => onvif.state().subscriptions === 1, 'a subscription');
    const admin = await nvr.login('ADMIN');
    const heard = admin.socket('/ws/events');
    expect(await heard.opened).toBe(101);
    const published = await subscribed();
    onvif.setMotion(true);
    const begun = await heard.message(({ event }) => event === 'onvif:motion', 20_000);
    expect(begun.detail.end).toBeUndefined();
    // The same state twice, and one that flutters, are one event.
    for (const state of ['true', 'true', 'false', 'true']) input(state);
    const tamper = { topic: 'tns1:VideoSource/GlobalSceneChange/ImagingService' };
    onvif.emitEvent({ ...tamper, source: { Source: 'vs1' }, data: { State: 'true' } });
    onvif.emitEvent({ topic: 'tns1:Device/HardwareFailure/FanFailure', data: { Failed: 'true' } });
    await heard.message(({ event }) => event === 'onvif:tamper', 20_000);
    input('false');
    onvif.setMotion(false);
    onvif.emitEvent({ ...tamper, source: { Source: 'vs1' }, data: { State: 'false' } });
    const list = async () =>
      (await admin.get('/api/events?cameras=gate')).json.items.filter(
        ({ event, end }: { event: string; end?: number }) =>
          event.startsWith('onvif:') && end !== undefined,
      );
    await until(async () => (await list()).length >= 3);
    const kinds = (await list()).map(({ event }: { event: string }) => event);
    expect(kinds.sort()).toEqual(['onvif:digital_input', 'onvif:motion', 'onvif:tamper']);
    const told = heard.messages.filter(({ event }) => event === 'onvif:digital_input');
    expect(told.map(({ detail }) => [detail.id, detail.end !== undefined])).toEqual([
      [told[0]?.detail.id, false],
      [told[0]?.detail.id, true],
    ]);
    heard.end();
    const overMqtt = () => published.filter(({ event }) => event === 'onvif:motion');
    await until(() => overMqtt().length === 2, 'both messages of the broker');
    expect(overMqtt().map(({ id, end }) => [id, end !== undefined])).toEqual([
      [begun.detail.id, false],
      [begun.detail.id, true],
    ]);

    const page = await open();
    await page.goto(`${nvr.url}/events`);
    for (const words of ['Motion, by the camera', 'Camera tampered with', 'Digital input']) {
      await page.getByRole('link', { name: new RegExp(words) }).waitFor();
    }
    await shoot(page, 'events');
    const now = Date.now();
    const range = `start=${now - 60_000}&end=${now}`;
    const timeline = (await admin.get(`/api/timeline?cameras=gate&${range}`)).json;
    const marks = timeline.cameras[0].events.map(({ event }: { event: string }) => event);
    expect(marks).toEqual(expect.arrayContaining(kinds));

    await page.goto(`${nvr.url}/cameras/edit/gate`);
    await page.getByLabel('Take over the camera’s own events').uncheck();
    await page.getByRole('button', { name: 'Save' }).click();
    await until(() => onvif.state().subscriptions === 0, 'the end of the subscription');
    expect((await admin.get('/api/cameras/gate/config')).json.onvifEvents).toBe(false);
  });
});
