// How long to wait before the next attempt: longer each time, and never all clients at once.

const FIRST_MS = 500;
const MOST_MS = 15_000;

export class Backoff {
  private failures = 0;

  constructor(private readonly random: () => number = Math.random) {}

  /** Milliseconds, half of them by chance. */
  next(): number {
    const most = Math.min(MOST_MS, FIRST_MS * 2 ** this.failures);
    this.failures += 1;
    return Math.round(most * (0.5 + this.random() / 2));
  }

  /** It works again. */
  reset(): void {
    this.failures = 0;
  }
}
