// From a camera's sending of a picture to its being on the screen of Chromium, on this machine: through
// a whole NVR and its web interface. And how long it takes to be so again after the network stood still.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { RtspSimulator } from '../../dist/index.js';
import { chromiumPath } from '../../scripts/chromium.mjs';
import { makeCountedClip, readNumber } from './counted-clip.mjs';
import { noteShown } from './shown.mjs';
import { startStallingProxy } from './stalling-proxy.mjs';

const ACCOUNT = { username: 'admin', password: 'a gate of green iron' };
const FRAME_RATE = 25;
const STALL_MS = 2000;
/** Back again: so many pictures in a row, none later than before the stall by more than this. */
const SETTLED_PICTURES = 10;
const SETTLED_WITHIN_MS = 100;
const MOST_AWAITED_MS = 8000;

/** By the names of the setting that has the interface prefer them, with what is asked of them. */
const PLAYERS = [
  { player: 'webcodecs', name: 'WebCodecs', mostMs: 60 },
  { player: 'mse', name: 'MSE', mostMs: 150 },
];
const MOST_RECOVERY_MS = 1000;

/** @param {{ pictures: number, stalls: number, print: Function }} options */
export async function measureLatency({ pictures, stalls, print }) {
  const directory = mkdtempSync(join(tmpdir(), 'fluxvision-bench-'));
  const parts = [];
  try {
    const clip = makeCountedClip({
      ...{ path: join(directory, 'clip.mp4'), width: 1280, height: 704 },
      ...{ frameRate: FRAME_RATE, seconds: 10, bitrate: 2_000_000, grain: 24 },
    });
    const camera = await RtspSimulator.start({ clip, sentLogCapacity: 4000 });
    parts.push(() => camera.close());
    const { port, close } = await startServer(directory, camera.urls);
    parts.push(close);
    const proxy = await startStallingProxy(port);
    parts.push(() => proxy.close());
    const browser = await launchChromium();
    parts.push(() => browser.close());
    for (const each of PLAYERS) {
      const page = await watch(browser, proxy.port, each.player);
      await measurePlayer({ ...each, camera, page, proxy, pictures, stalls, print });
      await page.context().close();
    }
  } finally {
    for (const close of parts.reverse()) await close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measurePlayer({ name, mostMs, camera, page, proxy, pictures, stalls, print }) {
  const ages = await agesOf(camera, page, pictures);
  print(`${name}: camera to screen, p50`, quantile(ages, 0.5), 'ms');
  print(`${name}: camera to screen, p95`, quantile(ages, 0.95), 'ms', { asked: mostMs });
  print(`${name}: pictures shown of ${pictures} sent`, ages.length, 'pictures');
  const times = [];
  for (let i = 0; i < stalls; i++) times.push(await recovery(camera, page, proxy));
  const asked = MOST_RECOVERY_MS;
  print(`${name}: recovery from a stall of 2 s, median`, quantile(times, 0.5), 'ms', { asked });
  print(`${name}: recovery, the slowest of ${stalls}`, Math.max(...times), 'ms', { asked });
}

async function startServer(directory, urls) {
  const settings = {
    storage: join(directory, 'storage'),
    listen: { address: '127.0.0.1', port: 0 },
    allowLoopbackCameras: true,
    passphrase: { env: 'PASSPHRASE' },
  };
  writeFileSync(join(directory, 'nvr.json'), JSON.stringify(settings));
  const server = fork(new URL('nvr.mjs', import.meta.url), {
    env: {
      ...process.env,
      ...{ CAMERA_URLS: JSON.stringify(urls), DIRECTORY: directory },
      ...{ ACCOUNT: JSON.stringify(ACCOUNT), PASSPHRASE: ACCOUNT.password },
    },
  });
  const exited = once(server, 'exit');
  const [said] = await Promise.race([once(server, 'message'), exited]);
  if (typeof said !== 'object') throw new Error('The NVR did not start');
  const close = async () => {
    server.disconnect();
    await exited;
  };
  return { port: said.port, close };
}

async function launchChromium() {
  const args = [
    ...['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-sync'],
    ...['--disable-background-networking', '--disable-component-update'],
    '--autoplay-policy=no-user-gesture-required',
  ];
  return chromium.launch({ executablePath: chromiumPath(), headless: true, args });
}

/** A page of its own that shows the camera, by this player. */
async function watch(browser, port, player) {
  const context = await browser.newContext({
    ...{ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 800 } },
  });
  const page = await context.newPage();
  await page.addInitScript((kind) => localStorage.setItem('fluxvision.player', kind), player);
  await page.goto(`https://localhost:${port}`);
  await page.getByLabel('User name').fill(ACCOUNT.username);
  await page.locator('input[type=password]').fill(ACCOUNT.password);
  await page.locator('button[type=submit]').click();
  await page.waitForURL('**/live');
  await page.locator(`[data-camera=cam1] [data-player="${player}"]`).waitFor();
  await page.evaluate(`(${noteShown})(${readNumber}, '[data-camera=cam1]')`);
  await page.waitForFunction(() => window.takeShown().length > 0);
  // What begins slowly, once: compilers of the page, the buffer of the player.
  await sleep(3000);
  return page;
}

/** Of what is shown while the camera sends so many: how old each was then, in milliseconds. */
async function agesOf(camera, page, pictures) {
  await page.evaluate(() => window.takeShown());
  const shown = [];
  const end = performance.now() + (pictures * 1000) / FRAME_RATE;
  while (performance.now() < end) {
    await sleep(Math.min(2000, end - performance.now()));
    shown.push(...aged(camera, await page.evaluate(() => window.takeShown())));
  }
  return shown.map(({ age }) => age);
}

/** `shown`: numbers and times. A number comes again and again: it is the newest of that time. */
function aged(camera, shown) {
  const sent = camera.sentFrames('/cam1/main').reverse();
  return shown.flatMap(([number, at]) => {
    const frame = sent.find(({ clipIndex, sentAt }) => clipIndex === number && sentAt <= at);
    return frame ? [{ at, age: at - frame.sentAt }] : [];
  });
}

/** Milliseconds from the end of a stall until pictures are as old as before. */
async function recovery(camera, page, proxy) {
  const before = await agesOf(camera, page, FRAME_RATE);
  const settled = quantile(before, 0.5) + SETTLED_WITHIN_MS;
  proxy.stall();
  await sleep(STALL_MS);
  proxy.resume();
  const resumedAt = Date.now();
  const after = [];
  while (Date.now() < resumedAt + MOST_AWAITED_MS) {
    await sleep(500);
    const shown = aged(camera, await page.evaluate(() => window.takeShown()));
    after.push(...shown.filter(({ at }) => at >= resumedAt));
    const back = after.findIndex(
      (_, i) =>
        i + SETTLED_PICTURES <= after.length &&
        after.slice(i, i + SETTLED_PICTURES).every(({ age }) => age <= settled),
    );
    if (back >= 0) return after[back].at - resumedAt;
  }
  return MOST_AWAITED_MS;
}

function quantile(values, part) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}
