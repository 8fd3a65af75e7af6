// What the page says of other servers with which something is wrong, and what it does with what they say of
// themselves: another certificate, a wrong clock, another version, a key that is refused, markup as names.
import { X509Certificate } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificate } from '../../../examples/nvr/server/tls/index.js';
import {
  API_KEY,
  problem,
  type SimulatedNode,
  send,
  startNode,
} from '../../unit/federation/node.js';
import { launchBrowser, openPage, type PageFaults } from './support/browser.js';
import type { Client } from './support/client.js';
import { logIn, until } from './support/journey.js';
import { startNvr, type TestNvr } from './support/nvr.js';

const MARKUP = '<img src="x" onerror="globalThis.hit = 1"><b>Yard</b>';

let home: TestNvr;
let yard: TestNvr;
/** Its certificate becomes another one. */
let barn: TestNvr;
let admin: Client;
let browser: Browser;
let page: Page;
let faults: PageFaults;
/** How often somebody showed the barn a key. */
let keysShown = 0;

beforeAll(async () => {
  const camera = { id: 'door', url: 'rtsp://127.0.0.1:9/none', enabled: false };
  [home, yard, barn, browser] = await Promise.all([
    startNvr({ config: { name: 'Home' } }),
    startNvr({ config: { name: MARKUP }, cameras: [{ ...camera, name: `${MARKUP} door` }] }),
    startNvr({ config: { name: 'Barn' }, cameras: [{ ...camera, name: 'Barn door' }] }),
    launchBrowser(),
  ]);
  barn.server.app.server.on('request', ({ headers }) => {
    if (headers['x-nvr-auth'] !== undefined) keysShown += 1;
  });
  admin = await home.login('ADMIN');
  for (const { nvr, url } of [yard, barn]) {
    const { key: apiKey } = nvr.homes.createKey();
    await takeIn({ url, apiKey, fingerprint: nvr.identity.fingerprint });
  }
  ({ page, faults } = await openPage(browser));
  await logIn(page, home);
  await page.goto(`${home.url}/system/nodes`);
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([home?.close(), yard?.close(), barn?.close()]);
});

async function takeIn(node: { url: string; apiKey: string; fingerprint: string }): Promise<string> {
  const { status, json, text } = await admin.post('/api/system/nodes', node);
  expect(status, text).toBe(201);
  return json.id;
}
const idOf = ({ nvr }: TestNvr) => nvr.server.id;
const cardOf = (id: string) => page.locator(`article[data-node="${id}"]`);
const stands = (id: string, state: string) =>
  cardOf(id).locator(`[data-node-state="${state}"]`).waitFor();
const connect = (id: string) => admin.post(`/api/system/nodes/${id}/connect`, {});
const audited = async (action: string) =>
  (await admin.get(`/api/system/audit?action=${action}`)).json.items;

/** From now on the barn shows a certificate of which it knows nothing: somebody else's, or a proxy's. */
async function changeCertificate(): Promise<string> {
  const { key, certificate: cert } = await makeCertificate(['localhost']);
  barn.server.app.server.setSecureContext({ key, cert });
  barn.server.app.server.closeAllConnections();
  keysShown = 0;
  await connect(idOf(barn));
  return new X509Certificate(cert).fingerprint256;
}

