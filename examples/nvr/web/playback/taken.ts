// Flow control: the server sends so much ahead of what was taken. Pictures are counted from 1 as they
// come; they are taken in any order, and told as one number through which all were.

export class Taken {
  #received = 0;
  #told = 0;
  readonly #open = new Set<number>();

  /** A picture came: its number, to be given to {@link take} once. */
  receive(): number {
    this.#received += 1;
    this.#open.add(this.#received);
    return this.#received;
  }

  take(sequence: number): void {
    this.#open.delete(sequence);
  }

  /** All pictures up to this one were taken. */
  get through(): number {
    // A Set iterates in the order of insertion, so the first is the oldest.
    for (const oldest of this.#open) return oldest - 1;
    return this.#received;
  }

  get hasNews(): boolean {
    return this.through !== this.#told;
  }

  /** The number to tell the server, where it changed since the last time. */
  news(): number | undefined {
    const { through } = this;
    if (through === this.#told) return undefined;
    this.#told = through;
    return through;
  }

  reset(): void {
    this.#received = 0;
    this.#told = 0;
    this.#open.clear();
  }
}
