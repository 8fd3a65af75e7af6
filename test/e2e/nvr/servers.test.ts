// vms-v2-plan Phase 8, "Multi-Server Client": one page has a tab for each of four servers of one host
// name; pictures come from the one that is shown alone, and a server that was away comes back.
import { rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { streamingOf } from '../../../examples/nvr/server/streaming.js';
import { launchBrowser, openPage, type PageFaults } from './support/browser.js';
import {
  type CountedCameras,
  countedCameras,
  firstNumber,
  logIn,
  tileOf,
  until,
} from './support/journey.js';
import { PASSWORD, startNvr, type TestNvr } from './support/nvr.js';

const SITES = ['Site 1', 'Site 2', 'Site 3', 'Site 4'] as const;

let cameras: CountedCameras;
const servers: TestNvr[] = [];
let allowedOrigins: string[];
let browser: Browser;
let page: Page;
let faults: PageFaults;

beforeAll(async () => {
  cameras = await countedCameras(SITES.length);
  const ports = await freePorts(SITES.length);
  allowedOrigins = ports.map((port) => `https://localhost:${port}`);
  const started = SITES.map((name, index) => {
    const config = { name, allowedOrigins, listen: listenAt(ports[index]) };
    return startNvr({ cameras: cameras.cameras.slice(index, index + 1), config });
  });
  servers.push(...(await Promise.all(started)));
  browser = await launchBrowser();
  ({ page, faults } = await openPage(browser));
});

afterAll(async () => {
  await browser?.close();
  await Promise.all(servers.map((one) => one.close()));
  for (const { storage } of servers) rmSync(storage, { recursive: true, force: true });
  await cameras?.close();
});

describe('one client of four servers', () => {
  it('adds them by their addresses, logs in to each, and sees their pictures', async () => {
    await logIn(page, server(0));
    await firstNumber(page, tileOf('cam1'));
    for (const index of [1, 2, 3]) {
      await add(server(index));
      await shows(index);
    }
    expect(await tabs()).toEqual(SITES.map((name) => [name, 'CONNECTED']));
  });

  it('gets pictures of the shown one alone; the others stay connected', async () => {
    await watched('false,false,false,true');
    await select('Site 2');
    await shows(1);
    await watched('false,true,false,false');
    await select('Site 1');
    await shows(0);
    await watched('true,false,false,false');
    expect(await tabs()).toEqual(SITES.map((name) => [name, 'CONNECTED']));
    expect(faults.errors).toEqual([]);
  });

  it('searches all of them for events, and opens footage where it was found', async () => {
    for (const index of [0, 1]) {
      server(index).nvr.recorder.trigger({ cameraId: `cam${index + 1}`, type: 'delivery' });
    }
    await page.getByRole('link', { name: 'Events', exact: true }).click();
    await page.getByLabel('Server', { exact: true }).selectOption('all');
    const found = page.getByRole('list', { name: 'Events' }).getByRole('link');
    await found.filter({ hasText: 'Site 1' }).filter({ hasText: 'delivery' }).waitFor();
    await found.filter({ hasText: 'Site 2' }).filter({ hasText: 'delivery' }).click();
    await page.waitForURL('**/playback?cameras=cam2**');
    await page.getByRole('link', { name: 'Live', exact: true }).click();
    await shows(1);
  });

  it('says which server is away, and has its pictures again when it is back', async () => {
    const { port, storage, server: gone } = server(2);
    await select('Site 3');
    await shows(2);
    await gone.close();
    await until(async () => (await stateOf('Site 3')) === 'RECONNECTING', 'the loss to be told');
    servers[2] = await startNvr({ storage, config: { allowedOrigins, listen: listenAt(port) } });
    await until(async () => (await stateOf('Site 3')) === 'CONNECTED', 'the server to be back');
    await watched('false,false,true,false');
    await shows(2);
  });

  it('says what to check where nobody answers, or another server does', async () => {
    const { port, storage, server: gone } = server(3);
    const config = { allowedOrigins, listen: listenAt(port) };
    await gone.close();
    await page.reload();
    await until(async () => (await stateOf('Site 4')) === 'ERROR', 'the loss to be told');
    await select('Site 4');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Error: No answer').waitFor();
    await dialog.getByText('accept its certificate').waitFor();
    expect(await dialog.getByRole('link').getAttribute('href')).toBe(`https://localhost:${port}`);
    expect(await dialog.locator('input').count()).toBe(0);
    await shoot('server-away');
    const stranger = await startNvr({ accounts: false, config });
    const connect = dialog.getByRole('button', { name: 'Connect', exact: true });
    await connect.click();
    await dialog.getByText('Another server answers at this address').waitFor();
    await dialog.getByText('remove this tab and add the server again').waitFor();
    await shoot('server-other');
    await stranger.close();
    servers[3] = await startNvr({ storage, config });
    await connect.click();
    await dialog.getByLabel('User name').waitFor();
    await page.keyboard.press('Escape');
  });

  it('has favourites first, and offers what the user of the shown server may do', async () => {
    await page.getByRole('link', { name: 'Servers', exact: true }).click();
    await page.getByRole('button', { name: 'Favourite: Site 4' }).click();
    await until(async () => (await tabs())[1]?.[0] === 'Site 4', 'the favourite to be the first');
    await page.reload();
    await until(async () => (await stateOf('Site 4')) === 'AUTHENTICATING', 'the tabs to be back');
    expect((await tabs()).map(([name]) => name)).toEqual(['Site 1', 'Site 4', 'Site 2', 'Site 3']);
    const cameras = page.getByRole('link', { name: 'Cameras', exact: true });
    await cameras.waitFor();
    await select('Site 4');
    await logInAt('viewer');
    await cameras.waitFor({ state: 'detached' });
    await select('Site 1');
    await cameras.waitFor();
  });
});

async function shows(index: number): Promise<void> {
  await firstNumber(page, tileOf(`cam${index + 1}`));
  expect(await page.locator('[data-camera]').count()).toBe(1);
}

/** Waits until the servers to which `expected` says so have viewers, and the others have none. */
async function watched(expected: string): Promise<void> {
  const now = () => servers.map(({ nvr }) => streamingOf(nvr).broadcaster.stats().streams);
  const hasViewers = () => now().map((streams) => streams.some(({ viewers }) => viewers > 0));
  await until(() => `${hasViewers()}` === expected, `viewers: ${expected}`);
}

/** Where SCREENSHOTS names a folder. */
async function shoot(name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  if (folder) await page.screenshot({ path: join(folder, `${name}.png`) });
}

async function select(name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Servers' }).getByText(name).click();
}

function server(index: number): TestNvr {
  return servers[index] as TestNvr;
}

async function add({ port }: TestNvr): Promise<void> {
  await page.getByRole('link', { name: 'Servers', exact: true }).click();
  await page.getByLabel('Address').fill(`localhost:${port}`);
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await logInAt('admin');
}

async function logInAt(username: string): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('User name').fill(username);
  await dialog.locator('input[type=password]').fill(PASSWORD);
  await dialog.locator('button[type=submit]').click();
  await page.waitForURL('**/live');
}

/** What the tabs tell, in their order. */
function tabs(): Promise<(string | undefined)[][]> {
  return page
    .getByRole('navigation', { name: 'Servers' })
    .locator('button:has([data-server-state])')
    .evaluateAll((tabs) =>
      tabs.map((tab) => [
        tab.lastElementChild?.textContent ?? undefined,
        tab.querySelector<HTMLElement>('[data-server-state]')?.dataset.serverState,
      ]),
    );
}

async function stateOf(name: string): Promise<string | undefined> {
  return (await tabs()).find(([shown]) => shown === name)?.[1];
}

function listenAt(port: number | undefined) {
  return { address: '127.0.0.1', port: port ?? 0 };
}

/** Free now: each server's settings name the addresses of the others. */
async function freePorts(count: number): Promise<number[]> {
  const taken = Array.from({ length: count }, () => createServer());
  await Promise.all(
    taken.map((one) => new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve))),
  );
  const ports = taken.map((one) => (one.address() as AddressInfo).port);
  await Promise.all(taken.map((one) => new Promise((resolve) => one.close(resolve))));
  return ports;
}
