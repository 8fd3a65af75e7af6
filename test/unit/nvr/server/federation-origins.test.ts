// Pages of homes: exactly theirs may read answers and connect, and change nothing.
import { beforeAll, describe, expect, it } from 'vitest';
import { HOME_ORIGIN, pairHome } from './home.js';
import { type Served, serveShared } from './served.js';

let served: Served;
let admin: string;
let home: Awaited<ReturnType<typeof pairHome>>;

beforeAll(async () => {
  served = await serveShared();
  admin = await served.setUp();
  home = await pairHome(served);
});

const FOREIGN = [
  ...['https://evil.example', 'null', 'https://home.example', 'https://home.example:8444'],
  ...['http://home.example:8443', 'https://HOME.example:8443', `${HOME_ORIGIN}.evil.example`],
  ...['https://xhome.example:8443', 'https://sub.home.example:8443', `${HOME_ORIGIN}/`, ''],
  ...[`${HOME_ORIGIN}0`, `https://evil.example#${HOME_ORIGIN}`, `${HOME_ORIGIN},https://x`],
];
const ask = (method: string, url: string, origin: string, more: object = {}) =>
  served.ask(method, url, { ...more, headers: { origin } });

describe('pages of homes', () => {
  it('read answers, and nobody else does', async () => {
    for (const origin of FOREIGN) {
      const { headers } = await ask('GET', '/api/discovery/info', origin);
      expect([origin, headers['access-control-allow-origin']]).toEqual([origin, undefined]);
    }
    const { headers } = await ask('GET', '/api/discovery/info', HOME_ORIGIN);
    expect(headers['access-control-allow-origin']).toBe(HOME_ORIGIN);
    expect(headers['access-control-allow-credentials']).toBeUndefined();
    expect(headers.vary).toContain('Origin');
  });

  it('are nobody, whatever cookie comes along, and change nothing', async () => {
    const account = await ask('GET', '/api/account', HOME_ORIGIN, { token: admin });
    expect(account.statusCode).toBe(401);
    for (const origin of [HOME_ORIGIN, ...FOREIGN]) {
      const login = { username: 'admin', password: 'x' };
      for (const [method, url, body] of [
        ['POST', '/api/auth/login', login],
        ['POST', '/api/system/federation-key', undefined],
        ['DELETE', '/api/federation/pair', undefined],
      ] as const) {
        const answer = await ask(method, url, origin, { token: admin, body });
        expect([origin, url, answer.statusCode]).toEqual([origin, url, 403]);
        expect(answer.json().code).toBe('ERR_ORIGIN');
      }
    }
  });

  it('are so from pairing on, and no longer than that', async () => {
    const other = 'https://[2001:db8::1]:8443';
    const isRead = async (origin: string) =>
      (await ask('GET', '/api/discovery/info', origin)).headers['access-control-allow-origin'];
    const pair = (origins: string[]) =>
      home.ask('POST', '/api/federation/pair', { ...home.pairing, origins });
    expect(await isRead(other)).toBeUndefined();
    await pair([other]);
    expect([await isRead(other), await isRead(HOME_ORIGIN)]).toEqual([other, undefined]);
    await pair([HOME_ORIGIN]);
    const second = await pairHome(served, [other]);
    expect(await isRead(other)).toBe(other);
    served.nvr.sessions.apiKeys.revoke(second.keyId);
    expect([await isRead(other), await isRead(HOME_ORIGIN)]).toEqual([undefined, HOME_ORIGIN]);
  });
});
