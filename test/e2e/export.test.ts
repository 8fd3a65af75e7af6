// Evidence on its way: exported at the command line, checked by someone who has neither storage nor
// key, and opened by another recorder.
import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RtspSimulator } from '../../src/index.js';
import { countFrames, decode, makeClip, SMALL } from './support/clips.js';
import { folderOfThisFile } from './support/folder.js';

const CLI = join(import.meta.dirname, '../../dist/cli/main.js');
const folder = folderOfThisFile();
const storage = join(folder, 'storage');
const environment: NodeJS.ProcessEnv = {
  ...process.env,
  FLUXVISION_PASSPHRASE: 'correct horse battery staple',
};
const range = ['--from', '2020-01-01', '--to', '2100-01-01'];
const cameras = ['--camera', 'cam1', '--camera', 'cam2'];
let simulator: RtspSimulator;

function fluxvision(args: string[], env = environment) {
  const run = spawnSync(process.execPath, [CLI, ...args], { encoding: 'utf8', env });
  return { code: run.status, out: run.stdout, err: run.stderr };
}

/** Exports both cameras, and returns what the command printed as JSON. */
function exportTo(name: string, more: string[] = [], env = environment) {
  const directory = join(folder, name);
  mkdirSync(directory);
  const args = ['export', '--storage', storage, ...cameras, ...range, '--directory', directory];
  const { code, out, err } = fluxvision([...args, ...more, '--json'], env);
  expect(code, err).toBe(0);
  return JSON.parse(out);
}

beforeAll(async () => {
  const clip = makeClip(folder, 'clip.mp4', SMALL);
  simulator = await RtspSimulator.start({ clip, cameras: 2 });
  const { code, err } = fluxvision([
    ...['record', '--storage', storage, '--duration', '5', '--segment', '2'],
    ...simulator.urls.flatMap((url, i) => ['--camera', `cam${i + 1}=${url}`]),
  ]);
  expect(code, err).toBe(0);
});
afterAll(() => simulator.close());

it('exports clips that play, and that a stranger verifies on another machine', () => {
  const { directory, manifest } = exportTo('clips', ['--reason', 'case 2026-117']);
  const stranger = join(folder, 'usb');
  cpSync(directory, stranger, { recursive: true });
  const { fingerprint } = manifest.signer;
  const { FLUXVISION_PASSPHRASE: _, ...nothing } = environment;
  const { code, out } = fluxvision(['verify-export', stranger, '--key', fingerprint], nothing);
  expect(code).toBe(0);
  expect(out).toContain('case 2026-117');
  expect(out).toContain(fingerprint);
  for (const file of manifest.files) {
    const path = join(stranger, file.path);
    expect(countFrames(path)).toBe(file.frames);
    expect(decode(path)).toEqual({ errors: '', frames: file.frames });
  }
  expect(fluxvision(['audit', 'verify', '--storage', storage], nothing).out).toContain(fingerprint);
  const compared = fluxvision(['verify-export', stranger, '--storage', storage], nothing);
  expect(compared.code).toBe(0);

  const clip = join(stranger, 'cam2.mp4');
  const bytes = readFileSync(clip);
  bytes[1000] = (bytes[1000] as number) ^ 1;
  writeFileSync(clip, bytes);
  const altered = fluxvision(['verify-export', stranger], nothing);
  expect(altered.code).toBe(1);
  expect(altered.out).toContain('cam2.mp4');
});

it('exports sealed segments that another storage opens with the passphrase', () => {
  const env = { ...environment, FLUXVISION_PACKAGE_PASSPHRASE: 'for the court' };
  const { directory, manifest } = exportTo('sealed', ['--format', 'sealed'], env);
  expect(fluxvision(['verify-export', directory, '--open'], env).code).toBe(0);
  const wrong = { ...env, FLUXVISION_PACKAGE_PASSPHRASE: 'guess' };
  expect(fluxvision(['verify-export', directory, '--open'], wrong).out).toContain(
    'ERR_KEY_PASSPHRASE',
  );

  // Another recorder: its storage takes the keys, and the segments as files without rows.
  const theirs = join(folder, 'theirs');
  const made = fluxvision([
    ...['record', '--storage', theirs, '--duration', '1', '--camera', `x=${simulator.urls[0]}`],
  ]);
  expect(made.code, made.err).toBe(0);
  const imported = fluxvision(
    ['keys', 'import', '--storage', theirs, join(directory, 'keys.json')],
    env,
  );
  expect(imported.code, imported.err).toBe(0);
  for (const file of manifest.files) {
    if (file.kind !== 'segment') continue;
    const day = new Date(file.start).toISOString().slice(0, 10).replaceAll('-', '');
    const place = join(theirs, file.cameraId, day);
    mkdirSync(place, { recursive: true });
    cpSync(join(directory, file.path), join(place, String(Math.floor(file.start / 1000))));
  }
  const repaired = fluxvision(['check', '--storage', theirs, '--repair']);
  expect(repaired.code, repaired.out + repaired.err).toBe(0);
  const verified = fluxvision(['verify', '--storage', theirs]);
  expect(verified.code, verified.out + verified.err).toBe(0);
  const out = join(folder, 'again.mp4');
  const clip = fluxvision([
    'export',
    '--storage',
    theirs,
    '--camera',
    'cam1',
    ...range,
    '--out',
    out,
  ]);
  expect(clip.code, clip.err).toBe(0);
  const frames = manifest.files
    .filter((file: { cameraId: string }) => file.cameraId === 'cam1')
    .reduce((sum: number, file: { frames: number }) => sum + file.frames, 0);
  expect(countFrames(out)).toBe(frames);
});

it('leaves nothing where Ctrl-C comes in the middle', async () => {
  const directory = join(folder, 'interrupted');
  mkdirSync(directory);
  const child = spawn(
    process.execPath,
    [CLI, 'export', '--storage', storage, ...cameras, ...range, '--directory', directory],
    { env: environment, stdio: 'ignore' },
  );
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  while (child.exitCode === null && readdirSync(directory).length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  child.kill('SIGINT');
  const code = await ended;
  // It may have been done already.
  if (code === 0)
    expect(existsSync(join(directory, readdirSync(directory)[0] as string))).toBe(true);
  else expect([code, readdirSync(directory)]).toEqual([130, []]);
  rmSync(directory, { recursive: true });
});

it('exits 2 for wrong usage, and says which options go together', () => {
  const base = ['export', '--storage', storage, ...range];
  for (const [args, named] of [
    [[...base, '--camera', 'cam1'], '--directory'],
    [[...base, ...cameras, '--out', join(folder, 'x.mp4')], '--directory'],
    [[...base, '--camera', 'cam1', '--out', join(folder, 'x.mp4'), '--reason', 'x'], '--reason'],
    [[...base, '--camera', 'cam1', '--directory', folder, '--overwrite'], '--overwrite'],
    [['verify-export', folder, '--key', 'abc'], 'key'],
  ] as const) {
    const { code, err } = fluxvision([...args]);
    expect(code, args.join(' ')).toBe(2);
    expect(err).toContain(named);
  }
});
