// Recording through a cryptographic module that makes its own nonces, by the command line alone.
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RtspSimulator } from '../../src/index.js';
import { makeClip, SMALL } from './support/clips.js';
import { folderOfThisFile } from './support/folder.js';

const kRoot = join(import.meta.dirname, '../..');
const CLI = join(kRoot, 'dist/cli/main.js');
const folder = folderOfThisFile();
let simulator: RtspSimulator;

function compile(name: string, ...definitions: string[]): string {
  const library = join(folder, `${name}.so`);
  execFileSync('cc', [
    ...['-std=c11', '-O2', '-shared', '-fPIC', '-fvisibility=hidden', `-I${join(kRoot, 'lib')}`],
    ...[...definitions, join(kRoot, 'test/native/modules/sample_module.c')],
    ...['-o', library, '-lcrypto'],
  ]);
  return library;
}

function fluxvision(args: string[], library = '') {
  const env = {
    ...process.env,
    FLUXVISION_PASSPHRASE: 'correct horse battery staple',
    FLUXVISION_CRYPTO_MODULE: library,
  };
  const run = spawnSync(process.execPath, [CLI, ...args], { encoding: 'utf8', env });
  return { code: run.status, out: run.stdout, err: run.stderr };
}

function record(storage: string, library: string, ...options: string[]) {
  const camera = ['--camera', `cam1=${simulator.urls[0]}`];
  const times = ['--duration', '6', '--segment', '2'];
  return fluxvision(['record', '--storage', storage, ...camera, ...times, ...options], library);
}

function segments(storage: string): string[] {
  const { out } = fluxvision(['segments', '--storage', storage, '--json']);
  return (JSON.parse(out) as { filePath: string }[]).map((row) => join(storage, row.filePath));
}

beforeAll(async () => {
  simulator = await RtspSimulator.start({ clip: makeClip(folder, 'clip.mp4', SMALL), cameras: 1 });
});
afterAll(() => simulator.close());

it('what a module recorded verifies with and without it', () => {
  const library = compile('good');
  const storage = join(folder, 'storage');
  const { code, err } = record(storage, library);
  expect(code, err).toBe(0);
  expect(err).not.toContain('not recorded (');
  const files = segments(storage);
  expect(files.length).toBeGreaterThanOrEqual(2);
  for (const file of files) expect(readFileSync(file)[6], file).toBe(0x81);
  for (const each of [library, '', `${library}:ARIA-256-GCM`]) {
    const verified = fluxvision(['verify', '--storage', storage, '--json'], each);
    expect(JSON.parse(verified.out), verified.err).toMatchObject({ ok: true });
  }
});

it('a module that enters its error state stops the recording, loudly and never in clear', () => {
  // The known answers take 5 of its seals.
  const storage = join(folder, 'stopped');
  const { code, err } = record(storage, compile('later', '-DSAMPLE_FAILS_LATER=8'));
  expect(code, err).toBe(1);
  const summary = err.slice(err.lastIndexOf('fluxvision: camera cam1: '));
  expect(summary).toMatch(/\d+ frames \((storage|waiting-for-key-frame)\)/);
  expect(summary).toContain('not recorded');
  expect(summary).toContain('fluxvision: ERR_CRYPTO_MODULE, ');
  const files = readdirSync(join(storage, 'cam1'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) {
    expect(file.subarray(0, 4).toString()).toBe('FVMS');
    expect(file.includes('matroska')).toBe(false);
  }
});

it('a summary in JSON names what a module that failed kept from being recorded', () => {
  const library = compile('later-json', '-DSAMPLE_FAILS_LATER=8');
  const { code, out, err } = record(join(folder, 'stopped-json'), library, '--json');
  expect(code, err).toBe(1);
  const summary = JSON.parse(out.trimEnd().split('\n').at(-1) as string);
  expect(summary.event).toBe('summary');
  const { notRecorded, framesWritten, framesDropped } = summary.cameras.cam1;
  const frames = Object.values<number>(notRecorded.gaps).reduce((sum, each) => sum + each, 0);
  expect(frames).toBe(framesDropped);
  expect(frames).toBeGreaterThan(0);
  expect(notRecorded.to).toBeGreaterThan(notRecorded.from);
  expect(notRecorded.unfinishedFrames).toBeGreaterThan(0);
  expect(notRecorded.unfinishedFrames).toBeLessThanOrEqual(framesWritten);
  expect(summary.errors).toContainEqual(
    expect.objectContaining({ code: 'ERR_CRYPTO_MODULE', count: expect.any(Number) }),
  );
});
