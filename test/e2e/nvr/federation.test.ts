// Servers on machines of their own, in a network that nothing leads out of, and a browser at a desk of its
// own: they find each other, one takes another in, and its page shows cameras of both.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countDecodedFrames } from '../../unit/clip.js';
import { canMakeNetworks } from '../support/network.js';
import { launchBrowser, openPage, type PageFaults, shownNumber } from './support/browser.js';
import { downloaded, exportMarked, firstNumber, logIn, tileOf, until } from './support/journey.js';
import { type Site, type Sites, startSites } from './support/sites.js';

/** Some seconds of a camera. */
const MEDIA_BYTES = 40_000;
/** Between pictures of its cameras. */
const FRAME_MS = 40;

describe.runIf(canMakeNetworks)('servers of one company', () => {
  let all: Sites;
  let home: Site;
  let warehouse: Site;
  let branch: Site;
  let browser: Browser;
  let page: Page;
  let faults: PageFaults;

  beforeAll(async () => {
    all = await startSites([
      { name: 'Home', cameras: 1 },
      { name: 'Warehouse', cameras: 1 },
      { name: 'Branch', cameras: 1 },
    ]);
    [home, warehouse, branch] = all.sites as [Site, Site, Site];
    browser = await launchBrowser(all.chromium);
    ({ page, faults } = await openPage(browser));
  });
  afterAll(async () => {
    await browser?.close();
    await all?.close();
  });

  const remote = () => tileOf(`cam1@${warehouse.id}`);
  const card = () => page.locator(`article[data-node="${warehouse.id}"]`);

  it('find each other, and one is taken in with three steps', async () => {
    const { json } = await warehouse.ask('POST', '/api/system/federation-key', {});
    await logIn(page, home);
    await page.goto(`${home.url}/system/nodes`);
    await page.getByRole('button', { name: 'Warehouse' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(json.fingerprint.slice(0, 23)).waitFor();
    await dialog.getByLabel('Key', { exact: true }).fill(json.secret);
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await card().locator('[data-node-state="CONNECTED"]').waitFor();
    await page.getByText('Added already').waitFor();
    await shoot(page, 'nodes');
  });

  it('show a camera of the other one directly: no media pass through the home', async () => {
    await page.getByRole('link', { name: 'Live', exact: true }).click();
    await firstNumber(page, remote());
    await page.keyboard.press('i');
    await page.locator(`${remote()} [data-route="direct"]`).waitFor();
    await shoot(page, 'live');
    const [heard, media] = await whileMediaPass();
    // What the home hears from the other one, and from the browser, is metadata.
    expect(heard).toBeLessThan(media / 2);
    expect(faults.errors).toEqual([]);
  });

  it('show footage of the other one directly, where a search of both found it', async () => {
    await until(async () => {
      const { json } = await home.ask('GET', '/api/recordings');
      const recorded = new Set(json.items.map(({ cameraId }: { cameraId: string }) => cameraId));
      return recorded.size === 2;
    }, 'footage of both');
    await page.getByRole('link', { name: 'Search' }).first().click();
    const found = page.getByRole('main').getByRole('link');
    await found.filter({ hasText: 'Home 1' }).first().waitFor();
    await shoot(page, 'search');
    await found.filter({ hasText: 'Warehouse 1' }).first().click();
    await page.waitForURL(`**/playback?cameras=cam1**${warehouse.id}**`);
    await firstNumber(page, 'figure');
    await shoot(page, 'playback');
  });

  it('play footage of both in step, and on where the other one does not answer', async () => {
    const begun = await begunAtBoth();
    await page.goto(`${home.url}/playback?cameras=cam1&at=${begun + 500}`);
    await page.getByRole('button', { name: '1 camera' }).click();
    await page.getByRole('checkbox', { name: 'Warehouse 1' }).click();
    await shoot(page, 'playback-picker');
    await page.keyboard.press('Escape');
    await inStep(page, begun + 1000);
    await page.locator(`${figureOf('Warehouse')} [data-route="direct"]`).waitFor();
    await page.getByLabel('Go to').fill(localText(begun + 3000));
    await page.getByLabel('Go to').press('Enter');
    await inStep(page, begun + 3000);
    await shoot(page, 'playback-both');
    warehouse.freeze();
    const [since = 0] = await positionsOf(page);
    await page.locator(`${figureOf('Warehouse')} [data-state="trouble"]`).waitFor();
    await until(async () => ((await positionsOf(page))[0] ?? 0) > since + 3000, 'the own camera');
    await shoot(page, 'playback-silent');
    await page.setViewportSize({ width: 375, height: 812 });
    await shoot(page, 'playback-375');
    await page.setViewportSize({ width: 1280, height: 800 });
    warehouse.thaw();
    await inStep(page, since + 4000);
    expect(faults.errors).toEqual([]);
  });

  it('export footage of both by one request, in files that play', async () => {
    const both = `cam1,cam1@${warehouse.id}`;
    const begun = await begunAtBoth();
    await page.goto(`${home.url}/playback?cameras=${both}&at=${begun}`);
    await inStep(page, begun + 500);
    await page.keyboard.press('[');
    await inStep(page, begun + 2500);
    await page.keyboard.press(']');
    await exportMarked(page, 'Case 42');
    const links = page.locator('a[download="cam1.mp4"]');
    await until(async () => (await links.count()) === 2, 'a file of each');
    await shoot(page, 'exports');
    for (const link of await links.all()) {
      // Two seconds of it were marked.
      expect(countDecodedFrames(await downloaded(page, link))).toBeGreaterThan(40);
    }
    const { json } = await warehouse.ask('GET', '/api/system/audit?action=export.create');
    expect(json.items).toMatchObject([{ detail: { reason: expect.stringContaining('Case 42') } }]);
  });

  it('tell what happens at the other one as it happens', async () => {
    await page.goto(`${home.url}/events`);
    const body = { cameraId: 'cam1', event: 'delivery', note: 'from the north' };
    const events = page.getByRole('main').getByRole('listitem');
    await until(async () => {
      await warehouse.ask('POST', '/api/events', body);
      return (await events.filter({ hasText: 'from the north' }).count()) > 0;
    }, 'the event');
    await events.filter({ hasText: 'Warehouse 1 · Warehouse' }).first().waitFor();
    await shoot(page, 'events');
  });

  it('say how each does, with its disk', async () => {
    await page.goto(`${home.url}/system/health`);
    await card().getByText('free of').waitFor();
    await shoot(page, 'health');
  });

  it('go through the home where the browser does not reach the other one, and say so', async () => {
    all.setReachable(warehouse, false);
    await page.goto(`${home.url}/live`);
    await firstNumber(page, remote());
    await page.keyboard.press('i');
    await page.locator(`${remote()} [data-route="relay"]`).waitFor();
    const [heard, media] = await whileMediaPass();
    expect(heard).toBeGreaterThan(media / 2);
    await page.goto(`${home.url}/playback?cameras=cam1@${warehouse.id}&at=${Date.now() - 5000}`);
    await firstNumber(page, 'figure');
    all.setReachable(warehouse, true);
  });

  it('are in one layout, which is kept', async () => {
    const { json } = await branch.ask('POST', '/api/system/federation-key', {});
    const node = { url: branch.url, apiKey: json.secret, fingerprint: json.fingerprint };
    expect((await home.ask('POST', '/api/system/nodes', node)).status).toBe(201);
    await page.goto(`${home.url}/live`);
    await allPlay();
    await page.getByRole('button', { name: '2×2' }).click();
    await page.getByRole('button', { name: 'Save layout' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('Everywhere');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Everywhere', exact: true }).click();
    await page.getByRole('button', { name: '1×1' }).click();
    await page.locator(remote()).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: '1×1' }).click();
    await page.getByRole('button', { name: 'Everywhere', exact: true }).click();
    await allPlay();
    await shoot(page, 'mixed');
  });

  it('go on without one that is gone, say since when, and show it again when it is back', async () => {
    await warehouse.kill();
    await page.locator(`[data-node="${warehouse.id}"][data-node-status]`).waitFor();
    await page.locator(remote()).getByText('Offline').first().waitFor();
    for (const other of [tileOf('cam1'), tileOf(`cam1@${branch.id}`)]) await goesOn(other);
    const began = performance.now();
    const { json } = await home.ask('GET', '/api/recordings');
    console.log(`a search with a dead server took ${Math.round(performance.now() - began)} ms`);
    expect(json.items[0].cameraId).not.toContain(warehouse.id);
    expect(json.nodes).toMatchObject([
      { id: branch.id, status: 'ok' },
      { id: warehouse.id, status: 'error' },
    ]);
    await shoot(page, 'gone');
    await warehouse.start();
    // The network tells that it is back: nobody has to ask.
    await goesOn(remote());
    await page.locator(`[data-node="${warehouse.id}"][data-node-status]`).waitFor({
      state: 'detached',
    });
    await shoot(page, 'back');
  });

  /** Since when there is footage of both, UTC milliseconds. */
  const begunAtBoth = async () => {
    const { json } = await home.ask('GET', '/api/recordings');
    return Math.max(...json.items.map(({ start }: { start: number }) => start));
  };

  const allPlay = async () => {
    for (const id of ['cam1', `cam1@${warehouse.id}`, `cam1@${branch.id}`]) {
      await goesOn(tileOf(id));
    }
  };

  /** One picture and then another. */
  async function goesOn(tile: string): Promise<void> {
    const first = await firstNumber(page, tile);
    await until(async () => ![first, undefined].includes(await shownNumber(page, tile)), tile);
  }

  /** What the home has received, and the other one sent, while some seconds of its camera passed. */
  async function whileMediaPass(): Promise<[heard: number, media: number]> {
    const before = [home.traffic().received, warehouse.traffic().sent] as const;
    const since = (): [number, number] => [
      home.traffic().received - before[0],
      warehouse.traffic().sent - before[1],
    ];
    await until(() => since()[1] > MEDIA_BYTES, 'its media');
    return since();
  }
});

describe.runIf(canMakeNetworks)('eight servers', () => {
  let all: Sites;
  beforeAll(async () => {
    const names = Array.from({ length: 8 }, (_, index) => ({ name: `Site ${index + 1}` }));
    all = await startSites(names);
  });
  afterAll(() => all?.close());

  it('are one, and stay one where some are dead and some do not answer', async () => {
    const [home, ...others] = all.sites as [Site, ...Site[]];
    await until(async () => {
      const { json } = await home.ask('GET', '/api/system/nodes/discovered');
      return json.items.length === others.length;
    }, 'all of them to be found');
    for (const other of others) {
      const { json } = await other.ask('POST', '/api/system/federation-key', {});
      const node = { url: other.url, apiKey: json.secret, fingerprint: json.fingerprint };
      expect((await home.ask('POST', '/api/system/nodes', node)).status).toBe(201);
    }
    const states = async () => {
      const { json } = await home.ask('GET', '/api/recordings');
      const nodes = json.nodes as { label: string; status: string; error?: { code: string } }[];
      return Object.fromEntries(
        nodes.map(({ label, status, error }) => [label, error?.code ?? status]),
      );
    };
    const wanted = Object.fromEntries(others.map(({ name }) => [name, 'ok']));
    expect(await states()).toEqual(wanted);
    const [dead, silent] = others as [Site, Site];
    await dead.kill();
    silent.freeze();
    const began = performance.now();
    expect(await states()).toEqual({
      ...wanted,
      [dead.name]: 'ERR_NODE_UNREACHABLE',
      [silent.name]: 'ERR_NODE_TIMEOUT',
    });
    console.log(
      `a search of 8 servers, one dead and one silent: ${Math.round(performance.now() - began)} ms`,
    );
  });
});

function figureOf(server: string): string {
  return `figure:has([role="img"][aria-label^="${server} 1"])`;
}

/** Of the pictures that both cameras show, UTC milliseconds; 0 where there is none. */
function positionsOf(page: Page): Promise<number[]> {
  return page.evaluate(
    (all) =>
      all.map((one) => Number(document.querySelector<HTMLElement>(one)?.dataset.position ?? 0)),
    ['Home', 'Warehouse'].map((server) => `${figureOf(server)} canvas`),
  );
}

/** Resolves when both play beyond `at`, and their pictures are of one moment. */
async function inStep(page: Page, at: number): Promise<void> {
  await until(async () => {
    const [own = 0, remote = 0] = await positionsOf(page);
    return Math.min(own, remote) > at && Math.abs(own - remote) <= 2 * FRAME_MS;
  }, `both in step behind ${at}`);
}

/** As it is typed into the page, in this machine's zone. */
function localText(time: number): string {
  const local = new Date(
    Math.ceil(time / 1000) * 1000 - new Date(time).getTimezoneOffset() * 60_000,
  );
  return local.toISOString().slice(0, 19).replace('T', ' ');
}

/** For a look at what people see: where `SCREENSHOTS` names a folder. */
async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  if (folder) await page.screenshot({ path: `${folder}/federation-${name}.png` });
}
