// What a camera's own connection carries, watched or not: that of a recorded camera is known before
// anybody asks for its pictures.
import type { Camera, StreamName } from '../camera/index.js';

/** Of less than that nothing can be said: a key frame alone is no rate. */
const LEAST_MS = 1000;
/** The newer one of two marks is at most so old. */
export const MARK_MS = 5000;

interface Mark {
  at: number;
  bytes: number;
}

export class ReceivedRate {
  /** Oldest first: a rate is what came since the first of two. */
  #marks: Mark[] = [];
  /** Asked several times within one review, the camera is asked once. */
  #latest: { at: number; rate: number | undefined } | undefined;

  constructor(
    private readonly camera: Camera,
    private readonly stream: StreamName,
  ) {
    if (camera.streamState(stream) === 'playing') this.mark(performance.now());
  }

  /** Now and then while it plays. */
  mark(now: number): void {
    if (this.camera.streamState(this.stream) !== 'playing') return;
    this.#marks = [...this.#marks.slice(-1), { at: now, bytes: this.#bytes() }];
  }

  /** It plays from now on, or not any more: what it carried before says nothing of now. */
  begin(now: number): void {
    this.#marks = [];
    this.#latest = undefined;
    this.mark(now);
  }

  /** Undefined where nothing came, or for too short a time. */
  bitsPerSecond(now: number): number | undefined {
    const [first] = this.#marks;
    if (!first || now - first.at < LEAST_MS) return undefined;
    if (this.#latest?.at === now) return this.#latest.rate;
    const bytes = this.#bytes() - first.bytes;
    const rate = bytes > 0 ? (bytes * 8000) / (now - first.at) : undefined;
    this.#latest = { at: now, rate };
    return rate;
  }

  #bytes(): number {
    return this.camera.stats(this.stream).bytesReceived;
  }
}
