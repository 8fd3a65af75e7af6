// Scrubbing asks for far more positions than a server can show: the newest counts, one at a time.

export interface SeekGateOptions {
  /** Between two requests, in milliseconds. */
  intervalMs: number;
  /** An answer that takes longer is not waited for. */
  patienceMs: number;
}

/** Holds positions back until the one before was answered and some time has passed. */
export class SeekGate {
  #wanted: number | undefined;
  #sentAt = Number.NEGATIVE_INFINITY;
  #isWaiting = false;

  constructor(private readonly options: SeekGateOptions) {}

  /** What is wanted and was not sent yet. */
  get pending(): number | undefined {
    return this.#wanted;
  }

  offer(position: number): void {
    this.#wanted = position;
  }

  /** The position to ask for now, once; ask again on the next picture of the screen. */
  take(now: number): number | undefined {
    const wanted = this.#wanted;
    if (wanted === undefined) return undefined;
    const since = now - this.#sentAt;
    if (since < this.options.intervalMs) return undefined;
    if (this.#isWaiting && since < this.options.patienceMs) return undefined;
    return this.#send(wanted, now);
  }

  /** The position that is wanted, whatever was asked for before: the pointer was lifted. */
  flush(now: number): number | undefined {
    return this.#wanted === undefined ? undefined : this.#send(this.#wanted, now);
  }

  /** A picture of the position that was asked for is on the screen. */
  answered(): void {
    this.#isWaiting = false;
  }

  #send(position: number, now: number): number {
    this.#wanted = undefined;
    this.#isWaiting = true;
    this.#sentAt = now;
    return position;
  }
}
