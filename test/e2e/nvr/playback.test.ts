// Footage on the page: where a seek lands, whether cameras stay in step, what single steps, speeds and a
// cut connection do, and what an export holds. One storage and one page for all.
import { join } from 'node:path';
import { SegmentReader } from '@fluxvision/core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { countDecodedFrames } from '../../unit/clip.js';
import {
  launchBrowser,
  openPage,
  type PageFaults,
  shownNumbers,
  watchTasks,
} from './support/browser.js';
import { type CuttingProxy, cuttingProxy } from './support/cutting-proxy.js';
import { type CountedFootage, countedFootage } from './support/footage.js';
import { downloaded, exportMarked, logIn, until } from './support/journey.js';
import { startNvr, type TestNvr } from './support/nvr.js';

const FRAME_MS = 40;
const GOP_FRAMES = 25;
/** What the issue of a wrong picture would be about: evidence of another moment. */
const TOLERANCE_MS = 200;
const SIXTEEN = Array.from({ length: 16 }, (_, index) => index);
/** The camera with B frames. */
const REORDERED = 15;
/** The one that was recorded again, a few seconds later. */
const HOLED = 14;

let browser: Browser;
let footage: CountedFootage;
let nvr: TestNvr;
let proxy: CuttingProxy;
let page: Page;
let faults: PageFaults;
/** That all cameras have footage of, UTC milliseconds. */
let start: number;

beforeAll(async () => {
  [browser, footage] = await Promise.all([
    launchBrowser(),
    countedFootage({ plain: 15, withBFrames: 1 }, [{ seconds: 4 }, { seconds: 3, of: [HOLED] }]),
  ]);
  start = footage.spans[0]?.start ?? Number.NaN;
  nvr = await startNvr({ storage: footage.storage, cameras: footage.cameras });
  proxy = await cuttingProxy(nvr.port);
  ({ page, faults } = await openPage(browser, { width: 1280, height: 800 }));
  // What decodes on the page's own thread; workers have a class of their own.
  await page.addInitScript(`
    globalThis.decodersOfThePage = 0;
    globalThis.VideoDecoder = class extends VideoDecoder {
      constructor(init) { super(init); globalThis.decodersOfThePage += 1; }
    };
    globalThis.workersOfThePage = [];
    globalThis.Worker = class extends Worker {
      constructor(...of) { super(...of); globalThis.workersOfThePage.push(this); }
    };
  `);
  await logIn(page, { ...nvr, url: `https://localhost:${proxy.port}` });
}, 120_000);

afterEach(() => {
  expect(faults.errors.splice(0)).toEqual([]);
});

afterAll(async () => {
  await browser?.close();
  await proxy?.close();
  await nvr?.close();
  footage?.remove();
});

const figureOf = (index: number) => `figure:has([aria-label="Camera ${index + 1}"])`;

interface Shown {
  /** Of the clip's picture. */
  number: number;
  /** As the page says, UTC milliseconds. */
  position: number;
}

/** Of the pictures on the screens, as the page says; 0 where there is none yet. */
async function positions(indexes: readonly number[]): Promise<number[]> {
  const selectors = indexes.map((index) => `${figureOf(index)} canvas`);
  return page.evaluate(
    (all) =>
      all.map((one) => Number(document.querySelector<HTMLElement>(one)?.dataset.position ?? 0)),
    selectors,
  );
}

/** Undefined until all of them show a picture. */
async function shown(indexes: readonly number[]): Promise<Shown[] | undefined> {
  const all = await shownNumbers(page, indexes.map(figureOf));
  const isWhole = all.every(({ number, position }) => number !== undefined && position > 0);
  return isWhole ? (all as Shown[]) : undefined;
}

/** When the camera sent the picture with that number; of several times the one next to `near`. */
function sentAt(index: number, number: number, near: number): number {
  const distances = footage
    .sent(index)
    .filter(({ clipIndex }) => clipIndex === number)
    .map((frame) => frame.sentAt)
    .sort((a, b) => Math.abs(a - near) - Math.abs(b - near));
  return distances[0] ?? Number.NaN;
}

