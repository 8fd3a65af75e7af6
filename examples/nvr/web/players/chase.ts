// Keeps a player at the live edge: a little faster when it is behind, a jump when it is far behind.

export interface ChaseInput {
  /** Buffered beyond what is shown, seconds. */
  gap: number;
  /** A picture has come out: before that nothing may be sought. */
  started: boolean;
  /** Seconds since the last call. */
  elapsed: number;
}

export interface ChaseOrder {
  rate: number;
  /** Go to so many seconds before the end of what is buffered. */
  jumpBehindEnd?: number;
}

export interface ChaseOptions {
  /** Browsers that buffer anew at each change of the rate only jump. */
  rateChanges: boolean;
}

const TARGET = 0.12;
const MOST_TARGET = 0.4;
const JUMP_GAP = 1;
const JUMP_GAP_WITHOUT_RATE = 1.5;
/** Faster by so much for each second behind the target, up to the most. */
const GAIN = 2;
const MOST_RATE = 1.5;
/** Where it is slowed down again, less than the target: it does not swing around it. */
const SETTLED = 0.03;
const JUMP_WITHOUT_RATE = 0.75;
const STALL_PENALTY = 0.08;
const RECOVERY_PER_SECOND = 0.02;

export class ChaseController {
  private target = TARGET;
  private fast = false;

  constructor(private readonly options: ChaseOptions = { rateChanges: true }) {}

  /** It ran dry: stay a little further behind for a while. */
  stalled(): void {
    this.target = Math.min(MOST_TARGET, this.target + STALL_PENALTY);
  }

  step({ gap, started, elapsed }: ChaseInput): ChaseOrder {
    this.target = Math.max(TARGET, this.target - elapsed * RECOVERY_PER_SECOND);
    if (!started) return { rate: 1 };
    if (!this.options.rateChanges) {
      const far = gap > JUMP_GAP_WITHOUT_RATE;
      return { rate: 1, ...(far && { jumpBehindEnd: JUMP_WITHOUT_RATE }) };
    }
    if (gap > JUMP_GAP) {
      this.fast = false;
      return { rate: 1, jumpBehindEnd: this.target };
    }
    if (this.fast ? gap < this.target - SETTLED : gap <= this.target) {
      this.fast = false;
      return { rate: 1 };
    }
    this.fast = true;
    return { rate: Math.min(MOST_RATE, Math.max(1, 1 + GAIN * (gap - this.target))) };
  }
}
