// After a seek: the clock waits until it is known where it comes out, and the cameras show their first
// pictures, though not for ever.

/** From the first picture on; who is slower is gone without. */
const PATIENCE_MS = 1500;

export class Landing {
  #since: number | undefined;
  #isSettled = false;

  /** `isStepBack`: to what was shown before, on the other side of a hole if there is one. */
  constructor(readonly isStepBack: boolean) {}

  /** Some picture came: from now on the others are waited for. */
  get isUnderWay(): boolean {
    return this.#since !== undefined;
  }

  arrived(now: number): void {
    this.#since ??= now;
  }

  /** Where it comes out is known. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  settle(): void {
    this.#isSettled = true;
  }

  /** Who has not answered by now is not waited for. */
  hasTakenLong(now: number): boolean {
    return this.#since !== undefined && now - this.#since >= PATIENCE_MS;
  }

  /** `isComplete`: all show what they should. */
  isOver(isComplete: boolean, now: number): boolean {
    if (this.#since === undefined || !this.#isSettled) return false;
    return isComplete || this.hasTakenLong(now);
  }
}
