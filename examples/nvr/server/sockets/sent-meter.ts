// What a playback sends: counted, and kept within what its session may take.
import type { SentPictures } from './traffic.js';

/** Rates are of this long, as those of live pictures. */
const WINDOW_MS = 5000;
const SLOT_MS = 500;
/** So much may leave at once, as a share of a second: a seek's pictures come in a burst. */
const BURST_SECONDS = 0.25;

export class SentMeter {
  readonly #now: () => number;
  readonly #mostBitsPerSecond: () => number;
  readonly #began: number;
  #bytesSent = 0;
  /** The newest last. */
  #slots: { at: number; bytes: number }[] = [];
  /** What is left of the burst, in bytes; below zero after a picture that was larger. */
  #left = Number.POSITIVE_INFINITY;
  #filledAt: number;

  /** `mostBitsPerSecond`: asked for again and again. `now`: a clock that does not jump, milliseconds. */
  constructor(mostBitsPerSecond: () => number, now: () => number = () => performance.now()) {
    this.#mostBitsPerSecond = mostBitsPerSecond;
    this.#now = now;
    this.#began = now();
    this.#filledAt = this.#began;
  }

  sent(bytes: number): void {
    this.#fill();
    this.#left -= bytes;
    this.#bytesSent += bytes;
    const at = Math.floor(this.#now() / SLOT_MS) * SLOT_MS;
    const last = this.#slots.at(-1);
    if (last?.at === at) last.bytes += bytes;
    else this.#slots.push({ at, bytes });
    this.#forget();
  }

  /** Milliseconds until something may be sent again; 0: now. */
  get waitMs(): number {
    this.#fill();
    if (this.#left > 0) return 0;
    return Math.ceil(((1 - this.#left) / this.#bytesPerSecond) * 1000);
  }

  /** A playback leaves nothing out: what does not fit waits. */
  stats(): SentPictures {
    this.#forget();
    const bytes = this.#slots.reduce((sum, slot) => sum + slot.bytes, 0);
    const ms = Math.max(SLOT_MS, Math.min(WINDOW_MS, this.#now() - this.#began));
    const bitsPerSecond = Math.round((bytes * 8000) / ms);
    return { bytesSent: this.#bytesSent, framesDropped: 0, bitsPerSecond };
  }

  get #bytesPerSecond(): number {
    return Math.max(1, this.#mostBitsPerSecond() / 8);
  }

  get #burst(): number {
    return this.#bytesPerSecond * BURST_SECONDS;
  }

  #fill(): void {
    const now = this.#now();
    const gained = ((now - this.#filledAt) / 1000) * this.#bytesPerSecond;
    this.#left = Math.min(this.#burst, this.#left + gained);
    this.#filledAt = now;
  }

  #forget(): void {
    const oldest = this.#now() - WINDOW_MS;
    while (this.#slots[0] && this.#slots[0].at < oldest) this.#slots.shift();
  }
}
