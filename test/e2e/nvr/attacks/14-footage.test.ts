// Attacks 2, 14 and 15 where there are pictures: footage of cameras that one may not see, ranges, and
// secrets in what the server says.
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { setTimeout as after } from 'node:timers/promises';
import { permissionsOf } from '@fluxvision/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { federationOf } from '../../../../examples/nvr/server/federation/federation.js';
import type { Answer, Client } from '../support/client.js';
import { type Footage, type GuardedNvr, SECRET, startGuardedNvr } from '../support/guarded-nvr.js';
import { PASSPHRASE, PASSWORD, type TestNvr } from '../support/nvr.js';

let guarded: GuardedNvr;
let nvr: TestNvr;
let admin: Client;
let viewer: Client;
let vault: Footage;
let door: Footage;

beforeAll(async () => {
  guarded = await startGuardedNvr();
  ({ nvr, admin, viewer, vault, door } = guarded);
});
afterAll(() => guarded?.close());

/** Without what differs between any two answers. */
function plain({ status, text }: Answer, id: string) {
  const { instance: _, ...problem } = JSON.parse(text);
  return [status, JSON.parse(JSON.stringify(problem).replaceAll(`'${id}'`, 'ID'))];
}

describe('2: footage of a camera that one may not see', () => {
  it('is answered like that of a camera that there is not, wherever it is asked for', async () => {
    const all = { ...permissionsOf('OPERATOR'), allowedCameras: ['door'] };
    await nvr.addUser('guard', all);
    const guard = await nvr.loginAs('guard');
    const { start, end } = vault;
    const span = `start=${start}&end=${end}`;
    const tag = { 'if-none-match': '*' };
    const requests: ((camera: string) => Promise<Answer>)[] = [
      (id) => guard.get(`/api/recordings?camera=${id}`),
      (id) => guard.get(`/api/recordings/days?camera=${id}`),
      (id) => guard.get(`/api/timeline?cameras=door,${id}&${span}`),
      (id) => guard.get(`/api/timeline?cameras=${'a,'.repeat(1500)}${id}&${span}`),
      (id) => guard.get(`/api/cameras/${id}/thumbnail?time=${start}`),
      (id) => guard.get(`/api/cameras/${id}/thumbnail?time=${start}`, tag),
      (id) => guard.get(`/api/cameras/${id}/snapshot`),
      (id) => guard.get(`/api/events?cameras=${id}`),
      (id) => guard.post('/api/events', { cameraId: id, event: 'note' }),
      (id) => guard.post('/api/recordings/export', { cameras: ['door', id], start, end }),
    ];
    for (const [i, request] of requests.entries()) {
      const [forbidden, unknown] = [await request('vault'), await request('nobody')];
      expect([i, plain(forbidden, 'vault')]).toEqual([i, plain(unknown, 'nobody')]);
      expect([i, forbidden.status]).toEqual([i, 404]);
    }
    const twice = await guard.get('/api/recordings?camera=door&camera=vault');
    expect(twice.status).toBe(400);
    const events = await guard.get('/api/events?camera=vault');
    expect([events.status, events.json.items ?? []]).toEqual([events.status, []]);
  });

  it('is found by no id of its own: segments, exports, tags', async () => {
    const { etag: good } = (await admin.get(`/api/recordings/${vault.id}/download`)).headers;
    const guard = await nvr.loginAs('guard');
    for (const headers of [{}, { 'if-none-match': String(good) }, { range: 'bytes=0-9' }]) {
      const path = `/api/recordings/${vault.id}/download`;
      const answer = await guard.get(path, headers as never);
      expect(plain(answer, vault.id)).toEqual(
        plain(await guard.get('/api/recordings/999999/download'), '999999'),
      );
      expect(answer.headers.etag).toBeUndefined();
    }
  });

  it("exported by somebody else is nobody else's, nor one's own when the right is gone", async () => {
    const { start, end } = vault;
    const permissions = { ...permissionsOf('OPERATOR'), allowedCameras: ['vault'] };
    const userId = await nvr.addUser('exporter', permissions);
    const exporter = await nvr.loginAs('exporter');
    const made = await exporter.post('/api/recordings/export', { cameras: ['vault'], start, end });
    expect(made.status).toBe(202);
    const { id } = made.json;
    const file = async () => {
      for (;;) {
        const { json } = await exporter.get(`/api/exports/${id}`);
        if (json.state === 'done') return json.files[0].name as string;
        expect(['queued', 'running']).toContain(json.state);
        await after(100);
      }
    };
    const path = `/api/exports/${id}/files/${await file()}`;
    expect((await exporter.get(path)).status).toBe(200);
    const other = await nvr.login('OPERATOR');
    for (const [method, url] of [
      ['GET', `/api/exports/${id}`],
      ['GET', path],
      ['DELETE', `/api/exports/${id}`],
    ] as const) {
      expect([url, (await other.send(method, url)).status]).toEqual([url, 404]);
      expect([url, (await viewer.send(method, url)).status]).toEqual([url, 403]);
    }
    expect((await other.get('/api/exports')).text).not.toContain(id);
    // Every way to the bytes is in the audit log, also in parts.
    const downloads = async () =>
      (await admin.get('/api/system/audit?action=export.download')).json.items.length;
    const before = await downloads();
    expect((await exporter.get(path, { range: 'bytes=0-' })).status).toBe(206);
    expect(await downloads()).toBe(before + 1);
    await admin.put(`/api/users/${userId}`, {
      permissions: { ...permissions, allowedCameras: ['door'] },
    });
    const later = await nvr.loginAs('exporter');
    expect((await later.get(path)).status).toBe(404);
    expect((await later.get('/api/exports')).text).not.toContain('vault');
    await admin.delete(`/api/exports/${id}`);
  });

  it('leaves the server by export alone: who may not export downloads no segment', async () => {
    const path = `/api/recordings/${door.id}/download`;
    expect((await viewer.get(path)).status).toBe(403);
    const { start, end } = door;
    const body = { cameras: ['door'], start, end };
    expect((await viewer.post('/api/recordings/export', body)).status).toBe(403);
    const blind = { ...permissionsOf('OPERATOR'), canViewArchive: false };
    await nvr.addUser('blind', blind);
    const client = await nvr.loginAs('blind');
    expect((await client.post('/api/recordings/export', body)).status).toBe(403);
    expect([403, 404]).toContain((await client.get(path)).status);
  });

  it("is not forged: events of the server's own kinds come from the server", async () => {
    const now = Date.now();
    for (const event of ['motion', 'camera_offline']) {
      const { status } = await viewer.post('/api/events', { cameraId: 'door', event });
      expect([event, status]).toEqual([event, 400]);
    }
    const ages = { cameraId: 'door', event: 'note', start: 0, end: 8.64e15 };
    expect((await viewer.post('/api/events', ages)).status).toBe(400);
    const tomorrow = { ...ages, start: now + 86_400_000, end: now + 86_500_000 };
    expect((await viewer.post('/api/events', tomorrow)).status).toBe(400);
  });
});

