// How often a password may be tried: per account, per address and over all, counted on disk before
// anything is hashed. A user's own address keeps a small allowance whatever others do to the account.
import { isIPv6 } from 'node:net';
import { checkOptions, integer, optional } from '../arguments/index.js';
import { FluxError } from '../errors.js';
import type { UsersDatabase } from './users-database.js';

/** How often a password may be tried; each has a default that is good for a building. */
export interface LoginThrottleOptions {
  /** Attempts on one account before the first wait. Default 5. */
  freeAttempts?: number;
  /** Attempts from one address (IPv6: from its /64) before the first wait. Default 20. */
  freeAttemptsPerAddress?: number;
  /** The first wait; it doubles with each further attempt. Milliseconds, default 1000. */
  firstDelayMs?: number;
  /** The longest wait. Milliseconds, default 900000 (15 minutes). */
  maxDelayMs?: number;
  /** After this long one attempt is forgiven. Milliseconds, default 600000 (10 minutes). */
  forgiveMs?: number;
  /** Failed attempts of all together, at once. Default 100. */
  overallBurst?: number;
  /** Failed attempts of all together per minute, in the long run. Default 20. */
  overallPerMinute?: number;
  /** Logins that may wait for the thread that hashes; `ERR_BUSY` beyond. From 1 to 32, default 16. */
  maxWaiting?: number;
}

/** A password may be tried now. It counts as a failure until one of these says otherwise. */
export interface Admission {
  /** It was right. */
  succeed(): void;
  /** It was not tried after all. */
  takeBack(): void;
}

interface Rule {
  mac: string;
  free: number;
}

interface Counter {
  failures: number;
  at: number;
}

/** For how long an address is known as a user's own after its last login. */
const KNOWN_MS = 90 * 86_400_000;
const CLEAN_EVERY = 256;

export class LoginThrottle {
  readonly #database: UsersDatabase;
  readonly #options: ReturnType<typeof checkThrottle>;
  #untilClean = 0;

  constructor(database: UsersDatabase, options: ReturnType<typeof checkThrottle>) {
    this.#database = database;
    this.#options = options;
  }

  get maxWaiting(): number {
    return this.#options.maxWaiting;
  }

  /**
   * Counts an attempt before it is made, so that many at once get no more tries than one after the
   * other. `ERR_LOGIN_THROTTLED` with `retryAfterMs`, in the same words whether there is such a user.
   */
  admit(account: string, address: string): Admission {
    const now = Date.now();
    const place = addressGroup(address);
    const pair = this.#database.mac('known', account, place);
    const answer = this.#database.transaction(() => {
      this.#clean(now);
      const isKnown = this.#isKnown(pair, now);
      const rules = isKnown ? [this.#pairRule(account, place)] : this.#rules(account, place);
      const counters = rules.map(({ mac }) => this.#read(mac, now));
      const overall = this.#read(this.#overallMac, now, this.#overallForgiveMs);
      const waits = rules.map((rule, i) => this.#wait(rule, counters[i] as Counter, now));
      if (!isKnown) waits.push(this.#overallWait(overall));
      const wait = Math.ceil(Math.max(...waits));
      if (wait > 0) return wait;
      for (const [i, { mac }] of rules.entries()) this.#add(mac, counters[i] as Counter, now);
      if (!isKnown) this.#add(this.#overallMac, overall, now);
      const macs = [...rules.map(({ mac }) => mac), ...(isKnown ? [] : [this.#overallMac])];
      return {
        succeed: () => this.#succeed(pair, macs),
        takeBack: () => this.#takeBack(macs),
      };
    });
    if (typeof answer === 'number') throw throttled(answer);
    return answer;
  }

  #rules(account: string, place: string): Rule[] {
    const { freeAttempts, freeAttemptsPerAddress } = this.#options;
    return [
      { mac: this.#accountMac(account), free: freeAttempts },
      { mac: this.#database.mac('address', place), free: freeAttemptsPerAddress },
    ];
  }

  #pairRule(account: string, place: string): Rule {
    return { mac: this.#database.mac('pair', account, place), free: this.#options.freeAttempts };
  }

  #accountMac(account: string): string {
    return this.#database.mac('account', account);
  }

  get #overallMac(): string {
    return this.#database.mac('overall');
  }

  get #overallForgiveMs(): number {
    return 60_000 / this.#options.overallPerMinute;
  }

  #isKnown(pair: string, now: number): boolean {
    const row = this.#database.row<{ at: number }>(
      'SELECT at FROM known_addresses WHERE mac = ?',
      pair,
    );
    return row !== undefined && now - row.at < KNOWN_MS;
  }

  #read(mac: string, now: number, forgiveMs: number = this.#options.forgiveMs): Counter {
    const row = this.#database.row<Counter>('SELECT failures, at FROM attempts WHERE mac = ?', mac);
    if (!row) return { failures: 0, at: now };
    // Where the clock was set back, the wait begins anew instead of lasting until it catches up.
    if (row.at > now) {
      this.#database.run('UPDATE attempts SET at = ? WHERE mac = ?', now, mac);
      return { failures: row.failures, at: now };
    }
    const forgiven = (now - row.at) / forgiveMs;
    return { failures: Math.max(0, row.failures - forgiven), at: row.at };
  }

