// Bits per second: measured over a sliding window, and held under a limit.

/** Sums what was added during the last `windowMs`, in slots of a twentieth of that. */
class SlidingSum {
  static readonly SLOTS = 20;
  readonly #sums = new Float64Array(SlidingSum.SLOTS + 1);
  readonly #slotMs: number;
  #slot = 0;
  #total = 0;

  constructor(readonly windowMs: number) {
    this.#slotMs = windowMs / SlidingSum.SLOTS;
  }

  add(value: number, now: number): void {
    this.#advance(now);
    const at = this.#slot % this.#sums.length;
    this.#sums[at] = (this.#sums[at] as number) + value;
    this.#total += value;
  }

  /** Of the whole window and the slot that is being filled: never too little. */
  sum(now: number): number {
    this.#advance(now);
    return this.#total;
  }

  #advance(now: number): void {
    const slot = Math.floor(now / this.#slotMs);
    const steps = Math.min(slot - this.#slot, this.#sums.length);
    if (steps <= 0) return;
    for (let step = 1; step <= steps; step += 1) {
      const at = (slot - steps + step) % this.#sums.length;
      this.#total -= this.#sums[at] as number;
      this.#sums[at] = 0;
    }
    if (steps === this.#sums.length) this.#total = 0;
    this.#slot = slot;
  }
}

const SETTLED_MS = 1000;

/** Measures a stream; times in milliseconds of one clock. */
export class RateMeter {
  readonly #sum: SlidingSum;
  #since: number | undefined;

  /** Before `leastMs` have passed the first bytes count as those of `leastMs`. */
  constructor(
    windowMs: number,
    private readonly leastMs = 400,
  ) {
    this.#sum = new SlidingSum(windowMs);
  }

  add(bytes: number, now: number): void {
    this.#since ??= now;
    this.#sum.add(bytes, now);
  }

  /** The first key frame weighs no more than it does in what follows. */
  isSettled(now: number): boolean {
    return this.#since !== undefined && now - this.#since >= SETTLED_MS;
  }

  bitsPerSecond(now: number): number {
    if (this.#since === undefined) return 0;
    const passed = Math.min(Math.max(now - this.#since, this.leastMs), this.#sum.windowMs);
    return (this.#sum.sum(now) * 8000) / passed;
  }
}

/** Lets through what keeps any second under `bitsPerSecond`. */
export class RateLimit {
  readonly #sum = new SlidingSum(1000);

  constructor(public bitsPerSecond: number) {}

  /** Of a second's worth, what is used: 0 to 1. */
  used(now: number): number {
    return (this.#sum.sum(now) * 8) / this.bitsPerSecond;
  }

  hasRoom(bytes: number, now: number): boolean {
    return (this.#sum.sum(now) + bytes) * 8 <= this.bitsPerSecond;
  }

  count(bytes: number, now: number): void {
    this.#sum.add(bytes, now);
  }
}
