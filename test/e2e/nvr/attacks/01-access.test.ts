// Attacks 1 and 2: routes without a check, and cameras that a user may not know of.
import { randomUUID } from 'node:crypto';
import { permissionsOf } from '@fluxvision/core';
import Fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  enforceAccess,
  type RouteEntry,
  routeTable,
} from '../../../../examples/nvr/server/access/index.js';
import type { Answer, Client } from '../support/client.js';
import { startNvr, type TestNvr } from '../support/nvr.js';

let nvr: TestNvr;
let routes: readonly RouteEntry[];

beforeAll(async () => {
  const url = 'rtsp://127.0.0.1:9/nothing';
  const cameras = [
    { id: 'door', url },
    { id: 'vault', url, username: 'root', password: 'of-the-vault' },
  ];
  nvr = await startNvr({ cameras, viewerCameras: ['door'] });
  routes = routeTable(nvr.server.app as never).filter(({ websocket }) => !websocket);
});
afterAll(() => nvr?.close());

describe('1: every route checks who asks', () => {
  it('does not start with a route that declares no access, or no schema of its answer', () => {
    const app = Fastify();
    enforceAccess(app, nvr.nvr);
    const response = { 204: { type: 'null' } };
    expect(() => app.get('/a', { schema: { response } }, () => null)).toThrow('declares no access');
    const config = { access: { public: true } } as const;
    expect(() => app.get('/b', { config }, () => null)).toThrow('no schema of its response');
  });

  it('has nothing public but the first start, login, discovery, unlocking and the pages', () => {
    const open = routes.filter(({ access }) => 'public' in access);
    expect(open.map(({ method, url }) => `${method} ${url}`).sort()).toEqual([
      ...['GET /*', 'GET /api/discovery/info', 'GET /api/setup', 'HEAD /*'],
      ...['HEAD /api/discovery/info', 'HEAD /api/setup', 'POST /api/auth/login'],
      ...['POST /api/federation/identity', 'POST /api/setup'],
      'POST /api/system/keys/unlock',
    ]);
  });

  it('refuses everybody without a session on every other route, before it looks further', async () => {
    const strangers = await strangersOf(nvr);
    const closed = routes.filter(({ access }) => !('public' in access));
    for (const [who, client] of Object.entries(strangers)) {
      expect([who, await notAnswering(401, client, closed)]).toEqual([who, []]);
    }
  });

  it('refuses a VIEWER and an OPERATOR on routes of administrators', async () => {
    const guarded = routes.filter(({ access }) => 'permission' in access);
    const ofAdmins = guarded.filter(({ access }) => (access as Guarded).permission === 'admin');
    expect(ofAdmins.length).toBeGreaterThan(20);
    for (const role of ['VIEWER', 'OPERATOR'] as const) {
      const client = await nvr.login(role);
      expect([role, await notAnswering(403, client, ofAdmins)]).toEqual([role, []]);
    }
  });

  it('lets an API key no further than its scopes', async () => {
    for (const scope of ['metadata', 'media', 'ptz', 'export', 'metrics'] as const) {
      const { key } = nvr.nvr.sessions.apiKeys.create({ label: scope, scopes: [scope] });
      const client = nvr.anonymous.with({ 'x-nvr-auth': key });
      const others = routes.filter(
        ({ access }) => !('public' in access) && access.apiKey !== scope,
      );
      expect([scope, await notAnswering(403, client, others)]).toEqual([scope, []]);
    }
  });

  it('takes no method, path or role from headers that ask for another one', async () => {
    const viewer = await nvr.login('VIEWER');
    for (const headers of [
      { 'x-http-method-override': 'DELETE' },
      { 'x-method-override': 'DELETE', 'x-http-method': 'DELETE' },
      { 'x-original-url': '/api/users', 'x-rewrite-url': '/api/users' },
      { 'x-user': 'admin', 'x-role': 'ADMIN', 'x-forwarded-user': 'admin' },
      { 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1', forwarded: 'for=127.0.0.1' },
    ]) {
      expect((await viewer.get('/api/users', headers as never)).status).toBe(403);
      expect((await viewer.get('/api/account', headers as never)).json.username).toBe('viewer');
    }
    expect(nvr.nvr.sessions.users.list()).toHaveLength(3);
  });

  it('takes no token from the address', async () => {
    const { token } = await nvr.login('ADMIN');
    for (const name of ['token', 'access_token', 'sessionToken', 'auth', 'key']) {
      expect((await nvr.anonymous.get(`/api/account?${name}=${token}`)).status).toBe(401);
    }
  });

  it('answers a privileged user on the same paths only as they are spelled', async () => {
    const viewer = await nvr.login('VIEWER');
    for (const path of [
      ...['//api/users', '/api//users', '/api/users/', '/API/users', '/api/users;a=b'],
      ...['/api/%75sers', '/%61pi/users', '/api/./users', '/api/cameras/../users'],
      ...['/api%2fusers', '/api/users%00', '/api/users%20', '/api/users#x', '/api\\users'],
    ]) {
      const { status, headers, text } = await viewer.get(path);
      // The interface has paths of its own; what it is served as is a page.
      const isPage = status === 200 && String(headers['content-type']).startsWith('text/html');
      expect([path, isPage || [400, 403, 404].includes(status)]).toEqual([path, true]);
      expect(text).not.toContain('operator');
    }
  });

  it('lets nothing private be kept by a cache, however its address is spelled', async () => {
    const admin = await nvr.login('ADMIN');
    for (const path of ['/api/account', '/%61pi/account', '/api/users', '/api/cameras/door']) {
      const { status, headers } = await admin.get(path);
      if (status === 200) expect([path, headers['cache-control']]).toEqual([path, 'no-store']);
    }
  });
});

describe('2: a camera that one may not see is a camera that there is not', () => {
  const requests: [method: string, path: (id: string) => string, body?: (id: string) => unknown][] =
    [
      ['GET', (id) => `/api/cameras/${id}`],
      ['GET', (id) => `/api/cameras/${id}/ptz/presets`],
      ['POST', (id) => `/api/cameras/${id}/ptz`, () => ({ action: 'stop' })],
    ];

  it('answers in the same words, whether there is one or not', async () => {
    const who = { ...permissionsOf('OPERATOR'), allowedCameras: ['door'] };
    await nvr.addUser('guard', who);
    const guard = await nvr.loginAs('guard');
    for (const [method, path, body] of requests) {
      const ask = (id: string) => guard.send(method, path(id), body && { body: body(id) });
      const [forbidden, unknown] = [await ask('vault'), await ask('nobody')];
      expect([path('vault'), forbidden.status]).toEqual([path('vault'), 404]);
      expect(plain(forbidden, 'vault')).toEqual(plain(unknown, 'nobody'));
      expect((await ask('door')).status).not.toBe(404);
    }
  });

  it('leaves it out of lists, troubles and layouts', async () => {
    const [admin, viewer] = [await nvr.login('ADMIN'), await nvr.login('VIEWER')];
    const tile = { x: 0, y: 0, width: 1, height: 1 };
    const layout = { id: 'wall', name: 'Wall', columns: 2, rows: 1, shared: true };
    const tiles = [
      { ...tile, cameraId: 'door' },
      { ...tile, x: 1, cameraId: 'vault' },
    ];
    expect((await admin.put('/api/layouts/wall', { ...layout, tiles })).status).toBe(200);
    // Its own layouts tell it nothing either.
    const own = { ...layout, id: 'own', shared: false, tiles };
    expect((await viewer.put('/api/layouts/own', own)).text).not.toContain('vault');
    for (const path of [
      ...['/api/cameras', '/api/layouts', '/api/system/stats', '/api/system/stats/history'],
      ...['/api/system/info', '/api/account', '/api/openapi.json', '/api/system/nodes'],
    ]) {
      const answer = await viewer.get(path);
      expect([path, answer.status]).toEqual([path, 200]);
      expect([path, answer.text.includes('vault')]).toEqual([path, false]);
    }
    expect((await admin.get('/api/system/stats')).text).toContain('vault');
  });

  it('lets a user keep nothing of a camera after the right was taken away', async () => {
    const viewer = permissionsOf('VIEWER');
    const id = await nvr.addUser('former', { ...viewer, allowedCameras: ['vault'] });
    const before = await nvr.loginAs('former');
    expect((await before.get('/api/cameras/vault')).status).toBe(200);
    const admin = await nvr.login('ADMIN');
    const permissions = { ...viewer, allowedCameras: ['door'] };
    expect((await admin.put(`/api/users/${id}`, { permissions })).status).toBe(200);
    expect((await before.get('/api/cameras/vault')).status).toBe(401);
    const after = await nvr.loginAs('former');
    expect((await after.get('/api/cameras/vault')).status).toBe(404);
  });
});

interface Guarded {
  permission: string;
  apiKey?: string;
}

/** Without a session that lasts: never had one, had one, or shows something else. */
async function strangersOf({ anonymous, loginAs, cookie, nvr: { sessions } }: TestNvr) {
  const kicked = await loginAs('operator');
  sessions.terminate(kicked.sessionId as string, 'kicked');
  const loggedOut = await loginAs('admin');
  await loggedOut.post('/api/auth/logout');
  const expired = await loginAs('admin');
  sessions.terminate(expired.sessionId as string, 'expired');
  const good = await loginAs('admin');
  const altered = `${good.token?.slice(0, -2)}AA`;
  const { id, key } = sessions.apiKeys.create({ label: 'revoked', scopes: ['metadata', 'media'] });
  sessions.apiKeys.revoke(id);
  return {
    anonymous,
    kicked,
    loggedOut,
    expired,
    altered: anonymous.with({ authorization: `Bearer ${altered}` }),
    basic: anonymous.with({ authorization: `Basic ${Buffer.from('admin:11').toString('base64')}` }),
    constructorKey: anonymous.with({ 'x-nvr-auth': 'constructor' }),
    revokedKey: anonymous.with({ 'x-nvr-auth': key }),
    // The first of them is the one of this host; the good one behind it does not mend it.
    twoCookies: anonymous.with({
      cookie: `${cookie(altered)}; ${cookie(good.token)}`,
    }),
    otherCookie: anonymous.with({ cookie: `fluxvision=${good.token}` }),
    // Of another server of the same host name.
    otherServersCookie: anonymous.with({
      cookie: `__Host-fluxvision-${randomUUID()}=${good.token}`,
    }),
  } satisfies Record<string, Client>;
}

/** Of these routes those that answer with another status. */
async function notAnswering(status: number, client: Client, of: readonly RouteEntry[]) {
  const answers = await Promise.all(
    of.map(async (route) => {
      const answer = await client.send(route.method, pathOf(route));
      return { route: `${route.method} ${route.url}`, status: answer.status };
    }),
  );
  return answers.filter((answer) => answer.status !== status);
}

function pathOf({ url }: RouteEntry): string {
  return url.replace(':id', 'door').replace(':cameraId', 'door').replace('*', 'manifest.json');
}

/** Without what differs between any two requests. */
function plain({ status, headers, text }: Answer, id: string) {
  const { instance: _, ...problem } = JSON.parse(text);
  const { date: __, 'x-request-id': ___, 'content-length': ____, ...rest } = headers;
  // The one was asked for after the other.
  for (const name of ['remaining', 'reset']) delete rest[`x-ratelimit-${name}`];
  return [status, rest, JSON.parse(JSON.stringify(problem).replaceAll(id, 'ID'))];
}
