// One camera's pictures on their way to the screen: those that wait for the decoder, and those that are
// decoded and wait for their time.

/** A picture as it came. */
export interface CodedPicture {
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
   * The picture to decode now, where there is room; preroll needs none. `position` is the time of the
   * picture that belongs on the screen. `skipped` were left out: it lies behind a later key frame
   * already, or there was no key frame to begin with.
   */
  next(position: number, direction: 1 | -1, hasRoom: boolean): { picture?: P; skipped: P[] } {
    const skipped = this.#skip(position, direction);
    const first = this.#pictures[0];
    if (!first || !(first.preroll || hasRoom)) return { skipped };
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

/** Decoded pictures, in whatever order they came out of the decoder. */
export class DecodedPictures<D extends DecodedPicture> {
  #pictures: D[] = [];

  get length(): number {
    return this.#pictures.length;
  }

  has(time: number): boolean {
    return this.#pictures.some((picture) => picture.time === time);
  }

  add(picture: D): void {
    this.#pictures.push(picture);
  }

  /** The picture whose time has come last; those before it are freed unseen. */
  take(position: number, direction: 1 | -1): D | undefined {
    let due: D | undefined;
    const later: D[] = [];
    for (const picture of this.#pictures) {
      if ((picture.time - position) * direction > 0) {
        later.push(picture);
      } else if (due && (picture.time - due.time) * direction < 0) {
        picture.close();
      } else {
        due?.close();
        due = picture;
      }
    }
    this.#pictures = later;
    return due;
  }

  clear(): void {
    for (const picture of this.#pictures) picture.close();
    this.#pictures = [];
  }
}
