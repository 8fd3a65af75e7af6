// When a node that fails is asked again: soon at first, then ever more seldom, by one question at a time.

/** Milliseconds; each is varied by a quarter so that nodes that failed together come back one by one. */
const FIRST_PAUSE_MS = 1000;
const OPEN_MS = 30_000;
const LONGEST_MS = 300_000;
const FAILURES = 5;

/**
 * Closed: everything is asked, polls after a pause where one failed. Open after 5 failures, or one that
 * lasts: nothing is asked for 30 s, doubling to 5 min. Half open: one question, which decides.
 */
export class CircuitBreaker {
  readonly #now: () => number;
  readonly #random: () => number;
  #failures = 0;
  #openings = 0;
  #notBefore = 0;
  #isOpen = false;
  #isProbing = false;

  constructor(now: () => number = Date.now, random: () => number = Math.random) {
    this.#now = now;
    this.#random = random;
  }

  /** True where nothing is asked but to find out. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** UTC milliseconds: when it is asked again. Undefined where nothing failed. */
  get retryAt(): number | undefined {
    return this.#failures > 0 || this.#isOpen ? this.#notBefore : undefined;
  }

  /** True where a poll is due again, as far as failures go. */
  get isRested(): boolean {
    return this.#now() >= this.#notBefore && !this.#isProbing;
  }

  /** True where a question may be asked; half open it is then the one that decides. */
  enter(): boolean {
    if (!this.#isOpen) return true;
    if (!this.isRested) return false;
    this.#isProbing = true;
    return true;
  }

  succeed(): void {
    this.#failures = 0;
    this.#openings = 0;
    this.#notBefore = 0;
    this.#isOpen = false;
    this.#isProbing = false;
  }

  /** `lasts`: asking soon again would not help. */
  fail(lasts: boolean): void {
    this.#isProbing = false;
    this.#failures += 1;
    if (!this.#isOpen && !lasts && this.#failures < FAILURES) {
      this.#notBefore = this.#now() + this.#varied(FIRST_PAUSE_MS * 2 ** (this.#failures - 1));
      return;
    }
    this.#isOpen = true;
    const pause = Math.min(LONGEST_MS, OPEN_MS * 2 ** Math.min(this.#openings, 10));
    this.#openings += 1;
    this.#notBefore = this.#now() + Math.min(LONGEST_MS, this.#varied(pause));
  }

  /** What was asked said nothing of the node: it was called off. */
  leave(): void {
    this.#isProbing = false;
  }

  #varied(ms: number): number {
    return Math.round(ms * (0.75 + this.#random() / 2));
  }
}
