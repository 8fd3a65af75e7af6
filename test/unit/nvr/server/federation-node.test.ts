// What a server does for others that have it as a node.
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ApiKeyScope } from '../../../../src/index.js';
import { START, segmentAt } from '../../recording/stored-segments.js';
import { HOME_ORIGIN, pairHome } from './home.js';
import { type Served, serve, serveShared, userOf } from './served.js';

let served: Served;
let admin: string;
let home: Awaited<ReturnType<typeof pairHome>>;

beforeAll(async () => {
  served = await serveShared();
  admin = await served.setUp();
  for (const id of ['mine', 'yard']) {
    const body = { id, name: id, group: 'Gate', url: 'rtsp://192.0.2.1/a', enabled: false };
    await served.ask('POST', '/api/cameras', { token: admin, body });
  }
  const { index } = served.nvr.recorder;
  // Two a moment, and one of a camera that is there no more.
  index.insertAll(
    ['mine', 'yard'].flatMap((cameraId) =>
      Array.from({ length: 30 }, (_, i) => segmentAt(i, { cameraId })),
    ),
  );
  index.insert(segmentAt(40, { cameraId: 'gone' }));
  home = await pairHome(served);
});

const audited = () => served.nvr.keys.audit.list({ first: 'newest', limit: 50 });

