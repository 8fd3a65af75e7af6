// The command line records under every kind of name, is killed, and finds everything again.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { KeyManager, Recorder, RtspSimulator, type SegmentRecord } from '../../src/index.js';
import { countFrames, decode, makeClip, SMALL } from './support/clips.js';
import { folderOfThisFile } from './support/folder.js';

const CLI = join(import.meta.dirname, '../../dist/cli/main.js');
const folder = folderOfThisFile();
const storage = join(folder, 'storage');
const passphrase = 'correct horse battery staple';
const passphraseFile = join(folder, 'passphrase');
const names = {
  seconds: /^\d{10}$/,
  fvd: /^\d{10}\.fvd$/,
  hash: /^[0-9a-f]{32}$/,
  jpeg: /^thumb_\d{5}\.jpg$/,
};
let simulator: RtspSimulator;

beforeAll(async () => {
  writeFileSync(passphraseFile, passphrase, { mode: 0o600 });
  simulator = await RtspSimulator.start({ clip: makeClip(folder, 'clip.mp4', SMALL) });
  const keys = await KeyManager.create({
    ...{ directory: join(storage, 'keys'), passphrase, iterations: 100_000 },
  });
  await keys.close();
});
afterAll(() => simulator.close());

function startRecording(kind: string): ChildProcess {
  const options = ['--storage', storage, '--segment', '2', '--file-names', kind, '--json'];
  const camera = ['--camera', `gate=${simulator.urls[0]}`, '--passphrase-file', passphraseFile];
  const args = [CLI, 'record', ...options, ...camera];
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Waits until a segment is finished and the next one is being written. */
async function firstSegment(child: ChildProcess): Promise<void> {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const events: string[] = [];
  for await (const line of lines) {
    events.push(JSON.parse(line).event);
    if (events.at(-1) === 'segment') break;
  }
  expect(events, 'the recorder ended by itself').toContain('segment');
  child.stdout?.resume();
  // Long enough for some chunks of the next one; how many does not matter.
  await new Promise((resolve) => setTimeout(resolve, 700));
}

function fluxvision(...args: string[]) {
  const options = ['--storage', storage, '--passphrase-file', passphraseFile];
  return spawnSync(process.execPath, [CLI, ...args, ...options], { encoding: 'utf8' });
}

const rows: SegmentRecord[] = [];

it.each(Object.keys(names) as (keyof typeof names)[])(
  'a killed recorder leaves files named %s that the next start recovers',
  async (kind) => {
    const child = startRecording(kind);
    await firstSegment(child);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;

    const recorder = await Recorder.open({ storage, passphrase });
    const { recovered, quarantined, problems } = recorder.recovery;
    const all = recorder.index.segments({ cameraId: 'gate' });
    await recorder.close();
    expect([...quarantined, ...problems]).toEqual([]);
    expect(recovered.map(({ state }) => state)).toContain('recovered');
    for (const { filePath } of recovered) {
      expect(filePath.split('/').at(-1)).toMatch(names[kind]);
    }
    rows.splice(0, rows.length, ...all);
    const verified = fluxvision('verify');
    expect(verified.status, verified.stderr).toBe(0);
  },
);

it('the storage then holds all kinds side by side, and exports as one clip', () => {
  const days = readdirSync(join(storage, 'gate'));
  const files = days.flatMap((day) => readdirSync(join(storage, 'gate', day)));
  for (const form of Object.values(names)) {
    expect(files.filter((name) => form.test(name)).length).toBeGreaterThan(1);
  }
  const out = join(folder, 'exported.mp4');
  const from = new Date(rows[0]?.startTime as number).toISOString();
  const to = new Date(rows.at(-1)?.endTime as number).toISOString();
  const run = fluxvision(
    'export',
    ...['--camera', 'gate', '--from', from, '--to', to, '--out', out],
  );
  expect(run.status, run.stderr).toBe(0);
  expect(countFrames(out)).toBe(rows.reduce((sum, { frames }) => sum + frames, 0));
  expect(decode(out).errors).toBe('');
});

it('refuses pictures in front of version 1 files', () => {
  const run = fluxvision(
    ...['record', '--camera', `gate=${simulator.urls[0]}`, '--duration', '1'],
    ...['--format-version', '1', '--file-names', 'jpeg'],
  );
  expect(run.status).not.toBe(0);
  expect(run.stderr).toContain('formatVersion 1');
});
