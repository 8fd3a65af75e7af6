// Whether the machine's clock can be believed: footage stands in the recordings where the clock said.
import type { Troubles } from './troubles.js';

/** Clocks of the system; others for tests. */
export interface WatchedClocks {
  /** UTC milliseconds. */
  wall: () => number;
  /** Milliseconds that never jump. */
  monotonic: () => number;
}

const TROUBLE = 'clock';
const EVERY_MS = 5000;
/** Less is what time servers and the resolution of clocks make. */
const STEP_MS = 60_000;
/** A clock that nobody has set back for this long is right. */
const HOLD_MS = 24 * 3_600_000;
/** No release is older: a clock before it was never set. */
const EARLIEST = Date.UTC(2026, 0, 1);

export class ClockWatch {
  readonly #troubles: Troubles;
  readonly #clocks: WatchedClocks;
  /** Wall against monotonic time while the clock was believed. */
  #believed: number;
  #jumpedAt: number | undefined;
  /** End of the newest footage that an earlier run recorded, UTC milliseconds. */
  #newest = 0;
  #doubt: { message: string; until: number } | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    troubles: Troubles,
    clocks: WatchedClocks = { wall: Date.now, monotonic: () => performance.now() },
  ) {
    this.#troubles = troubles;
    this.#clocks = clocks;
    this.#believed = this.#offset();
  }

  start(): void {
    this.check();
    this.#timer = setInterval(() => this.check(), EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** `end` of the newest footage that there is, UTC milliseconds. */
  hasFootageUntil(end: number): void {
    this.#newest = end;
    this.check();
  }

  /** The recorder does not believe it: for a day nothing is deleted for its age. */
  isDoubted(message: string): void {
    this.#doubt = { message, until: this.#clocks.monotonic() + HOLD_MS };
    this.check();
  }

  check(): void {
    const wrong = this.#wrong(this.#clocks.wall()) ?? this.#jumped() ?? this.#doubted();
    if (wrong === undefined) this.#troubles.clear(TROUBLE);
    else {
      this.#troubles.raise(TROUBLE, { code: 'ERR_CLOCK', severity: 'warning', message: wrong });
    }
  }

  #doubted(): string | undefined {
    if (!this.#doubt || this.#clocks.monotonic() >= this.#doubt.until) return undefined;
    return this.#doubt.message;
  }

  #wrong(now: number): string | undefined {
    if (now < EARLIEST) return `It says ${told(now)}: it was never set.`;
    if (now >= this.#newest - STEP_MS) return undefined;
    return `The newest recording ends at ${told(this.#newest)}, and the clock was before that when the server started.`;
  }

  #jumped(): string | undefined {
    const step = this.#offset() - this.#believed;
    if (Math.abs(step) <= STEP_MS) {
      this.#jumpedAt = undefined;
      return undefined;
    }
    const monotonic = this.#clocks.monotonic();
    this.#jumpedAt ??= monotonic;
    if (monotonic - this.#jumpedAt >= HOLD_MS) {
      this.#believed += step;
      this.#jumpedAt = undefined;
      return undefined;
    }
    const seconds = Math.round(Math.abs(step) / 1000);
    return step > 0
      ? `It was set ahead by ${seconds} s, or the machine slept.`
      : `It was set back by ${seconds} s: two recordings are of the same time.`;
  }

  #offset(): number {
    return this.#clocks.wall() - this.#clocks.monotonic();
  }
}

function told(time: number): string {
  return new Date(time).toISOString().slice(0, 19).replace('T', ' ').concat(' UTC');
}
