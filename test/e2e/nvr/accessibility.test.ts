// Every page and what opens over it, in both languages and themes, on a desk and on a phone: by the rules of
// WCAG 2.2 AA that a program can check.
import { permissionsOf } from '@fluxvision/core';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { federationOf } from '../../../examples/nvr/server/federation/federation.js';
import { streamingOf } from '../../../examples/nvr/server/streaming.js';
import { beyondTheScreen, injectAxe, violations } from './support/axe.js';
import { launchBrowser, openPage, type PageFaults } from './support/browser.js';
import { type CountedCameras, countedCameras, until } from './support/journey.js';
import { PASSWORD, startNvr, type TestNvr } from './support/nvr.js';
import { type Words, wordsOf } from './support/words.js';

const DESK = { width: 1280, height: 800 };
const PHONE = { width: 375, height: 740 };

/** Names of what is pressed, one after another, until something lies over the page. */
type Opening = readonly (string | RegExp)[];

interface Visited {
  path: string;
  opens?: (words: Words) => Opening[];
  /** Done on the page before it is looked at once more. */
  does?: (page: Page, words: Words) => Promise<void>;
}

const gate = (text: string) => text.replace('{{name}}', 'Gate');
const admin = (text: string) => text.replace('{{name}}', 'admin');
const guard = (text: string) => text.replace('{{name}}', 'guard');
const site = (text: string) => text.replace('{{name}}', 'Site 2');
/** Nobody answers there. */
const AWAY = 'https://127.0.0.1:9';

const VISITED: readonly Visited[] = [
  {
    path: '/live',
    opens: ({ live, common }) => [
      [live.keys.title],
      [/^2×2$/],
      [/^2×2$/, live.layout.save],
      [gate(live.tools.menu)],
      [admin(common.userMenu)],
      [new RegExp(`^${common.troubles.title}`)],
    ],
    does: (page, { live }) =>
      page.getByRole('button', { name: live.tour.replace('{{count}}', '10') }).press('Enter'),
  },
  {
    path: '/playback',
    opens: ({ playback }) => [[playback.help], [playback.bookmark]],
  },
  { path: '/search', opens: ({ search }) => [[search.allCameras]] },
  { path: '/events', opens: ({ events }) => [[events.newBookmark]] },
  // The oldest is the one that is done.
  { path: '/exports', opens: ({ exports }) => [[exports.again], [exports.remove]] },
  {
    path: '/cameras',
    opens: ({ cameras, common }) => [
      [gate(cameras.actionsOf)],
      [gate(cameras.actionsOf), common.remove],
      [gate(cameras.actionsOf), cameras.snapshot],
    ],
  },
  {
    path: '/cameras/add',
    does: async (page, { cameras: { wizard, field, test } }) => {
      await page.getByRole('tab', { name: wizard.address }).click();
      await page.getByLabel(field.url).fill('rtsp://127.0.0.1:9/none');
      await page.getByRole('button', { name: test }).click();
      await page.getByText(wizard.step.failed).waitFor();
    },
  },
  { path: '/cameras/edit/cam1' },
  {
    path: '/users',
    opens: ({ users, common }) => [
      [users.add],
      ['guard'],
      [guard(users.actionsOf), users.resetPassword],
      [guard(users.actionsOf), common.remove],
    ],
  },
  { path: '/system/health' },
  { path: '/system/sessions', opens: ({ system }) => [[system.sessions.kick]] },
  { path: '/system/storage' },
  { path: '/system/keys', opens: ({ system: { keys } }) => [[keys.rotate], [keys.lock]] },
  { path: '/system/audit' },
  { path: '/system/logs' },
  {
    path: '/system/api-keys',
    opens: ({ system: { apiKeys } }) => [[apiKeys.make], [apiKeys.revoke]],
  },
  {
    path: '/system/nodes',
    opens: ({ nodes, common }) => [
      [nodes.manual],
      [site(nodes.actionsOf), common.edit],
      [site(nodes.actionsOf), common.remove],
      // Whoever comes second finds one made.
      [new RegExp(`^(${nodes.own.make}|${nodes.own.makeAnother})$`)],
    ],
  },
  {
    path: '/servers',
    opens: ({ servers }) => [[site(servers.editOf)], [site(servers.removeOf)]],
  },
  { path: '/servers/site2' },
  { path: '/account' },
  { path: '/nowhere' },
];

