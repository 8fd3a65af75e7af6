// Whether a player still shows new pictures while it is fed: by what the browser counts, not by events.

export interface LivenessInput {
  /** Milliseconds, rising. */
  now: number;
  /** Position of the player, seconds. */
  position: number;
  /** Pictures that the browser has counted. */
  frames: number;
  /** Something came since the last look. */
  fed: boolean;
}

export type Verdict = 'fine' | 'stuck' | 'dead';

export interface LivenessOptions {
  /** Without progress for so long it gets a push. */
  stuckMs: number;
  /** And then another player is tried; before the first picture twice as long. */
  deadMs: number;
}

export class Liveness {
  private progressAt: number | undefined;
  private position = -1;
  private frames = 0;
  private fedSince = false;

  constructor(private readonly options: LivenessOptions = { stuckMs: 1500, deadMs: 6000 }) {}

  look({ now, position, frames, fed }: LivenessInput): Verdict {
    this.progressAt ??= now;
    this.fedSince ||= fed;
    const moves = position !== this.position && (frames > this.frames || this.frames === 0);
    if (frames > this.frames || (moves && frames > 0)) {
      this.progressAt = now;
      this.fedSince = false;
    }
    this.position = position;
    this.frames = Math.max(this.frames, frames);
    // Without anything to show it is the stream that stopped, not the player.
    if (!this.fedSince) {
      this.progressAt = now;
      return 'fine';
    }
    const still = now - this.progressAt;
    if (still > this.options.deadMs * (this.frames === 0 ? 2 : 1)) return 'dead';
    return still > this.options.stuckMs ? 'stuck' : 'fine';
  }
}
