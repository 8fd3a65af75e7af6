// Every route with every role: generated from the route table, so that no route is forgotten.
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Access, routeTable } from '../../../../examples/nvr/server/access/index.js';
import { type Served, serveShared, userOf } from './served.js';

const SCOPES = ['metadata', 'media', 'ptz', 'export', 'metrics'] as const;
/** They would end what the next line of the matrix needs, or wait for the network. */
const NOT_RUN = new Set([
  'POST /api/system/keys/lock',
  'POST /api/auth/logout',
  'POST /api/auth/refresh',
  'POST /api/cameras/discover',
]);

/** What these cannot do without. */
const QUERIES: Record<string, string> = { '/api/cameras/:id/thumbnail': '?time=1700000000000' };

let served: Served;
const tokens: Record<string, string> = {};
const keys: Record<string, string> = {};

beforeAll(async () => {
  served = await serveShared();
  const admin = await served.setUp();
  for (const id of ['mine', 'foreign']) {
    const body = { id, name: id, url: 'rtsp://192.0.2.1/a', enabled: false };
    await served.ask('POST', '/api/cameras', { token: admin, body });
  }
  tokens.ADMIN = admin;
  tokens.OPERATOR = await userOf(served, 'OPERATOR');
  tokens.VIEWER = await userOf(served, 'VIEWER', { allowedCameras: ['mine'] });
  tokens.kicked = await served.login('admin');
  served.nvr.sessions.terminate(served.nvr.sessions.verify(tokens.kicked).id, 'kicked');
  for (const scope of SCOPES) {
    keys[scope] = served.nvr.sessions.apiKeys.create({ label: scope, scopes: [scope] }).key;
  }
});

const routes = () =>
  routeTable(served.app).filter(({ method, websocket }) => method !== 'OPTIONS' && !websocket);

async function status(
  method: string,
  route: string,
  options: Parameters<Served['ask']>[2] = {},
  id = 'none-such',
): Promise<number> {
  const url = route.replace('*', 'x').replace(/:\w+/g, id);
  const body = method === 'POST' || method === 'PUT' ? {} : undefined;
  const answer = await served.ask(method, url, { ...(body && { body }), ...options });
  return answer.statusCode;
}

function mayCall(role: string, access: Exclude<Access, { public: true }>): boolean {
  if (role === 'ADMIN' || access.permission === 'any') return true;
  if (access.permission === 'admin') return false;
  const ofViewers = access.permission === 'live' || access.permission === 'archive';
  return role === 'OPERATOR' || ofViewers;
}

describe('the matrix of routes and roles', () => {
  it('knows what each route is for', () => {
    const table = routes().map(({ method, url }) => `${method} ${url}`);
    expect(table.length).toBeGreaterThan(50);
    expect(table).toContain('GET /api/cameras/:id');
    const open = routes().filter(({ access }) => 'public' in access);
    expect(open.map(({ method, url }) => `${method} ${url}`).sort()).toEqual([
      ...['GET /*', 'GET /api/discovery/info', 'GET /api/setup', 'HEAD /*'],
      ...[
        'HEAD /api/discovery/info',
        'HEAD /api/setup',
        'POST /api/auth/login',
        'POST /api/federation/identity',
      ],
      ...['POST /api/setup', 'POST /api/system/keys/unlock'],
    ]);
  });

  it('refuses whoever is not logged in', async () => {
    const credentials: Parameters<Served['ask']>[2][] = [
      {},
      { token: tokens.kicked as string },
      { token: 'fvt1.not.a.token' },
      { headers: { authorization: 'Basic YWRtaW46YWRtaW4=' } },
      { headers: { authorization: 'Bearer x' } },
      { headers: { 'x-nvr-auth': `fvk_0123456789abcdef_${'A'.repeat(43)}` } },
      { headers: { 'x-nvr-auth': 'constructor' } },
    ];
    const let_in = [];
    for (const { method, url, access } of routes()) {
      if ('public' in access) continue;
      for (const options of credentials) {
        const code = await status(method, url, options);
        if (code !== 401) let_in.push([method, url, options, code]);
      }
    }
    expect(let_in).toEqual([]);
  });

  it('refuses a session whose time is over', async () => {
    vi.useFakeTimers({ now: Date.now() + 25 * 3_600_000, toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const let_in = [];
    for (const { method, url, access } of routes()) {
      if ('public' in access) continue;
      const code = await status(method, url, { token: tokens.OPERATOR as string });
      if (code !== 401) let_in.push([method, url, code]);
    }
    expect(let_in).toEqual([]);
  });

  it.each(['VIEWER', 'OPERATOR', 'ADMIN'])(
    'lets %s do what the role may, and no more',
    async (role) => {
      const wrong = [];
      for (const { method, url, access } of routes()) {
        if ('public' in access || NOT_RUN.has(`${method} ${url}`)) continue;
        const code = await status(method, url, { token: tokens[role] as string });
        const allowed = mayCall(role, access);
        if (allowed ? code === 401 || code === 403 : code !== 403) wrong.push([method, url, code]);
      }
      expect(wrong).toEqual([]);
    },
  );

  it.each(SCOPES)('lets an API key of scope %s do that alone', async (scope) => {
    const wrong = [];
    for (const { method, url, access } of routes()) {
      if ('public' in access || NOT_RUN.has(`${method} ${url}`)) continue;
      const code = await status(method, url, { headers: { 'x-nvr-auth': keys[scope] as string } });
      const allowed = access.apiKey === scope;
      if (allowed ? code === 401 || code === 403 : code !== 403) wrong.push([method, url, code]);
    }
    expect(wrong).toEqual([]);
  });

  it('answers for a camera that is not theirs as for one that is not there', async () => {
    const wrong = [];
    const about = (url: string, id: string, method: string) =>
      served.ask(method, url.replace(':id', id).replace(/:\w+/g, 'x') + (QUERIES[url] ?? ''), {
        token: tokens.VIEWER as string,
        ...((method === 'POST' || method === 'PUT') && { body: bodyFor(url) }),
      });
    for (const { method, url, access } of routes()) {
      if ('public' in access || !access.camera?.startsWith('params.')) continue;
      if (!mayCall('VIEWER', access)) continue;
      const [foreign, unknown] = [
        await about(url, 'foreign', method),
        await about(url, 'nothere', method),
      ];
      const text = (answer: { body: string }, id: string) =>
        answer.body.replaceAll(id, 'ID').replace(/urn:uuid:[\da-f-]+/, '');
      const same = text(foreign, 'foreign') === text(unknown, 'nothere');
      if (foreign.statusCode !== 404 || unknown.statusCode !== 404 || !same) {
        wrong.push([method, url, foreign.statusCode, unknown.statusCode]);
      }
    }
    expect(wrong).toEqual([]);
    const list = await served.ask('GET', '/api/cameras', { token: tokens.VIEWER as string });
    expect(list.json().items.map(({ id }: { id: string }) => id)).toEqual(['mine']);
  });
});

function bodyFor(url: string): unknown {
  if (url.endsWith('/ticket')) return { permissions: ['live'] };
  return url.endsWith('/ptz') ? { action: 'stop' } : {};
}
