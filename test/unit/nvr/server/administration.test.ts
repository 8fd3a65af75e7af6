// Layouts and preferences, sessions, storage, keys, audit log and API keys.
import { beforeAll, describe, expect, it } from 'vitest';
import { PASSPHRASE, PASSWORD, type Served, serve, serveShared, userOf } from './served.js';

let served: Served;
let admin: string;
let operator: string;
let viewer: string;

beforeAll(async () => {
  served = await serveShared();
  admin = await served.setUp();
  for (const id of ['mine', 'foreign']) {
    const body = { id, name: id, url: 'rtsp://192.0.2.1/a', enabled: false };
    await served.ask('POST', '/api/cameras', { token: admin, body });
  }
  operator = await userOf(served, 'OPERATOR');
  viewer = await userOf(served, 'VIEWER', { allowedCameras: ['mine'] });
});

function layout(id: string, change: object = {}) {
  const tiles = ['mine', 'foreign'].map((cameraId, x) => ({
    cameraId,
    x,
    y: 0,
    width: 1,
    height: 1,
  }));
  return { id, name: id, columns: 2, rows: 1, tiles, shared: false, ...change };
}

async function put(path: string, body: unknown, token = admin) {
  return served.ask('PUT', path, { token, body });
}

async function get(path: string, token = admin) {
  return (await served.ask('GET', path, { token })).json();
}

describe('a layout', () => {
  it('is its owner’s, unless an administrator shares it', async () => {
    expect((await put('/api/layouts/a', layout('a'), operator)).statusCode).toBe(200);
    expect((await get('/api/layouts', operator)).items).toEqual([layout('a')]);
    expect((await get('/api/layouts', viewer)).items).toEqual([]);
    const shared = layout('all', { shared: true });
    expect((await put('/api/layouts/all', shared, operator)).statusCode).toBe(403);
    expect((await put('/api/layouts/all', shared)).statusCode).toBe(200);
    const taken = await put('/api/layouts/a', layout('a'), viewer);
    expect([taken.statusCode, taken.json().code]).toEqual([409, 'ERR_LAYOUT_EXISTS']);
    const gone = await served.ask('DELETE', '/api/layouts/all', { token: viewer });
    expect(gone.statusCode).toBe(404);
  });

  it('does not say which cameras there are that one may not see', async () => {
    const [seen] = (await get('/api/layouts', viewer)).items;
    expect(seen.tiles.map(({ cameraId }: { cameraId?: string }) => cameraId)).toEqual([
      'mine',
      undefined,
    ]);
  });

  it('is one of at most 50', async () => {
    const items = Array.from({ length: 50 }, (_, i) => layout(`n${i}`));
    expect((await put('/api/layouts', { items }, viewer)).statusCode).toBe(200);
    expect((await put('/api/layouts/more', layout('more'), viewer)).json().code).toBe('ERR_LIMIT');
    expect((await put('/api/layouts', { items: [] }, viewer)).json().items).toHaveLength(1);
  });
});

describe('preferences', () => {
  it('are kept for each user, up to 64 KiB, whatever they are called', async () => {
    const wanted = { theme: 'dark', constructor: 1, nested: { __proto: [1] } };
    expect((await put('/api/account/preferences', wanted, viewer)).json()).toEqual(wanted);
    expect(await get('/api/account/preferences', viewer)).toEqual(wanted);
    expect(await get('/api/account/preferences', operator)).toEqual({});
    const large = await put('/api/account/preferences', { a: 'x'.repeat(70_000) }, viewer);
    expect([large.statusCode, large.json().code]).toEqual([422, 'ERR_LIMIT']);
  });
});

describe('a session', () => {
  it('is listed and kicked', async () => {
    const token = await userOf(served, 'OPERATOR');
    const { items } = await get('/api/system/sessions');
    expect(items.filter(({ own }: { own: boolean }) => own)).toHaveLength(1);
    const { id } = served.nvr.sessions.verify(token);
    const kick = await served.ask('DELETE', `/api/system/sessions/${id}`, { token: admin });
    expect(kick.statusCode).toBe(204);
    expect((await served.ask('GET', '/api/account', { token })).statusCode).toBe(401);
    const again = await served.ask('DELETE', `/api/system/sessions/${id}`, { token: admin });
    expect(again.statusCode).toBe(404);
  });
});

