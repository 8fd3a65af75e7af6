// First start, login and logout, as a browser sees them.
import { describe, expect, it } from 'vitest';
import { PASSWORD, serve } from './served.js';

describe('the first start', () => {
  it('makes the first administrator with the token, once', async () => {
    const served = await serve();
    expect((await served.ask('GET', '/api/setup')).json()).toEqual({
      required: true,
      serverName: 'Test',
      authenticated: false,
    });
    const body = { username: 'admin', password: PASSWORD, serverName: 'Gate' };
    const wrong = await served.ask('POST', '/api/setup', { body: { ...body, token: 'x' } });
    expect([wrong.statusCode, wrong.json().code]).toEqual([403, 'ERR_SETUP_TOKEN']);
    const token = served.setupToken;
    expect((await served.ask('POST', '/api/setup', { body: { ...body, token } })).statusCode).toBe(
      204,
    );
    const again = await served.ask('POST', '/api/setup', { body: { ...body, token } });
    expect([again.statusCode, again.json().code]).toEqual([403, 'ERR_SETUP_CLOSED']);
    expect((await served.ask('GET', '/api/setup')).json()).toEqual({
      required: false,
      serverName: 'Gate',
      authenticated: false,
    });
    expect(served.logged()).not.toContain(token);
  });
});

describe('a login', () => {
  it('puts the token into a cookie that scripts and other sites do not get', async () => {
    const served = await serve();
    await served.setUp();
    const body = { username: 'admin', password: PASSWORD };
    const answer = await served.ask('POST', '/api/auth/login', { body });
    const cookie = String(answer.headers['set-cookie']);
    expect(cookie).toMatch(
      /^__Host-fluxvision-[0-9a-f-]{36}=fvt1\.[^;]+; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Strict$/,
    );
    expect(answer.json().sessionToken).toBeUndefined();
    const token = cookie.slice(cookie.indexOf('=') + 1, cookie.indexOf(';'));
    expect((await served.ask('GET', '/api/account', { token })).json()).toMatchObject({
      username: 'admin',
      permissions: { role: 'ADMIN', allowedCameras: 'all' },
      mustChangePassword: false,
    });
    const bearer = { authorization: `Bearer ${token}` };
    const refreshed = await served.ask('POST', '/api/auth/refresh', { headers: bearer, body: {} });
    const next = refreshed.json().sessionToken;
    expect(next).not.toBe(token);
    expect((await served.ask('GET', '/api/account', { token })).statusCode).toBe(401);
    expect(
      (await served.ask('POST', '/api/auth/logout', { token: next, body: {} })).statusCode,
    ).toBe(204);
    expect((await served.ask('GET', '/api/account', { token: next })).statusCode).toBe(401);
  });

  it('is refused in the same words for unknown users and wrong passwords', async () => {
    const served = await serve();
    await served.setUp();
    const attempt = async (username: string) => {
      const body = { username, password: 'not this one' };
      const answer = await served.ask('POST', '/api/auth/login', { body });
      const { instance: _, ...problem } = answer.json();
      return [answer.statusCode, problem];
    };
    const unknown = await attempt('nobody');
    expect(await attempt('admin')).toEqual(unknown);
    expect(unknown).toMatchObject([401, { code: 'ERR_LOGIN_REFUSED' }]);
  });

  it('lets a user who has to change the password do nothing else', async () => {
    const served = await serve();
    const admin = await served.setUp();
    const user = {
      ...{ username: 'kim', password: PASSWORD, mustChangePassword: true },
      permissions: {
        ...{ role: 'OPERATOR', allowedCameras: 'all', canExport: true, canControlPTZ: true },
        ...{ canViewArchive: true, canViewLive: true },
      },
    };
    const made = await served.ask('POST', '/api/users', { token: admin, body: user });
    expect([made.statusCode, made.body.includes(PASSWORD)]).toEqual([201, false]);
    const token = await served.login('kim');
    const refused = await served.ask('GET', '/api/cameras', { token });
    expect([refused.statusCode, refused.json().code]).toEqual([
      403,
      'ERR_PASSWORD_CHANGE_REQUIRED',
    ]);
    const change = await served.ask('PUT', '/api/account/password', {
      token,
      body: { current: PASSWORD, next: 'another-password-of-kim' },
    });
    expect(change.statusCode).toBe(200);
    const fresh = await served.login('kim', 'another-password-of-kim');
    expect((await served.ask('GET', '/api/cameras', { token: fresh })).statusCode).toBe(200);
    expect((await served.ask('GET', '/api/users', { token: fresh })).statusCode).toBe(403);
  });
});
