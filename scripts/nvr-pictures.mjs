// Takes the pictures of examples/nvr/README.md: node scripts/nvr-pictures.mjs [FOLDER]. Needs the build of
// package and NVR, Debian's Chromium and `ffmpeg`; takes two minutes, most of which it records.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { permissionsOf } from '../dist/index.js';
import {
  loadConfig,
  Nvr,
  openIdentity,
  openLog,
  startServer,
} from '../examples/nvr/dist/server/index.js';
import { chromiumPath } from './chromium.mjs';
import { places, placesElsewhere, startSceneCameras } from './scene-cameras.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = process.argv[2] ?? join(root, 'docs', 'images', 'nvr');
const account = { username: 'kim', password: 'a gate of green iron' };
const desk = { width: 1280, height: 800 };
const phone = { width: 375, height: 740 };
/** Recorded before the first picture that needs footage. */
const recordedMs = 75_000;
const minute = 60_000;
const hour = 60 * minute;

const storage = mkdtempSync(join(tmpdir(), 'fluxvision-pictures-'));
const films = join(root, 'demo-output', 'films');
const scenes = await startSceneCameras(films);
const scenesElsewhere = await startSceneCameras(films, placesElsewhere);
const { nvr, server, token } = await startNvr('Headquarters');
const branch = await startNvr('Branch office');
const browser = await chromium.launch({
  ...{ executablePath: chromiumPath(), headless: true },
  args: ['--no-sandbox', '--disable-gpu', '--autoplay-policy=no-user-gesture-required'],
});
try {
  mkdirSync(folder, { recursive: true });
  await takeAll();
} finally {
  await browser.close();
  await server.close();
  await branch.server.close();
  await scenes.close();
  await scenesElsewhere.close();
  rmSync(storage, { recursive: true, force: true });
}

async function startNvr(name) {
  const file = join(storage, `${name}.json`);
  const settings = {
    ...{ name, storage: `./${name}`, passphrase: { env: 'PICTURES_PASSPHRASE' } },
    ...{ listen: { address: '127.0.0.1', port: 0 }, allowLoopbackCameras: true },
    federation: { announce: false, browse: false },
  };
  writeFileSync(file, JSON.stringify(settings));
  const config = loadConfig(file);
  const { log, ring } = openLog('info', { write: () => {} });
  let shown = '';
  const opened = await Nvr.open({
    ...{ config, log, logs: ring, identity: await openIdentity(config) },
    env: { PICTURES_PASSPHRASE: account.password },
    showSetupToken: (told) => {
      shown = told;
    },
  });
  return { nvr: opened, server: await startServer(opened), token: shown };
}

async function takeAll() {
  const begun = Date.now();
  for (const camera of scenes.cameras) await nvr.cameras.add(camera);
  for (const camera of scenesElsewhere.cameras) await branch.nvr.cameras.add(camera);
  const page = await open(desk);
  await page.goto(`${server.url}/setup#token=${token}`);
  await page.getByLabel('User name').fill(account.username);
  for (const field of await page.locator('input[type=password]').all()) {
    await field.fill(account.password);
  }
  await take(page, 'setup');
  await page.locator('button[type=submit]').click();
  await inventPast(begun);
  const guard = await addUsers();
  await takeLive(page);
  await sleep(Math.max(0, begun + recordedMs - Date.now()));
  await takeFootage(page, begun);
  await takeAdministration(page);
  await takeServers(page);
  await guard.context().close();
  await page.context().close();
  await takeOthers();
}

async function takeLive(page) {
  await showing(page);
  await take(page, 'live');
  await page.locator('[data-camera=main-gate]').dblclick();
  await page.locator('[data-camera=main-gate] [data-quality=FULLSCREEN]').waitFor();
  await sleep(2500);
  await take(page, 'camera');
  await page.keyboard.press('Escape');
}

