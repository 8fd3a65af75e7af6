// Single steps: on by one picture of any camera, or back by one. Keys are quicker than pictures: steps that
// cannot be made yet wait.

/** `show`: pictures of that moment are there. `seek`: they have to be asked for. `ask`: for one more. */
export type StepAction = { show: number } | { seek: number } | 'ask';

/** What steps go by; UTC milliseconds. */
export interface StepPlace {
  /** Of the newest picture that belongs on a screen now. */
  newest: number | undefined;
  /** The first picture behind that moment, of those that came. */
  next: number | undefined;
  /** Up to there every picture has come: of those beyond it another may be the first. */
  reach: number;
}

/** Who keeps a key down waits no longer for the last of them than this takes. */
const MOST_WAITING = 8;

export class Steps {
  #waiting = 0;
  /** A picture was asked for and did not come yet. */
  #isAsked = false;

  /** In the other direction it takes back what waits. */
  want(direction: 1 | -1): void {
    const isTurned = Math.sign(this.#waiting) === -direction;
    const waiting = isTurned ? direction : this.#waiting + direction;
    this.#waiting = Math.max(-MOST_WAITING, Math.min(MOST_WAITING, waiting));
  }

  /** A picture came, or comes no more. */
  answered(): void {
    this.#isAsked = false;
  }

  clear(): void {
    this.#waiting = 0;
    this.#isAsked = false;
  }

  /** What to do now, while the clock stands and no seek is under way; a step is done with it. */
  next({ newest, next, reach }: StepPlace): StepAction | undefined {
    if (this.#waiting < 0) {
      this.#waiting += 1;
      // To what was on the screen right before it.
      return newest === undefined ? undefined : { seek: Math.ceil(newest) - 1 };
    }
    if (this.#waiting === 0) return undefined;
    if (next !== undefined && next <= reach) {
      this.#waiting -= 1;
      return { show: next };
    }
    if (this.#isAsked) return undefined;
    this.#isAsked = true;
    return 'ask';
  }
}
