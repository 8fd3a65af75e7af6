// How far the server's clock is ahead of ours, by the quickest answers to `ping`.

export class ServerClock {
  private sentAt: number | undefined;
  private best = Number.POSITIVE_INFINITY;
  private offset = 0;

  /** Milliseconds; 0 until it is known. */
  get offsetMs(): number {
    return this.offset;
  }

  asked(now: number): void {
    this.sentAt = now;
  }

  answered(serverTime: number, now: number): void {
    if (this.sentAt === undefined) return;
    const roundTrip = now - this.sentAt;
    this.sentAt = undefined;
    // A slow answer says little; but a clock may be set, so that old ones count less and less.
    this.best += 2;
    if (roundTrip < 0 || roundTrip > this.best) return;
    this.best = roundTrip;
    this.offset = serverTime + roundTrip / 2 - now;
  }
}
