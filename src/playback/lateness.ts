// What becomes of a frame that comes late: shown, left out, or shown with the clock set back to it.
import type { WaitingFrame } from './frame.js';
import type { Player } from './player.js';

/** Timers and readers are this late all the time. */
const LATE_MS = 500;
/** From this speed on frames between key frames are left out rather than playback slowed down. */
const KEY_FRAME_SPEED = 4;
/** Where dropping does not catch up, one is shown all the same. */
const MOST_KEY_FRAMES_DROPPED = 64;

/** `hold`: it is shown, and playback goes on from there, later than it should be. */
export type Fate = 'show' | 'hold' | 'drop';

export interface Pace {
  speed: number;
  /** See {@link PlaybackOptions.onSlow}. */
  onSlow: 'wait' | 'drop';
}

/** `late`: milliseconds since the frame was due. Remembers in the player what it needs decoded. */
export function fateOf(
  player: Player,
  { frame }: WaitingFrame,
  late: number,
  { speed, onSlow }: Pace,
): Fate {
  const decodable = frame.kind === 'video' && frame.keyFrame;
  if (late <= LATE_MS) {
    if (decodable) player.dropping = false;
    return player.dropping ? 'drop' : 'show';
  }
  if (onSlow === 'wait' && (speed < KEY_FRAME_SPEED || decodable)) {
    player.dropping = false;
    return 'hold';
  }
  if (!decodable) {
    // A sound that is left out leaves nothing undecodable.
    if (frame.kind === 'video') player.dropping = true;
    return 'drop';
  }
  player.dropped += 1;
  const tooMany = player.dropped > MOST_KEY_FRAMES_DROPPED;
  if (!tooMany && late > 4 * LATE_MS) {
    player.dropping = true;
    return 'drop';
  }
  player.dropped = 0;
  player.dropping = false;
  return tooMany ? 'hold' : 'show';
}
