// What `npm run demo` starts, as somebody meets it who opens what it prints.
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { makeCountedClip } from '../../support/counted-clip.js';
import { launchBrowser, openPage, shownNumber } from './support/browser.js';
import { firstNumber, tileOf, until } from './support/journey.js';
import { PASSWORD } from './support/nvr.js';

const DEMO = fileURLToPath(new URL('../../../scripts/demo.mjs', import.meta.url));
const PLACES = ['main-gate', 'corridor', 'car-park', 'lobby'];

it('is one click from moving pictures, and leaves nothing behind but what it recorded', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'fluxvision-demo-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const output = join(directory, 'output');
  const temporary = join(directory, 'tmp');
  mkdirSync(temporary);
  makeFilms(join(output, 'films'));
  const demo = startDemo(output, temporary);

  const [, address] = await until(
    () => /Open +(https:\S+)/.exec(demo.said()) ?? undefined,
    'the address',
    60_000,
  );
  const browser = await launchBrowser();
  onTestFinished(() => browser.close());
  const { page, faults } = await openPage(browser);
  await page.goto(address ?? '');
  await page.getByLabel('User name').fill('kim');
  for (const field of await page.locator('input[type=password]').all()) await field.fill(PASSWORD);
  await page.locator('button[type=submit]').click();
  for (const place of PLACES) {
    const first = await firstNumber(page, tileOf(place));
    await until(async () => (await shownNumber(page, tileOf(place))) !== first, place);
  }
  expect(faults.errors).toEqual([]);
  await browser.close();

  demo.interrupt();
  expect(await demo.ended).toBe(0);
  expect(demo.said()).toMatch(/Verified [1-9]\d* segments: all .* as they were recorded/);
  expect(demo.isRunning()).toBe(false);
  expect(readdirSync(temporary)).toEqual([]);
  expect(readdirSync(output).sort()).toEqual(['films', 'nvr.yaml', 'passphrase.txt', 'storage']);
});

/** Painting its own takes it half a minute; these are quick, and tell when they move. */
function makeFilms(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const clip = makeCountedClip({ path: join(folder, `${PLACES[0]}.mp4`), seconds: 4 });
  for (const place of PLACES) {
    for (const name of [`${place}.mp4`, `${place}-sub.mp4`]) {
      if (join(folder, name) !== clip) copyFileSync(clip, join(folder, name));
    }
  }
}

/** In a group of its own, so that whatever it starts can be found. */
function startDemo(output: string, temporary: string) {
  const child = spawn(process.execPath, [DEMO, '--port', '0', '--output', output], {
    detached: true,
    env: { ...process.env, TMPDIR: temporary },
  });
  const group = -(child.pid ?? 0);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const isRunning = () => {
    try {
      return process.kill(group, 0);
    } catch {
      return false;
    }
  };
  onTestFinished(() => {
    if (isRunning()) process.kill(group, 'SIGKILL');
  });
  return {
    said: () => said,
    interrupt: () => child.kill('SIGINT'),
    ended: new Promise((resolve) => child.once('close', resolve)),
    isRunning,
  };
}
