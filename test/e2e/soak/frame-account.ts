// Frames that left a camera against frames in its segments: whatever is sent while segments follow on
// each other must be in them. What lies between two runs of segments is for the index to explain.

/** What a segment says of itself. */
export interface AccountedSegment {
  /** UTC milliseconds, half open. */
  startTime: number;
  endTime: number;
  frames: number;
}

/** Segments that are further apart do not follow on each other. */
const SAME_RUN_MS = 100;
/** Wall time of the recording is arrival, which is some milliseconds behind the sending. */
const SETTLED_MS = 2000;

export class FrameAccount {
  /** UTC milliseconds at which frames were sent that belong to no settled segment yet. */
  #sent: number[] = [];
  #segments: AccountedSegment[] = [];
  #run: { startTime: number; endTime: number; sent: number; recorded: number } | undefined;
  runs = 0;
  recorded = 0;
  /** Most frames by which a run differed from what was sent in it; the ends of a run shift it. */
  worst = 0;
  readonly problems: string[] = [];

  /** `tolerance`: frames that a run may have more or less, however long it is. */
  constructor(
    private readonly cameraId: string,
    private readonly tolerance: number,
  ) {}

  /** Frames that were sent, in ascending order, after all that were told before. */
  sent(times: readonly number[]): void {
    for (const time of times) this.#sent.push(time);
  }

  segment(segment: AccountedSegment): void {
    this.#segments.push(segment);
  }

  /** Settles what ended before `now`: call it when {@link sent} knows all frames up to `now`. */
  settle(now: number): void {
    const settled = this.#segments.filter(({ endTime }) => endTime < now - SETTLED_MS);
    this.#segments = this.#segments.slice(settled.length);
    for (const segment of settled) this.#take(segment);
  }

  /** Frames whose segment is not settled. */
  get waiting(): number {
    return this.#sent.length;
  }

  #take({ startTime, endTime, frames }: AccountedSegment): void {
    const run = this.#run;
    if (!run || Math.abs(startTime - run.endTime) > SAME_RUN_MS) {
      this.runs++;
      this.#run = { startTime, endTime, sent: 0, recorded: 0 };
      this.#sent = this.#sent.filter((time) => time >= startTime);
    }
    const current = this.#run as NonNullable<typeof run>;
    const later = this.#sent.findIndex((time) => time >= endTime);
    const count = later < 0 ? this.#sent.length : later;
    this.#sent.splice(0, count);
    current.sent += count;
    current.recorded += frames;
    current.endTime = endTime;
    this.recorded += frames;
    const difference = current.recorded - current.sent;
    this.worst = Math.max(this.worst, Math.abs(difference));
    if (Math.abs(difference) <= this.tolerance) return;
    const { startTime: from, sent, recorded } = current;
    this.problems.push(
      `${this.cameraId}: ${recorded} frames recorded of ${sent} sent from ${iso(from)} to ${iso(endTime)}`,
    );
    // Each loss is told once.
    this.#run = { startTime: endTime, endTime, sent: 0, recorded: 0 };
  }
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