async function takeFootage(page, begun) {
  const at = begun + 40_000;
  // Somebody walks by all the time, so that no motion ever ends.
  for (const [n, { id }] of places.entries()) {
    for (const from of [at - 24_000 + n * 3000, at - 6000 + n * 3000, at + 9000 + n * 3000]) {
      nvr.recorder.index.addEvent({
        ...{ cameraId: id, type: 'motion', from, to: from + 6000, score: 0.8 - n / 10 },
        data: { zones: [] },
      });
    }
  }
  await ask(page, 'POST', '/api/recordings/export', {
    ...{ cameras: ['main-gate', 'lobby'], start: at - 20_000, end: at, format: 'mp4' },
    reason: 'Parcel missing since Thursday',
  });
  await ask(page, 'POST', '/api/recordings/export', {
    ...{ cameras: ['car-park'], start: at - 15_000, end: at + 5000, format: 'sealed' },
    passphrase: account.password,
  });
  const cameras = places.map(({ id }) => id).join();
  await page.goto(`${server.url}/playback?cameras=${cameras}&at=${at}`);
  await page.locator('figure canvas, figure video').first().waitFor();
  await sleep(4000);
  await take(page, 'playback');
  await page.goto(`${server.url}/exports`);
  await sleep(3000);
  await take(page, 'exports');
  await page.goto(`${server.url}/events`);
  await sleep(4000);
  await take(page, 'events');
}

async function takeAdministration(page) {
  for (const [name, path] of [
    ['cameras', '/cameras'],
    ['add-camera', '/cameras/add'],
    ['users', '/users'],
    ['health', '/system/health'],
    ['sessions', '/system/sessions'],
    ['audit', '/system/audit'],
  ]) {
    await page.goto(`${server.url}${path}`);
    if (name === 'add-camera') await testCamera(page);
    await sleep(name === 'health' ? 8000 : 3000);
    await take(page, name);
  }
}

async function testCamera(page) {
  await page.getByRole('tab', { name: 'By address' }).click();
  await page.getByLabel('Stream address').fill(scenes.cameras[0].url);
  await page.locator('button[type=submit]').click();
  await sleep(6000);
}

