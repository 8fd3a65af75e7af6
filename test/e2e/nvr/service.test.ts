// The server as a process, as systemd runs it: first start, stop in order, and what it says of bad settings.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { KeyManager, RecordingIndex, RtspSimulator, verifyRecordings } from '@fluxvision/core';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { makeCertificate } from '../../../examples/nvr/server/tls/index.js';
import { makeClip } from '../../unit/clip.js';

const MAIN = join(import.meta.dirname, '../../../examples/nvr/dist/server/main.js');
const PASSPHRASE = 'correct horse battery staple';
const PASSWORD = 'a-password-of-twelve';

let directory: string;
let children: ChildProcess[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fluxvision-'));
  children = [];
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

function settings(text = ''): string {
  const file = join(directory, 'nvr.yaml');
  const listen = 'listen: { address: 127.0.0.1, port: 0 }';
  const alone = 'federation: { announce: false, browse: false }';
  writeFileSync(
    file,
    `storage: storage\n${listen}\nallowLoopbackCameras: true\n${text}\n${alone}\n`,
  );
  return file;
}

async function start(text = '') {
  const child = spawn(process.execPath, [MAIN, '--config', settings(text)], {
    env: { ...process.env, FLUXVISION_PASSPHRASE: PASSPHRASE },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => (said += data));
  const exited = new Promise<number | null>((resolve) => child.on('exit', resolve));
  await vi.waitFor(() => expect(said).toMatch(/FluxVision NVR .* at https:.*\n.*SHA-256/), 30_000);
  const port = Number(/at https:\/\/127\.0\.0\.1:(\d+)/.exec(said)?.[1]);
  const token = /\n {2}([\w-]{32})\n/.exec(said)?.[1];
  return { child, port, token, exited, said: () => said };
}

function ask(port: number, method: string, path: string, body?: object, bearer?: string) {
  return new Promise<{ status: number; body: string; limit: unknown }>((resolve, reject) => {
    const headers = {
      ...(body && { 'content-type': 'application/json' }),
      ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
    };
    const options = { host: '127.0.0.1', port, method, path, headers, rejectUnauthorized: false };
    const sent = request(options, (response) => {
      let text = '';
      response.on('data', (data) => (text += data));
      const limit = response.headers['x-ratelimit-limit'];
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text, limit }));
    });
    sent.on('error', reject);
    sent.end(body && JSON.stringify(body));
  });
}

/** A connection, and the certificate that it was shown. */
async function shownAt(port: number) {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  return { socket, fingerprint: socket.getPeerX509Certificate()?.fingerprint256 };
}

it('takes a renewed certificate when it is told to, and keeps the old one where that is none', async () => {
  const write = async () => {
    const pair = await makeCertificate(['localhost']);
    writeFileSync(join(directory, 'nvr.key'), pair.key);
    writeFileSync(join(directory, 'nvr.crt'), pair.certificate);
    return new X509Certificate(pair.certificate).fingerprint256;
  };
  const first = await write();
  const { child, port, exited, said } = await start('tls: { certificate: nvr.crt, key: nvr.key }');
  const before = await shownAt(port);
  expect(before.fingerprint).toBe(first);
  const second = await write();
  child.kill('SIGHUP');
  await vi.waitFor(async () => expect((await shownAt(port)).fingerprint).toBe(second), 10_000);
  writeFileSync(join(directory, 'nvr.crt'), 'no certificate');
  child.kill('SIGHUP');
  await vi.waitFor(() => expect(said()).toContain('ERR_CERTIFICATE'), 10_000);
  expect((await shownAt(port)).fingerprint).toBe(second);
  expect(before.socket.readyState).toBe('open');
  child.kill('SIGTERM');
  expect(await exited).toBe(0);
});

it('reads its settings again when it is told to, and goes on with the old ones where they are wrong', async () => {
  const { child, port, exited, said } = await start('limits: { requestsPerMinute: 1000 }');
  const limit = () => ask(port, 'GET', '/api/setup').then(({ limit }) => limit);
  expect(await limit()).toBe('1000');
  settings('limits: { requestsPerMinute: 2000, clients: 3 }\ntranscode: auto\nlogLevel: warn');
  child.kill('SIGHUP');
  await vi.waitFor(async () => expect(await limit()).toBe('2000'), 10_000);
  expect(said()).toMatch(/hold from the next start on: transcode\./);
  settings('limits: { requestsPerMinute: 3000, clients: none }');
  child.kill('SIGHUP');
  await vi.waitFor(
    () => expect(said()).toMatch(/nvr\.yaml:4:\d+: limits\.clients must be an integer from 1/),
    10_000,
  );
  expect(await limit()).toBe('2000');
  child.kill('SIGTERM');
  expect(await exited).toBe(0);
});

it('records from its first start on, and finishes its segments when it is told to stop', async () => {
  const clip = makeClip(directory, { seconds: 2, frameRate: 10 });
  await using simulator = await RtspSimulator.start({ clip });
  const { child, port, token, exited, said } = await start();
  expect(said()).toContain(`https://127.0.0.1:${port}/setup#token=${token}\n`);
  const user = { username: 'admin', password: PASSWORD };
  expect((await ask(port, 'POST', '/api/setup', { token, ...user })).status).toBe(204);
  const login = { ...user, tokenDelivery: 'body' };
  const bearer = JSON.parse((await ask(port, 'POST', '/api/auth/login', login)).body).sessionToken;
  const camera = { id: 'door', name: 'Door', url: simulator.urls[0] };
  expect((await ask(port, 'POST', '/api/cameras', camera, bearer)).status).toBe(201);
  await vi.waitFor(async () => {
    const { body } = await ask(port, 'GET', '/api/cameras/door', undefined, bearer);
    expect(JSON.parse(body).main.bitsPerSecond).toBeGreaterThan(0);
  }, 20_000);
  child.kill('SIGTERM');
  expect(await exited).toBe(0);
  for (const secret of [PASSPHRASE, PASSWORD, bearer]) expect(said()).not.toContain(secret);

  const storage = join(directory, 'storage');
  await using index = await RecordingIndex.open({ storage, readOnly: true });
  const segments = index.segments({ cameraId: 'door' });
  expect(segments.at(-1)?.endReason).toBe('closed');
  await using keys = await KeyManager.open({
    directory: join(storage, 'keys'),
    passphrase: PASSPHRASE,
  });
  expect((await verifyRecordings({ storage, keys })).problems).toEqual([]);
});

it('ends at once at the second signal', async () => {
  const { child, exited } = await start();
  child.kill('SIGTERM');
  child.kill('SIGINT');
  expect([0, 1]).toContain(await exited);
});

it('says what is wrong with its settings, and does not start', () => {
  const run = (text: string, ...more: string[]) => {
    const options = [MAIN, '--config', settings(text), ...more];
    const { status, stderr, stdout } = spawnSync(process.execPath, options, {
      encoding: 'utf8',
      env: { ...process.env, FLUXVISION_PASSPHRASE: undefined },
    });
    return { status, text: stderr + stdout };
  };
  expect(run('logLevel: info', '--check')).toMatchObject({ status: 0 });
  expect(run('logLevl: info', '--check')).toMatchObject({
    status: 1,
    text: expect.stringMatching(
      /nvr\.yaml:4:1: 'logLevl' is no setting; did you mean 'logLevel'\?/,
    ),
  });
  expect(run('')).toMatchObject({
    status: 1,
    text: expect.stringMatching(/There is no passphrase: .*FLUXVISION_PASSPHRASE_FILE/),
  });
});
