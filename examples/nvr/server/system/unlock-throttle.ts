// How often the passphrase may be tried, per address and over all. It is counted in memory, as with the
// keys locked there is no database to count in, and before anything is hashed.
import { FluxError, isFluxError } from '@fluxvision/core';

interface Counter {
  failures: number;
  /** Of the last attempt, monotonic milliseconds. */
  at: number;
}

const FREE_ATTEMPTS = 3;
/** The first wait; it doubles with each further attempt. */
const FIRST_DELAY_MS = 5000;
const MAX_DELAY_MS = 300_000;
/** After so long without an attempt an address begins anew. */
const FORGET_MS = 3_600_000;
const MAX_ADDRESSES = 10_000;
/** Wrong ones of all addresses together, and after how long one of them is forgiven. */
const OVERALL = 60;
const OVERALL_MS = 3000;
/** They are hashed one after another. */
const MAX_WAITING = 4;

export class UnlockThrottle {
  readonly #now: () => number;
  /** The one that was tried last is the last. */
  readonly #addresses = new Map<string, Counter>();
  #overall: Counter;
  #waiting = 0;
  #wrong = 0;

  /** `now`: a clock that does not jump, in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#overall = { failures: 0, at: now() };
  }

  /**
   * Runs `unlock`, and resolves with how many wrong attempts there were before. Rejects as `unlock` does;
   * with `ERR_LOGIN_THROTTLED` and `retryAfterMs`; with `ERR_BUSY` where too many wait.
   */
  async attempt(address: string, unlock: () => Promise<void>): Promise<number> {
    if (this.#waiting >= MAX_WAITING) {
      throw new FluxError('ERR_BUSY', 'Others are unlocking the keys at present. Try again.');
    }
    const counter = this.#count(address);
    this.#waiting++;
    try {
      await unlock();
    } catch (error) {
      if (!isFluxError(error, 'ERR_KEY_PASSPHRASE')) {
        this.#forgive(counter);
        throw error;
      }
      this.#wrong++;
      // Hashing takes its time on a busy machine.
      counter.at = this.#now();
      // Who asks may be anybody: the error itself names files of this machine.
      throw new FluxError('ERR_KEY_PASSPHRASE', 'The passphrase is wrong.', { cause: error });
    } finally {
      this.#waiting--;
    }
    this.#addresses.delete(address);
    const wrong = this.#wrong;
    this.#wrong = 0;
    return wrong;
  }

  #count(address: string): Counter {
    const now = this.#now();
    const known = this.#addresses.get(address);
    const counter = known && now - known.at < FORGET_MS ? known : { failures: 0, at: now };
    const forgiven = (now - this.#overall.at) / OVERALL_MS;
    const overall = Math.max(0, this.#overall.failures - forgiven);
    const wait = Math.ceil(Math.max(waitOf(counter, now), (overall + 1 - OVERALL) * OVERALL_MS));
    if (wait > 0) throw throttled(wait);
    counter.failures++;
    counter.at = now;
    this.#overall = { failures: overall + 1, at: now };
    this.#addresses.delete(address);
    this.#addresses.set(address, counter);
    const [oldest] = this.#addresses.keys();
    if (oldest !== undefined && this.#addresses.size > MAX_ADDRESSES) {
      this.#addresses.delete(oldest);
    }
    return counter;
  }

  #forgive(counter: Counter): void {
    counter.failures--;
    this.#overall.failures = Math.max(0, this.#overall.failures - 1);
  }
}

function waitOf({ failures, at }: Counter, now: number): number {
  if (failures < FREE_ATTEMPTS) return 0;
  return at + Math.min(FIRST_DELAY_MS * 2 ** (failures - FREE_ATTEMPTS), MAX_DELAY_MS) - now;
}

function throttled(retryAfterMs: number): FluxError {
  const seconds = Math.ceil(retryAfterMs / 1000);
  const message = `There were too many wrong passphrases. Try again in ${seconds} s.`;
  return Object.assign(new FluxError('ERR_LOGIN_THROTTLED', message), { retryAfterMs });
}
