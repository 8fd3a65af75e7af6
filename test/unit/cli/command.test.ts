import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { KeyManager, type SegmentRecord } from '../../../src/index.js';
import { countDecodedFrames, makeClip } from '../clip.js';
import {
  copyOf,
  passphrase,
  type Recorded,
  record,
  remove,
  simulate,
  until,
} from '../recording/recorded.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { fluxvision, start } from './run.js';

function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

beforeEach(() => {
  vi.stubEnv('FLUXVISION_PASSPHRASE', passphrase);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
});

describe('what was recorded', () => {
  let recorded: Recorded;
  let first: SegmentRecord;
  beforeAll(async () => {
    recorded = await record(60);
    first = recorded.segments[0] as SegmentRecord;
  });
  afterAll(() => remove(recorded));

  it('segments lists, oldest first', async () => {
    const { code, stdout } = await fluxvision('segments', '--storage', recorded.storage);
    expect(code).toBe(0);
    const lines = stdout.trim().split('\n');
    expect(lines[0]).toMatch(/^CAMERA +START +DURATION +FRAMES +SIZE +STATE +END +FILE$/);
    expect(lines).toHaveLength(1 + recorded.segments.length);
    expect(lines[1]).toContain(first.filePath);
    expect(lines[1]).toContain(new Date(first.startTime).toISOString());
  });

  it('segments prints JSON, of the time that is asked for', async () => {
    const list = async (...argv: string[]) => {
      const { stdout } = await fluxvision('segments', '--storage', recorded.storage, ...argv);
      return JSON.parse(stdout);
    };
    expect(await list('--json')).toEqual(recorded.segments);
    const to = new Date(first.endTime).toISOString();
    expect(await list('--json', '--to', to)).toEqual([first]);
    expect(await list('--json', '--from', String(first.endTime))).toEqual(
      recorded.segments.slice(1),
    );
    expect(await list('--json', '--camera', 'yard')).toEqual([]);
  });

  it('verify says that all is well', async () => {
    const { code, stdout } = await fluxvision('verify', '--storage', recorded.storage);
    expect(code).toBe(0);
    expect(stdout).toContain(`${recorded.segments.length} segments`);
  });

  it('verify names the file that was altered, and exits with 1', async () => {
    const storage = copyOf(recorded);
    const file = join(storage, first.filePath);
    const bytes = readFileSync(file);
    bytes[bytes.length - 30] = (bytes.at(-30) as number) ^ 4;
    writeFileSync(file, bytes);
    const text = await fluxvision('verify', '--storage', storage);
    expect(text.code).toBe(1);
    expect(text.stdout).toContain(first.filePath);
    expect(text.stdout).toContain('ERR_AUTH_TAG');
    const json = await fluxvision('verify', '--storage', storage, '--json');
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: false,
      problems: [{ file: first.filePath, code: 'ERR_AUTH_TAG' }],
    });
  });

  it('export writes a clip that plays', async () => {
    const out = join(temporaryDirectory(), 'clip.mp4');
    const argv = ['export', '--storage', recorded.storage, '--camera', 'door', '--out', out];
    const range = ['--from', String(first.startTime), '--to', String(first.endTime)];
    const { code, stdout } = await fluxvision(...argv, ...range, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ out, frames: first.frames, gaps: [] });
    expect(countDecodedFrames(out)).toBe(first.frames);

    const again = await fluxvision(...argv, ...range);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('ERR_EXISTS');
    expect((await fluxvision(...argv, ...range, '--overwrite')).code).toBe(0);
  });

  it('keys list needs no passphrase and shows no secret', async () => {
    vi.stubEnv('FLUXVISION_PASSPHRASE', '');
    const text = await fluxvision('keys', 'list', '--storage', recorded.storage);
    expect(text.code).toBe(0);
    expect(text.stdout).toContain(first.keyId);
    const json = await fluxvision('keys', 'list', '--storage', recorded.storage, '--json');
    const store = JSON.parse(json.stdout);
    expect(
      store.keys
        .filter(({ purpose }: { purpose: string }) => purpose === 'video')
        .map(({ subject }: { subject: string }) => subject),
    ).toContain('door');
    expect(json.stdout).not.toContain('wrapped');
  });

  it('takes the passphrase from a file, and warns where others can read it', async () => {
    vi.stubEnv('FLUXVISION_PASSPHRASE', 'not this one');
    const file = join(temporaryDirectory(), 'passphrase');
    writeFileSync(file, `${passphrase}\n`, { mode: 0o600 });
    const argv = ['verify', '--storage', recorded.storage, '--passphrase-file', file];
    expect(await fluxvision(...argv)).toMatchObject({ code: 0, stderr: '' });
    chmodSync(file, 0o644);
    const warned = await fluxvision(...argv);
    expect(warned.code).toBe(0);
    expect(warned.stderr).toContain('chmod 600');
  });

  it.each([
    ['a wrong one', { FLUXVISION_PASSPHRASE: 'wrong' }, [], 1, 'ERR_KEY_PASSPHRASE'],
    ['a missing file', {}, ['--passphrase-file', '/nonexistent'], 1, 'passphrase-file'],
    ['an empty file', {}, ['--passphrase-file', '/dev/null'], 2, 'empty'],
  ])('refuses %s', async (_what, environment, argv, code, text) => {
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    const outcome = await fluxvision('verify', '--storage', recorded.storage, ...argv);
    expect(outcome.code).toBe(code);
    expect(outcome.stderr).toContain(text);
  });

  it('asks for no passphrase where there is no terminal', async () => {
    vi.stubEnv('FLUXVISION_PASSPHRASE', '');
    const stdin = Object.getOwnPropertyDescriptor(process.stdin, 'isTTY');
    Object.defineProperty(process.stdin, 'isTTY', { value: false, configurable: true });
    onTestFinished(() => {
      if (stdin) Object.defineProperty(process.stdin, 'isTTY', stdin);
    });
    const { code, stderr } = await fluxvision('verify', '--storage', recorded.storage);
    expect(code).toBe(2);
    expect(stderr).toContain('--passphrase-file');
  });
});

