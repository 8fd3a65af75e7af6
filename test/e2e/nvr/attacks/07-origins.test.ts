// Attacks 7 and 8: pages of other sites that use the browser of somebody who is logged in.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../support/client.js';
import { PASSWORD, startNvr, type TestNvr } from '../support/nvr.js';

const HOME = 'https://home.example';
let nvr: TestNvr;
/** With the cookie of an administrator, as the victim's browser has it. */
let browser: Client;

beforeAll(async () => {
  nvr = await startNvr({ config: { allowedOrigins: [HOME] } });
  const { token } = await nvr.login('ADMIN');
  browser = nvr.anonymous.with({ cookie: nvr.cookie(token) });
});
afterAll(() => nvr?.close());

const foreign = () => [
  ...['https://evil.example', 'null', 'https://home.example.evil.example', 'https://xhome.example'],
  ...['http://home.example', 'https://home.example:444', 'https://HOME.example', `${HOME}/`, ''],
  ...[`http://127.0.0.1:${nvr.port}`, `https://127.0.0.1`, 'https://localhost', 'file://'],
  ...[`https://127.0.0.1:${nvr.port}.evil.example`, `https://evil.example#${HOME}`],
];

describe('7: requests that a page of another site sends', () => {
  it('change nothing, though the cookie comes along', async () => {
    const user = { username: 'mallory', password: 'long enough for it' };
    for (const origin of foreign()) {
      const made = await browser.post('/api/users', { ...user, permissions: {} }, { origin });
      expect([origin, made.status, made.json.code]).toEqual([origin, 403, 'ERR_ORIGIN']);
      const out = await browser.send('POST', '/api/auth/logout', { headers: { origin } });
      expect([origin, out.status]).toEqual([origin, 403]);
    }
    expect((await browser.get('/api/account')).status).toBe(200);
    expect(nvr.nvr.sessions.users.list()).toHaveLength(3);
  });

  it('are refused where the browser says it by other means', async () => {
    for (const site of ['cross-site', 'same-site']) {
      const answer = await browser.post('/api/auth/logout', {}, { 'sec-fetch-site': site });
      expect([site, answer.status]).toEqual([site, 403]);
    }
  });

  it('log nobody in as somebody else', async () => {
    const body = { username: 'viewer', password: PASSWORD };
    for (const origin of foreign()) {
      const answer = await nvr.anonymous.post('/api/auth/login', body, { origin });
      expect([origin, answer.status]).toEqual([origin, 403]);
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
  });

  it('are nobody on pages of an allowed origin, whose cookies are those of its own server', async () => {
    // Cookies know no ports: the browser sends them to every server on the host name.
    const user = { username: 'mallory', password: 'long enough for it', permissions: {} };
    const asked = [
      browser.get('/api/account', { origin: HOME }),
      browser.post('/api/users', user, { origin: HOME }),
      browser.delete('/api/cameras/door', { origin: HOME }),
      browser.put('/api/account/password', { current: 'x', next: PASSWORD }, { origin: HOME }),
      browser.post('/api/auth/refresh', { tokenDelivery: 'body' }, { origin: HOME }),
    ];
    for (const answer of await Promise.all(asked)) {
      expect([answer.status, answer.json.code]).toEqual([401, 'ERR_SESSION']);
    }
    const setup = await browser.get('/api/setup', { origin: HOME });
    expect(setup.json.authenticated).toBe(false);
    for (const site of ['same-site', 'cross-site']) {
      const picture = await browser.get('/api/cameras', { 'sec-fetch-site': site });
      expect([site, picture.status]).toEqual([site, 401]);
    }
    expect((await browser.get('/api/account')).status).toBe(200);
  });

  it('of an allowed origin neither set nor take away the cookie of a login here', async () => {
    const body = { username: 'viewer', password: PASSWORD };
    const login = await nvr.anonymous.post('/api/auth/login', body, { origin: HOME });
    expect([login.status, login.json.code]).toEqual([403, 'ERR_ORIGIN']);
    const inBody = { ...body, tokenDelivery: 'body' };
    const { headers, json } = await browser.post('/api/auth/login', inBody, { origin: HOME });
    expect(headers['set-cookie']).toBeUndefined();
    const bearer = { origin: HOME, authorization: `Bearer ${json.sessionToken}` };
    expect((await browser.get('/api/account', bearer)).json.username).toBe('viewer');
    const renewal = { tokenDelivery: 'cookie' };
    expect((await browser.post('/api/auth/refresh', renewal, bearer)).status).toBe(403);
    const out = await browser.post('/api/auth/logout', {}, bearer);
    expect([out.status, out.headers['set-cookie']]).toEqual([204, undefined]);
    expect((await browser.get('/api/account')).status).toBe(200);
  });

  it('as forms are no JSON', async () => {
    const body = '{"username":"viewer","password":"x","a":"=","b":""}';
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=b',
    ]) {
      const headers = { 'content-type': type, origin: 'null' };
      const { status } = await browser.send('POST', '/api/users', { body, headers });
      expect([type, [403, 415].includes(status)]).toEqual([type, true]);
    }
  });

  it.each(['/ws/live', '/ws/playback', '/ws/events'])('open no socket %s', async (path) => {
    for (const origin of foreign().filter((one) => one !== '')) {
      const socket = browser.socket(path, { origin });
      expect([origin, await socket.opened]).not.toEqual([origin, 101]);
      socket.end();
    }
  });

  it.each(['/ws/live', '/ws/playback', '/ws/events'])(
    'open a socket %s of an allowed origin as nobody, until it shows a token of this server',
    async (path) => {
      const silent = browser.socket(path, { origin: HOME });
      expect(await silent.opened).toBe(101);
      silent.send({ type: 'ping' });
      expect(await silent.message('error')).toMatchObject({ code: 'ERR_SESSION' });
      expect(await silent.closed).toBe(4401);
      const { token } = await nvr.login('VIEWER');
      const socket = browser.socket(path, { origin: HOME });
      expect(await socket.opened).toBe(101);
      socket.send({ type: 'ping', sessionToken: token });
      await socket.message('pong');
      socket.end();
    },
  );

  it('cannot show the server in a frame, nor read it by other means', async () => {
    const { headers } = await nvr.anonymous.get('/');
    expect(headers['x-frame-options']).toBe('DENY');
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['cross-origin-resource-policy']).toBe('same-origin');
    expect(headers['cross-origin-opener-policy']).toBe('same-origin');
    expect(headers['referrer-policy']).toBe('no-referrer');
  });
});

