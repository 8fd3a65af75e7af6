// kill -9 at random moments: the index and the files agree afterwards, under a second is missing, and
// recording goes on in a new file.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  KeyManager,
  Recorder,
  RecordingIndex,
  RtspSimulator,
  verifyRecordings,
} from '../../src/index.js';
import { makeClip, SMALL, SUB } from './support/clips.js';
import { folderOfThisFile } from './support/folder.js';

const CLI = join(import.meta.dirname, '../../dist/cli/main.js');
const KILLS = 10;
const folder = folderOfThisFile();
const storage = join(folder, 'storage');
const passphrase = 'correct horse battery staple';
const cameras = [
  { id: 'main', path: '/cam1/main', fps: SMALL.fps },
  { id: 'sub', path: '/cam1/sub', fps: SUB.fps },
];
let simulator: RtspSimulator;

beforeAll(async () => {
  writeFileSync(join(folder, 'passphrase'), passphrase, { mode: 0o600 });
  simulator = await RtspSimulator.start({
    clip: makeClip(folder, 'main.mp4', SMALL),
    subClip: makeClip(folder, 'sub.mp4', SUB),
    sentLogCapacity: 20_000,
  });
  // Fewer rounds than the default: the key is derived twenty times here.
  const keys = await KeyManager.create({
    directory: join(storage, 'keys'),
    passphrase,
    iterations: 100_000,
  });
  await keys.close();
});
afterAll(() => simulator.close());

/** Starts `fluxvision record` and waits until every camera plays. */
async function startRecorder(): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    [
      ...[CLI, 'record', '--storage', storage, '--segment', '2', '--json'],
      ...['--passphrase-file', join(folder, 'passphrase')],
      ...cameras.flatMap(({ id, path }) => [
        '--camera',
        `${id}=rtsp://127.0.0.1:${simulator.port}${path}`,
      ]),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const playing = new Set<string>();
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const event = JSON.parse(line);
    if (event.event === 'camera' && event.state === 'playing') playing.add(event.cameraId);
    if (playing.size === cameras.length) break;
  }
  child.stdout?.resume();
  return child;
}

async function rowsOf(id: string) {
  const index = await RecordingIndex.open({ storage, readOnly: true });
  try {
    return index.segments({ cameraId: id });
  } finally {
    await index.close();
  }
}

it(`loses under a second to each of ${KILLS} kills and goes on`, { timeout: 300_000 }, async () => {
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const before = new Map<string, number>();
    for (const { id } of cameras) {
      const rows = existsSync(join(storage, 'index.db')) ? await rowsOf(id) : [];
      before.set(id, rows.length);
    }
    const began = Date.now();
    const child = await startRecorder();
    await sleep(randomInt(200, 3500));
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    const killedAt = Date.now();
    await ended;

    // What every start does first.
    const recorder = await Recorder.open({ storage, passphrase });
    expect(recorder.recovery.problems, `kill ${kill}`).toEqual([]);
    await recorder.close();

    const report = await verifyRecordings({ storage, passphrase });
    expect(report.problems, `kill ${kill}`).toEqual([]);
    for (const { id, path, fps } of cameras) {
      const rows = (await rowsOf(id)).slice(before.get(id));
      const recorded = rows.reduce((sum, { frames }) => sum + frames, 0);
      const sent = simulator.sentFrames(path).filter(({ sentAt }) => sentAt >= began);
      const owed = sent.filter(({ sentAt }) => sentAt <= killedAt - 1000).length;
      expect(recorded, `kill ${kill}, ${id}: sent ${sent.length}`).toBeGreaterThanOrEqual(owed);
      expect(recorded).toBeLessThanOrEqual(sent.length + fps);
    }
  }
  for (const { id } of cameras) {
    const rows = await rowsOf(id);
    expect(rows.filter(({ state }) => state === 'recovered').length).toBeGreaterThan(0);
    expect(new Set(rows.map(({ filePath }) => filePath)).size).toBe(rows.length);
  }
});
