// How far a node's clock is from ours: by the quickest of its last answers, which says it most exactly.

const ANSWERS = 8;

/** Milliseconds, of its clock minus ours. */
export class ClockOffset {
  readonly #measured: { offsetMs: number; roundTripMs: number }[] = [];

  /** `serverTime` as it said; asked at `askedAt` of our clock. */
  add(serverTime: number, askedAt: number, roundTripMs: number): void {
    const offsetMs = serverTime - (askedAt + roundTripMs / 2);
    this.#measured.push({ offsetMs, roundTripMs });
    if (this.#measured.length > ANSWERS) this.#measured.shift();
  }

  /** Undefined before the first answer. */
  get ms(): number | undefined {
    const [first, ...others] = this.#measured;
    if (!first) return undefined;
    const best = others.reduce((a, b) => (b.roundTripMs <= a.roundTripMs ? b : a), first);
    return Math.round(best.offsetMs);
  }
}