let browser: Browser;
let cameras: CountedCameras;
let nvr: TestNvr;

beforeAll(async () => {
  cameras = await countedCameras(2);
  browser = await launchBrowser();
  nvr = await startNvr({
    accounts: false,
    cameras: [
      ...cameras.cameras.map((camera, i) => ({ ...camera, name: ['Gate', 'Yard'][i] ?? '' })),
      { id: 'cam3', name: 'Roof', url: 'rtsp://127.0.0.1:9/none' },
    ],
  });
});

afterAll(async () => {
  await browser?.close();
  await nvr?.close();
  await cameras?.close();
});

describe('the interface', () => {
  it('breaks no rule of WCAG 2.2 AA, is no wider than a phone, and gives the focus back', async () => {
    const first = await Visit.begin('en', 'dark', DESK);
    const second = await Visit.begin('ko', 'light', PHONE);
    const visits = [first, second];
    await each((visit) => visit.check('setup'));
    await first.logIn(2);
    await furnish();
    await first.reload();
    await second.reload();
    await second.check('login');
    await second.logIn(1);
    // At a login a page with other servers is loaded anew, without what was put into it.
    takeIn();
    await each(async (visit) => {
      for (const visited of VISITED) await visit.to(visited);
    });
    const errors = visits.flatMap(({ faults }) => faults.errors);
    expect(errors.filter((error) => !error.includes(AWAY))).toEqual([]);
    await nvr.nvr.lock();
    await each(async (visit) => {
      await visit.reload();
      await visit.check('unlock');
    });
    expect(visits.flatMap(({ found }) => found)).toEqual([]);

    async function each(go: (visit: Visit) => Promise<void>): Promise<void> {
      await Promise.all(visits.map(go));
    }
  }, 300_000);
});

/** What has dialogs of its own: a user, a key, another server, and exports, one of which failed. */
async function furnish(): Promise<void> {
  const { sessions, recorder } = nvr.nvr;
  await nvr.addUser('guard', permissionsOf('VIEWER'));
  sessions.apiKeys.create({ label: 'Site 2', scopes: ['metadata'] });
  const client = await nvr.loginAs('admin');
  await client.put('/api/account/preferences', {
    servers: [{ id: 'site2', name: 'Site 2', address: AWAY, favourite: true, group: 'Sites' }],
  });
  const { startTime } = await until(
    () => recorder.index.segments({ cameraId: 'cam1', stream: 0 })[0],
    'footage',
  );
  const { exports } = streamingOf(nvr.nvr);
  for (const start of [startTime, 1]) {
    const request = { cameras: ['cam1'], start, end: start + 1000, reason: 'Case 42' };
    await exports.create(request, { userId: 'admin', username: 'admin' });
  }
  await until(() => exports.list().every(({ expiresAt }) => expiresAt), 'the exports');
}

/** Another server, which does not answer. */
function takeIn(): void {
  federationOf(nvr.nvr).registry.add({
    ...{ id: '7b1cf0de-0000-4000-8000-000000000002', label: 'Site 2', name: 'site2', url: AWAY },
    ...{ fingerprint: Array(32).fill('AB').join(':'), apiKey: `fvk_${'a'.repeat(60)}` },
  });
}

/** A page in one language and theme, and all that was found wrong. */
class Visit {
  readonly found: string[] = [];
  readonly words: Words;

