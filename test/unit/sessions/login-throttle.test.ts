import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { isFluxError } from '../../../src/errors.js';
import type { LoginThrottleOptions } from '../../../src/sessions/index.js';
import {
  type Admission,
  addressGroup,
  checkThrottle,
  LoginThrottle,
} from '../../../src/sessions/login-throttle.js';
import { UsersDatabase } from '../../../src/sessions/users-database.js';
import { createKeys } from '../keys/stores.js';
import { temporaryDirectory } from '../temporary-directory.js';

const MINUTE = 60_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

async function throttles() {
  const keys = await createKeys();
  const storage = temporaryDirectory();
  return (options: LoginThrottleOptions = {}) => {
    const database = new UsersDatabase(storage, keys);
    onTestFinished(() => database.close());
    return new LoginThrottle(database, checkThrottle('test', options));
  };
}

async function throttle(options: LoginThrottleOptions = {}) {
  return (await throttles())(options);
}

/** The wait in milliseconds; 0 where the attempt may be made, which then fails unless `admitted` says. */
function attempt(
  on: LoginThrottle,
  account: string,
  address: string,
  admitted: (admission: Admission) => void = () => {},
): number {
  try {
    admitted(on.admit(account, address));
    return 0;
  } catch (error) {
    if (!isFluxError(error, 'ERR_LOGIN_THROTTLED')) throw error;
    return error.retryAfterMs as number;
  }
}

function fail(on: LoginThrottle, times: number, account: string, address: string): number {
  let wait = 0;
  for (let i = 0; i < times; i++) wait = attempt(on, account, address);
  return wait;
}

const succeed = (on: LoginThrottle, account: string, address: string) =>
  attempt(on, account, address, (admission) => admission.succeed());

describe('attempts on one account', () => {
  it('wait longer and longer after the fifth, from whatever address they come', async () => {
    const login = await throttle();
    for (let i = 0; i < 5; i++) expect(attempt(login, 'kim', `10.0.0.${i}`)).toBe(0);
    const waits: number[] = [];
    for (let i = 5; i < 18; i++) {
      const wait = attempt(login, 'kim', `10.0.0.${i}`);
      waits.push(Math.round(wait / 1000));
      vi.advanceTimersByTime(wait);
      expect(attempt(login, 'kim', `10.0.0.${i}`)).toBe(0);
    }
    expect(waits.slice(0, 6)).toEqual([1, 2, 4, 8, 16, 32]);
    expect(Math.max(...waits)).toBeLessThanOrEqual(900);
    expect(waits.at(-1)).toBeGreaterThan(200);
    expect(attempt(login, 'lee', '10.0.0.1')).toBe(0);
  });

  it('count before they are made, so that many at once are no more than one by one', async () => {
    const login = await throttle();
    const admitted: Admission[] = [];
    for (let i = 0; i < 40; i++) attempt(login, 'kim', '10.0.0.1', (one) => admitted.push(one));
    expect(admitted).toHaveLength(5);
    for (const one of admitted) one.takeBack();
    expect(attempt(login, 'kim', '10.0.0.1')).toBe(0);
  });

  it('are forgiven with time, and by a login', async () => {
    const login = await throttle();
    expect(fail(login, 6, 'kim', '10.0.0.1')).toBeGreaterThan(0);
    vi.advanceTimersByTime(60 * MINUTE);
    expect(fail(login, 5, 'kim', '10.0.0.1')).toBe(0);
    vi.advanceTimersByTime(1000);
    expect(succeed(login, 'kim', '10.0.0.1')).toBe(0);
    expect(fail(login, 5, 'kim', '10.0.0.1')).toBe(0);
  });

  it('are as slow for a user that there is not', async () => {
    const login = await throttle();
    expect(fail(login, 6, 'nobody', '10.0.0.1')).toBe(fail(login, 6, 'kim', '10.0.0.2'));
  });

  it('are counted for names of any kind', async () => {
    const login = await throttle();
    for (const name of ['__proto__', 'constructor', 'x'.repeat(256), "'; DROP TABLE users; --"]) {
      expect(fail(login, 5, name, '10.0.0.1')).toBe(0);
      expect(fail(login, 1, name, '10.0.0.2')).toBeGreaterThan(0);
    }
  });
});

