// What is asked of every request, whatever its route: type, origin, shape, size; and how it is refused.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildApp } from '../../../../examples/nvr/server/app.js';
import { temporaryDirectory } from '../../temporary-directory.js';
import { ORIGIN, PASSWORD, type Served, serve, serveShared } from './served.js';

let served: Served;
let token: string;

beforeAll(async () => {
  served = await serveShared({ config: { allowedOrigins: ['https://other.test:8443'] } });
  token = await served.setUp();
});

describe('a body', () => {
  it.each([
    ...['application/json\ta', 'application/json garbage', 'application/json; charset=latin1'],
    ...['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'],
    ...['application/jsonx', 'APPLICATION/JSON;q=1', 'application/json, text/plain', ''],
  ])('of type %j is refused', async (type) => {
    const body = JSON.stringify({ label: 'x', scopes: ['metadata'] });
    const headers = { 'content-type': type };
    const answer = await served.ask('POST', '/api/system/api-keys', { token, body, headers });
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([
      415,
      'application/problem+json; charset=utf-8',
    ]);
    expect(served.nvr.sessions.apiKeys.list()).toEqual([]);
  });

  it('has what its schema names, of the type that it names', async () => {
    const attempt = async (body: unknown) => {
      const answer = await served.ask('POST', '/api/users', { token, body });
      return [answer.statusCode, answer.json().code, answer.json().detail];
    };
    const permissions = {
      ...{ role: 'VIEWER', allowedCameras: [], canExport: false, canControlPTZ: false },
      ...{ canViewArchive: true, canViewLive: true },
    };
    const user = { username: 'kim', password: PASSWORD, permissions };
    expect(await attempt({ ...user, isAdmin: true })).toEqual([
      ...[400, 'ERR_VALIDATION', "/ must NOT have additional properties ('isAdmin')"],
    ]);
    const within = { ...user, permissions: { ...permissions, canExport: 'true' } };
    expect(await attempt(within)).toEqual([
      ...[400, 'ERR_VALIDATION', '/permissions/canExport must be boolean'],
    ]);
    expect((await attempt('{"username": "x", "__proto__": {"a": 1}}'))[0]).toBe(400);
    expect((await attempt('{"username": "x", "constructor": {"prototype": {}}}'))[0]).toBe(400);
    expect((await attempt('{'))[0]).toBe(400);
    expect((await attempt(JSON.stringify({ a: 'x'.repeat(300_000) })))[0]).toBe(413);
  });
});

