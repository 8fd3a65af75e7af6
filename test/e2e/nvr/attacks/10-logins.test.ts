// Attacks 10, 11, 12 and 16: guessed passwords, used tokens, sessions that should be over, and the first start.
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { permissionsOf } from '@fluxvision/core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Client } from '../support/client.js';
import { PASSWORD, startNvr, type TestNvr } from '../support/nvr.js';

let nvr: TestNvr;
let admin: Client;

beforeAll(async () => {
  nvr = await startNvr({ cameras: [{ id: 'door', url: 'rtsp://127.0.0.1:9/nothing' }] });
  admin = await nvr.login('ADMIN');
});
afterAll(() => nvr?.close());

function tryLogin(client: Client, username: string, password: string, headers = {}) {
  return client.post('/api/auth/login', { username, password }, headers);
}

describe('10: guessed passwords', () => {
  it('tell nothing of which users there are', async () => {
    const told = [];
    for (const username of ['operator', 'nobody-of-that-name']) {
      const { status, json, headers } = await tryLogin(nvr.anonymous, username, 'a wrong one');
      const { instance: _, ...problem } = json;
      const { date: __, 'x-request-id': ___, ...rest } = headers;
      for (const name of Object.keys(rest)) if (name.startsWith('x-ratelimit')) delete rest[name];
      told.push([status, problem, rest]);
    }
    expect(told[0]).toEqual(told[1]);
    expect(told[0]?.[0]).toBe(401);
  });

  it('are soon refused unseen, from whatever address they say they come, also after a restart', async () => {
    const storage = mkdtempSync(join(tmpdir(), 'fluxvision-nvr-'));
    const names = ['viewer', 'VIEWER', 'Viewer'];
    const guess = async (at: TestNvr) => {
      const answers = await Promise.all(
        Array.from({ length: 14 }, (_, i) => {
          const address = `10.0.0.${i}`;
          const spoofed = {
            'x-forwarded-for': address,
            'x-real-ip': address,
            'client-ip': address,
          };
          const headers = { ...spoofed, forwarded: `for=${address}` };
          return tryLogin(at.anonymous, names[i % 3] as string, `guess ${i}`, headers);
        }),
      );
      const refused = answers.filter(({ status }) => status === 429);
      for (const { headers } of refused) expect(Number(headers['retry-after'])).toBeGreaterThan(0);
      return answers.length - refused.length;
    };
    try {
      const first = await startNvr({ storage, accounts: false });
      // Five are free; where the machine is slow the first wait is over before the last of them came.
      expect(await guess(first)).toBeLessThanOrEqual(7);
      await first.close();
      const second = await startNvr({ storage, accounts: false });
      expect(await guess(second)).toBeLessThanOrEqual(2);
      await second.close();
    } finally {
      rmSync(storage, { recursive: true, force: true });
    }
  });

  it('in a flood keep no write of a recorder waiting', async () => {
    const flooded = await startNvr({ accounts: false, config: { passwordIterations: 600_000 } });
    onTestFinished(() => flooded.close());
    const flood = Array.from({ length: 10 }, (_, i) =>
      tryLogin(flooded.anonymous, `user-${i}`, 'a wrong one'),
    );
    const file = await open(join(flooded.storage, 'written'), 'w');
    let done = false;
    const all = Promise.all(flood).finally(() => {
      done = true;
    });
    const taken: number[] = [];
    while (!done) {
      const before = performance.now();
      await file.write(Buffer.alloc(4096));
      taken.push(performance.now() - before);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await file.close();
    const statuses = new Set((await all).map(({ status }) => status));
    expect([...statuses].filter((status) => ![401, 429, 503].includes(status))).toEqual([]);
    taken.sort((a, b) => a - b);
    // The machine may do other things: most of the writes, not every one.
    expect(taken[Math.floor(taken.length * 0.9)]).toBeLessThan(50);
  });
});

describe('11: tokens of somebody else, of yesterday, of nobody', () => {
  const account = (token: string) =>
    nvr.anonymous.get('/api/account', { authorization: `Bearer ${token}` });

  it('are issued anew at each login, whatever the client brought', async () => {
    const fixed = 'fvt1.00000000-0000-4000-8000-000000000000.AAAA';
    const body = { username: 'viewer', password: PASSWORD };
    const cookie = nvr.cookie(fixed);
    const answer = await nvr.anonymous.post('/api/auth/login', body, { cookie });
    const set = String(answer.headers['set-cookie']);
    expect(set).not.toContain(fixed);
    expect(set).toMatch(
      /^__Host-fluxvision-[0-9a-f-]{36}=fvt1\.\S+; Path=\/; .*HttpOnly; Secure; SameSite=Strict/,
    );
    expect(answer.json.sessionToken).toBeUndefined();
    expect((await account(fixed)).status).toBe(401);
  });

  it('do not outlive a renewal, a logout or a change of the password', async () => {
    const client = await nvr.loginAs('operator');
    const renewed = await client.post('/api/auth/refresh', { tokenDelivery: 'body' });
    expect((await client.get('/api/account')).status).toBe(401);
    const { sessionToken } = renewed.json;
    expect((await account(sessionToken)).status).toBe(200);
    const next = new (client.constructor as typeof Client)(nvr.port, {
      authorization: `Bearer ${sessionToken}`,
    });
    expect((await next.post('/api/auth/logout')).status).toBe(204);
    expect((await account(sessionToken)).status).toBe(401);
    expect((await next.post('/api/auth/refresh', {})).status).toBe(401);
  });

  it('are refused where a bit of them is another, or another server issued them', async () => {
    const { token = '' } = await nvr.login('VIEWER');
    const [version, id, sealed = ''] = token.split('.');
    const flipped = Buffer.from(sealed, 'base64url');
    flipped[40] = (flipped[40] as number) ^ 1;
    const none = [
      { alg: 'none', typ: 'JWT' },
      { sub: 'admin', role: 'ADMIN' },
    ].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
    for (const bad of [
      `${version}.${id}.${flipped.toString('base64url')}`,
      ...[`${version}.${id}.`, `${version}.${id}.${sealed}.`, `${version}.${id}.${sealed}=`],
      ...[`${none.join('.')}.`, 'null', 'undefined', '[object Object]', ' ', 'a'.repeat(9000)],
    ]) {
      expect([bad.slice(0, 40), (await account(bad)).status]).toEqual([bad.slice(0, 40), 401]);
    }
    const other = await startNvr({ accounts: false });
    try {
      expect(
        (await other.anonymous.get('/api/account', { authorization: `Bearer ${token}` })).status,
      ).toBe(401);
    } finally {
      await other.close();
    }
  });

  it('do nothing but change the password where that has to be changed first', async () => {
    const permissions = permissionsOf('OPERATOR');
    const user = { username: 'newcomer', password: PASSWORD, mustChangePassword: true };
    expect((await admin.post('/api/users', { ...user, permissions })).status).toBe(201);
    const newcomer = await nvr.loginAs('newcomer');
    for (const path of ['/api/cameras', '/api/system/info', '/api/openapi.json', '/api/layouts']) {
      expect([path, (await newcomer.get(path)).status]).toEqual([path, 403]);
    }
    const renewed = await newcomer.post('/api/auth/refresh', {});
    expect(renewed.status).toBe(403);
  });
});

describe('12: rights that were taken away', () => {
  it('are gone with the next request: another role, another password, disabled, removed, kicked', async () => {
    const id = await nvr.addUser('victim', permissionsOf('OPERATOR'));
    const ends: [string, () => Promise<unknown>][] = [
      ['role', () => admin.put(`/api/users/${id}`, { permissions: permissionsOf('VIEWER') })],
      ['kick', async () => admin.delete(`/api/system/sessions/${victim.sessionId}`)],
      ['disabled', () => admin.put(`/api/users/${id}`, { disabled: true })],
      ['password', () => admin.put(`/api/users/${id}`, { password: 'another long password' })],
      ['removed', () => admin.delete(`/api/users/${id}`)],
    ];
    let victim: Client;
    let password = PASSWORD;
    for (const [name, end] of ends) {
      victim = await nvr.loginAs('victim', password);
      // After a reset it may do nothing but change the password.
      expect([200, 403]).toContain((await victim.get('/api/cameras')).status);
      await end();
      expect([name, (await victim.get('/api/cameras')).status]).toEqual([name, 401]);
      const { status } = await victim.post('/api/auth/refresh', {});
      expect([name, status]).toEqual([name, 401]);
      if (name === 'disabled') {
        expect((await tryLogin(nvr.anonymous, 'victim', password)).status).toBe(401);
        expect((await admin.put(`/api/users/${id}`, { disabled: false })).status).toBe(200);
      }
      if (name === 'password') password = 'another long password';
    }
  });

  it('cannot be given back to oneself', async () => {
    const viewer = await nvr.login('VIEWER');
    const { userId } = (await viewer.get('/api/account')).json;
    const permissions = permissionsOf('ADMIN');
    for (const [method, path, body] of [
      ['PUT', `/api/users/${userId}`, { permissions }],
      ['POST', '/api/users', { username: 'second', password: PASSWORD, permissions }],
      ['PUT', '/api/account', { permissions }],
      ['PATCH', '/api/account', { permissions }],
      ['POST', '/api/system/api-keys', { label: 'x', scopes: ['media'] }],
      ['PUT', '/api/account/password', { current: PASSWORD, next: PASSWORD, permissions }],
    ] as const) {
      const { status } = await viewer.send(method, path, { body });
      expect([path, status >= 400 && status < 500]).toEqual([path, true]);
    }
    await viewer.put('/api/account/preferences', { role: 'ADMIN', permissions });
    expect((await viewer.get('/api/account')).json.permissions.role).toBe('VIEWER');
    expect((await viewer.get('/api/users')).status).toBe(403);
  });
});

describe('16: the first start', () => {
  it('has no password of its own, takes its token once, and from one of many at once', async () => {
    const fresh = await startNvr({ accounts: false });
    try {
      for (const username of ['admin', 'root', 'fluxvision']) {
        for (const password of ['admin', 'password', '12345', 'fluxvision']) {
          expect((await tryLogin(fresh.anonymous, username, password)).status).not.toBe(200);
          if (username !== 'admin') break;
        }
      }
      for (const path of ['/api/cameras', '/api/users', '/api/system/logs']) {
        expect((await fresh.anonymous.get(path)).status).toBe(401);
      }
      const setup = (username: string, token: unknown) =>
        fresh.anonymous.post('/api/setup', { token, username, password: PASSWORD });
      for (const token of ['', 'x', null, true, ['a'], `${fresh.setupToken}x`]) {
        expect([400, 403]).toContain((await setup('mallory', token)).status);
      }
      expect(fresh.log.join('')).not.toContain(fresh.setupToken);
      const all = await Promise.all(
        ['one', 'two', 'three'].map((name) => setup(name, fresh.setupToken)),
      );
      expect(all.filter(({ status }) => status === 204)).toHaveLength(1);
      expect(fresh.nvr.sessions.users.list()).toHaveLength(1);
      expect((await setup('four', fresh.setupToken)).json.code).toBe('ERR_SETUP_CLOSED');
      expect(fresh.log.join('')).not.toContain(fresh.setupToken);
    } finally {
      await fresh.close();
    }
  });

  it('is over for good: a restart prints no token, and takes none', async () => {
    const storage = mkdtempSync(join(tmpdir(), 'fluxvision-nvr-'));
    try {
      const first = await startNvr({ storage, accounts: false });
      const token = first.setupToken;
      await first.close();
      const second = await startNvr({ storage, accounts: false });
      // Of an earlier start.
      const user = { username: 'admin', password: PASSWORD };
      const old = await second.anonymous.post('/api/setup', { ...user, token });
      expect([old.status, old.json.code]).toEqual([403, 'ERR_SETUP_TOKEN']);
      const good = { ...user, token: second.setupToken };
      expect((await second.anonymous.post('/api/setup', good)).status).toBe(204);
      await second.close();
      const third = await startNvr({ storage });
      expect(third.setupToken).toBeUndefined();
      const again = await third.anonymous.post('/api/setup', good);
      expect([again.status, again.json.code]).toEqual([403, 'ERR_SETUP_CLOSED']);
      await third.close();
    } finally {
      rmSync(storage, { recursive: true, force: true });
    }
  });
});