describe('a home that is paired', () => {
  it('learns who the node is, and is in the list of the administrator', async () => {
    const { parts, server } = served.nvr;
    expect(home.paired).toMatchObject({
      ...{ serverId: parts.serverId, name: server.name, apiMin: 1, apiMax: 1 },
      scopes: ['metadata', 'media', 'ptz', 'export'],
    });
    const view = (await served.ask('GET', '/api/system/federation-key', { token: admin })).json();
    expect(view).toMatchObject({ serverId: parts.serverId, key: { id: home.keyId } });
    expect(view.homes).toHaveLength(1);
    expect(view.homes[0]).toMatchObject({ ...home.pairing, keyId: home.keyId });
    expect(view.fingerprint).toBe(served.nvr.identity.fingerprint);
    expect(JSON.stringify(view)).not.toContain(home.key);
  });

  it('is on the audit log when it comes and when it says something new', async () => {
    await home.ask('POST', '/api/federation/pair', home.pairing);
    const renamed = { ...home.pairing, name: 'HQ' };
    await home.ask('POST', '/api/federation/pair', renamed);
    const entries = audited().filter(({ action }) => action === 'federation.pair');
    expect(entries.map(({ detail }) => detail?.name)).toEqual(['HQ', 'Head office']);
    expect(entries[0]).toMatchObject({ actor: `key:${home.keyId}`, subject: home.pairing.homeId });
  });

  it('does not share its key, and is not the node itself', async () => {
    const pair = (change: object) =>
      home.ask('POST', '/api/federation/pair', { ...home.pairing, ...change });
    const other = await pair({ homeId: randomUUID() });
    expect([other.statusCode, other.json().code]).toEqual([409, 'ERR_NODE_KEY_IN_USE']);
    const self = await pair({ homeId: served.nvr.parts.serverId });
    expect([self.statusCode, self.json().code]).toEqual([409, 'ERR_NODE_SELF']);
    for (const origin of ['http://home.example', 'null', 'https://*', 'https://home.example/x']) {
      expect([origin, (await pair({ origins: [origin] })).statusCode]).toEqual([origin, 400]);
    }
    expect(served.nvr.homes.homes()).toHaveLength(1);
  });

  it('hears how the node does, in few bytes', async () => {
    const answer = await home.ask('GET', '/api/federation/status');
    expect(answer.statusCode).toBe(200);
    expect(answer.body.length).toBeLessThan(1500);
    const { serverId, cameraCount, storage, serverTime } = answer.json();
    expect(serverId).toBe(served.nvr.parts.serverId);
    expect(Math.abs(serverTime - Date.now())).toBeLessThan(60_000);
    expect(storage).toMatchObject({ recordedBytes: 61_000, oldest: START });
    expect(typeof cameraCount).toBe('number');
  });

  it('gets the list of cameras when it has changed', async () => {
    const first = await home.ask('GET', '/api/federation/cameras');
    const { version, items } = first.json();
    expect(items.map(({ id }: { id: string }) => id)).toEqual(['mine', 'yard']);
    expect(items[0]).toEqual({
      ...{ id: 'mine', name: 'mine', group: 'Gate', enabled: false, status: 'STOPPED' },
      ...{ recording: false, hasPtz: false, main: {}, hasSub: false },
    });
    expect((await home.ask('GET', '/api/federation/status')).json().camerasVersion).toBe(version);
    const known = { 'if-none-match': first.headers.etag as string };
    const again = await home.ask('GET', '/api/federation/cameras', undefined, known);
    expect([again.statusCode, again.body]).toEqual([304, '']);
    const body = { name: 'Yard' };
    await served.ask('PUT', '/api/cameras/yard', { token: admin, body });
    const after = await home.ask('GET', '/api/federation/cameras', undefined, known);
    expect([after.statusCode, after.json().items[1].name]).toEqual([200, 'Yard']);
  });

  it('pages through footage of several cameras by time', async () => {
    const walk = async (query: string) => {
      const found: { cameraId: string; start: number; id: string }[] = [];
      let cursor: string | undefined;
      do {
        const at = cursor === undefined ? '' : `&cursor=${cursor}`;
        const page = (await home.ask('GET', `/api/federation/recordings?${query}${at}`)).json();
        found.push(...page.items);
        cursor = page.cursor;
      } while (cursor !== undefined);
      return found;
    };
    const all = await walk('limit=7');
    expect(all.map(({ id }) => id)).toHaveLength(61);
    expect(new Set(all.map(({ id }) => id)).size).toBe(61);
    const sorted = [...all].sort((a, b) => a.start - b.start || Number(a.id) - Number(b.id));
    expect(all).toEqual(sorted);
    expect(await walk('limit=9&first=newest')).toEqual([...all].reverse());
    expect((await walk('limit=1000')).length).toBe(61);
    const some = await walk(`cameras=yard,gone&start=${START + 250_000}&limit=4`);
    expect(some.map(({ cameraId }) => cameraId)).toEqual([...Array(5).fill('yard'), 'gone']);
  });

  it('is told of no camera that is not here', async () => {
    const remote = `mine@${randomUUID()}`;
    for (const url of [
      ...[`/api/cameras/${remote}/snapshot`, `/api/cameras/${remote}`],
      ...[`/api/timeline?cameras=${remote}&start=1&end=2`, `/api/events?cameras=${remote}`],
    ]) {
      const { statusCode } = await home.ask('GET', url);
      expect([url, statusCode === 404 || statusCode === 400]).toEqual([url, true]);
    }
    const search = `/api/federation/recordings?cameras=${remote},x,mine`;
    const found = (await home.ask('GET', search)).json();
    expect(found.missing).toEqual([remote, 'x']);
    expect(found.items[0].cameraId).toBe('mine');
    const asked = {
      permissions: ['live'],
      origin: HOME_ORIGIN,
      user: { name: 'x', role: 'ADMIN' },
    };
    for (const cameraId of [remote, 'x', '../x']) {
      const answer = await home.ask('POST', '/api/federation/tickets', { ...asked, cameraId });
      expect([cameraId, [400, 404].includes(answer.statusCode)]).toEqual([cameraId, true]);
    }
  });

  it('gets tickets within the rules alone', async () => {
    const ask = async (change: object) => {
      const user = { name: 'kim', role: 'VIEWER' };
      const terms = { cameraId: 'mine', permissions: ['live'], origin: HOME_ORIGIN, user };
      const answer = await home.ask('POST', '/api/federation/tickets', { ...terms, ...change });
      return [answer.statusCode, answer.json().permissions ?? answer.json().code];
    };
    expect(await ask({ permissions: ['live', 'ptz'] })).toEqual([200, ['live']]);
    expect(await ask({ permissions: ['ptz'] })).toEqual([403, 'ERR_FORBIDDEN']);
    expect(await ask({ origin: 'https://evil.example' })).toEqual([403, 'ERR_ORIGIN']);
    expect(await ask({ permissions: ['archive'] })).toEqual([400, 'ERR_INVALID_ARGUMENT']);
    expect(await ask({ cameraId: 'gone' })).toEqual([404, 'ERR_CAMERA_NOT_FOUND']);
    const archive = { permissions: ['archive'], start: START, end: START + 1000 };
    expect(await ask({ ...archive, cameraId: 'gone' })).toEqual([200, ['archive']]);
  });

  it('has exports of its own, for its users', async () => {
    const request = { cameras: ['mine'], start: START, end: START + 1000 };
    const made = await home.ask('POST', '/api/recordings/export', {
      ...{ ...request, onBehalfOf: 'kim', reason: 'case 7' },
    });
    expect([made.statusCode, made.json()]).toMatchObject([
      202,
      { username: 'kim (HQ)', reason: 'case 7; for kim (HQ)' },
    ]);
    const { id } = made.json();
    expect((await home.ask('GET', `/api/exports/${id}`)).statusCode).toBe(200);
    const other = served.nvr.sessions.apiKeys.create({ label: 'x', scopes: ['export'] }).key;
    const foreign = { headers: { 'x-nvr-auth': other } };
    expect((await served.ask('GET', `/api/exports/${id}`, foreign)).statusCode).toBe(404);
    expect((await served.ask('GET', '/api/exports', foreign)).json().items).toEqual([]);
    expect(audited().find(({ action }) => action === 'export.create')).toMatchObject({
      ...{ actor: `key:${home.keyId}`, subject: id },
      detail: { reason: 'case 7; for kim (HQ)' },
    });
    const mine = { ...request, onBehalfOf: 'kim' };
    const own = await served.ask('POST', '/api/recordings/export', { token: admin, body: mine });
    expect(own.statusCode).toBe(400);
  });

  it('is forgotten with its key when it says goodbye', async () => {
    const other = await pairHome(served);
    expect((await other.ask('DELETE', '/api/federation/pair')).statusCode).toBe(204);
    expect((await other.ask('GET', '/api/federation/status')).statusCode).toBe(401);
    expect(served.nvr.homes.homes().map(({ keyId }) => keyId)).toEqual([home.keyId]);
    const actions = audited().map(({ action, actor }) => [action, actor]);
    expect(actions).toContainEqual(['federation.unpair', `key:${other.keyId}`]);
  });
});