describe('a server that shows another certificate', () => {
  it('is said to, gets nothing, and its cameras stay as they were known; the others go on', async () => {
    await stands(idOf(barn), 'CONNECTED');
    const before = barn.nvr.identity.fingerprint;
    const now = await changeCertificate();
    await stands(idOf(barn), 'ERROR');
    await cardOf(idOf(barn)).locator('[data-code="ERR_NODE_IDENTITY"]').waitFor();
    await stands(idOf(yard), 'CONNECTED');
    const { items, nodes } = (await admin.get('/api/cameras')).json;
    expect(items).toMatchObject([{ id: `door@${idOf(yard)}` }, { id: `door@${idOf(barn)}` }]);
    expect(nodes).toMatchObject([
      { id: idOf(yard), status: 'ok' },
      { id: idOf(barn), status: 'stale', error: { code: 'ERR_NODE_IDENTITY' } },
    ]);
    await shoot('identity-card');

    await page.getByRole('button', { name: 'Compare certificates' }).click();
    const dialog = page.getByRole('dialog');
    for (const fingerprint of [before, now]) {
      const shown = (await dialog.textContent()) ?? '';
      expect(shown.replaceAll(/\s/g, '')).toContain(fingerprint);
    }
    const accept = dialog.getByRole('button', { name: 'Accept the new certificate' });
    expect(await accept.isDisabled()).toBe(true);
    await shoot('identity-dialog');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await connect(idOf(barn));
    await stands(idOf(barn), 'ERROR');
    expect(keysShown).toBe(0);
    expect(await audited('node.change')).toEqual([]);
  });

  it('is connected again when a person has compared it, which is written down', async () => {
    const { fingerprint } = (await admin.get('/api/system/nodes')).json.items.find(
      ({ id }: { id: string }) => id === idOf(barn),
    ).fault;
    await page.getByRole('button', { name: 'Compare certificates' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('checkbox').click();
    await dialog.getByRole('button', { name: 'Accept the new certificate' }).click();
    await stands(idOf(barn), 'CONNECTED');
    expect(keysShown).toBeGreaterThan(0);
    expect(await audited('node.change')).toMatchObject([
      { actor: 'admin', subject: idOf(barn), detail: { fingerprint } },
    ]);
  });

  it('is known again without a question where its own key has signed it', async () => {
    rmSync(join(barn.storage, 'tls'), { recursive: true });
    await barn.nvr.certificate.reload();
    barn.server.app.server.closeAllConnections();
    await connect(idOf(barn));
    await until(async () => (await audited('node.certificate')).length === 1, 'the renewed one');
    await stands(idOf(barn), 'CONNECTED');
    const { items } = (await admin.get('/api/system/nodes')).json;
    const { fingerprint } = items.find(({ id }: { id: string }) => id === idOf(barn));
    expect(fingerprint).toBe(barn.nvr.identity.fingerprint);
  });
});

describe('what other servers say of themselves', () => {
  it('is text on every page, whatever it holds', async () => {
    await cardOf(idOf(yard)).getByRole('heading', { name: MARKUP }).waitFor();
    await page.getByRole('link', { name: 'Live', exact: true }).click();
    await page
      .locator(`[data-camera="door@${idOf(yard)}"]`)
      .getByText(MARKUP)
      .first()
      .waitFor();
    await page.goto(`${home.url}/system/health`);
    await page.getByText(MARKUP).first().waitFor();
    const harm = await page.evaluate(() => ({
      hit: 'hit' in globalThis,
      images: document.querySelectorAll('img[src="x"]').length,
    }));
    expect(harm).toEqual({ hit: false, images: 0 });
    expect(faults.errors).toEqual([]);
  });

  it('is told with what to do where it does not fit', async () => {
    await page.goto(`${home.url}/system/nodes`);
    const node = await startNode({ name: 'Odd' });
    const { url, fingerprint, serverId: id } = node;
    await takeIn({ url, fingerprint, apiKey: API_KEY });
    node.clockOffsetMs = -3_600_000;
    await connect(id);
    await cardOf(id).getByText('behind this server’s').waitFor();
    await expectFault(node, 'ERR_NODE_KEY', () => {
      node.instead = ({ url: path }, response) => {
        if (path === '/api/discovery/info') return false;
        send(response, 401, problem(401));
        return true;
      };
    });
    await expectFault(node, 'ERR_NODE_VERSION', () => {
      node.instead = undefined;
      node.says['/api/discovery/info'] = { apiMin: 2, apiMax: 3 };
    });
    await shoot('faults');
    await admin.delete(`/api/system/nodes/${id}`);
  });
});

/** The card says so, in words of its own. */
async function expectFault({ serverId }: SimulatedNode, code: string, change: () => void) {
  change();
  await connect(serverId);
  const fault = cardOf(serverId).locator(`[data-code="${code}"]`);
  await fault.waitFor();
  expect(await fault.locator('strong').textContent()).not.toContain('ERR_');
}

/** For a look at what people see: where `SCREENSHOTS` names a folder. */
async function shoot(name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  if (folder) await page.screenshot({ path: `${folder}/faults-${name}.png` });
}
