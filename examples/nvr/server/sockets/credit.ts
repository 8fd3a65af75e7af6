// How far pictures of a playback may run ahead of what the player took: 2 s of playing, or 4 MiB.

const AHEAD_MS = 2000;
const AHEAD_BYTES = 4 << 20;

interface Sent {
  bytes: number;
  /** UTC milliseconds; undefined for what is not shown. */
  time: number | undefined;
}

export class Credit {
  /** Sent and not taken, in the order of sending. */
  readonly #sent: Sent[] = [];
  #bytes = 0;
  #taken = 0;
  #shownAt: number | undefined;
  #newest: number | undefined;
  #wake: (() => void) | undefined;

  /** Of pictures, from 1. */
  get count(): number {
    return this.#taken + this.#sent.length;
  }

  sent(picture: Sent): void {
    this.#sent.push(picture);
    this.#bytes += picture.bytes;
    if (picture.time === undefined) return;
    this.#shownAt ??= picture.time;
    this.#newest = picture.time;
  }

  /** `through`: so many pictures were taken since the beginning. False for more than were sent. */
  taken(through: number): boolean {
    if (through > this.count) return false;
    while (this.#taken < through) {
      const { bytes, time } = this.#sent.shift() as Sent;
      this.#taken += 1;
      this.#bytes -= bytes;
      this.#shownAt = time ?? this.#shownAt;
    }
    this.#wake?.();
    return true;
  }

  /** After a seek: what counts is how far it goes from there. Pictures on their way still count as bytes. */
  seek(): void {
    this.#shownAt = undefined;
    this.#newest = undefined;
    for (const picture of this.#sent) picture.time = undefined;
    this.#wake?.();
  }

  /** May another picture be sent, at this speed? */
  allows(speed: number): boolean {
    if (this.#bytes >= AHEAD_BYTES) return false;
    if (this.#sent.length === 0 || this.#newest === undefined) return true;
    const ahead = Math.abs(this.#newest - (this.#shownAt ?? this.#newest));
    return ahead < AHEAD_MS * Math.max(1, Math.abs(speed));
  }

  /** Resolves when pictures were taken, or after a seek, or {@link stop}. */
  more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  stop(): void {
    this.#wake?.();
  }
}