describe('storage', () => {
  it('is described, and its limits are changed and kept', async () => {
    const before = await get('/api/system/storage');
    expect(before).toMatchObject({ recordedBytes: 0, cameras: [], retention: {} });
    expect(before.freeBytes).toBeGreaterThan(0);
    const retention = { maxDays: 30, maxBytes: 5_000_000_000 };
    expect((await put('/api/system/storage', { retention })).json().retention).toEqual(retention);
    expect((await get('/api/system/storage')).retention).toEqual(retention);
    const none = await put('/api/system/storage', { retention: { maxDays: 0 } });
    expect(none.statusCode).toBe(400);
  });
});

describe('the audit log', () => {
  it('is read page by page, newest first, and verified', async () => {
    const first = await get('/api/system/audit?limit=3');
    expect(first.items).toHaveLength(3);
    const second = await get(`/api/system/audit?limit=3&cursor=${first.cursor}`);
    expect(second.items[0].sequence).toBe(first.items[2].sequence - 1);
    const verify = await served.ask('POST', '/api/system/audit/verify', { token: admin, body: {} });
    expect(verify.json()).toMatchObject({ ok: true });
    expect(verify.json().entries).toBeGreaterThan(5);
    const mine = await get('/api/system/audit?action=camera.create');
    expect(mine.items.map(({ subject }: { subject: string }) => subject)).toEqual([
      'foreign',
      'mine',
    ]);
    expect(mine.items[0].actor).toBe('admin');
  });
});

describe('an API key', () => {
  it('is shown once, opens what its scopes say, and is revoked', async () => {
    const body = { label: 'monitoring', scopes: ['metadata'] };
    const made = await served.ask('POST', '/api/system/api-keys', { token: admin, body });
    const { id, key } = made.json();
    expect([made.statusCode, /^fvk_/.test(key)]).toEqual([201, true]);
    expect(JSON.stringify(await get('/api/system/api-keys'))).not.toContain(key.slice(21));
    const headers = { 'x-nvr-auth': key };
    const cameras = await served.ask('GET', '/api/cameras', { headers });
    expect(cameras.json().items).toHaveLength(2);
    expect((await served.ask('GET', '/api/account', { headers })).statusCode).toBe(403);
    await served.ask('DELETE', `/api/system/api-keys/${id}`, { token: admin });
    expect((await served.ask('GET', '/api/cameras', { headers })).statusCode).toBe(401);
  });
});

describe('keys', () => {
  it('are rotated, and everything that they seal stays readable', async () => {
    for (const purpose of ['master', 'database', 'config', 'session', 'audit']) {
      const body = { purpose };
      const answer = await served.ask('POST', '/api/system/keys/rotate', { token: admin, body });
      expect([purpose, answer.statusCode]).toEqual([purpose, 200]);
    }
    expect((await get('/api/cameras', operator)).items).toHaveLength(2);
    expect((await get('/api/system/audit?limit=1')).items).toHaveLength(1);
  });

  it('are locked: nothing answers until the passphrase is given', async () => {
    const one = await serve();
    const token = await one.setUp();
    const lock = await one.ask('POST', '/api/system/keys/lock', { token, body: {} });
    expect(lock.statusCode).toBe(204);
    for (const [method, path] of [
      ['GET', '/api/setup'],
      ['GET', '/api/cameras'],
    ] as const) {
      const answer = await one.ask(method, path, { token });
      expect([answer.statusCode, answer.json().code]).toEqual([503, 'ERR_LOCKED']);
      expect(answer.json().detail).toMatch(/unlocks them with the passphrase/);
    }
    const wrong = await one.ask('POST', '/api/system/keys/unlock', { body: { passphrase: 'no' } });
    expect([wrong.statusCode, wrong.json().code]).toEqual([422, 'ERR_KEY_PASSPHRASE']);
    const body = { passphrase: PASSPHRASE };
    expect((await one.ask('POST', '/api/system/keys/unlock', { body })).statusCode).toBe(204);
    expect((await one.ask('GET', '/api/account', { token })).statusCode).toBe(200);
    expect(one.logged()).not.toContain(PASSPHRASE);
    expect(one.logged()).not.toContain(PASSWORD);
  });
});
