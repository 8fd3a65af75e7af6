// How a server that was late, or away, comes in again without the others noticing: it is asked for pictures
// a little ahead of the clock, which is there when they are.
import { aheadNeeded } from './clock.js';

export interface Chase {
  /** Of the clock, UTC milliseconds. */
  position: number;
  speed: number;
  isRunning: boolean;
}

/** What came of the server since it was asked last; UTC milliseconds. */
export interface Caught {
  asked: number;
  /** Undefined until a picture came that is shown. */
  reach: number | undefined;
}

const FIRST_LEAD_MS = 1500;
const MOST_LEAD_MS = 12_000;
/** Footage that is younger is hardly there: nobody can be asked for some ahead of the clock. */
const LIVE_MS = 30_000;

export class CatchUp {
  #tries = 0;

  /** Where to ask it for pictures. Each time it was not quick enough, further ahead. */
  next({ position, speed, isRunning }: Chase): number {
    const lead = Math.min(MOST_LEAD_MS, FIRST_LEAD_MS * 2 ** this.#tries);
    this.#tries += 1;
    return isRunning ? position + lead * speed : position;
  }

  /** `with`: it is in step. `behind`: it will not be. Undefined: that is not known yet. */
  state({ asked, reach }: Caught, chase: Chase, wallTime: number): 'with' | 'behind' | undefined {
    if (reach === undefined) return undefined;
    const { position, speed, isRunning } = chase;
    // Where the clock stands its tiles show the pictures of this very moment.
    if (!isRunning) return Math.abs(asked - position) <= 1 ? 'with' : 'behind';
    // Of what is being recorded right now it is the others who wait.
    if (this.#tries > 1 && wallTime - position < LIVE_MS) return 'with';
    if ((reach - position) / speed < aheadNeeded(speed).toStart) return 'behind';
    return (position - asked) * speed >= 0 ? 'with' : undefined;
  }

  /** It is in step. */
  done(): void {
    this.#tries = 0;
  }
}
