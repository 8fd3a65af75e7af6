// Who is waited for while a playback runs: a server that keeps the clock standing is, for a moment, and
// then the others go on without it.
import { aheadNeeded } from './clock.js';
import type { Lane } from './together.js';

/** A lane whose server may say that its footage is still being recorded. */
export interface AwaitedLane extends Lane {
  /** What is missing of it may be on its way into its archive. */
  mayComeYet(position: number): boolean;
}

/** As long as for a camera after a seek. */
const FIRST_MS = 1500;
/** For one that was late shortly before. */
const AGAIN_MS = 250;
const FORGET_MS = 60_000;
/** Until what is recorded can be played. */
const RECORDED_MS = 5000;
/** A page that was busy has not waited: what came meanwhile was not read yet. */
const LONGEST_TICK_MS = 100;

export class Patience<L extends AwaitedLane> {
  #waited = 0;
  #at: number | undefined;
  readonly #lateAt = new Map<L, number>();

  /** Nobody is waited for. */
  clear(): void {
    this.#at = undefined;
    this.#waited = 0;
  }

  /** Those that are waited for no longer. To be asked with each picture of the screen. */
  over(
    lanes: readonly L[],
    clock: { position: number; speed: number; isRunning: boolean },
    now: number,
  ): L[] {
    const needed = aheadNeeded(clock.speed);
    const least = clock.isRunning ? needed.toGoOn : needed.toStart;
    const going = lanes.filter(({ isLate, isEnded }) => !isLate && !isEnded);
    const holding = going.filter(({ reach }) => {
      const ahead = reach === undefined ? -Infinity : (reach - clock.position) / clock.speed;
      return ahead < least;
    });
    const keepsOthers = holding.length > 0 && holding.length < going.length;
    if (!keepsOthers) {
      this.clear();
      return [];
    }
    this.#waited += Math.min(LONGEST_TICK_MS, now - (this.#at ?? now));
    this.#at = now;
    const { position } = clock;
    const over = holding.filter((lane) => this.#waited >= this.#limit(lane, position, now));
    for (const lane of over) this.#lateAt.set(lane, now);
    return over;
  }

  #limit(lane: L, position: number, now: number): number {
    if (lane.mayComeYet(position)) return RECORDED_MS;
    const before = this.#lateAt.get(lane);
    return before !== undefined && now - before < FORGET_MS ? AGAIN_MS : FIRST_MS;
  }
}
