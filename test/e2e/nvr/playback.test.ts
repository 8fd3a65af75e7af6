// Footage on the page: where a seek lands, whether cameras stay in step, and what an export holds.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { SentFrame } from '@fluxvision/core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../unit/temporary-directory.js';
import { launchBrowser, openFaultless, shownNumber } from './support/browser.js';
import { type CountedCameras, countedCameras, logIn, until } from './support/journey.js';
import { startNvr, type TestNvr } from './support/nvr.js';

const FRAME_MS = 40;
const GOP_FRAMES = 25;
/** What the issue of a wrong picture would be about: evidence of another moment. */
const TOLERANCE_MS = 200;

let browser: Browser;
let cameras: CountedCameras;
let nvr: TestNvr;
/** A moment that all cameras have footage around, seconds of it. */
let middle: number;

beforeAll(async () => {
  cameras = await countedCameras(4);
  browser = await launchBrowser();
  nvr = await startNvr({ cameras: cameras.cameras });
  const spans = await until(() => {
    const found = cameras.cameras.map((_, index) => recorded(index));
    const long = found.every(
      (own) => own.reduce((ms, s) => ms + s.endTime - s.startTime, 0) > 9000,
    );
    return long && found.map((own) => [own[0]?.startTime ?? 0, own.at(-1)?.endTime ?? 0] as const);
  }, 'nine seconds of each camera');
  const from = Math.max(...spans.map(([start]) => start));
  const to = Math.min(...spans.map(([, end]) => end));
  middle = Math.round((from + to) / 2);
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await nvr?.close();
  await cameras?.close();
});

function recorded(index: number) {
  return nvr.nvr.recorder.index.segments({ cameraId: `cam${index + 1}`, stream: 0 });
}

async function openPlayback(ids: string[], at: number): Promise<Page> {
  const page = await openFaultless(browser);
  await logIn(page, nvr);
  await page.goto(`${nvr.url}/playback?cameras=${ids.join()}&at=${at}`);
  return page;
}

function figureOf(index: number): string {
  return `figure:has([aria-label="Camera ${index + 1}"])`;
}

/**
 * UTC milliseconds at which a camera sent the picture that is shown. The clip begins anew every eight
 * seconds: of several moments it is the one next to the position that the page says.
 */
async function shownTime(page: Page, index: number): Promise<number | undefined> {
  const near = await positionOf(page, index);
  const number = await shownNumber(page, figureOf(index));
  if (number === undefined) return undefined;
  const distance = ({ sentAt }: SentFrame) => Math.abs(sentAt - near);
  const own = cameras.sent(index).filter(({ clipIndex }) => clipIndex === number);
  return own.sort((a, b) => distance(a) - distance(b))[0]?.sentAt;
}

/** Of the camera's picture, as the page says. */
async function positionOf(page: Page, index: number): Promise<number> {
  const text = await page
    .locator(`${figureOf(index)} [data-position]`)
    .getAttribute('data-position');
  return Number(text);
}

async function pause(page: Page): Promise<void> {
  const button = page.getByRole('button', { name: /^(Pause|Play) / });
  if ((await button.getAttribute('aria-label'))?.startsWith('Pause')) await button.click();
}

describe('a seek', () => {
  it('lands on the picture of that moment, by address, by keyboard and by the timeline', async () => {
    const page = await openPlayback(['cam1'], middle);
    await until(() => shownTime(page, 0), 'a picture');
    await pause(page);
    const check = async (moved: (position: number) => boolean, what: string) => {
      const position = await until(async () => {
        const now = await positionOf(page, 0);
        const shown = await shownTime(page, 0);
        const isRight = shown !== undefined && Math.abs(shown - now) <= TOLERANCE_MS;
        return moved(now) && isRight && now;
      }, what);
      return position;
    };
    const first = await check(() => true, 'the picture of the position');
    await page.getByRole('slider').first().focus();
    await page.keyboard.press('ArrowLeft');
    await check((now) => now < first, 'an earlier picture');
    await page.goto(`${nvr.url}/playback?cameras=cam1&at=${middle - 2000}`);
    await until(() => shownTime(page, 0), 'a picture');
    await pause(page);
    await check((now) => now >= middle - 2000 - FRAME_MS, 'the picture two seconds earlier');
  });
});

describe('four cameras', () => {
  it('play in step', async () => {
    const page = await openPlayback(['cam1', 'cam2', 'cam3', 'cam4'], middle - 3000);
    const all = [0, 1, 2, 3];
    const shown = async () => {
      const times = await Promise.all(all.map((index) => shownTime(page, index)));
      return times.every((time) => time !== undefined) && (times as number[]);
    };
    const begun = await until(shown, 'pictures of all four');
    await until(async () => {
      const now = (await shown()) || undefined;
      return now?.every((time, index) => time > (begun[index] ?? 0) + 500);
    }, 'all four to go on');
    await pause(page);
    const halted = await until(async () => {
      const now = await shown();
      const again = await shown();
      return now && again && `${now}` === `${again}` && now;
    }, 'all four to stand still');
    expect(Math.max(...halted) - Math.min(...halted)).toBeLessThanOrEqual(TOLERANCE_MS);
  });
});

describe('an export', () => {
  it('is made and downloaded on the page, with every frame of the range', async () => {
    const page = await openPlayback(['cam1'], middle - 2000);
    await until(() => shownTime(page, 0), 'a picture');
    await pause(page);
    await page.keyboard.press('[');
    const from = await positionOf(page, 0);
    await page.getByRole('slider').first().focus();
    await page.keyboard.press('ArrowRight');
    await until(async () => (await positionOf(page, 0)) > from + 500, 'a later picture');
    await page.keyboard.press(']');
    await page.getByRole('button', { name: 'Export', exact: true }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('Case 42');
    const recordedBefore = recorded(0).at(-1)?.endTime ?? 0;
    await dialog.getByRole('button', { name: 'Export', exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page.getByRole('link', { name: 'Exports', exact: true }).click();
    const link = page.locator('a[download$=".mp4"]');
    await link.waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
    const file = join(temporaryDirectory(), 'clip.mp4');
    await download.saveAs(file);
    const frames = Number(
      execFileSync(
        'ffprobe',
        [
          ...['-v', 'error', '-count_frames', '-select_streams', 'v:0'],
          ...['-show_entries', 'stream=nb_read_frames', '-of', 'csv=p=0', file],
        ],
        { encoding: 'utf8' },
      ),
    );
    const [job] = (await (await nvr.login('ADMIN')).send('GET', '/api/exports')).json.items;
    const recordedUntil = Math.min(job.end, recordedBefore) - FRAME_MS;
    const sent = (end: number) =>
      cameras.sent(0).filter(({ sentAt }) => sentAt >= job.start && sentAt < end).length;
    expect(frames).toBeGreaterThanOrEqual(sent(recordedUntil));
    // It begins at a key frame, as nothing is encoded again, and may hold what was just written.
    expect(frames).toBeLessThanOrEqual(sent(job.end) + GOP_FRAMES + 2);
  });
});