describe('8: answers that a page of another site reads', () => {
  it('are read by pages of allowed origins alone, and never with cookies', async () => {
    for (const origin of foreign()) {
      const { headers } = await browser.get('/api/account', { origin });
      expect([origin, headers['access-control-allow-origin']]).toEqual([origin, undefined]);
    }
    const { headers, status } = await browser.get('/api/account', { origin: HOME });
    // A refusal, too: the page has to know that its session is over.
    expect([status, headers['access-control-allow-origin']]).toEqual([401, HOME]);
    expect(headers['access-control-allow-credentials']).toBeUndefined();
    expect(headers.vary).toContain('Origin');
  });

  it('are announced to those alone', async () => {
    const ask = (origin: string) =>
      nvr.anonymous.send('OPTIONS', '/api/users', {
        headers: {
          ...{ origin, 'access-control-request-method': 'DELETE' },
          'access-control-request-headers': 'authorization',
        },
      });
    for (const origin of foreign()) {
      const { headers } = await ask(origin);
      expect([origin, headers['access-control-allow-origin']]).toEqual([origin, undefined]);
    }
    const { headers } = await ask(HOME);
    expect(headers['access-control-allow-origin']).toBe(HOME);
    expect(headers['access-control-allow-credentials']).toBeUndefined();
  });
});
