// H.265 where the browser shows it, the H.264 sub stream, told honestly, where it does not, and pictures
// that are decoded in another order than they are shown in.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { readNumber } from '../../support/counted-clip.js';
import { launchBrowser, openForTest } from './support/browser.js';
import { FirefoxPage } from './support/firefox.js';
import { type CountedCameras, countedCameras, logIn, tileOf, until } from './support/journey.js';
import { PASSWORD, startNvr, type TestNvr } from './support/nvr.js';

const SECONDS = 4;
/** Of main streams, and of sub streams, which {@link countedCameras} makes longer. */
const LOOP = { main: SECONDS * 25, sub: 8 * 25 };
const RECORDING = { mode: 'continuous', preRollSeconds: 5, postRollSeconds: 10 } as const;

const simulated: CountedCameras[] = [];
let nvr: TestNvr;
let chromium: Browser;
let firefox: FirefoxPage;

beforeAll(async () => {
  const [both, reordered] = [
    await countedCameras(2, { codec: 'libx265', seconds: SECONDS }),
    await countedCameras(1, { bFrames: 3, seconds: SECONDS }),
  ];
  simulated.push(both, reordered);
  const [recorded, mainOnly] = both.cameras.map((camera, i) => ({
    ...camera,
    recording: { ...RECORDING, subStream: i === 0 },
  }));
  const bFrames = reordered.cameras.map((camera) => ({ ...camera, id: 'cam3', name: 'Camera 3' }));
  nvr = await startNvr({
    cameras: [recorded, mainOnly, ...bFrames].filter((camera) => camera !== undefined),
  });
  [chromium, firefox] = await Promise.all([launchBrowser(), FirefoxPage.open()]);
}, 120_000);

afterAll(async () => {
  await chromium?.close();
  await firefox?.close();
  await nvr?.close();
  await Promise.all(simulated.map((cameras) => cameras.close()));
});

/** What a page is asked for: numbers of pictures as they follow each other, and how wide they are. */
interface Followed {
  numbers: number[];
  width: number;
}

/** An expression for a page: the next `count` pictures inside of `selector`. */
function following(selector: string, count = 25): string {
  return `(${follow})(${JSON.stringify(selector)}, ${count}, ${readNumber})`;
}

function follow(selector: string, count: number, read: typeof readNumber): Promise<Followed> {
  const [wide, high] = [160, 88];
  const context = new OffscreenCanvas(wide, high).getContext('2d', { willReadFrequently: true });
  const numbers: number[] = [];
  return new Promise((resolve) => {
    const look = () => {
      const source = document.querySelector(selector)?.querySelector('canvas, video');
      const isVideo = source instanceof HTMLVideoElement;
      if (!context || !(isVideo || source instanceof HTMLCanvasElement)) {
        requestAnimationFrame(look);
        return;
      }
      const width = isVideo ? source.videoWidth : source.width;
      if (width > 0) context.drawImage(source, 0, 0, wide, high);
      const number = read(context.getImageData(0, 0, wide, high / 4).data, wide, high);
      if (width > 0 && number !== undefined && number !== numbers.at(-1)) numbers.push(number);
      if (numbers.length < count) requestAnimationFrame(look);
      else resolve({ numbers, width });
    };
    look();
  });
}

/** None is shown before one that comes before it; the clip begins anew with 0. */
function expectInOrder(numbers: readonly number[], loop: number): void {
  for (const [i, number] of numbers.slice(1).entries()) {
    const step = (number - (numbers[i] ?? 0) + loop) % loop;
    expect(step, `${numbers}`).toBeGreaterThan(0);
    expect(step, `${numbers}`).toBeLessThan(loop / 2);
  }
}

/** UTC milliseconds of which all that is recorded has pictures, and three seconds more. */
function recordedMoment(): Promise<number> {
  return until(() => {
    const first = [
      ['cam1', 0],
      ['cam1', 1],
      ['cam2', 0],
      ['cam3', 0],
    ].map(
      ([cameraId, stream]) =>
        nvr.nvr.recorder.index.segments({
          cameraId: cameraId as string,
          stream: stream as number,
        })[0],
    );
    const from = Math.max(...first.map((segment) => segment?.startTime ?? Infinity)) + 500;
    return first.every((segment) => (segment?.endTime ?? 0) > from + 3000) && from;
  }, 'footage of all cameras');
}

async function openChromium(path: string) {
  // Tiles as wide as the pictures of the main streams: none is painted larger than it is seen.
  const { page } = await openForTest(chromium, { width: 1600 });
  await logIn(page, nvr);
  if (path !== '/live') await page.goto(`${nvr.url}${path}`);
  const next = (selector: string) => page.evaluate<Followed>(following(selector));
  return { page, next };
}

const login = () => `fetch('/api/auth/login', {
  method: 'POST', headers: { 'content-type': 'application/json' },
  body: ${JSON.stringify(JSON.stringify({ username: 'admin', password: PASSWORD }))},
}).then((answer) => answer.status)`;

