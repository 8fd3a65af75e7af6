// One camera in a playback: its reader in one direction, and how far its footage reaches.
import type { FluxError } from '../errors.js';
import { Backward } from './backward.js';
import type { Footage } from './footage.js';
import { Forward } from './forward.js';
import { isProblem, type PlaybackFrame, type PlaybackSegment, type WaitingFrame } from './frame.js';
import { ReadAhead, type ReadAheadLimits } from './read-ahead.js';

export class Player {
  /** Up to here there was footage, along the direction: UTC milliseconds. */
  reach: number;
  /** Something could not be read since the last frame. */
  unreadable = false;
  /** Frames are dropped up to the next key frame. */
  dropping = false;
  /** Key frames among them, in a row. */
  dropped = 0;
  #frames: ReadAhead;
  #last: PlaybackFrame | undefined;
  readonly #forward: Forward | undefined;

  constructor(
    readonly footage: Footage,
    readonly from: number,
    direction: 1 | -1,
    private readonly limits: ReadAheadLimits,
  ) {
    this.reach = from;
    this.#forward = direction > 0 ? new Forward(footage, from) : undefined;
    const walk = this.#forward?.walk() ?? new Backward(footage, from, limits.bytes / 2).walk();
    this.#frames = new ReadAhead(walk, limits);
  }

  get id(): string {
    return this.footage.options.cameraId;
  }

  get queuedBytes(): number {
    return this.#frames.bytes;
  }

  get exhausted(): boolean {
    return this.#frames.exhausted;
  }

  /** Where this camera's footage goes on, behind its end. */
  next(): PlaybackSegment | undefined {
    return this.#forward?.next();
  }

  /** Nothing comes behind its end, and nothing of it is still being written. */
  get isAtEnd(): boolean {
    return this.exhausted && this.next() === undefined;
  }

  /** What comes next is the file that was being written, which is read on where it was left. */
  isWithin(segment: PlaybackSegment): boolean {
    return segment.filePath === this.#last?.segment.filePath;
  }

  /** Reads on where footage came since the end. */
  resume(): void {
    if (!this.#forward || !this.exhausted || !this.#forward.next()) return;
    this.#frames = new ReadAhead(this.#forward.walk(), this.limits);
  }

  /** The next frame, without taking it; what cannot be read in front of it is told and left. */
  async peek(
    onProblem: (error: FluxError, segment: PlaybackSegment) => void,
  ): Promise<WaitingFrame | undefined> {
    for (;;) {
      const item = await this.#frames.peek();
      if (!item || !isProblem(item)) return item;
      this.#frames.take();
      this.unreadable = true;
      // Its end was not reached.
      if (this.#last?.segment.filePath === item.segment.filePath) this.reach = this.#last.time;
      onProblem(item.error, item.segment);
    }
  }

  take({ frame }: WaitingFrame): void {
    this.#frames.take();
    this.unreadable = false;
    this.#last = frame;
    const { startTime, endTime } = frame.segment;
    this.reach = this.#forward ? Math.max(frame.time, endTime) : startTime;
  }

  close(): Promise<void> {
    return this.#frames.close();
  }
}
