// fluxvision thumbnail: the file that it writes, and what it says.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { passphrase, type Recorded, record, remove } from '../recording/recorded.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { sizeOf } from '../thumbnails/colours.js';
import { fluxvision } from './run.js';

let recorded: Recorded;
beforeAll(async () => {
  recorded = await record(30);
});
afterAll(() => remove(recorded));
beforeEach(() => {
  vi.stubEnv('FLUXVISION_PASSPHRASE', passphrase);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
});

function make(...more: string[]) {
  const at = String((recorded.segments[0]?.startTime as number) + 500);
  const place = ['--storage', recorded.storage, '--camera', 'door'];
  return fluxvision('thumbnail', ...place, '--at', at, ...more);
}

it('writes a JPEG, for its owner alone, and says what it shows', async () => {
  const out = join(temporaryDirectory(), 'door.jpg');
  const outcome = await make('--out', out, '--width', '80');
  expect(outcome).toMatchObject({ code: 0, stdout: '' });
  expect(outcome.stderr).toContain('80x60');
  expect(outcome.stderr).toContain(
    new Date(recorded.segments[0]?.startTime as number).toISOString(),
  );
  expect(sizeOf(readFileSync(out))).toEqual([80, 60]);
  expect(statSync(out).mode & 0o777).toBe(0o600);
});

it('prints what it made as JSON', async () => {
  const out = join(temporaryDirectory(), 'door.jpg');
  const { code, stdout } = await make('--out', out, '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    cameraId: 'door',
    contentType: 'image/jpeg',
    time: recorded.segments[0]?.startTime,
    width: 320,
    height: 240,
    bytes: statSync(out).size,
    out,
  });
});

it('writes to standard output by default', async () => {
  const { code, stdout } = await make();
  expect(code).toBe(0);
  expect(stdout.length).toBeGreaterThan(500);
});

it.each([
  ['--width', '0'],
  ['--quality', '101'],
  ['--stream', 'third'],
  ['--at', 'noon'],
  ['--json'],
])('refuses %s %s', async (...wrong) => {
  expect((await make(...wrong)).code).toBe(2);
});

it('names footage where there is none, and a file that it cannot write', async () => {
  const none = await make('--at', '2026-01-01');
  expect(none.code).toBe(1);
  expect(none.stderr).toMatch(/The next begins at .*ERR_NO_FOOTAGE/);
  const nowhere = await make('--out', join(temporaryDirectory(), 'no', 'door.jpg'));
  expect(nowhere.code).toBe(1);
  expect(nowhere.stderr).toMatch(/door\.jpg cannot be written/);
});
