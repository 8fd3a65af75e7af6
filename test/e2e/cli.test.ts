// The command line as a person or a script uses it: a whole journey, with exit codes.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RtspSimulator } from '../../src/index.js';
import { countFrames, decode, makeClip, SMALL } from './support/clips.js';
import { folderOfThisFile } from './support/folder.js';

const CLI = join(import.meta.dirname, '../../dist/cli/main.js');
const folder = folderOfThisFile();
const storage = join(folder, 'storage');
const environment = { ...process.env, FLUXVISION_PASSPHRASE: 'correct horse battery staple' };
let simulator: RtspSimulator;
let clip: string;

function fluxvision(args: string[], env: NodeJS.ProcessEnv = environment) {
  const run = spawnSync(process.execPath, [CLI, ...args], { encoding: 'utf8', env });
  return { code: run.status, out: run.stdout, err: run.stderr };
}

function json(args: string[]) {
  const { code, out, err } = fluxvision([...args, '--json']);
  expect(err).toBe('');
  return { code, data: JSON.parse(out) };
}

beforeAll(async () => {
  clip = makeClip(folder, 'clip.mp4', SMALL);
  simulator = await RtspSimulator.start({ clip, cameras: 2 });
  const { code, err } = fluxvision([
    ...['record', '--storage', storage, '--duration', '6', '--segment', '2'],
    ...simulator.urls.flatMap((url, i) => ['--camera', `cam${i + 1}=${url}`]),
  ]);
  expect(code, err).toBe(0);
});
afterAll(() => simulator.close());

it('lists what it recorded', () => {
  const { code, data } = json(['segments', '--storage', storage, '--camera', 'cam1']);
  expect(code).toBe(0);
  expect(data.length).toBeGreaterThanOrEqual(3);
  expect(data.every((row: { cameraId: string }) => row.cameraId === 'cam1')).toBe(true);
  const table = fluxvision(['segments', '--storage', storage]);
  expect(table.out).toContain('cam2');
});

it('verifies, and exits 1 with the name of a file that was altered', () => {
  expect(json(['verify', '--storage', storage])).toMatchObject({ code: 0, data: { ok: true } });
  const [row] = json(['segments', '--storage', storage]).data;
  const path = join(storage, row.filePath);
  const original = readFileSync(path);
  const altered = Buffer.from(original);
  altered[500] = (altered[500] as number) ^ 1;
  writeFileSync(path, altered);
  const { code, out, err } = fluxvision(['verify', '--storage', storage]);
  writeFileSync(path, original);
  expect(code).toBe(1);
  expect(out + err).toContain(row.filePath);
});

it('exports a range that ffmpeg plays without an error', () => {
  const [row] = json(['segments', '--storage', storage, '--camera', 'cam1']).data;
  const out = join(folder, 'clip-out.mp4');
  const { code, data } = json([
    ...['export', '--storage', storage, '--camera', 'cam1', '--out', out],
    ...['--from', new Date(row.startTime).toISOString(), '--to', String(row.startTime + 2980)],
  ]);
  expect(code).toBe(0);
  expect(data.frames).toBe(75);
  expect(countFrames(out)).toBe(75);
  expect(decode(out)).toEqual({ errors: '', frames: 75 });
  expect(statSync(out).mode & 0o777).toBe(0o600);
});

it('names the keys and never shows one', () => {
  const { data } = json(['keys', 'list', '--storage', storage]);
  expect(JSON.stringify(data)).toContain('cam2');
  expect(JSON.stringify(data)).not.toMatch(/wrapped|material/);
});

it('tells what the machine can do', () => {
  const { code, data } = json(['doctor']);
  expect(code).toBe(0);
  const names = data.components.map(({ name }: { name: string }) => name).sort();
  expect(names).toEqual(['CUDA', 'EGL', 'NVDEC', 'NVENC']);
});

it('refuses a wrong passphrase with exit code 1 and what to do', () => {
  const { code, err } = fluxvision(['verify', '--storage', storage], {
    ...process.env,
    FLUXVISION_PASSPHRASE: 'wrong',
  });
  expect(code).toBe(1);
  expect(err).toMatch(/passphrase/i);
});

it('exits 2 for wrong usage, naming the argument', () => {
  for (const [args, named] of [
    [['record', '--storage', storage, '--camera', 'no-url'], 'camera'],
    [['export', '--storage', storage, '--camera', 'cam1'], '--from'],
    [['segments', '--storage', storage, '--from', 'yesterdayish'], 'from'],
    [['fly'], 'fly'],
  ] as const) {
    const { code, err } = fluxvision([...args]);
    expect(code, args.join(' ')).toBe(2);
    expect(err).toContain(named);
  }
});

it('exits 1 where no camera ever answers', () => {
  const nowhere = join(folder, 'nowhere');
  mkdirSync(nowhere);
  const { code } = fluxvision([
    ...['record', '--storage', nowhere, '--duration', '1', '--camera', 'x=rtsp://127.0.0.1:1/'],
  ]);
  expect(code).toBe(1);
});

it('simulates cameras with a login, which ffprobe plays, and stops on SIGINT', async () => {
  const child = spawn(
    process.execPath,
    [
      ...[CLI, 'simulate', '--clip', clip, '--cameras', '2', '--port', '0', '--json'],
      ...['--user', 'viewer', '--password', 'secret', '--pacing', 'packet'],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'], env: environment },
  );
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const port = /:(\d+)\/cam1\/main/.exec(line)?.[1];
  const probe = (login: string) =>
    spawnSync('ffprobe', [
      ...['-v', 'error', '-rtsp_transport', 'tcp', '-show_entries', 'stream=width,height'],
      ...['-of', 'csv=p=0', `rtsp://${login}127.0.0.1:${port}/cam2/sub`],
    ]);
  expect(probe('viewer:secret@').stdout.toString()).toContain('320,180');
  expect(probe('viewer:wrong@').status).not.toBe(0);
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  const [code] = await ended;
  expect([0, 130]).toContain(code);
});
