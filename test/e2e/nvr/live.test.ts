// From the first start to a wall of moving pictures, as a person sees it in Chromium.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  launchBrowser,
  openForTest,
  type PageFaults,
  shownNumber,
  watchTasks,
} from './support/browser.js';
import {
  type CountedCameras,
  countedCameras,
  firstNumber,
  logIn,
  tileOf,
  until,
} from './support/journey.js';
import { PASSWORD, startNvr, type TestNvr } from './support/nvr.js';

let browser: Browser;
let cameras: CountedCameras;
let nvr: TestNvr;

beforeAll(async () => {
  cameras = await countedCameras(16);
  browser = await launchBrowser();
  nvr = await startNvr({ cameras: cameras.cameras, viewerCameras: ['cam2'] });
});

afterAll(async () => {
  await browser?.close();
  await nvr?.close();
  await cameras?.close();
});

function visibleText(page: Page): Promise<string> {
  return page.locator('body').evaluate((body) => body.textContent);
}

function expectNoFaults({ errors }: PageFaults): void {
  expect(errors).toEqual([]);
}

describe('the first start', () => {
  it('is one click from the printed address to moving pictures', async () => {
    const fresh = await startNvr({ cameras: cameras.cameras.slice(0, 2), accounts: false });
    onTestFinished(() => fresh.close());
    const { page, faults } = await openForTest(browser);
    await page.goto(`${fresh.url}/setup#token=${fresh.setupToken}`);
    await page.getByLabel('User name').fill('kim');
    for (const field of await page.locator('input[type=password]').all())
      await field.fill(PASSWORD);
    await page.locator('button[type=submit]').click();
    const first = await firstNumber(page, tileOf('cam1'));
    await until(async () => (await shownNumber(page, tileOf('cam1'))) !== first, 'another picture');
    expectNoFaults(faults);
  });
});

describe('the live view', () => {
  it('shows sixteen cameras that move, without a long task and without an error', async () => {
    const { page, faults } = await openForTest(browser, { width: 1600, height: 900 });
    await logIn(page, nvr);
    await until(() => counted(16), 'sixteen moving tiles');
    const longestTask = await watchTasks(browser, page);
    const before = await frames();
    await until(async () => {
      const now = await frames();
      return Object.entries(now).every(([id, count]) => count > (before[id] ?? 0) + 10);
    }, 'ten more pictures in each tile');
    const longest = await longestTask();
    expect(longest).toBeLessThan(200);
    expectNoFaults(faults);

    async function frames(): Promise<Record<string, number>> {
      return page.evaluate(() =>
        Object.fromEntries(
          [...document.querySelectorAll<HTMLElement>('[data-camera]')].map((tile) => [
            tile.dataset.camera,
            Number(tile.querySelector<HTMLElement>('[data-frames]')?.dataset.frames ?? 0),
          ]),
        ),
      );
    }
    async function counted(tiles: number): Promise<boolean> {
      return Object.values(await frames()).filter((count) => count > 0).length === tiles;
    }
  });

  it('shows one camera alone after a double click, in its full quality, and all after Escape', async () => {
    const { page } = await openForTest(browser);
    await logIn(page, nvr);
    const tile = page.locator(tileOf('cam1'));
    await firstNumber(page, tileOf('cam1'));
    const quality = () => tile.locator('[data-quality]').first().getAttribute('data-quality');
    expect(await quality()).toMatch(/GRID_VIEW|THUMBNAIL/);
    await tile.dblclick();
    await until(async () => (await quality()) === 'FULLSCREEN', 'the main stream');
    expect((await tile.boundingBox())?.width).toBeGreaterThan(1000);
    await firstNumber(page, tileOf('cam1'));
    expect(await page.locator(tileOf('cam2')).isVisible()).toBe(false);
    await page.keyboard.press('Escape');
    await page.locator(tileOf('cam2')).waitFor({ state: 'visible' });
  });

  it('has nothing of other cameras and no controls for a VIEWER', async () => {
    const { page, faults } = await openForTest(browser);
    await logIn(page, nvr, 'viewer');
    await firstNumber(page, tileOf('cam2'));
    expect(await page.locator('[data-camera]').count()).toBe(1);
    const text = await visibleText(page);
    expect(text).toContain('Camera 2');
    expect(text).not.toContain('Camera 1');
    for (const name of ['Users', 'System', 'Cameras']) {
      expect(await page.getByRole('link', { name, exact: true }).count(), name).toBe(0);
    }
    expectNoFaults(faults);
  });

  it('ends within two seconds when an administrator ends the session', async () => {
    const { page } = await openForTest(browser);
    await logIn(page, nvr, 'operator');
    await firstNumber(page, tileOf('cam1'));
    const victim = nvr.nvr.sessions.sessions().find(({ username }) => username === 'operator');
    const admin = await nvr.login('ADMIN');
    const { status } = await admin.send('DELETE', `/api/system/sessions/${victim?.id}`);
    expect(status).toBe(204);
    await page.getByLabel('User name').waitFor({ timeout: 2000 });
    expect(await page.locator('[data-camera]').count()).toBe(0);
    expect(await visibleText(page)).toMatch(/ended|administrator/i);
  });
});