/** Pictures of a camera's newest segment, as they are shown: UTC milliseconds. */
async function newestPictures(cameraId: string): Promise<number[]> {
  const segment = nvr.nvr.recorder.index.segments({ cameraId }).at(-1);
  if (!segment) throw new Error('There is no footage.');
  const { startTime } = segment;
  const path = join(footage.storage, segment.filePath);
  await using reader = await SegmentReader.open({ path, keys: nvr.nvr.keys, cameraId, startTime });
  const times: number[] = [];
  for await (const { timestamp } of reader.packets()) times.push(startTime + timestamp / 1000);
  return times.sort((a, b) => a - b);
}

/** Plays, from that moment on. */
async function open(indexes: readonly number[], at: number): Promise<void> {
  const ids = indexes.map((index) => `cam${index + 1}`).join();
  await page.goto(`https://localhost:${proxy.port}/playback?cameras=${ids}&at=${Math.round(at)}`);
  await passes(indexes, 0, 1);
}

const phase = () => page.locator('[data-phase]').getAttribute('data-phase');
const clock = async () => Number(await page.locator('[data-clock]').getAttribute('data-position'));
const speed = (factor: number) => page.getByLabel('Speed').selectOption(`${factor}`);

/** All of them are beyond that moment. */
async function passes(indexes: readonly number[], at: number, direction: 1 | -1): Promise<void> {
  await until(
    async () => (await positions(indexes)).every((one) => (one - at) * direction > 0),
    `cameras at ${at - start} ms`,
  );
}

async function pause(): Promise<void> {
  if (!/^(paused|ended)$/.test((await phase()) ?? '')) await page.keyboard.press('k');
  await until(async () => (await phase()) === 'paused', 'a pause');
}

/**
 * The clock stands: resolves when every tile shows the very picture of its moment. It has come to stay,
 * and is the one that the number in the picture says.
 */
async function still(indexes: readonly number[]): Promise<Shown[]> {
  const all = await until(async () => {
    const at = await clock();
    // The clock is told in whole milliseconds.
    const isThere = (one: number) => one <= at + 1 && at - one <= FRAME_MS + 1;
    if (!(await positions(indexes)).every(isThere)) return undefined;
    const now = await shown(indexes);
    return now?.every(({ position }) => isThere(position)) && at === (await clock()) && now;
  }, 'the pictures of where the clock stands');
  const times = all.map(({ number, position }, i) => sentAt(indexes[i] ?? 0, number, position));
  times.forEach((time, i) => {
    expect(Math.abs(time - (all[i]?.position ?? 0))).toBeLessThanOrEqual(TOLERANCE_MS);
  });
  return all;
}

/** Draws the pointer over the timeline, a few seconds of it, and lifts it inside of the footage. */
async function scrubAcross(): Promise<void> {
  const slider = page.getByRole('slider', { name: 'Position' });
  await slider.focus();
  for (let i = 0; i < 12; i++) await page.keyboard.press('+');
  const box = await page.getByRole('region', { name: 'Timeline' }).boundingBox();
  if (!box) throw new Error('no timeline');
  const value = async (name: string) => Number(await slider.getAttribute(name));
  const [from, to] = [await value('aria-valuemin'), await value('aria-valuemax')];
  const xOf = (time: number) => box.x + ((time - from) / (to - from)) * box.width;
  const y = box.y + 6;
  await page.mouse.move(xOf(await clock()), y);
  await page.mouse.down();
  for (const ms of [1000, 2500, 3500, 1500]) {
    await page.mouse.move(xOf(start + ms), y, { steps: 3 });
  }
  await page.mouse.up();
  const lifted = async () => Math.abs((await clock()) - start - 1500) < 500;
  await until(lifted, 'the moment at which the pointer was lifted');
}

