// What a person does without a mouse, and what follows a user to another browser.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, openForTest } from './support/browser.js';
import { type CountedCameras, countedCameras, logIn, tileOf, until } from './support/journey.js';
import { PASSWORD, startNvr, type TestNvr } from './support/nvr.js';

let browser: Browser;
let cameras: CountedCameras;
let nvr: TestNvr;

beforeAll(async () => {
  cameras = await countedCameras(4);
  browser = await launchBrowser();
  nvr = await startNvr({ cameras: cameras.cameras });
});

afterAll(async () => {
  await browser?.close();
  await nvr?.close();
  await cameras?.close();
});

describe('a keyboard', () => {
  it('goes from the login to a camera in full screen and on to a dialog and back', async () => {
    const { page, faults } = await openForTest(browser);
    const press = (...keys: string[]) => pressAll(page, keys);
    await page.goto(nvr.url);
    await until(() => page.evaluate(() => document.activeElement?.matches('[name=username]')));
    await page.keyboard.type('admin');
    await press('Tab');
    await page.keyboard.type(PASSWORD);
    await press('Enter');
    await page.locator(tileOf('cam4')).waitFor();

    await press('ArrowRight', 'ArrowRight', 'ArrowDown');
    expect(await focusedCamera(page)).toBe('cam4');
    await press('Enter');
    await page.locator(tileOf('cam1')).waitFor({ state: 'hidden' });
    await press('f');
    await until(() => page.evaluate(() => document.fullscreenElement !== null), 'full screen');
    await press('f', 'Escape');
    await page.locator(tileOf('cam1')).waitFor({ state: 'visible' });
    expect(await focusedCamera(page)).toBe('cam4');

    await tabTo(page, 'Cameras', 'Shift+Tab');
    await press('Enter');
    await page.getByRole('heading', { name: 'Cameras', level: 1 }).waitFor();
    await tabTo(page, 'Add cameras');
    await press('Enter');
    await page.waitForURL('**/cameras/add');
    await tabTo(page, 'Search the network');

    await tabTo(page, 'Users', 'Shift+Tab');
    await press('Enter');
    await tabTo(page, 'Add user');
    await press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    for (let i = 0; i < 40; i += 1) {
      await press('Tab');
      expect(await dialog.evaluate((box) => box.contains(document.activeElement)), `${i}`).toBe(
        true,
      );
    }
    await press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await until(async () => (await focusedName(page)) === 'Add user', 'the focus');
    expect(faults.errors).toEqual([]);
  });

  it('moves a camera to another tile', async () => {
    const { page } = await openForTest(browser);
    await logIn(page, nvr);
    await page.locator(tileOf('cam4')).waitFor();
    expect(await order(page)).toEqual(['cam1', 'cam2', 'cam3', 'cam4']);
    await page.locator(tileOf('cam1')).focus();
    await tabTo(page, 'Move Camera 1 to another tile');
    await pressAll(page, ['Space']);
    await until(() => said(page, 'Camera 1 lifted'), 'that it is lifted');
    await pressAll(page, ['ArrowRight']);
    await until(() => said(page, 'Over Camera 2'), 'the next tile');
    await pressAll(page, ['ArrowDown']);
    await until(() => said(page, 'Over Camera 4'), 'the tile below');
    await pressAll(page, ['Space']);
    await until(async () => (await order(page))[0] === 'cam4', 'the other order');
    expect(await order(page)).toEqual(['cam4', 'cam2', 'cam3', 'cam1']);
    await until(
      async () => (await focusedName(page)) === 'Move Camera 1 to another tile',
      'the focus',
    );
  });
});

describe('what a user chose', () => {
  it('is there in another browser: language, appearance and the first layout', async () => {
    const operator = await nvr.login('OPERATOR');
    const tile = { x: 0, y: 0, width: 1, height: 1, cameraId: 'cam3' };
    const layout = { id: 'gate', name: 'Gate alone', columns: 1, rows: 1, tiles: [tile] };
    const made = await operator.put('/api/layouts/gate', { ...layout, shared: false });
    expect(made.status, made.text).toBe(200);

    const here = await openForTest(browser);
    await logIn(here.page, nvr, 'operator');
    await here.page.getByRole('button', { name: 'Account of operator' }).click();
    await here.page.getByRole('menuitem', { name: 'My account' }).click();
    await here.page.getByLabel('First layout').selectOption('gate');
    await here.page.getByLabel('Appearance').selectOption('light');
    await here.page.getByLabel('Language').selectOption('ko');
    await until(async () => {
      const kept = (await operator.get('/api/account/preferences')).json;
      return kept.language === 'ko' && kept.theme === 'light' && kept.defaultLayout === 'gate';
    }, 'the choice at the server');

    const there = await openForTest(browser);
    await logIn(there.page, nvr, 'operator');
    await there.page.locator(tileOf('cam3')).waitFor();
    expect(await order(there.page)).toEqual(['cam3']);
    await until(() =>
      there.page.evaluate(() => {
        const { lang, dataset } = document.documentElement;
        return lang === 'ko' && dataset.theme === 'light';
      }),
    );
    // It is where one begins, not where one is kept.
    await there.page.keyboard.press('2');
    await there.page.locator(tileOf('cam4')).waitFor();
    await there.page.evaluate(() => history.pushState(null, '', '/account'));
    await there.page.getByLabel('언어').waitFor();
    await there.page.evaluate(() => history.pushState(null, '', '/live'));
    await there.page.locator(tileOf('cam4')).waitFor();
    expect(here.faults.errors.concat(there.faults.errors)).toEqual([]);
  });
});

async function pressAll(page: Page, keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

/** Goes on with Tab until what has the focus has that name. */
async function tabTo(page: Page, name: string, key = 'Tab'): Promise<void> {
  const passed: string[] = [];
  while (passed.length < 80) {
    await page.keyboard.press(key);
    const focused = await focusedName(page);
    if (focused === name) return;
    passed.push(focused);
  }
  throw new Error(`Tab does not come to ${name}, but to ${passed.join(' | ')}`);
}

function focusedName(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { activeElement } = document;
    return activeElement?.getAttribute('aria-label') ?? activeElement?.textContent ?? '';
  });
}

function focusedCamera(page: Page): Promise<string | undefined> {
  return page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset.camera);
}

/** What is read out while a tile is moved. */
function said(page: Page, words: string): Promise<boolean> {
  return page
    .locator('[id^="DndLiveRegion"]')
    .evaluateAll((all, text) => all.some((one) => one.textContent?.includes(text)), words);
}

/** Cameras in the grid as the eye reads them. */
function order(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('[data-camera]')]
      .map((tile) => ({ id: tile.dataset.camera ?? '', box: tile.getBoundingClientRect() }))
      .sort((a, b) => a.box.top - b.box.top || a.box.left - b.box.left)
      .map(({ id }) => id),
  );
}
