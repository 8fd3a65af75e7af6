// Cameras over REST, with a real camera behind them.
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { type Camera, FluxError, RtspSimulator } from '@fluxvision/core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { makeCertificate } from '../../../../examples/nvr/server/tls/index.js';
import { makeClip } from '../../clip.js';
import { type Served, serve, serveShared, userOf } from './served.js';

const SECRET = 'p@ss word/of:the camera';
let served: Served;
let token: string;
let simulator: RtspSimulator;
const directory = mkdtempSync(join(tmpdir(), 'fluxvision-'));

beforeAll(async () => {
  const clip = makeClip(directory, { seconds: 2, frameRate: 10 });
  simulator = await RtspSimulator.start({ clip, cameras: 2, username: 'kim', password: SECRET });
  served = await serveShared();
  token = await served.setUp();
});
afterAll(async () => {
  await simulator.close();
  rmSync(directory, { recursive: true, force: true });
});

async function view(id: string) {
  return (await served.ask('GET', `/api/cameras/${id}`, { token })).json();
}

describe('a camera', () => {
  it('is made from a name and an address, plays, and gives its password to nobody', async () => {
    const url = (simulator.urls[0] as string).replace('//', `//kim:${encodeURIComponent(SECRET)}@`);
    const body = { name: 'Front Gate!', url, subUrl: simulator.subUrls[0] };
    const made = await served.ask('POST', '/api/cameras', { token, body });
    expect(made.statusCode).toBe(201);
    expect(made.json()).toMatchObject({
      ...{ id: 'front-gate', name: 'Front Gate!', url: simulator.urls[0], username: 'kim' },
      ...{ hasPassword: true, enabled: true, transport: 'tcp' },
      recording: { mode: 'continuous' },
    });
    // Connected comes before the first parameter sets.
    const width = async () => (await view('front-gate')).main.width;
    await vi.waitFor(async () => expect(await width()).toBe(320), 10_000);
    expect(await view('front-gate')).toMatchObject({
      status: 'LIVE',
      main: { state: 'playing', width: 320, height: 240 },
      may: { live: true, manage: true },
      hasPtz: false,
    });
    await vi.waitFor(
      async () => expect((await view('front-gate')).main.bitsPerSecond).toBeGreaterThan(0),
      10_000,
    );
    const again = await served.ask('POST', '/api/cameras', {
      ...{ token, body: { name: 'Front gate', url: 'rtsp://192.0.2.1/', enabled: false } },
    });
    expect(again.json().id).toBe('front-gate-2');
  });

  it('is changed in part, and reads its address as it was shown as no change', async () => {
    const id = 'front-gate';
    const config = (await served.ask('GET', `/api/cameras/${id}/config`, { token })).json();
    const { id: _, hasPassword: __, ...settings } = config;
    const body = { ...settings, name: 'Gate', group: 'Outside' };
    const answer = await served.ask('PUT', `/api/cameras/${id}`, { token, body });
    expect(answer.json()).toMatchObject({ name: 'Gate', group: 'Outside', hasPassword: true });
    expect(served.nvr.cameras.settings(id).password).toBe(SECRET);
    const empty = await served.ask('PUT', `/api/cameras/${id}`, { token, body: { group: '' } });
    expect(empty.json().group).toBeUndefined();
    const bad = { url: 'file:///etc/passwd' };
    const refused = await served.ask('PUT', `/api/cameras/${id}`, { token, body: bad });
    expect([refused.statusCode, refused.json().code]).toEqual([422, 'ERR_ADDRESS_REFUSED']);
    expect(served.nvr.cameras.settings(id).url).toBe(simulator.urls[0]);
  });

  it('is stopped and started, and says so', async () => {
    await served.ask('POST', '/api/cameras/front-gate/stop', { token, body: {} });
    expect(await view('front-gate')).toMatchObject({ status: 'STOPPED', recording: false });
    await served.ask('POST', '/api/cameras/front-gate/start', { token, body: {} });
    await vi.waitFor(async () => expect((await view('front-gate')).status).toBe('LIVE'), 10_000);
  });

  it('that cannot be reached tells why, and what to do', async () => {
    const body = {
      id: 'locked',
      name: 'Locked',
      url: simulator.urls[1],
      username: 'kim',
      password: 'wrong',
    };
    await served.ask('POST', '/api/cameras', { token, body });
    await vi.waitFor(async () => expect((await view('locked')).trouble).toBeDefined(), 10_000);
    const { status, trouble } = await view('locked');
    expect(status).toBe('OFFLINE');
    expect(trouble).toMatchObject({ code: 'ERR_RTSP_UNAUTHORIZED', severity: 'error' });
    expect(trouble.message).toMatch(/is wrong\. Check user name and password/);
    const troubles = async (of: string) =>
      (await served.ask('GET', '/api/system/stats', { token: of })).json().troubles.length;
    expect(await troubles(token)).toBe(1);
    const viewer = await userOf(served, 'VIEWER', { allowedCameras: ['front-gate'] });
    expect(await troubles(viewer)).toBe(0);
  });

  it('that has another certificate than the one that is pinned tells which', async () => {
    const pair = await makeCertificate(['localhost']);
    const server = createTlsServer({ cert: pair.certificate, key: pair.key });
    server.on('tlsClientError', () => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const url = `rtsps://127.0.0.1:${port}/`;
    const body = { id: 'pinned', name: 'Pinned', url, fingerprint: 'ab'.repeat(32) };
    await served.ask('POST', '/api/cameras', { token, body });
    await vi.waitFor(async () => expect((await view('pinned')).trouble).toBeDefined(), 10_000);
    const { trouble } = await view('pinned');
    expect(trouble.code).toBe('ERR_TLS_CERTIFICATE');
    const { fingerprint256 } = new X509Certificate(pair.certificate);
    expect(trouble.message.toUpperCase()).toContain(fingerprint256);
    await served.ask('DELETE', '/api/cameras/pinned', { token });
  });

  it('that plays again says what was wrong with it until a picture has come', async () => {
    const { recorder } = served.nvr;
    const error = new FluxError('ERR_RTSP_STALLED', 'It sends no pictures.');
    const states = (cameraId: string) => {
      const change = { cameraId, stream: 'main', at: Date.now() } as const;
      recorder.emit('camera', { ...change, state: 'waiting', error });
      recorder.emit('camera', { ...change, state: 'playing' });
    };
    const url = simulator.urls[1] as string;
    const login = { username: 'kim', password: SECRET };
    const body = { id: 'stalls', name: 'Stalls', url, ...login };
    await served.ask('POST', '/api/cameras', { token, body });
    await vi.waitFor(async () => expect((await view('stalls')).status).toBe('LIVE'), 10_000);
    const camera = served.nvr.cameras.camera('stalls') as Camera;
    const counters = camera.stats();
    const frozen = vi.spyOn(camera, 'stats').mockReturnValue(counters);
    states('stalls');
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(await view('stalls')).toMatchObject({
      ...{ status: 'OFFLINE', trouble: { code: 'ERR_RTSP_STALLED' } },
    });
    const heard = once(served.nvr, 'changed');
    frozen.mockRestore();
    await heard;
    await vi.waitFor(async () => expect(await view('stalls')).not.toHaveProperty('trouble'));
    expect((await view('stalls')).status).toBe('LIVE');
  });

  it('whose name leads to this machine by now is not connected to', async () => {
    const strict = await serve({ config: { allowLoopbackCameras: false } });
    const { store, cameras, troubles } = strict.nvr;
    // As it was taken while the name was that of a camera.
    const url = (simulator.urls[1] as string).replace('127.0.0.1', 'localhost');
    store.setCamera({ id: 'moved', url, username: 'kim', password: SECRET });
    cameras.load(() => {});
    await vi.waitFor(
      () => expect(troubles.ofCamera('moved')?.code).toBe('ERR_ADDRESS_REFUSED'),
      10_000,
    );
  });

  it('is removed, and its footage stays', async () => {
    const answer = await served.ask('DELETE', '/api/cameras/locked', { token });
    expect(answer.statusCode).toBe(204);
    expect((await served.ask('GET', '/api/cameras/locked', { token })).statusCode).toBe(404);
    expect(served.nvr.store.camera('locked')).toBeUndefined();
    expect((await served.ask('GET', '/api/system/stats', { token })).json().troubles).toEqual([]);
  });
});

describe('a test of an address', () => {
  const test = async (body: object) =>
    (await served.ask('POST', '/api/cameras/test', { token, body })).json();

  it('plays for a moment', async () => {
    const answer = await test({ url: simulator.urls[1], username: 'kim', password: SECRET });
    expect(answer).toMatchObject({ ok: true, stream: { width: 320, height: 240 } });
  });

  it('takes the password of the camera that it names, for that host alone', async () => {
    expect(await test({ id: 'front-gate', url: simulator.urls[1] })).toMatchObject({ ok: true });
    const elsewhere = (simulator.urls[1] as string).replace(/:\d+/, ':1');
    expect(await test({ id: 'front-gate', url: elsewhere })).toMatchObject({
      ok: false,
      trouble: { code: 'ERR_CONNECTION' },
    });
  });

  it('refuses what is no camera', async () => {
    for (const url of ['file:///etc/passwd', 'exec:id', 'http://169.254.169.254/latest', '-i x']) {
      expect(await test({ url })).toMatchObject({ status: 422, code: 'ERR_ADDRESS_REFUSED' });
    }
    const body = { onvifUrl: 'http://169.254.169.254/' };
    const probe = await served.ask('POST', '/api/cameras/onvif', { token, body });
    expect(probe.statusCode).toBe(422);
  });
});

describe('the passwords of cameras', () => {
  it('are in no answer, no line of the log, and no entry of the audit log', async () => {
    const paths = ['/api/cameras', '/api/cameras/front-gate', '/api/cameras/front-gate/config'];
    const more = [
      '/api/system/logs',
      '/api/system/audit',
      '/api/system/stats',
      '/api/openapi.json',
    ];
    let said = served.logged();
    for (const path of [...paths, ...more]) {
      const answer = await served.ask('GET', path, { token });
      expect(answer.statusCode).toBe(200);
      said += answer.body;
    }
    for (const secret of [SECRET, encodeURIComponent(SECRET), 'kim:', token, served.setupToken]) {
      expect(said.includes(secret as string)).toBe(false);
    }
    const actions = served.nvr.keys.audit.list().map(({ action }) => action);
    expect(actions).toEqual(
      expect.arrayContaining(['camera.create', 'camera.change', 'camera.remove']),
    );
  });
});
