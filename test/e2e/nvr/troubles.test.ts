// What goes wrong for real, and how the interface says it in Chromium: what happened, what it means for the
// recordings, what to do, and who can do it. One NVR, with faults that come one after another.
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrokenCameras, brokenCameras, expiredCertificate } from './support/broken-cameras.js';
import { launchBrowser, openPage } from './support/browser.js';
import { openCatalog, type Words } from './support/catalog.js';
import { Client } from './support/client.js';
import { logIn, tileOf, until } from './support/journey.js';
import { PASSPHRASE, PASSWORD, startNvr } from './support/nvr.js';
import { type NvrProcess, startNvrProcess } from './support/nvr-process.js';

let folder: string;
let cameras: BrokenCameras;
let browser: Browser;
let nvr: NvrProcess;
let admin: Client;
/** Of an administrator, from the first fault to the last. */
let page: Page;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fluxvision-troubles-'));
  cameras = await brokenCameras();
  browser = await launchBrowser();
  const prepared = join(folder, 'prepared');
  const before = await startNvr({
    storage: prepared,
    viewerCameras: cameras.cameras.map(({ id }) => id),
  });
  // All of it is evidence: nothing may be deleted where the disk gets full.
  before.nvr.keys.lockEvidence({ cameraId: 'good', from: 0, to: 9e12, reason: 'case 7' });
  await before.close();
  nvr = await startNvrProcess({ prepared, diskSize: '24m', ...expiredCertificate(folder) });
  ({ page } = await openPage(browser));
  page.setDefaultTimeout(60_000);
});

