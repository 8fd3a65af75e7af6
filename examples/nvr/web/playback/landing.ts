// After a seek: the clock waits until the cameras have their first pictures, though not for ever.

/** Those that are slower than the first have so long until the clock goes without them. */
const PATIENCE_MS = 400;

export class Landing {
  #since: number | undefined;
  #first = Number.NaN;
  readonly #landed = new Set<string>();

  /** Some picture came: from now on others are waited for. */
  get isUnderWay(): boolean {
    return this.#since !== undefined;
  }

  /** UTC milliseconds of the picture that comes first along the direction. */
  get first(): number {
    return this.#first;
  }

  /** The camera has a picture, of that time. */
  landed(camera: string, time: number, direction: 1 | -1, now: number): void {
    this.#since ??= now;
    this.#landed.add(camera);
    if (!((time - this.#first) * direction >= 0)) this.#first = time;
  }

  /** Of those cameras all have a picture, or have had the time for it. */
  isOver(cameras: Iterable<string>, now: number): boolean {
    if (this.#since === undefined) return false;
    if (now - this.#since >= PATIENCE_MS) return true;
    for (const camera of cameras) if (!this.#landed.has(camera)) return false;
    return true;
  }
}
