// Which pictures belong to the position that was asked for last. Each seek begins an epoch; pictures
// carry it modulo 256, and those of another one are not shown.

export class Epochs {
  /** Seeks that were sent and not answered yet. */
  #outstanding = 0;
  #current: number | undefined;

  /** A seek was sent: what comes now is of before it. */
  sought(): void {
    this.#outstanding += 1;
  }

  /**
   * The server answered with a new epoch. True where it is the newest one that was asked for; pictures
   * of the others are on their way through and not worth decoding.
   */
  begin(epoch: number): boolean {
    this.#current = epoch & 0xff;
    this.#outstanding = Math.max(0, this.#outstanding - 1);
    return this.#outstanding === 0;
  }

  /** A new connection begins anew. */
  reset(): void {
    this.#outstanding = 0;
    this.#current = undefined;
  }

  /** Whether a picture of that epoch is to be shown. Before the first seek all of them are. */
  accepts(epoch: number): boolean {
    if (this.#outstanding > 0) return false;
    return this.#current === undefined || this.#current === epoch;
  }

  /** Something else was asked for than what comes. */
  get isWaiting(): boolean {
    return this.#outstanding > 0;
  }
}