describe('14: ranges', () => {
  it.each([
    [`bytes=${'0-0,'.repeat(1000)}1-1`, 200],
    ['bytes=0-0,2-2', 200],
    [`bytes=-${'9'.repeat(30)}`, 206],
    ['bytes=9007199254740993-', 416],
    [`bytes=${'9'.repeat(39)}-`, 416],
    ['bytes=0-9007199254740993', 206],
    ['bytes=-0', 416],
    ['bytes=5-2', 200],
    ['bytes=a-b', 200],
    ['bytes=--1', 200],
    ['bytes=1-0x10', 200],
    ['lines=0-1', 200],
    ['bytes=0-9', 206],
  ])('are one or none: case %#', async (range, status) => {
    const path = `/api/recordings/${door.id}/download`;
    const whole = (await admin.get(path)).body.length;
    const answer = await admin.get(path, { range });
    expect(answer.status).toBe(status);
    expect(answer.body.length).toBeLessThanOrEqual(status === 416 ? 2000 : whole);
    expect(answer.headers['content-type'] ?? '').not.toContain('multipart');
    if (status === 206) {
      expect(answer.headers['content-range']).toBe(`bytes 0-${answer.body.length - 1}/${whole}`);
    }
    expect(answer.headers['cache-control']).toMatch(/private|no-store/);
    expect(answer.headers['content-disposition']).toMatch(/^attachment; filename="[\w.-]+"/);
  });

  it('at an end that is not there, or of a file that went, tell nothing of files', async () => {
    const { index } = nvr.nvr.recorder;
    const { filePath } = index.segment(Number(vault.id)) as { filePath: string };
    const path = `${nvr.storage}/${filePath}`;
    renameSync(path, `${path}.away`);
    const answer = await admin.get(`/api/recordings/${vault.id}/download`);
    const playback = await playbackOf(admin, vault.start);
    renameSync(`${path}.away`, path);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    for (const text of [answer.text, playback]) {
      expect(text).not.toContain(nvr.storage);
      expect(text).not.toContain(filePath);
    }
  });

  /** What a playback of the vault says within a moment. */
  async function playbackOf(client: Client, position: number): Promise<string> {
    const socket = client.socket('/ws/playback');
    await socket.opened;
    socket.send({ type: 'open', cameras: ['vault'], position, playing: true });
    await after(800);
    socket.end();
    return JSON.stringify(socket.messages);
  }
});