  private constructor(
    readonly page: Page,
    readonly faults: PageFaults,
    readonly language: 'en' | 'ko',
    /** What opens over a page is looked at in this size alone, and so are pages by the rules. */
    readonly size: typeof DESK,
  ) {
    this.words = wordsOf(language);
  }

  static async begin(
    language: 'en' | 'ko',
    theme: 'dark' | 'light',
    size: typeof DESK,
  ): Promise<Visit> {
    const locale = { en: 'en-GB', ko: 'ko-KR' }[language];
    const { page, faults } = await openPage(browser, { locale });
    // What fades in is looked at when it is there.
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.addInitScript((chosen) => localStorage.setItem('fluxvision.theme', chosen), theme);
    const token = language === 'en' ? `#token=${nvr.setupToken}` : '';
    await page.goto(`${nvr.url}/setup${token}`);
    await injectAxe(page);
    return new Visit(page, faults, language, size);
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await injectAxe(this.page);
  }

  /** The page of the first start asks for the password twice. */
  async logIn(passwords: number): Promise<void> {
    const { page } = this;
    await page.locator('input[autocomplete=username]').fill('admin');
    for (let i = 0; i < passwords; i += 1)
      await page.locator('input[type=password]').nth(i).fill(PASSWORD);
    await page.locator('button[type=submit]').click();
    await page.waitForURL('**/live');
  }

  async to({ path, opens, does }: Visited): Promise<void> {
    await this.page.evaluate((to) => history.pushState(null, '', to), path);
    await this.check(path);
    await this.page.setViewportSize(this.size);
    for (const opening of opens?.(this.words) ?? []) await this.open(path, opening);
    if (!does) return;
    await does(this.page, this.words);
    await this.look(`${path}, used`);
  }

  private async open(path: string, opening: Opening): Promise<void> {
    const { page } = this;
    const what = `${path} ${opening.join(', ')}`;
    const over = page.locator('[role=dialog], [role=menu]').first();
    const [opener, ...rest] = opening.map((name) => this.named(name));
    await opener?.click();
    for (const next of rest) await next.click();
    await over.waitFor();
    const isIn = () => over.evaluate((element) => element.contains(document.activeElement));
    await until(isIn, `${what}: the focus to go in`, 5000);
    await this.look(what);
    await page.keyboard.press('Escape');
    await over.waitFor({ state: 'detached' });
    const isBack = () => opener?.evaluate((element) => element === document.activeElement);
    await until(isBack, `${what}: the focus to come back`, 5000);
  }

  /**
   * By its rules at the size of this visit, of which most do not ask for the size; at the other one whether
   * all of it is on the screen, which hangs on the language.
   */
  async check(what: string): Promise<void> {
    const { page } = this;
    await page.locator('h1, h2').first().waitFor();
    const waits = page.locator('main output[aria-label]:not(section *)');
    await until(async () => (await waits.count()) === 0, what);
    for (const size of [DESK, PHONE]) {
      await page.setViewportSize(size);
      const at = `${what} at ${size.width}`;
      if (size === this.size) await this.look(at);
      else await this.fits(at);
    }
  }

  private async look(what: string): Promise<void> {
    this.note(what, await violations(this.page));
    await this.fits(what);
  }

  private async fits(what: string): Promise<void> {
    const beyond = await beyondTheScreen(this.page);
    this.note(
      what,
      beyond.map((element) => `beyond the screen: ${element}`),
    );
  }

  private note(what: string, wrong: readonly string[]): void {
    this.found.push(...wrong.map((text) => `${this.language} ${what}: ${text}`));
  }

  /** In the page rather than in the frame around it, and in what lies over it rather than below. */
  private named(name: string | RegExp): Locator {
    const { page } = this;
    const exact = typeof name === 'string';
    const buttons = page.getByRole('button', { name, exact });
    return buttons.or(page.getByRole('menuitem', { name, exact })).last();
  }
}
