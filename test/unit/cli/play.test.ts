// fluxvision play: what ffmpeg reads of it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { countDecodedFrames } from '../clip.js';
import { copyOf, passphrase, type Recorded, record, remove } from '../recording/recorded.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { fluxvision } from './run.js';

let recorded: Recorded;
beforeAll(async () => {
  recorded = await record(110);
});
afterAll(() => remove(recorded));
beforeEach(() => {
  vi.stubEnv('FLUXVISION_PASSPHRASE', passphrase);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
});

function play(...more: string[]) {
  const from = String(recorded.segments[0]?.startTime);
  const place = ['--storage', recorded.storage, '--camera', 'door'];
  return fluxvision('play', ...place, '--from', from, '--speed', '0', ...more);
}

const frames = () => recorded.segments.reduce((sum, segment) => sum + segment.frames, 0);

it('writes a stream that decodes to every frame', async () => {
  const out = join(temporaryDirectory(), 'door.h264');
  expect(await play('--out', out)).toMatchObject({ code: 0, stdout: '', stderr: '' });
  expect(readFileSync(out).subarray(0, 4)).toEqual(Buffer.from([0, 0, 0, 1]));
  expect(countDecodedFrames(out)).toBe(frames());
});

it('ends where it is told to', async () => {
  const out = join(temporaryDirectory(), 'door.h264');
  const to = (recorded.segments[0]?.startTime as number) + 1000;
  expect(await play('--out', out, '--to', String(to))).toMatchObject({ code: 0 });
  const decoded = countDecodedFrames(out);
  expect(decoded).toBeGreaterThan(20);
  expect(decoded).toBeLessThan(30);
});

it('writes to standard output by default', async () => {
  const { code, stdout } = await play();
  expect(code).toBe(0);
  expect(stdout.length).toBeGreaterThan(1000);
});

it('plays key frames backwards', async () => {
  const out = join(temporaryDirectory(), 'door.h264');
  const from = String(recorded.segments.at(-1)?.endTime);
  const place = ['--storage', recorded.storage, '--camera', 'door', '--from', from];
  const outcome = await fluxvision('play', ...place, '--speed', '-16', '--out', out);
  expect(outcome.code).toBe(0);
  expect(countDecodedFrames(out)).toBeGreaterThanOrEqual(Math.floor(frames() / 25));
});

it.each([
  ['--speed', '17'],
  ['--speed', ''],
  ['--stream', 'third'],
  ['--camera', '../door'],
])('refuses %s %s', async (...wrong) => {
  expect((await play(...wrong)).code).toBe(2);
});

it('names what it could not write', async () => {
  const outcome = await play('--out', join(copyOf(recorded), 'no', 'folder.h264'));
  expect(outcome.code).toBe(1);
  expect(outcome.stderr).toMatch(/folder\.h264 cannot be written/);
});
