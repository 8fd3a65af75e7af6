// Decoding in JavaScript survives the end of its environment at any moment.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RtspSimulator } from '../../src/index.js';
import { makeClip, SMALL } from './support/clips.js';
import { folderOfThisFile } from './support/folder.js';

const run = promisify(execFile);
const ROUNDS = 15;
const script = join(import.meta.dirname, 'scripts/decoding-worker.mjs');
const folder = folderOfThisFile();
let simulator: RtspSimulator;

beforeAll(async () => {
  simulator = await RtspSimulator.start({
    clip: makeClip(folder, 'clip.mp4', { ...SMALL, gop: 5 }),
    cameras: 2,
  });
});
afterAll(() => simulator.close());

it(`survives worker.terminate() while frames are read and copied, ${ROUNDS} times`, async () => {
  const options = { urls: simulator.urls, rounds: ROUNDS };
  const { stdout } = await run(process.execPath, [script, 'terminate', JSON.stringify(options)]);
  expect(stdout).toContain(`${ROUNDS} workers terminated`);
});

it('survives process.exit() while frames are read and copied', async () => {
  for (let round = 0; round < 5; round += 1) {
    const options = { urls: simulator.urls, exitAfterMs: Math.random() * 150 };
    const end = await run(process.execPath, [script, 'exit', JSON.stringify(options)]).catch(
      ({ code, signal }) => ({ code, signal }),
    );
    expect(end, `round ${round}`).toMatchObject({ code: 7, signal: null });
  }
});

it('lets a process end by itself once all is closed', async () => {
  const options = { urls: simulator.urls };
  const { stdout } = await run(process.execPath, [script, 'close', JSON.stringify(options)]);
  expect(stdout).toContain('closed');
});
