// The addon survives the end of its environment at any moment, and so does what it recorded.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { KeyManager, Recorder, RtspSimulator, verifyRecordings } from '../../src/index.js';
import { makeClip, SMALL } from './support/clips.js';
import { folderOfThisFile } from './support/folder.js';

const run = promisify(execFile);
const ROUNDS = 25;
const folder = folderOfThisFile();
const passphrase = 'correct horse battery staple';
let simulator: RtspSimulator;
let settings: object;

async function makeStorage(name: string): Promise<string> {
  const storage = join(folder, name);
  const keys = await KeyManager.create({
    directory: join(storage, 'keys'),
    passphrase,
    iterations: 100_000,
  });
  await keys.close();
  return storage;
}

/** Recovers and verifies what sudden ends have left. */
async function checkStorage(storage: string): Promise<number> {
  const recorder = await Recorder.open({ storage, passphrase });
  expect(recorder.recovery.problems).toEqual([]);
  await recorder.close();
  const { checked, problems } = await verifyRecordings({ storage, passphrase });
  expect(problems).toEqual([]);
  return checked;
}

beforeAll(async () => {
  simulator = await RtspSimulator.start({
    clip: makeClip(folder, 'clip.mp4', { ...SMALL, gop: 5 }),
    cameras: 2,
  });
  settings = { folder, passphrase, urls: simulator.urls };
});
afterAll(() => simulator.close());

it(`survives worker.terminate() in mid-recording ${ROUNDS} times`, async () => {
  const storage = await makeStorage('worker');
  const script = join(import.meta.dirname, 'scripts/terminate-workers.mjs');
  const { stdout } = await run(process.execPath, [
    script,
    JSON.stringify({ ...settings, rounds: ROUNDS }),
  ]);
  expect(stdout).toContain(`${ROUNDS} workers terminated`);
  expect(await checkStorage(storage)).toBeGreaterThanOrEqual(ROUNDS);
});

it(`survives process.exit() in mid-recording ${ROUNDS} times`, async () => {
  const storage = await makeStorage('process');
  const script = join(import.meta.dirname, 'scripts/recording-worker.mjs');
  for (let round = 0; round < ROUNDS; round += 1) {
    const exitAfterMs = Math.random() * 150;
    const end = await run(process.execPath, [
      script,
      JSON.stringify({ ...settings, storage, exitAfterMs }),
    ]).catch((error) => ({ code: error.code, signal: error.signal, stderr: error.stderr }));
    expect(end, `round ${round}`).toMatchObject({ code: 7, signal: null });
  }
  expect(await checkStorage(storage)).toBeGreaterThanOrEqual(ROUNDS);
});