describe('15: secrets', () => {
  it('stand in no answer, no message, no line of the log and no file that is not sealed', async () => {
    const { key } = (await admin.post('/api/system/api-keys', { label: 'x', scopes: ['media'] }))
      .json;
    const site = {
      id: randomUUID(),
      name: 'x',
      url: 'https://10.0.0.1',
      fingerprint: 'AB'.repeat(32),
    };
    federationOf(nvr.nvr).registry.add({ ...site, apiKey: key });
    await admin.put('/api/cameras/door', { password: 'wrong-Of-The-Vault' });
    await admin.post('/api/cameras/test', {
      id: 'vault',
      url: `rtsp://root:${SECRET}@127.0.0.1:9/x`,
    });
    await nvr.anonymous.post('/api/auth/login', { username: 'admin', password: `x${PASSWORD}x` });
    await nvr.anonymous.get('/api/cameras', { 'x-nvr-auth': key, cookie: `a=${admin.token}` });
    const table = (await admin.get('/api/openapi.json')).json.paths as Record<string, object>;
    const gets = Object.entries(table).flatMap(([path, of]) => ('get' in of ? [path] : []));
    expect(gets.length).toBeGreaterThan(20);
    const events = admin.socket('/ws/events');
    const said = await Promise.all(
      gets.map(async (path) => {
        const url = path.replaceAll(/\{\w+\}/g, 'vault');
        return (await admin.get(url)).text;
      }),
    );
    await events.message('server_status');
    events.end();
    said.push(JSON.stringify(events.messages), ...nvr.log);
    said.push(
      (await admin.get('/metrics')).text,
      (await admin.get('/api/system/logs?limit=2000')).text,
    );
    const database = ['config.db', 'users.db', 'config.db-wal', 'users.db-wal'].map((name) =>
      readFileSync(`${nvr.storage}/${name}`, { flag: 'a+' }).toString('latin1'),
    );
    const secrets = [
      ...[SECRET, 'wrong-Of-The-Vault', PASSWORD, PASSPHRASE, key, admin.token as string],
      ...['-----BEGIN', viewer.token as string],
    ];
    for (const secret of secrets) {
      const where = [...said, ...database].filter((text) => text.includes(secret));
      expect([secret.slice(0, 12), where.map((text) => text.slice(0, 300))]).toEqual([
        ...[secret.slice(0, 12), []],
      ]);
    }
  });

  it('are for nobody to read in the storage but the server', async () => {
    const names = readdirSync(nvr.storage, { recursive: true, encoding: 'utf8' });
    const open = names.filter((name) => {
      const { mode } = statSync(`${nvr.storage}/${name}`);
      return /\.(key|db)$|^keys\//.test(name) && (mode & 0o077) !== 0;
    });
    expect(open).toEqual([]);
  });
});