  #wait({ free }: Rule, { failures, at }: Counter, now: number): number {
    const over = Math.ceil(failures) - free;
    if (over < 0) return 0;
    const { firstDelayMs, maxDelayMs } = this.#options;
    return at + Math.min(firstDelayMs * 2 ** over, maxDelayMs) - now;
  }

  #overallWait({ failures }: Counter): number {
    const over = failures + 1 - this.#options.overallBurst;
    return over <= 0 ? 0 : Math.min(over * this.#overallForgiveMs, this.#options.maxDelayMs);
  }

  #add(mac: string, { failures }: Counter, now: number): void {
    this.#database.run(
      'INSERT OR REPLACE INTO attempts (mac, failures, at) VALUES (?, ?, ?)',
      mac,
      failures + 1,
      now,
    );
  }

  #succeed(pair: string, macs: readonly string[]): void {
    this.#database.transaction(() => {
      const [own, ...shared] = macs as [string, ...string[]];
      // The first is the account's, or the pair's: what was tried wrong before is made good.
      this.#database.run('DELETE FROM attempts WHERE mac = ?', own);
      this.#takeBack(shared);
      this.#database.run(
        'INSERT OR REPLACE INTO known_addresses (mac, at) VALUES (?, ?)',
        pair,
        Date.now(),
      );
    });
  }

  #takeBack(macs: readonly string[]): void {
    this.#database.transaction(() => {
      for (const mac of macs) {
        this.#database.run(
          'UPDATE attempts SET failures = max(0, failures - 1) WHERE mac = ?',
          mac,
        );
      }
    });
  }

  /** Counters that no longer count. */
  #clean(now: number): void {
    if (this.#untilClean-- > 0) return;
    this.#untilClean = CLEAN_EVERY;
    this.#database.run(
      'DELETE FROM attempts WHERE failures * ? < ? - at',
      this.#options.forgiveMs,
      now,
    );
    this.#database.run('DELETE FROM known_addresses WHERE at < ?', now - KNOWN_MS);
  }
}

export function checkThrottle(where: string, value: unknown) {
  return checkOptions(where, value, {
    freeAttempts: optional(integer(1, 100), 5),
    freeAttemptsPerAddress: optional(integer(1, 10_000), 20),
    firstDelayMs: optional(integer(1, 3_600_000, 'milliseconds'), 1000),
    maxDelayMs: optional(integer(1, 86_400_000, 'milliseconds'), 900_000),
    forgiveMs: optional(integer(1, 86_400_000, 'milliseconds'), 600_000),
    overallBurst: optional(integer(1, 100_000), 100),
    overallPerMinute: optional(integer(1, 100_000), 20),
    maxWaiting: optional(integer(1, 32), 16),
  });
}

/**
 * What limits per address count: who has one IPv6 address has its /64, and an IPv4 address inside of
 * IPv6 (`::ffff:192.0.2.1`) is that IPv4 address. What is no address stays as it is. Equal texts are one
 * place; they are no addresses to connect to.
 */
export function addressGroup(address: string): string {
  const bare = address.replace(/%.*$/, '');
  if (!isIPv6(bare)) return bare;
  // The URL class writes an address in the one form of RFC 5952.
  const text = new URL(`http://[${bare}]/`).hostname.slice(1, -1);
  const [head = '', tail] = text.split('::');
  const first = head ? head.split(':') : [];
  const last = tail ? tail.split(':') : [];
  const zeros = tail === undefined ? 0 : 8 - first.length - last.length;
  const groups = [...first, ...Array<string>(zeros).fill('0'), ...last];
  if (groups.slice(0, 6).join(':') !== '0:0:0:0:0:ffff')
    return `${groups.slice(0, 4).join(':')}::/64`;
  return groups
    .slice(6)
    .flatMap((group) => {
      const bits = Number.parseInt(group, 16);
      return [bits >> 8, bits & 255];
    })
    .join('.');
}

function throttled(retryAfterMs: number): FluxError {
  const seconds = Math.ceil(retryAfterMs / 1000);
  return Object.assign(
    new FluxError(
      'ERR_LOGIN_THROTTLED',
      `There were too many attempts to log in. Try again in ${seconds} s.`,
    ),
    { retryAfterMs },
  );
}