describe('record', () => {
  it('records for a time, and prints what happens as JSON lines', async () => {
    const simulator = await simulate();
    const storage = join(temporaryDirectory(), 'storage');
    const url = simulator.urls[0];
    const { code, stdout } = await fluxvision(
      ...['record', '--storage', storage, '--camera', `door=${url}`],
      ...['--duration', '3', '--segment', '2', '--json'],
    );
    expect(code).toBe(0);
    const events = jsonLines(stdout);
    expect(events.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['camera', 'segment', 'summary']),
    );
    const segments = events.filter(({ event }) => event === 'segment');
    const summary = events.at(-1) as { cameras: Record<string, Record<string, number>> };
    expect(summary).toMatchObject({ event: 'summary' });
    expect(summary.cameras.door?.segmentsWritten).toBe(segments.length);
    expect(summary.cameras.door?.framesWritten).toBe(
      segments.reduce((sum, { frames }) => sum + (frames as number), 0),
    );
    expect((await fluxvision('verify', '--storage', storage)).code).toBe(0);
    const listed = await fluxvision('segments', '--storage', storage, '--json');
    expect(JSON.parse(listed.stdout)).toHaveLength(segments.length);
  });

  it('writes version 1 where that is asked for, and a table at the end', async () => {
    const simulator = await simulate();
    const storage = join(temporaryDirectory(), 'storage');
    const camera = `door=${simulator.urls[0]}`;
    const { code, stdout, stderr } = await fluxvision(
      ...['record', '--storage', storage, '--camera', camera],
      ...['--duration', '1.5', '--format-version', '1'],
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^CAMERA +SEGMENTS +FRAMES/);
    expect(stderr).toContain('door playing');
    const listed = await fluxvision('segments', '--storage', storage, '--json');
    expect(JSON.parse(listed.stdout)).toMatchObject([{ formatVersion: 1 }]);
  });

  it('ends cleanly at Ctrl-C, which is no failure without --duration', async () => {
    const simulator = await simulate();
    const storage = join(temporaryDirectory(), 'storage');
    const camera = `door=${simulator.urls[0]}`;
    const argv = ['record', '--storage', storage, '--camera', camera, '--json'];
    const running = start(...argv);
    await until(() => running.written.stdout.includes('"playing"'));
    await new Promise((resolve) => setTimeout(resolve, 500));
    process.emit('SIGINT');
    const { code, stdout } = await running.ended;
    expect(code).toBe(0);
    expect(jsonLines(stdout).some(({ event }) => event === 'segment')).toBe(true);

    const early = start(...argv, '--duration', '60');
    await until(() => early.written.stdout.includes('"playing"'));
    process.emit('SIGTERM');
    expect((await early.ended).code).toBe(143);
    expect(process.listenerCount('SIGTERM')).toBe(0);
  });

  it('exits with 1 where a camera never played', async () => {
    const simulator = await simulate();
    const { code, stderr } = await fluxvision(
      ...['record', '--storage', join(temporaryDirectory(), 'storage'), '--duration', '1'],
      ...['--camera', `door=${simulator.urls[0]}`, '--camera', 'gone=rtsp://127.0.0.1:1/'],
    );
    expect(code).toBe(1);
    expect(stderr).toContain('camera gone never played');
    expect(stderr).toContain('ERR_CONNECTION');
    expect(stderr).not.toContain('camera door never played');
  });

  it('makes the keys of a new storage', async () => {
    const storage = join(temporaryDirectory(), 'storage');
    const camera = 'door=rtsp://127.0.0.1:1/';
    await fluxvision('record', '--storage', storage, '--camera', camera, '--duration', '0.1');
    const keys = await KeyManager.open({ directory: join(storage, 'keys'), passphrase });
    expect(keys.list({ purpose: 'video' }).map(({ subject }) => subject)).toEqual(['door', 'door']);
    await keys.close();
  });
});