describe('a request of another site', () => {
  it.each([
    ...['https://evil.test', 'null', 'http://nvr.test', 'https://nvr.test.evil.test'],
    ...[
      'https://nvr.test:444',
      'https://evilnvr.test',
      'https://other.test',
      'https://other.test:84430',
    ],
  ])('of origin %j changes nothing', async (origin) => {
    const body = { username: 'admin', password: PASSWORD };
    const login = await served.ask('POST', '/api/auth/login', { body, headers: { origin } });
    expect([login.statusCode, login.json().code]).toEqual([403, 'ERR_ORIGIN']);
    const change = { name: 'x', url: 'rtsp://192.0.2.1/' };
    const answer = await served.ask('POST', '/api/cameras', {
      token,
      body: change,
      headers: { origin },
    });
    expect(answer.statusCode).toBe(403);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('is let through where the settings name its origin, without cookies', async () => {
    const origin = 'https://other.test:8443';
    const answer = await served.ask('GET', '/api/discovery/info', { headers: { origin } });
    expect(answer.headers['access-control-allow-origin']).toBe(origin);
    expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
    expect(String(answer.headers.vary)).toMatch(/origin/i);
    const evil = { origin: 'https://other.test:8443.evil.test' };
    const other = await served.ask('GET', '/api/discovery/info', { headers: evil });
    expect(other.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('is known by Sec-Fetch-Site where a browser leaves the origin out', async () => {
    const headers = { origin: '', 'sec-fetch-site': 'cross-site' };
    const body = { username: 'admin', password: PASSWORD };
    const answer = await served.app.inject({
      ...{ method: 'POST', url: '/api/auth/login', payload: JSON.stringify(body) },
      headers: { host: 'nvr.test', 'content-type': 'application/json', ...headers },
    });
    expect(answer.statusCode).toBe(403);
  });
});

describe('an answer', () => {
  it('that refuses is a problem of RFC 9457, also where there is no route', async () => {
    for (const [url, status] of [
      ['/api/nothing', 404],
      ['/ws/nothing', 404],
      ['/api/cameras/none', 404],
      ['/api/cameras/%2e%2e%2f%2e%2e%2fetc', 400],
      ['/api/cameras/..%5c', 400],
      ['/api/cameras/%00', 400],
      ['/api/cameras/%ff', 400],
      [`/api/cameras/${'a'.repeat(100)}`, 400],
      ['/api/cameras/__proto__', 404],
      ['/api/cameras/constructor', 404],
    ] as const) {
      const answer = await served.ask('GET', url, { token });
      expect([url, answer.statusCode]).toEqual([url, status]);
      expect([url, answer.headers['content-type']]).toEqual([
        url,
        'application/problem+json; charset=utf-8',
      ]);
      const problem = answer.json();
      expect(problem).toMatchObject({
        status,
        instance: `urn:uuid:${answer.headers['x-request-id']}`,
      });
      expect(problem.type).toMatch(/^\/problems\/[a-z0-9-]+$/);
      expect(problem.detail).not.toMatch(/\/work|node_modules|\.[tj]s:\d/);
    }
  });

  it('that fails in the server tells nothing of it', async () => {
    const { store } = served.nvr;
    const setting = store.setting.bind(store);
    store.setting = () => {
      throw new Error('/secret/path/config.db is on fire');
    };
    const answer = await served.ask('GET', '/api/layouts', { token });
    store.setting = setting;
    expect([answer.statusCode, answer.body.includes('fire')]).toEqual([500, false]);
    expect(served.logged()).toContain('on fire');
  });

  it('keeps browsers to this server, and out of caches', async () => {
    const answer = await served.ask('GET', '/api/account', { token });
    const policy = String(answer.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain('wss://nvr.test');
    expect(policy).not.toMatch(/unsafe-(inline|eval)/);
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'strict-transport-security': 'max-age=31536000',
      'referrer-policy': 'no-referrer',
    });
  });

  it('is described by an OpenAPI document', async () => {
    const document = (await served.ask('GET', '/api/openapi.json', { token })).json();
    expect(document.openapi).toBe('3.1.0');
    expect(document.paths['/api/cameras/{id}'].get.responses['200']).toBeDefined();
    expect(document.paths['/api/auth/login'].post.requestBody).toBeDefined();
  });
});

describe('an address that asks too often', () => {
  it('waits, and cannot pretend to be another', async () => {
    const limits = { requestsPerMinute: 10 };
    const { ask } = await serve({ config: { limits } });
    const codes = [];
    for (let i = 0; i < 12; i++) {
      const headers = { 'x-forwarded-for': `10.0.0.${i}` };
      codes.push((await ask('GET', '/api/setup', { headers })).statusCode);
    }
    expect(codes.slice(0, 10).every((code) => code === 200)).toBe(true);
    expect(codes.slice(10)).toEqual([429, 429]);
    const refused = await ask('GET', '/api/setup');
    expect(refused.json()).toMatchObject({ code: 'ERR_RATE_LIMIT', status: 429 });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('is a /64 of IPv6, and the same where IPv4 comes inside of it', async () => {
    const { app } = await serve({ config: { limits: { requestsPerMinute: 3 } } });
    const from = async (...addresses: string[]) => {
      const codes = [];
      for (const remoteAddress of addresses) {
        codes.push((await app.inject({ url: '/api/setup', remoteAddress })).statusCode);
      }
      return codes;
    };
    const neighbours = ['2001:db8::1', '2001:db8::2', '2001:DB8:0:0:ffff::3', '2001:db8:0:0:a::4'];
    expect(await from(...neighbours)).toEqual([200, 200, 200, 429]);
    expect(await from('2001:db8:0:1::1')).toEqual([200]);
    const mapped = ['::ffff:192.0.2.1', '::ffff:c000:201', '192.0.2.1'];
    expect(await from(...mapped, '::ffff:192.0.2.1')).toEqual([200, 200, 200, 429]);
    expect(await from('::ffff:192.0.2.2')).toEqual([200]);
  });
});

describe('the web interface', () => {
  it('is served by the names of its files, and nothing beside them', async () => {
    const web = temporaryDirectory();
    mkdirSync(join(web, 'assets'));
    writeFileSync(join(web, 'index.html'), '<!doctype html>the page');
    writeFileSync(join(web, 'assets', 'main-abc.js'), 'script');
    writeFileSync(join(web, '.env'), 'SECRET=1');
    writeFileSync(join(web, 'main.js.map'), 'source');
    const app = await buildApp(served.nvr, { web });
    const get = (url: string) =>
      app.inject({ method: 'GET', url, headers: { host: 'nvr.test', origin: ORIGIN } });
    const page = await get('/');
    expect([page.body, page.headers['cache-control']]).toEqual([
      ...['<!doctype html>the page', 'public, max-age=0'],
    ]);
    expect((await get('/cameras/door')).body).toBe('<!doctype html>the page');
    const script = await get('/assets/main-abc.js');
    expect([script.body, script.headers['cache-control']]).toEqual([
      ...['script', 'public, max-age=31536000, immutable'],
    ]);
    for (const url of ['/.env', '/main.js.map', '/assets/../.env', '/..%2f..%2fetc/passwd.txt']) {
      const answer = await get(url);
      expect(answer.body).not.toMatch(/SECRET|source|root:/);
    }
    expect((await get('/assets/gone.js')).statusCode).toBe(404);
    await app.close();
  });
});

describe('a route', () => {
  it('that declares no access, or no answer, keeps the server from starting', async () => {
    const app = await buildApp(served.nvr);
    const schema = { response: { 200: {} } };
    expect(() => app.get('/api/forgotten', { schema }, async () => '')).toThrow(
      /declares no access/,
    );
    const config = { access: { public: true } } as const;
    expect(() => app.get('/api/bare', { config }, async () => '')).toThrow(/declares no schema/);
    await app.close();
  });
});