describe('an address', () => {
  it('waits after 20 attempts on whatever accounts, an IPv6 one with its whole /64', async () => {
    const login = await throttle();
    for (const [first, other] of [
      ['10.0.0.1', '10.0.0.2'],
      ['2001:db8::1', '2001:db8:0:1::1'],
    ] as const) {
      for (let i = 0; i < 20; i++) expect(attempt(login, `${first} ${i}`, first)).toBe(0);
      const same = first.replace('2001:db8::1', '2001:db8::ffff:2');
      expect(attempt(login, 'another', same)).toBeGreaterThan(0);
      expect(attempt(login, `another ${first}`, other)).toBe(0);
    }
  });

  it('is known in all the ways that it is written', () => {
    expect(addressGroup('::ffff:10.0.0.1')).toBe('10.0.0.1');
    expect(addressGroup('::ffff:a00:1')).toBe('10.0.0.1');
    expect(addressGroup('10.0.0.1')).toBe('10.0.0.1');
    expect(addressGroup('fe80::1%eth0')).toBe('fe80:0:0:0::/64');
    expect(addressGroup('2001:DB8:0:0:1::2')).toBe('2001:db8:0:0::/64');
    expect(addressGroup('::1')).toBe('0:0:0:0::/64');
    expect(addressGroup('no address')).toBe('no address');
  });

  it('from which a user logged in before keeps its allowance while others attack', async () => {
    const login = await throttle();
    succeed(login, 'kim', '10.0.0.1');
    for (let i = 0; i < 100; i++) attempt(login, 'kim', `203.0.113.${i % 250}`);
    expect(attempt(login, 'kim', '10.0.0.2')).toBeGreaterThan(0);
    expect(succeed(login, 'kim', '10.0.0.1')).toBe(0);
    expect(fail(login, 5, 'kim', '10.0.0.1')).toBe(0);
    expect(attempt(login, 'kim', '10.0.0.1')).toBeGreaterThan(0);
    expect(attempt(login, 'lee', '203.0.113.1')).toBe(0);
  });
});

describe('all together', () => {
  it('fail a hundred times at once and twenty times a minute at most', async () => {
    const login = await throttle();
    const spread = () => attempt(login, randomBytes(8).toString('hex'), randomAddress());
    const made = (tries: number) =>
      Array.from({ length: tries }, spread).filter((wait) => wait === 0).length;
    expect(made(150)).toBe(100);
    vi.advanceTimersByTime(MINUTE);
    expect(made(50)).toBe(20);
    const wait = spread();
    vi.advanceTimersByTime(wait);
    expect(spread()).toBe(0);
  });

  it('log in as often as they like', async () => {
    const login = await throttle();
    for (let i = 0; i < 110; i++) expect(succeed(login, `user ${i}`, '10.0.0.1')).toBe(0);
  });
});

describe('what is counted', () => {
  it('outlives a restart', async () => {
    const open = await throttles();
    const before = open();
    succeed(before, 'lee', '10.0.0.9');
    expect(fail(before, 6, 'kim', '10.0.0.1')).toBeGreaterThan(0);
    const after = open();
    expect(attempt(after, 'kim', '10.0.0.2')).toBeGreaterThan(0);
    expect(fail(after, 15, 'lee', '10.0.0.8')).toBeGreaterThan(0);
    expect(attempt(after, 'lee', '10.0.0.9')).toBe(0);
  });

  it('holds nobody up for hours where the clock is set back', async () => {
    const login = await throttle();
    expect(fail(login, 6, 'kim', '10.0.0.1')).toBe(1000);
    vi.setSystemTime(Date.now() - 24 * 60 * MINUTE);
    const wait = attempt(login, 'kim', '10.0.0.1');
    expect(wait).toBe(1000);
    vi.advanceTimersByTime(wait);
    expect(attempt(login, 'kim', '10.0.0.1')).toBe(0);
  });
});

function randomAddress(): string {
  return [...randomBytes(4)].join('.');
}