afterAll(async () => {
  await browser?.close();
  await nvr?.close();
  await cameras?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Looks at them, where somebody asked to: TROUBLES_PICTURES=folder. */
async function picture(name: string, of = page): Promise<void> {
  const to = process.env.TROUBLES_PICTURES;
  if (to) await of.screenshot({ path: join(to, `${name}.png`) });
}

async function says(words: Words, where = 'body', of = page): Promise<void> {
  for (const text of Object.values(words)) {
    await of.locator(where).getByText(text).first().waitFor({ timeout: 60_000 });
  }
}

async function show(path: string, of = page): Promise<void> {
  await of.goto(`${nvr.url}${path}`);
}

const en = await openCatalog('en');
const ko = await openCatalog('ko');
const alarm = (code: string) => `[role=alert] [data-code=${code}]`;
const gone = { state: 'detached', timeout: 60_000 } as const;

describe('an NVR whose keys are locked', () => {
  it('asks for the passphrase in place of a login, and throttles wrong ones', async () => {
    await page.goto(nvr.url);
    await page.getByRole('heading', { name: 'The keys are locked' }).waitFor();
    await picture('locked');
    const answered = page.locator('button[type=submit]:not([aria-busy=true])');
    const unlock = async (passphrase: string) => {
      await page.getByLabel('Passphrase', { exact: true }).fill(passphrase);
      await until(() => answered.isEnabled(), 'another attempt', 60_000);
      await answered.click();
      await answered.waitFor();
    };
    await unlock('wrong');
    await says(en('ERR_KEY_PASSPHRASE'));
    await picture('wrong-passphrase');
    const throttled = page.getByText(en('ERR_LOGIN_THROTTLED').title);
    await until(
      async () => {
        await unlock('wrong');
        return throttled.isVisible();
      },
      'the throttle',
      100_000,
    );
    await says(en('ERR_LOGIN_THROTTLED'));
    await picture('throttled');
    await unlock(PASSPHRASE);
    await page.getByLabel('User name').waitFor();
    await logIn(page, nvr);
    admin = await new Client(nvr.port).login('admin', PASSWORD);
    expect(nvr.said()).not.toContain(PASSPHRASE);
  });
});

describe('a certificate that has expired', () => {
  it('is said by the server when it starts, on every page, and with its day on the health page', async () => {
    await says(en('CERTIFICATE_EXPIRED'), alarm('CERTIFICATE_EXPIRED'));
    await show('/system/health');
    await says(en('CERTIFICATE_EXPIRED'), 'main');
    await picture('certificate');
    await page.getByText(/Expired$/).waitFor();
    expect(nvr.said()).toMatch(
      /^The server's certificate expired on \d{4}-\d\d-\d\d\. Put a new one/m,
    );
    expect(nvr.said()).toMatch(/"level":"error".*certificate expired/);
  });
});

describe('a camera that fails', () => {
  const broken = () => cameras.cameras.slice(1).map(({ id }) => id);

  it('says on its tile and in the list what is wrong, what it means and what to do', async () => {
    for (const camera of cameras.cameras) {
      expect((await admin.post('/api/cameras', camera)).status).toBe(201);
    }
    await show('/live');
    await page.locator(`${tileOf('good')}[data-status=live]`).waitFor();
    for (const id of broken()) await says(en(id), tileOf(id));
    await picture('tiles');
    await show('/cameras');
    for (const id of broken()) await says(en(id), `tr:has-text("${id}")`);
    await picture('cameras');
  });

  it('tells a VIEWER whom to ask', async () => {
    const { page: other, context } = await openPage(browser);
    await logIn(other, nvr, 'viewer');
    for (const id of broken()) {
      const { title, meaning } = en(id);
      await says({ title, meaning, advice: 'Tell an administrator.' }, tileOf(id), other);
    }
    const advised = await other.locator('main').textContent();
    for (const id of broken()) expect(advised).not.toContain(en(id).advice);
    await other.locator(alarm('CERTIFICATE_EXPIRED')).getByText('Tell an administrator.').waitFor();
    await picture('viewer', other);
    await context.close();
  });

  it('says it in Korean', async () => {
    const { page: other, context } = await openPage(browser, { locale: 'ko-KR' });
    await logIn(other, nvr);
    for (const id of broken()) await says(ko(id), tileOf(id), other);
    await says(ko('CERTIFICATE_EXPIRED'), alarm('CERTIFICATE_EXPIRED'), other);
    await picture('korean', other);
    await context.close();
  });
});

describe('databases that another program holds', () => {
  const theme = async () => (await admin.put('/api/account/preferences', { theme: 'dark' })).status;
  const lost = async () => (await admin.get('/api/system/stats')).json.framesLost as number;
  const footage = async (): Promise<{ start: number; end: number }[]> =>
    (await admin.get('/api/recordings?camera=good&limit=500')).json.items.sort(
      (a: { start: number }, b: { start: number }) => a.start - b.start,
    );

  it('are said; recording goes on, and all of it is found when the program lets go', async () => {
    await show('/live');
    const from = Date.now();
    const lostBefore = await lost();
    const letGo = [await nvr.hold('index.db'), await nvr.hold('config.db')];
    try {
      expect(await theme()).toBe(503);
      await says(en('ERR_CONFIG'), alarm('ERR_CONFIG'));
      await says(en('ERR_INDEX'), alarm('ERR_INDEX'));
      await page.locator(`${tileOf('good')} >> text=REC`).waitFor();
      await picture('databases-held');
    } finally {
      for (const end of letGo) await end();
    }
    const until = Date.now();
    for (const code of ['ERR_INDEX', 'ERR_CONFIG']) {
      await page.locator(alarm(code)).waitFor(gone);
    }
    expect(await theme()).toBeLessThan(300);
    const segments = (await footage()).filter(({ end }) => end > from);
    expect(segments[0]?.start).toBeLessThan(from);
    expect(segments.at(-1)?.end).toBeGreaterThan(until - 10_000);
    // One behind the other: of 10 pictures a second the first of the next one is 100 ms on.
    for (const [at, { start }] of segments.entries()) {
      if (at > 0) expect(start - (segments[at - 1]?.end ?? 0)).toBeLessThan(500);
    }
    expect(await lost()).toBe(lostBefore);
  });
});

describe('a disk that is full', () => {
  it('is said on every page until there is room again', async () => {
    const rec = `${tileOf('good')} >> text=REC`;
    await show('/live');
    await page.locator(rec).waitFor();
    const { bavail, bsize } = statfsSync(nvr.storage);
    const other = join(nvr.storage, 'other');
    try {
      writeFileSync(other, Buffer.alloc(bavail * bsize));
    } catch {
      // The recorder took the last block.
    }
    await says(en('ERR_STORAGE_FULL'), alarm('ERR_STORAGE_FULL'));
    await page.locator(rec).waitFor(gone);
    await picture('disk-full');
    await show('/system/health');
    await says(en('ERR_STORAGE_FULL'), 'main');
    rmSync(other);
    await page.locator(alarm('ERR_STORAGE_FULL')).waitFor(gone);
    await show('/live');
    await page.locator(rec).waitFor();
  });
});

describe('a clock that is set', () => {
  it('is said as long as it is not set right again', async () => {
    await show('/system/health');
    nvr.setClock(7200);
    await says(en('ERR_CLOCK'), 'main');
    await picture('clock');
    nvr.setClock(0);
    await page.getByText(en('ERR_CLOCK').title).waitFor(gone);
  });
});
