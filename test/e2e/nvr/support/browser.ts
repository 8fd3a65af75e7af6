// Debian's Chromium, driven by playwright-core: one browser per test file, a fresh context per test.
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { chromiumPath } from '../../../../scripts/chromium.mjs';
import { readNumber } from '../../../support/counted-clip.js';

/** Without the last ones Chromium looks for its maker's hosts, which are not there. */
const FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update'],
  '--autoplay-policy=no-user-gesture-required',
];

export async function launchBrowser(executablePath = chromiumPath()): Promise<Browser> {
  return chromium.launch({ executablePath, headless: true, args: FLAGS });
}

/** What a page said or did that it should not have. */
export interface PageFaults {
  /** Messages of the console of level error, and exceptions. */
  errors: string[];
}

export interface PageOptions {
  locale?: string;
  width?: number;
  height?: number;
  colorScheme?: 'dark' | 'light';
}

export interface OpenedPage {
  context: BrowserContext;
  page: Page;
  faults: PageFaults;
}

/** A page of a new context, with its errors collected. */
export async function openPage(browser: Browser, options: PageOptions = {}): Promise<OpenedPage> {
  const { locale = 'en-GB', width = 1280, height = 800, colorScheme = 'dark' } = options;
  const context = await browser.newContext({
    ignoreHTTPSErrors: true,
    locale,
    colorScheme,
    viewport: { width, height },
  });
  const page = await context.newPage();
  const faults: PageFaults = { errors: [] };
  page.on('console', (message) => {
    if (message.type() === 'error') faults.errors.push(message.text());
  });
  page.on('pageerror', (error) => faults.errors.push(`${error}`));
  return { context, page, faults };
}

/** A page for the test that runs: it goes with it. */
export async function openForTest(browser: Browser, options?: PageOptions): Promise<OpenedPage> {
  const opened = await openPage(browser, options);
  onTestFinished(() => opened.context.close());
  return opened;
}

/** As {@link openForTest}; a test whose page has errors fails. */
export async function openFaultless(browser: Browser, options?: PageOptions): Promise<Page> {
  const { page, faults } = await openForTest(browser, options);
  onTestFinished(() => expect(faults.errors).toEqual([]));
  return page;
}

/**
 * The number of the picture that the first canvas or video inside of `selector` shows now (see
 * counted-clip.ts); undefined where there is none yet.
 */
export async function shownNumber(page: Page, selector: string): Promise<number | undefined> {
  const picture = await page.evaluate((where) => {
    const source = document.querySelector(where)?.querySelector('canvas, video');
    const isVideo = source instanceof HTMLVideoElement;
    if (!isVideo && !(source instanceof HTMLCanvasElement)) return undefined;
    const wide = isVideo ? source.videoWidth : source.width;
    const high = isVideo ? source.videoHeight : source.height;
    if (wide === 0 || high === 0) return undefined;
    // Small: the pixels travel as text.
    const width = 160;
    const height = Math.round((width * high) / wide);
    const copy = new OffscreenCanvas(width, height);
    const context = copy.getContext('2d');
    context?.drawImage(source, 0, 0, width, height);
    const pixels = context?.getImageData(0, 0, width, Math.ceil(height / 4)).data;
    return pixels && { width, height, pixels: Array.from(pixels) };
  }, selector);
  return picture && readNumber(picture.pixels, picture.width, picture.height);
}

/** What {@link shownNumber} says of each of them, at one moment; with the `data-position` beside it. */
export async function shownNumbers(
  page: Page,
  selectors: readonly string[],
): Promise<{ number: number | undefined; position: number }[]> {
  // As text: the page's security policy lets nothing else in, and pixels would travel long.
  return page.evaluate(`(() => {
    const readNumber = ${readNumber};
    return ${JSON.stringify(selectors)}.map((where) => {
      const source = document.querySelector(where)?.querySelector('canvas, video');
      const position = Number(source?.dataset.position);
      const high = source?.videoHeight || source?.height;
      const wide = source?.videoWidth || source?.width;
      if (!source || !(wide > 0 && high > 0)) return { number: undefined, position };
      const height = Math.round((160 * high) / wide);
      const context = new OffscreenCanvas(160, height).getContext('2d');
      context.drawImage(source, 0, 0, 160, height);
      const pixels = context.getImageData(0, 0, 160, Math.ceil(height / 4)).data;
      return { number: readNumber(pixels, 160, height), position };
    });
  })()`);
}

interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  /** Microseconds of processor time. */
  tdur?: number;
  args: { name?: string };
}

/**
 * From now on, until what it resolves with is called: that tells the longest task of a page's main
 * thread, in milliseconds of processor time. What other processes take of a busy machine is no fault of
 * the page.
 */
export async function watchTasks(browser: Browser, page: Page): Promise<() => Promise<number>> {
  const categories = ['-*', 'disabled-by-default-devtools.timeline', '__metadata'];
  await browser.startTracing(page, { categories });
  return async () => {
    const trace = (await browser.stopTracing()).toString('utf8');
    const { traceEvents } = JSON.parse(trace) as { traceEvents: TraceEvent[] };
    const mainThreads = new Set(
      traceEvents
        .filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
        .map(({ pid, tid }) => `${pid}/${tid}`),
    );
    const tasks = traceEvents.filter(
      ({ name, pid, tid }) => name === 'RunTask' && mainThreads.has(`${pid}/${tid}`),
    );
    if (tasks.length === 0) throw new Error('Chromium told of no task');
    return tasks.reduce((longest, { tdur = 0 }) => Math.max(longest, tdur / 1000), 0);
  };
}
