// A client that does not keep up: first its qualities step down, one by one, then it is let go.
import { type LiveQuality, QUALITIES } from './qualities.js';

/** So long after pictures were last left out it keeps up again. */
const CALM_MS = 10_000;
const STEP_MS = 5000;
const GIVE_UP_MS = 30_000;

export type SlowAdvice = 'nothing' | 'lower' | 'raise' | 'close';

export class SlowClient {
  readonly #now: () => number;
  #droppedAt = Number.NEGATIVE_INFINITY;
  #steppedAt = Number.NEGATIVE_INFINITY;
  #lowestSince: number | undefined;
  #steps = 0;

  /** `now`: a clock that does not jump, in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** How many steps below what was asked for. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * `isBehind`: since the last time pictures were left out as too much waits to be read. `isLowest`:
   * there is nothing left to step down.
   */
  observe(isBehind: boolean, isLowest: boolean): SlowAdvice {
    const now = this.#now();
    if (isBehind) this.#droppedAt = now;
    if (now - this.#droppedAt >= CALM_MS) {
      this.#lowestSince = undefined;
      const mayRaise = this.#steps > 0 && now - this.#steppedAt >= 3 * CALM_MS;
      return mayRaise ? this.#step(-1, now, 'raise') : 'nothing';
    }
    if (isLowest) {
      this.#lowestSince ??= now;
      return now - this.#lowestSince >= GIVE_UP_MS ? 'close' : 'nothing';
    }
    return now - this.#steppedAt >= STEP_MS ? this.#step(1, now, 'lower') : 'nothing';
  }

  #step(by: 1 | -1, now: number, advice: SlowAdvice): SlowAdvice {
    this.#steps += by;
    this.#steppedAt = now;
    return advice;
  }
}

/** `quality`, so many steps further down, but always something to see. */
export function lowered(quality: LiveQuality, steps: number): LiveQuality {
  const at = QUALITIES.indexOf(quality);
  if (at <= 1) return quality;
  return QUALITIES[Math.max(1, at - steps)] as LiveQuality;
}
