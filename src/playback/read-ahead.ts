// Reads a camera's frames in front of the moment that needs them, within bounds.
import { isProblem, type PlaybackItem } from './frame.js';

export interface ReadAheadLimits {
  bytes: number;
  /** Milliseconds of footage. */
  ms: number;
}

export class ReadAhead {
  readonly #walk: AsyncGenerator<PlaybackItem[], void, void>;
  readonly #limits: ReadAheadLimits;
  #items: PlaybackItem[] = [];
  #bytes = 0;
  #reading: Promise<void> | undefined;
  #failure: { error: unknown } | undefined;
  #ended = false;

  constructor(walk: AsyncGenerator<PlaybackItem[], void, void>, limits: ReadAheadLimits) {
    this.#walk = walk;
    this.#limits = limits;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The walk came to its end, and everything was taken. */
  get exhausted(): boolean {
    return this.#ended && this.#items.length === 0;
  }

  /** What comes next, without taking it; undefined at the end. */
  async peek(): Promise<PlaybackItem | undefined> {
    while (this.#items.length === 0 && !this.#ended) await this.#read();
    if (this.#hasRoom()) void this.#read();
    const [item] = this.#items;
    if (!item && this.#failure) throw this.#failure.error;
    return item;
  }

  /** What comes next, where it has been read. */
  get head(): PlaybackItem | undefined {
    return this.#items[0];
  }

  take(): void {
    const item = this.#items.shift();
    if (item && !isProblem(item)) this.#bytes -= item.frame.data.length;
  }

  async close(): Promise<void> {
    this.#ended = true;
    this.#items = [];
    this.#bytes = 0;
    await this.#walk.return();
  }

  #hasRoom(): boolean {
    if (this.#ended || this.#bytes >= this.#limits.bytes / 2) return false;
    const times = [this.#items[0], this.#items.at(-1)].map((item) =>
      item && !isProblem(item) ? item.due : undefined,
    );
    const [first, last] = times;
    if (first === undefined || last === undefined) return true;
    return Math.abs(last - first) < this.#limits.ms;
  }

  /** One read of the walk; it never rejects. */
  #read(): Promise<void> {
    this.#reading ??= this.#walk
      .next()
      .then(
        ({ value, done }) => {
          if (this.#ended) return;
          if (done) this.#ended = true;
          for (const item of value ?? []) {
            this.#items.push(item);
            if (!isProblem(item)) this.#bytes += item.frame.data.length;
          }
        },
        (error: unknown) => {
          this.#failure = { error };
          this.#ended = true;
        },
      )
      .finally(() => {
        this.#reading = undefined;
      });
    return this.#reading;
  }
}