describe('sixteen cameras', () => {
  it('show the same moment where they stop, in step, and leave the page its thread', async () => {
    await open(SIXTEEN, start + 500);
    const longestTask = await watchTasks(browser, page);
    await passes(SIXTEEN, start + 1000, 1);
    await pause();
    await still(SIXTEEN);
    await page.keyboard.press('k');
    await speed(4);
    await passes(SIXTEEN, start + 3000, 1);
    await pause();
    await still(SIXTEEN);
    const before = await clock();
    await page.keyboard.press('.');
    await until(async () => (await clock()) > before, 'a step');
    await still(SIXTEEN);
    expect((await clock()) - before).toBeLessThanOrEqual(FRAME_MS + 1);
    expect(await longestTask()).toBeLessThan(200);
    expect(await page.evaluate('decodersOfThePage')).toBe(0);
  });
});

describe('single pictures', () => {
  it.each([
    ['as they were taken', 0],
    ['with B frames', REORDERED],
  ])('%s: each key goes on or back by exactly one', async (_, index) => {
    await open([index], start + 2000);
    await pause();
    const [{ number: begun = 0 } = {}] = await still([index]);
    const goes = (steps: number) =>
      until(async () => (await shown([index]))?.[0]?.number === begun + steps, `step ${steps}`);
    for (const steps of [1, 2, 3]) {
      await page.keyboard.press('.');
      await goes(steps);
    }
    for (const steps of [2, 1, 0, -1]) {
      await page.keyboard.press(',');
      await goes(steps);
    }
    // Quicker than pictures come.
    for (let i = 0; i < 6; i++) await page.keyboard.press('.');
    await goes(5);
    for (let i = 0; i < 3; i++) await page.keyboard.press(',');
    await goes(2);
    await still([index]);
    await page.keyboard.press('k');
    await passes([index], await clock(), 1);
  });

  it('go on to the last one, though it was decoded before others', async () => {
    await open([REORDERED], start + 3000);
    await pause();
    await page.getByRole('slider', { name: 'Position' }).press('End');
    const [third, second, last] = (await newestPictures('cam16')).slice(-3);
    const goes = (time: number | undefined) =>
      until(async () => (await positions([REORDERED]))[0] === time, `the picture of ${time}`);
    await goes(last);
    for (const time of [second, third]) {
      await page.keyboard.press(',');
      await goes(time);
    }
    for (let i = 0; i < 2; i++) await page.keyboard.press('.');
    // Half a minute behind the end of the footage nothing more is awaited.
    await goes(last);
    await until(async () => (await phase()) === 'ended', 'the end');
    await page.keyboard.press(',');
    await goes(second);
    await page.keyboard.press('k');
    await goes(last);
    await until(async () => (await phase()) === 'ended', 'the end again');
  });
});

describe('a seek', () => {
  it('lands on the picture of that moment, by address, keys, field and pointer', async () => {
    await open([0], start + 3000);
    await pause();
    await still([0]);
    const slider = page.getByRole('slider', { name: 'Position' });
    const own = nvr.nvr.recorder.index.segments({ cameraId: 'cam1' });
    const goesTo = async (time: number) => {
      await until(async () => Math.abs((await clock()) - time) < 1000, `${time - start} ms`);
      await still([0]);
    };
    await slider.press('Home');
    await goesTo(own[0]?.startTime ?? 0);
    await slider.press('End');
    await goesTo(own.at(-1)?.endTime ?? 0);
    // Of the browser's zone, which is this machine's.
    const local = new Date(start + 2000 - new Date().getTimezoneOffset() * 60_000);
    await page.getByLabel('Go to').fill(local.toISOString().slice(0, 19).replace('T', ' '));
    await page.getByLabel('Go to').press('Enter');
    await goesTo(start + 2000);
    await scrubAcross();
    await still([0]);
  });
});