/** Another server is taken in, as a person does it, and shown beside this one. */
async function takeServers(page) {
  const { key } = branch.nvr.homes.createKey();
  await page.goto(`${server.url}/system/nodes`);
  await page.getByRole('button', { name: 'Add by address' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Address').fill(branch.server.url);
  await dialog.getByRole('button', { name: 'Who answers there?' }).click();
  await dialog.getByLabel('Key', { exact: true }).fill(key);
  await take(page, 'add-server');
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await page.locator('[data-node-state="CONNECTED"]').waitFor();
  await page.goto(`${server.url}/live`);
  await showing(page, scenes.cameras.length + scenesElsewhere.cameras.length);
  await take(page, 'live-servers');
  await page.goto(`${server.url}/system/nodes`);
  await sleep(4000);
  await take(page, 'servers');
  await page.goto(`${server.url}/search`);
  await sleep(5000);
  await take(page, 'search');
}

/** Who comes later: by phone, in Korean, in the light. */
async function takeOthers() {
  const narrow = await open(phone);
  await logIn(narrow);
  await showing(narrow);
  await take(narrow, 'phone');
  await narrow.context().close();

  const korean = await open(desk, { locale: 'ko-KR' });
  await korean.goto(server.url);
  await korean.locator('input[type=password]').waitFor();
  await take(korean, 'login-korean');
  await logIn(korean);
  await showing(korean);
  await take(korean, 'live-korean');
  await korean.context().close();

  const light = await open(desk, { colorScheme: 'light' });
  await light.addInitScript(() => localStorage.setItem('fluxvision.theme', 'light'));
  await logIn(light);
  await showing(light);
  await take(light, 'live-light');
  await light.context().close();
}

/** Rows of the hours before, so that the timeline has something to show: their pictures do not exist. */
async function inventPast(now) {
  const { index } = nvr.recorder;
  const { keyId } = await firstSegment(index);
  for (const [at, { id }] of places.entries()) {
    for (let start = now - 6 * hour; start < now - 20_000; start += 10 * minute) {
      // Each camera was away for a while.
      if (Math.floor((start - now) / hour) === -2 - at) continue;
      const endTime = Math.min(start + 10 * minute, now - 10_000);
      const day = new Date(start).toISOString().slice(0, 10).replaceAll('-', '');
      index.insert({
        ...{
          cameraId: id,
          filePath: `${id}/${day}/${Math.floor(start / 1000)}`,
          keyId,
          startTime: start,
          endTime,
        },
        ...{ fileSize: 150e6, stream: 0, formatVersion: 2, frames: 15_000, state: 'complete' },
        ...{ endReason: 'cut', sequence: 0, width: 1280, height: 720, codec: 'avc1.42c01f' },
      });
    }
    for (let i = 1; i < 24; i++) {
      const from = now - i * (11 + 5 * at) * minute;
      if (from < now - 6 * hour) break;
      const to = from + 15_000 + ((i * 37) % 5) * 20_000;
      const score = 0.4 + ((i * 29) % 50) / 100;
      index.addEvent({ cameraId: id, type: 'motion', from, to, score, data: { zones: [] } });
    }
  }
}

async function firstSegment(index) {
  for (;;) {
    const [first] = index.segments({ cameraId: places[0].id });
    if (first) return first;
    await sleep(500);
  }
}

/** One of them watches. */
async function addUsers() {
  const { users } = nvr.sessions;
  const { password } = account;
  await users.create({ username: 'lee', password, permissions: permissionsOf('OPERATOR') });
  const allowedCameras = ['main-gate', 'lobby'];
  const permissions = { ...permissionsOf('VIEWER'), allowedCameras };
  await users.create({ username: 'reception', password, permissions });
  const guard = await open(desk);
  await logIn(guard, 'lee');
  await showing(guard);
  return guard;
}

async function open(viewport, { locale = 'en-GB', colorScheme = 'dark' } = {}) {
  const context = await browser.newContext({
    ...{ viewport, locale, colorScheme, ignoreHTTPSErrors: true, timezoneId: 'Asia/Seoul' },
  });
  return context.newPage();
}

async function logIn(page, username = account.username) {
  await page.goto(server.url);
  await page.locator('input[autocomplete=username]').fill(username);
  await page.locator('input[type=password]').fill(account.password);
  await page.locator('button[type=submit]').click();
}

/** So many tiles of the live view move. */
async function showing(page, least = 2) {
  await page.waitForURL('**/live');
  await page.locator('[data-camera]').first().waitFor();
  await page.waitForFunction((wanted) => {
    const tiles = [...document.querySelectorAll('[data-camera]')];
    const counts = tiles.map((tile) => tile.querySelector('[data-frames]')?.dataset.frames ?? 0);
    return counts.filter((count) => count > 40).length >= Math.min(wanted, tiles.length);
  }, least);
  await sleep(2000);
}

async function ask(page, method, path, body) {
  const status = await page.evaluate(
    async ([how, where, what]) => {
      const headers = { 'content-type': 'application/json' };
      return (await fetch(where, { method: how, headers, body: JSON.stringify(what) })).status;
    },
    [method, path, body],
  );
  if (status >= 300) throw new Error(`${method} ${path}: ${status}`);
}

async function take(page, name) {
  const png = await page.screenshot({ animations: 'disabled' });
  if (process.env.KEEP_PNG) writeFileSync(join(process.env.KEEP_PNG, `${name}.png`), png);
  const { status } = spawnSync(
    'ffmpeg',
    [
      ...['-v', 'error', '-y', '-f', 'png_pipe', '-i', '-', '-c:v', 'libwebp', '-quality', '75'],
      ...['-compression_level', '6', join(folder, `${name}.webp`)],
    ],
    { input: png, stdio: ['pipe', 'inherit', 'inherit'] },
  );
  if (status !== 0) throw new Error(`ffmpeg could not write ${name}.webp`);
}
