// Pictures that are sealed between server and page: what lies on the wire, and what becomes of altered ones.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPictureHeader } from '../../../examples/nvr/protocol/index.js';
import { launchBrowser, openFaultless, shownNumber } from './support/browser.js';
import {
  type CountedCameras,
  countedCameras,
  firstNumber,
  logIn,
  tileOf,
  until,
} from './support/journey.js';
import { startNvr, type TestNvr } from './support/nvr.js';

let browser: Browser;
let cameras: CountedCameras;
let nvr: TestNvr;

beforeAll(async () => {
  cameras = await countedCameras(1);
  browser = await launchBrowser();
  nvr = await startNvr({ cameras: cameras.cameras });
});

afterAll(async () => {
  await browser?.close();
  await nvr?.close();
  await cameras?.close();
});

/** Binary messages, by the connections that they came over. */
function listen(page: Page, path: string): Buffer[][] {
  const connections: Buffer[][] = [];
  page.on('websocket', (socket) => {
    if (!socket.url().endsWith(path)) return;
    const messages: Buffer[] = [];
    connections.push(messages);
    socket.on('framereceived', ({ payload }) => {
      if (typeof payload !== 'string') messages.push(payload);
    });
  });
  return connections;
}

async function moves(page: Page, selector: string): Promise<void> {
  const first = await firstNumber(page, selector);
  await until(async () => {
    const now = await shownNumber(page, selector);
    return now !== undefined && now !== first;
  }, 'another picture');
}

/** The numbers over the picture tell how it came here. */
async function told(page: Page): Promise<string | null> {
  const mark = page.locator(`${tileOf('cam1')} [data-sealed]`);
  if ((await mark.count()) === 0) await page.keyboard.press('i');
  return mark.textContent();
}

const isSealed = (message: Buffer, i: number) =>
  readPictureHeader(message) === undefined && message.readBigUInt64BE() === BigInt(i);

describe('sealed pictures', () => {
  it('are the wish of a user, from the next connection on, live and played back', async () => {
    const page = await openFaultless(browser);
    const live = listen(page, '/ws/live');
    await logIn(page, nvr);
    await moves(page, tileOf('cam1'));
    expect(live[0]?.every((message) => readPictureHeader(message))).toBe(true);
    expect(await told(page)).toContain('TLS');
    expect(await told(page)).not.toContain('ARIA');

    await page.goto(`${nvr.url}/account`);
    const saved = page.waitForResponse((r) => r.request().method() === 'PUT');
    await page.getByLabel('Encrypt pictures').check();
    expect((await saved).ok()).toBe(true);
    live.length = 0;
    await page.getByRole('link', { name: 'Live' }).click();
    await moves(page, tileOf('cam1'));
    expect(await told(page)).toContain('ARIA-256');
    expect(live.at(-1)?.length).toBeGreaterThan(2);
    expect(live.flatMap((messages) => messages.map(isSealed))).not.toContain(false);

    const { index } = nvr.nvr.recorder;
    const [segment] = await until(() => {
      const found = index.segments({ cameraId: 'cam1', stream: 0 });
      return found.length > 0 && found;
    }, 'footage');
    const played = listen(page, '/ws/playback');
    await page.goto(`${nvr.url}/playback?cameras=cam1&at=${segment?.startTime}`);
    await moves(page, 'figure');
    await page.getByLabel('Pictures are encrypted with ARIA-256').waitFor();
    expect(played.flatMap((messages) => messages.map(isSealed))).not.toContain(false);
  });

  it('are not shown where they were altered: it is told, and goes on over another connection', async () => {
    const page = await openFaultless(browser);
    let connections = 0;
    let opened = 0;
    await page.routeWebSocket(/\/ws\/live$/, (client) => {
      const isFirst = connections++ === 0;
      const server = client.connectToServer();
      let pictures = 0;
      server.onMessage((message) => {
        if (typeof message === 'string') {
          client.send(message);
          return;
        }
        pictures += 1;
        if (isFirst && pictures === 5) message.writeUInt8(message.readUInt8(100) ^ 1, 100);
        if (!isFirst) opened += 1;
        client.send(message);
      });
    });
    await logIn(page, nvr);
    await page.getByText('A sealed picture did not open').waitFor();
    await until(() => connections === 2 && opened > 5, 'another connection');
    await moves(page, tileOf('cam1'));
    expect(await told(page)).toContain('ARIA-256');
  });

  it('are what a page asks for where the server sends no others', async () => {
    Object.assign(nvr.nvr.config, { sealedPictures: 'required' });
    const page = await openFaultless(browser);
    const live = listen(page, '/ws/live');
    await logIn(page, nvr, 'viewer');
    await moves(page, tileOf('cam1'));
    expect(await told(page)).toContain('ARIA-256');
    expect(live.flatMap((messages) => messages.map(isSealed))).not.toContain(false);
  });
});
