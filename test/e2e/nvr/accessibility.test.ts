// Every page and what opens over it, in both languages and themes, on a desk and on a phone: by the rules of
// WCAG 2.2 AA that a program can check.
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
}

const gate = (text: string) => text.replace('{{name}}', 'Gate');
const admin = (text: string) => text.replace('{{name}}', 'admin');

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
  },
  { path: '/playback' },
  { path: '/events', opens: ({ events }) => [[events.newBookmark]] },
  { path: '/exports' },
  {
    path: '/cameras',
    opens: ({ cameras, common }) => [
      [gate(cameras.actionsOf)],
      [gate(cameras.actionsOf), common.remove],
      [gate(cameras.actionsOf), cameras.snapshot],
    ],
  },
  { path: '/cameras/add' },
  { path: '/cameras/edit/cam1' },
  { path: '/users', opens: ({ users }) => [[users.add], ['admin']] },
  { path: '/system/health' },
  { path: '/system/sessions' },
  { path: '/system/storage' },
  { path: '/system/keys', opens: ({ system }) => [[system.keys.rotate]] },
  { path: '/system/audit' },
  { path: '/system/logs' },
  { path: '/system/api-keys', opens: ({ system }) => [[system.apiKeys.make]] },
  { path: '/system/nodes', opens: ({ system }) => [[system.nodes.add]] },
  { path: '/servers' },
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
    await second.reload();
    await second.check('login');
    await second.logIn(1);
    await each(async (visit) => {
      for (const visited of VISITED) await visit.to(visited);
    });
    expect(visits.flatMap(({ faults }) => faults.errors)).toEqual([]);
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

/** A page in one language and theme, and all that was found wrong. */
class Visit {
  readonly found: string[] = [];
  readonly words: Words;

  private constructor(
    readonly page: Page,
    readonly faults: PageFaults,
    readonly language: 'en' | 'ko',
    /** What opens over a page is looked at in this size alone. */
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

  async to({ path, opens }: Visited): Promise<void> {
    await this.page.evaluate((to) => history.pushState(null, '', to), path);
    await this.check(path);
    await this.page.setViewportSize(this.size);
    for (const opening of opens?.(this.words) ?? []) await this.open(path, opening);
  }

  private async open(path: string, opening: Opening): Promise<void> {
    const { page } = this;
    const what = `${path} ${opening.join(', ')}`;
    const over = page.locator('[role=dialog], [role=menu]').first();
    const [opener, ...rest] = opening.map((name) => this.named(name));
    await opener?.click();
    for (const next of rest) await next.click();
    await over.waitFor();
    await this.look(what);
    await page.keyboard.press('Escape');
    await over.waitFor({ state: 'detached' });
    const isBack = () => opener?.evaluate((element) => element === document.activeElement);
    await until(isBack, `${what}: the focus`, 5000);
  }

  /** At both sizes. */
  async check(what: string): Promise<void> {
    const { page } = this;
    await page.locator('h1, h2').first().waitFor();
    const waits = page.locator('main output[aria-label]:not(section *)');
    await until(async () => (await waits.count()) === 0, what);
    for (const size of [DESK, PHONE]) {
      await page.setViewportSize(size);
      await this.look(`${what} at ${size.width}`);
    }
  }

  private async look(what: string): Promise<void> {
    const wrong = await violations(this.page);
    const beyond = await beyondTheScreen(this.page);
    wrong.push(...beyond.map((element) => `beyond the screen: ${element}`));
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
