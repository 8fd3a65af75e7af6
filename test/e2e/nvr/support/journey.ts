// What the browser's journeys have in common: cameras that count, a browser, and how to log in.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RtspSimulator, type SentFrame } from '@fluxvision/core';
import type { Locator, Page } from 'playwright-core';
import { type CountedClipOptions, makeCountedClip } from '../../../support/counted-clip.js';
import { temporaryDirectory } from '../../../unit/temporary-directory.js';
import { shownNumber } from './browser.js';
import { PASSWORD, type TestNvr } from './nvr.js';

/** Cameras whose pictures tell their number; each of 8 seconds, again and again. */
export interface CountedCameras {
  cameras: { id: string; name: string; url: string; subUrl: string }[];
  /** What camera `index` sent last, oldest first. */
  sent(index: number, stream?: 'main' | 'sub'): SentFrame[];
  /** How many pictures it sent in all. */
  sentCount(index: number, stream?: 'main' | 'sub'): number;
  /** Drops every connection, as cameras do that lose power. */
  disconnectAll(): void;
  close(): Promise<void>;
}

export async function countedCameras(
  count: number,
  main: Partial<CountedClipOptions> = {},
): Promise<CountedCameras> {
  const directory = mkdtempSync(join(tmpdir(), 'fluxvision-counted-'));
  const clip = makeCountedClip({ ...main, path: join(directory, 'main.mp4') });
  const sub = { width: 320, height: 176, frameRate: main.frameRate ?? 25 };
  const subClip = makeCountedClip({ ...sub, path: join(directory, 'sub.mp4') });
  const simulator = await RtspSimulator.start({
    ...{ clip, subClip, cameras: count, sentLogCapacity: 2000 },
  });
  return {
    cameras: Array.from({ length: count }, (_, i) => ({
      ...{ id: `cam${i + 1}`, name: `Camera ${i + 1}` },
      ...{ url: simulator.urls[i] ?? '', subUrl: simulator.subUrls[i] ?? '' },
    })),
    sent: (index, stream = 'main') => simulator.sentFrames(`/cam${index + 1}/${stream}`),
    sentCount: (index, stream = 'main') =>
      simulator.stats().find(({ path }) => path === `/cam${index + 1}/${stream}`)?.framesSent ?? 0,
    disconnectAll: () => simulator.disconnectAll(),
    close: async () => {
      await simulator.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Logs in by the page. The account's name is the role in small letters. */
export async function logIn(
  page: Page,
  nvr: Pick<TestNvr, 'url'>,
  username = 'admin',
): Promise<void> {
  await page.goto(nvr.url);
  await page.locator('input[name=username]').fill(username);
  await page.locator('input[type=password]').fill(PASSWORD);
  await page.locator('button[type=submit]').click();
  await page.waitForURL('**/live');
}

/** The tile of a camera in the live view. */
export function tileOf(cameraId: string): string {
  return `[data-camera="${cameraId}"]`;
}

/** Resolves when the picture inside of `selector` tells a number, with it. */
export async function firstNumber(page: Page, selector: string): Promise<number> {
  return until(() => shownNumber(page, selector));
}

/** Resolves with what `ask` gives as soon as that is something. */
export async function until<T>(
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  what = 'what was waited for',
  timeoutMs = 30_000,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > end) throw new Error(`In ${timeoutMs} ms ${what} did not come`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** On the page of playback: what is marked there, by its keys; goes on to the page of exports. */
export async function exportMarked(page: Page, reason: string): Promise<void> {
  await page.keyboard.press('x');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reason').fill(reason);
  await dialog.getByRole('button', { name: 'Export', exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByRole('link', { name: 'Exports', exact: true }).click();
}

/** What a link leads to, in a file that goes with the test. */
export async function downloaded(page: Page, link: Locator): Promise<string> {
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
  const file = join(temporaryDirectory(), 'clip.mp4');
  await download.saveAs(file);
  return file;
}
