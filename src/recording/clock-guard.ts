// A clock that jumps ahead makes all footage old. Age counts only while the clock can be trusted.

import { DAY_MS } from '../utc-day.js';

const HOUR_MS = 3_600_000;

/** More than this against the monotonic clock is a jump. */
const JUMP_MS = HOUR_MS;
/** A machine may be off for this long before its clock counts as wrong. */
const OFF_MS = 30 * DAY_MS;
/** A jumped clock that nobody has set back for this long is right. */
const HOLD_MS = DAY_MS;

export interface Clocks {
  /** UTC milliseconds. */
  wall: () => number;
  /** Milliseconds that never jump. */
  monotonic: () => number;
}

export const systemClocks: Clocks = { wall: Date.now, monotonic: () => performance.now() };

export class ClockGuard {
  readonly #clocks: Clocks;
  #wall: number;
  #monotonic: number;
  #heldUntil = Number.NEGATIVE_INFINITY;

  /** `seenAt`: when a recorder was last known to be alive, UTC milliseconds; 0: never. */
  constructor(seenAt: number, clocks: Clocks = systemClocks) {
    this.#clocks = clocks;
    this.#wall = clocks.wall();
    this.#monotonic = clocks.monotonic();
    if (seenAt > 0 && this.#wall - seenAt > OFF_MS) this.#heldUntil = this.#monotonic + HOLD_MS;
  }

  /** True while nothing may be deleted for its age. */
  suspect(): boolean {
    const wall = this.#clocks.wall();
    const monotonic = this.#clocks.monotonic();
    const expected = this.#wall + (monotonic - this.#monotonic);
    if (Math.abs(wall - expected) > JUMP_MS) {
      this.#heldUntil = monotonic + HOLD_MS;
    }
    this.#wall = wall;
    this.#monotonic = monotonic;
    return monotonic < this.#heldUntil;
  }
}