describe('what plays', () => {
  it('goes at every speed, forwards and backwards', async () => {
    await open([0], start + 500);
    const slider = page.getByRole('slider', { name: 'Position' });
    for (const [factor, from, by] of [
      [0.5, 'Home', 300],
      [2, 'Home', 1000],
      [16, 'Home', 3000],
      [-2, 'End', -1200],
      [-16, 'End', -3000],
    ] as const) {
      await pause();
      // Also where the picture of that moment was left out on the way.
      await still([0]);
      await slider.press(from);
      const [{ position = 0 } = {}] = await still([0]);
      await speed(factor);
      await page.getByRole('button', { name: /^Play / }).click();
      await passes([0], position + by, by > 0 ? 1 : -1);
    }
    await pause();
    await still([0]);
  });

  it('goes on at its place when the connection was cut', async () => {
    await open([0, 1], start + 500);
    await speed(0.5);
    const before = await clock();
    proxy.cut();
    await until(async () => (await phase()) === 'connecting', 'the loss');
    await until(async () => (await phase()) === 'playing', 'the connection');
    expect(Math.abs((await clock()) - before)).toBeLessThan(1500);
    await passes([0, 1], before + 500, 1);
    await pause();
    await still([0, 1]);
    faults.errors = faults.errors.filter((text) => !/WebSocket|ERR_/.test(text));
  });
});

describe('a hole in the footage', () => {
  it('is jumped over, forwards and backwards, and a seek into it comes out behind it', async () => {
    const [before, behind] = footage.spans;
    if (!before || !behind) throw new Error('There is no hole.');
    const middle = (before.end + behind.start) / 2;
    await open([HOLED], before.end - 1000);
    await passes([HOLED], behind.start + 500, 1);
    await pause();
    await still([HOLED]);
    await speed(-2);
    await page.getByRole('button', { name: /^Play / }).click();
    await passes([HOLED], middle, -1);
    await pause();
    await still([HOLED]);

    await open([HOLED], middle);
    await pause();
    const [{ position = 0 } = {}] = await still([HOLED]);
    expect(position - behind.start).toBeLessThan(1500);
    expect(position).toBeGreaterThan(middle);
    // Back to the first one behind it, and then to the last one in front of it.
    for (let at = position; at > middle; ) {
      expect(at).toBeGreaterThanOrEqual(behind.start - 1);
      await page.keyboard.press(',');
      const shownBefore = at;
      await until(
        async () => (await positions([HOLED])).every((one) => one < shownBefore),
        'a step back',
      );
      [{ position: at = 0 } = {}] = await still([HOLED]);
    }
    await page.keyboard.press('.');
    await passes([HOLED], middle, 1);
    await still([HOLED]);
  });
});

describe('decoding', () => {
  it('goes on where it was when its worker broke', async () => {
    await open([0, 1], start + 500);
    await passes([0, 1], start + 1000, 1);
    await pause();
    const before = await still([0, 1]);
    // None of its own messages: it throws.
    await page.evaluate('for (const worker of workersOfThePage) worker.postMessage(null)');
    await until(async () => (await positions([0, 1])).includes(0), 'the loss');
    expect(await still([0, 1])).toEqual(before);
    await page.keyboard.press('k');
    await passes([0, 1], (await clock()) + 300, 1);
    await pause();
    await still([0, 1]);
    expect(faults.errors.filter((text) => !/TypeError/.test(text))).toEqual([]);
    faults.errors = [];
  });
});

describe('an export', () => {
  it('is made and downloaded on the page, with every frame of the range', async () => {
    await open([0], start + 1000);
    await pause();
    await page.keyboard.press('[');
    await page.getByRole('slider', { name: 'Position' }).press('End');
    await until(async () => (await clock()) > start + 3000, 'the end');
    await page.keyboard.press(']');
    await exportMarked(page, 'Case 42');
    const link = page.locator('a[download$=".mp4"]');
    await link.waitFor();
    const file = await downloaded(page, link);
    const [job] = (await (await nvr.login('ADMIN')).send('GET', '/api/exports')).json.items;
    const sent = (from: number, to: number) =>
      footage.sent(0).filter(({ sentAt }) => sentAt >= from && sentAt < to).length;
    expect(countDecodedFrames(file)).toBeGreaterThanOrEqual(
      sent(job.start + FRAME_MS, job.end - FRAME_MS),
    );
    // It begins at a key frame, as nothing is encoded again.
    expect(countDecodedFrames(file)).toBeLessThanOrEqual(sent(job.start, job.end) + GOP_FRAMES + 2);
  });
});