describe('live', () => {
  it('Firefox, which plays H.265, shows the main stream', async () => {
    await firefox.goto(nvr.url);
    expect(await firefox.evaluate(login())).toBe(200);
    await firefox.goto(`${nvr.url}/live`);
    const tile = `document.querySelector('${tileOf('cam1')}')`;
    await firefox.waitFor(`${tile}?.querySelector('[data-player]')?.dataset.player`);
    await firefox.evaluate(`${tile}.dispatchEvent(new MouseEvent('dblclick', { bubbles: true }))`);
    await firefox.waitFor(
      `${tile}.querySelector('[data-quality]').dataset.quality === 'FULLSCREEN'`,
    );
    await firefox.waitFor(`${tile}.querySelector('video')?.videoWidth === 640`);
    const { numbers, width } = await firefox.evaluate<Followed>(following(tileOf('cam1')));
    expect(width).toBe(640);
    expectInOrder(numbers, LOOP.main);
  });

  it('Chromium, which does not, shows the H.264 sub stream, and says so', async () => {
    const { page, next } = await openChromium('/live');
    const tile = page.locator(tileOf('cam1'));
    await next(tileOf('cam1'));
    await tile.dblclick();
    await tile.getByText('This browser does not show H.265', { exact: false }).waitFor();
    const { numbers } = await next(tileOf('cam1'));
    expectInOrder(numbers, LOOP.sub);
  });

  it('Chromium shows reordered pictures in their order', async () => {
    const { page, next } = await openChromium('/live');
    await page.locator(tileOf('cam3')).dblclick();
    const player = page.locator(`${tileOf('cam3')} [data-quality]`);
    await until(async () => (await player.getAttribute('data-quality')) === 'FULLSCREEN');
    const { numbers } = await next(tileOf('cam3'));
    expectInOrder(numbers, Math.min(LOOP.main, LOOP.sub));
  });
});

const figureOf = (number: number) => `figure:has([aria-label="Camera ${number}"])`;

describe('playback', () => {
  it('Firefox shows the recorded H.265', async () => {
    await firefox.goto(`${nvr.url}/playback?cameras=cam1&at=${await recordedMoment()}`);
    await firefox.waitFor(`document.querySelector('${figureOf(1)} video')?.videoWidth`);
    const { numbers, width } = await firefox.evaluate<Followed>(following(figureOf(1)));
    expect(width).toBe(640);
    expectInOrder(numbers, LOOP.main);
  });

  it('Chromium shows of each camera what it can, says why, and what to do', async () => {
    const at = await recordedMoment();
    const { page, next } = await openChromium(`/playback?cameras=cam1,cam2,cam3&at=${at}`);
    const [recorded, mainOnly, reordered] = await Promise.all([
      next(figureOf(1)),
      page.locator(figureOf(2)).getByText('Use a browser that shows H.265').textContent(),
      next(figureOf(3)),
    ]);
    expect(recorded?.width).toBe(320);
    expectInOrder(recorded?.numbers ?? [], LOOP.sub);
    expect(mainOnly).toContain('export');
    expect(reordered?.width).toBe(640);
    expectInOrder(reordered?.numbers ?? [], LOOP.main);
    const honest = 'This browser does not show H.265';
    await page.locator(figureOf(1)).getByText(honest).waitFor();
    expect(await page.locator(figureOf(3)).getByText(honest).count()).toBe(0);
  });
});

describe('sealed pictures', () => {
  it('Firefox opens them, live and played back', async () => {
    const prefer = (sealedPictures: boolean) => `fetch('/api/account/preferences', {
      method: 'PUT', headers: { 'content-type': 'application/json' },
      body: '${JSON.stringify({ sealedPictures })}',
    }).then((answer) => answer.ok)`;
    expect(await firefox.evaluate(prefer(true))).toBe(true);
    onTestFinished(async () => void (await firefox.evaluate(prefer(false))));
    const tile = tileOf('cam1');
    await firefox.goto(`${nvr.url}/live`);
    const { numbers } = await firefox.evaluate<Followed>(following(tile, 10));
    expect(new Set(numbers).size).toBeGreaterThan(5);
    await firefox.evaluate(
      `document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'i', bubbles: true })), 1`,
    );
    const told = `document.querySelector('${tile} [data-sealed]')?.textContent`;
    expect(await firefox.waitFor<string>(told)).toContain('ARIA-256');

    await firefox.goto(`${nvr.url}/playback?cameras=cam1&at=${await recordedMoment()}`);
    const played = await firefox.evaluate<Followed>(following(figureOf(1), 10));
    expectInOrder(played.numbers, LOOP.main);
    const mark = '[aria-label^="Pictures are encrypted with ARIA-256"]';
    await firefox.waitFor(`document.querySelector('${mark}') !== null`);
  });
});
