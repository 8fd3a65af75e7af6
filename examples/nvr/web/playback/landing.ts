// After a seek: the clock waits until the cameras show their first pictures, though not for ever.

/** From the first picture on; who is slower is gone without. */
const PATIENCE_MS = 1500;

export class Landing {
  #since: number | undefined;

  /** `isStepBack`: to what was shown before, on the other side of a hole if there is one. */
  constructor(readonly isStepBack: boolean) {}

  /** Some picture came: from now on the others are waited for. */
  get isUnderWay(): boolean {
    return this.#since !== undefined;
  }

  arrived(now: number): void {
    this.#since ??= now;
  }

  /** `isComplete`: all show what they should. */
  isOver(isComplete: boolean, now: number): boolean {
    if (this.#since === undefined) return false;
    return isComplete || now - this.#since >= PATIENCE_MS;
  }
}
