// The one clock of a playback: which moment of the footage is on the screen. UTC milliseconds.

/** `now` is performance.now() everywhere; a speed below 0 runs backwards. */
export class MasterClock {
  #position: number;
  #at: number;
  #speed: number;
  #correction = 1;
  #isRunning = false;
  #limit: number | undefined;

  constructor(position: number, now: number, speed = 1) {
    this.#position = position;
    this.#at = now;
    this.#speed = speed;
  }

  get speed(): number {
    return this.#speed;
  }

  get direction(): 1 | -1 {
    return this.#speed < 0 ? -1 : 1;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  position(now: number): number {
    if (!this.#isRunning) return this.#position;
    const at = this.#position + (now - this.#at) * this.#speed * this.#correction;
    if (this.#limit === undefined || this.#speed < 0) return at;
    return Math.min(at, Math.max(this.#position, this.#limit));
  }

  /** Forwards it runs no further: nobody knows yet what is to be shown there. */
  limit(position: number | undefined): void {
    this.#limit = position;
  }

  /** Jumps. Runs on, or stands, as before. */
  set(position: number, now: number): void {
    this.#position = position;
    this.#at = now;
  }

  run(now: number): void {
    if (this.#isRunning) return;
    this.#at = now;
    this.#isRunning = true;
  }

  stop(now: number): void {
    this.#position = this.position(now);
    this.#isRunning = false;
  }

  setSpeed(speed: number, now: number): void {
    this.set(this.position(now), now);
    this.#speed = speed;
  }

  /** A factor near 1 by which it goes slower or faster than its speed. */
  correct(factor: number, now: number): void {
    if (factor === this.#correction) return;
    this.set(this.position(now), now);
    this.#correction = factor;
  }
}

/**
 * How much has to be ahead of the clock, in milliseconds of real time, for it to begin, and to go on.
 * Backwards there are key frames alone, seconds apart, and each comes when it is due: the clock runs
 * between them, and only stops where they fail to come.
 */
export function aheadNeeded(speed: number): { toStart: number; toGoOn: number } {
  if (speed < 0) return { toStart: -1000, toGoOn: -12_000 };
  return { toStart: Math.min(150, 1500 / speed), toGoOn: 20 };
}

/**
 * How fast the clock may run with `aheadMs` of pictures in hand, in milliseconds of real time. Where it
 * gets scarce it goes a little slower, so that it never has to stop.
 */
export function rateFor(aheadMs: number): number {
  return aheadMs < 120 ? 0.95 : 1;
}

/** What a player with a clock of its own (a video element) does to be in step. */
export type Correction = { kind: 'rate'; rate: number } | { kind: 'seek' };

/** `errorMs`: its position minus the clock's, in milliseconds of footage. */
export function correctionFor(errorMs: number, speed: number): Correction {
  const size = Math.abs(errorMs);
  if (size > 500 * Math.max(1, speed)) return { kind: 'seek' };
  if (size < 40 * Math.max(1, speed)) return { kind: 'rate', rate: speed };
  return { kind: 'rate', rate: speed * (errorMs > 0 ? 0.95 : 1.05) };
}