it('simulate prints the addresses of its cameras, and ends at Ctrl-C', async () => {
  const clip = makeClip(temporaryDirectory(), { seconds: 1 });
  const argv = ['simulate', '--clip', clip, '--cameras', '2', '--port', '0', '--json'];
  const running = start(...argv);
  await until(() => running.written.stdout.includes('listening'));
  process.emit('SIGINT');
  const { code, stdout } = await running.ended;
  expect(code).toBe(0);
  const [listening, summary] = jsonLines(stdout);
  const { port, urls } = listening as { port: number; urls: string[] };
  expect(urls).toEqual([1, 2].map((n) => `rtsp://127.0.0.1:${port}/cam${n}/main`));
  expect(summary).toMatchObject({ event: 'summary', streams: { length: 4 } });
});

it('doctor says what there is, for people and as JSON', async () => {
  const text = await fluxvision('doctor');
  expect(text.code).toBe(0);
  for (const word of ['libavformat', 'OpenSSL', 'NVDEC', 'NVENC', 'CUDA', 'EGL', 'h264']) {
    expect(text.stdout).toContain(word);
  }
  const json = await fluxvision('doctor', '--json');
  expect(JSON.parse(json.stdout)).toHaveProperty('cpu.features');
  expect(JSON.parse(json.stdout)).toHaveProperty('udpReceiveBuffer.wantedBytes');
  expect(text.stdout).toContain('UDP buffers');
});

describe('wrong command lines exit with 2 and name what is wrong', () => {
  it.each([
    [[], 'Usage'],
    [['dance'], 'dance'],
    [['record'], '--storage'],
    [['record', '--storage', 'x'], '--camera'],
    [['record', '--storage', 'x', '--camera', 'door'], 'ID=URL'],
    [['record', '--storage', 'x', '--camera', 'a=rtsp://h/', '--segment', '1'], '--segment'],
    [['record', '--storage', 'x', '--camera', 'a=rtsp://h/', '--format-version', '3'], '1, 2'],
    [['record', '--storage', 'x', '--camera', 'a=rtsp://h/', '--passphrase', 'y'], '--passphrase'],
    [['segments', '--storage', 'x', '--from', 'yesterday'], 'ISO 8601'],
    [['export', '--storage', 'x', '--camera', 'a', '--from', '0', '--to', '1'], '--out'],
    [['verify', '--storage', 'x', '--camera', '../y'], '--camera'],
    [['simulate', '--clip', 'x', '--cameras', 'many'], '--cameras'],
    [['simulate', '--clip', 'x', '--pacing', 'slow'], 'frame, packet'],
  ])('%j', async (argv, text) => {
    const { code, stdout, stderr } = await fluxvision(...argv);
    expect(code).toBe(2);
    expect(stderr).toContain(text);
    expect(stdout).toBe('');
    expect(existsSync('x')).toBe(false);
  });

  it('also where the camera is wrong', async () => {
    const storage = join(temporaryDirectory(), 'storage');
    const camera = ['--camera', 'a=gopher://viewer:sesame@h/'];
    const { code, stderr } = await fluxvision('record', '--storage', storage, ...camera);
    expect(code).toBe(2);
    expect(stderr).toContain('url');
    expect(stderr).not.toContain('sesame');
  });
});

it('a storage that is not there is a failure that says what to do', async () => {
  const storage = join(temporaryDirectory(), 'none');
  const { code, stderr } = await fluxvision('segments', '--storage', storage);
  expect(code).toBe(1);
  expect(stderr).toContain('ERR_STORAGE_NOT_FOUND');
  expect(stderr).toContain(storage);
});

it('--help and --version are no errors', async () => {
  const help = await fluxvision('--help');
  expect(help.code).toBe(0);
  expect(help.stdout).toContain('Exit codes');
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(await fluxvision('--version')).toMatchObject({ code: 0, stdout: `${version}\n` });
});