describe('the key for other servers', () => {
  it('is made and ended by administrators', async () => {
    const path = '/api/system/federation-key';
    const made = (await served.ask('POST', path, { token: admin })).json();
    expect(made.secret).toMatch(/^fvk_/);
    expect(made.key.id).toBe(made.secret.split('_')[1]);
    expect((await served.ask('DELETE', path, { token: admin })).statusCode).toBe(204);
    const gone = await served.ask('DELETE', path, { token: admin });
    expect([gone.statusCode, gone.json().code]).toEqual([404, 'ERR_API_KEY_NOT_FOUND']);
    const operator = await userOf(served, 'OPERATOR');
    expect((await served.ask('POST', path, { token: operator })).statusCode).toBe(403);
  });

  it.each(['metadata', 'media', 'ptz', 'export', 'metrics'] as const)(
    'of scope %s does not what others are for',
    async (scope: ApiKeyScope) => {
      const { key } = served.nvr.sessions.apiKeys.create({ label: scope, scopes: [scope] });
      const asks: [ApiKeyScope, string, string][] = [
        ['metadata', 'GET', '/api/federation/status'],
        ['media', 'DELETE', '/api/federation/tickets'],
        ['export', 'GET', '/api/exports'],
        ['ptz', 'GET', '/api/cameras/mine/ptz/presets'],
      ];
      for (const [needed, method, url] of asks) {
        const body = method === 'DELETE' ? { user: 'kim' } : undefined;
        const headers = { 'x-nvr-auth': key };
        const { statusCode } = await served.ask(method, url, { headers, body });
        expect([url, statusCode === 403]).toEqual([url, needed !== scope]);
      }
    },
  );

  it('is not guessed: one answer for all, and no more tries than an address has', async () => {
    const few = await serve({ config: { limits: { requestsPerMinute: 3 } } });
    const { key } = few.nvr.homes.createKey();
    const told = new Map<string, number>();
    for (let i = 0; i < 40; i++) {
      const guess = i % 2 ? `fvk_${'0'.repeat(16)}_${'A'.repeat(43)}` : `${key.slice(0, -2)}--`;
      const headers = { 'x-nvr-auth': guess };
      const { statusCode, body } = await few.ask('GET', '/api/federation/status', { headers });
      const words = `${statusCode} ${body.replace(/urn:uuid:[\da-f-]+/, '').replace(/"retry.*/, '')}`;
      told.set(words, (told.get(words) ?? 0) + 1);
    }
    // Ten times what a user has: a home asks for all of its own.
    expect([...told].map(([words, count]) => [words.slice(0, 3), count])).toEqual([
      ['401', 30],
      ['429', 10],
    ]);
  });
});
