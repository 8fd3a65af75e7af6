// One camera's pictures on their way to the screen: those that wait for the decoder, and those that are
// decoded and wait for their time.

/** A picture as it came. */
export interface CodedPicture {
  /** Fragments of the connection, counted from 1. */
  sequence: number;
  /** UTC milliseconds, with a fraction. */
  time: number;
  key: boolean;
  /** Leads to the picture that was sought; decoded, not shown. */
  preroll: boolean;
}

/** Decoded pictures hold memory of the decoder: more than a few stall it. */
export const MAX_DECODED = 6;

/** Pictures that wait to be decoded, in decoding order. */
export class CodedQueue<P extends CodedPicture> {
  #pictures: P[] = [];
  #needsKey = true;

  get length(): number {
    return this.#pictures.length;
  }

  /** The one that waits longest and is to be shown. */
  get first(): P | undefined {
    return this.#pictures.find(({ preroll }) => !preroll);
  }

  push(picture: P): void {
    this.#pictures.push(picture);
  }

  /** Everything that waits goes; decoding begins anew at a key frame. Returns what was left out. */
  clear(): P[] {
    const left = this.#pictures;
    this.#pictures = [];
    this.#needsKey = true;
    return left;
  }

  /**
   * The picture to decode now, where there is room for `room` more. Preroll is decoded at once, others
   * up to `aheadMs` of footage in front of the clock. `skipped` were left out: the clock has passed a
   * later key frame already, or there was no key frame to begin with.
   */
  next(
    position: number,
    direction: 1 | -1,
    room: number,
    aheadMs: number,
  ): { picture?: P; skipped: P[] } {
    const skipped = this.#skip(position, direction);
    const first = this.#pictures[0];
    if (!first) return { skipped };
    const isEarly = (first.time - position) * direction > aheadMs;
    if (!first.preroll && (room <= 0 || isEarly)) return { skipped };
    this.#pictures.shift();
    this.#needsKey = false;
    return { picture: first, skipped };
  }

  #skip(position: number, direction: 1 | -1): P[] {
    let from = 0;
    if (this.#needsKey) {
      const key = this.#pictures.findIndex(({ key }) => key);
      from = key < 0 ? this.#pictures.length : key;
    }
    // Of key frames whose time has come only the last is worth decoding.
    for (let i = from + 1; i < this.#pictures.length; i++) {
      const { key, preroll, time } = this.#pictures[i] as P;
      if (preroll || (time - position) * direction > 0) break;
      if (key) from = i;
    }
    return this.#pictures.splice(0, from);
  }
}

/** A picture that is decoded: a VideoFrame. */
export interface DecodedPicture {
  /** UTC milliseconds. */
  time: number;
  /** Frees it. */
  close(): void;
}

/** Decoded pictures, in the order in which they are shown. */
export class DecodedQueue<D extends DecodedPicture> {
  #pictures: D[] = [];

  get length(): number {
    return this.#pictures.length;
  }

  get next(): D | undefined {
    return this.#pictures[0];
  }

  push(picture: D): void {
    this.#pictures.push(picture);
  }

  /** The picture whose time has come last; those before it are freed unseen. */
  take(position: number, direction: 1 | -1): D | undefined {
    let due: D | undefined;
    for (;;) {
      const first = this.#pictures[0];
      if (!first || (first.time - position) * direction > 0) return due;
      due?.close();
      due = this.#pictures.shift();
    }
  }

  /** The next one, whatever the time: a step. */
  shift(): D | undefined {
    return this.#pictures.shift();
  }

  clear(): void {
    for (const picture of this.#pictures) picture.close();
    this.#pictures = [];
  }
}
