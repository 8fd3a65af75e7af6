// When the clock of a playback runs: while there are pictures ahead of it. It jumps over holes as the server does.
import { aheadNeeded, type MasterClock, rateFor } from './clock.js';

export interface Ahead {
  /** UTC milliseconds up to which pictures came; undefined: none. */
  reach: number | undefined;
  /** Where the clock goes on from a position; undefined where that is in no hole. */
  over(position: number, direction: 1 | -1): number | undefined;
  /** Nothing comes behind that. */
  isEnded: boolean;
}

/** False where it is at the end. */
export function pace(clock: MasterClock, { reach, over, isEnded }: Ahead, now: number): boolean {
  clock.limit(reach);
  const behind = over(clock.position(now), clock.direction);
  if (behind !== undefined) clock.set(behind, now);
  const ahead =
    reach === undefined ? Number.NEGATIVE_INFINITY : (reach - clock.position(now)) / clock.speed;
  if (isEnded) {
    if (ahead > 0) clock.run(now);
    else clock.stop(now);
    return ahead > 0;
  }
  const needed = aheadNeeded(clock.speed);
  if (clock.isRunning && ahead < needed.toGoOn) clock.stop(now);
  if (!clock.isRunning && ahead >= needed.toStart) clock.run(now);
  clock.correct(clock.direction > 0 ? rateFor(ahead) : 1, now);
  return true;
}
