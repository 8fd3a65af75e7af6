// Pictures and bits per second over the last seconds, of what came.

interface Second {
  at: number;
  pictures: number;
  bytes: number;
}

const WINDOW_MS = 3000;

export class RateMeter {
  private readonly seconds: Second[] = [];

  /** `now` in milliseconds, rising. */
  add(bytes: number, now: number): void {
    const at = Math.floor(now / 250) * 250;
    const last = this.seconds.at(-1);
    if (last?.at === at) {
      last.pictures += 1;
      last.bytes += bytes;
    } else {
      this.seconds.push({ at, pictures: 1, bytes });
    }
    this.forget(now);
  }

  rates(now: number): { picturesPerSecond: number; bitsPerSecond: number } {
    this.forget(now);
    const first = this.seconds[0];
    if (!first) return { picturesPerSecond: 0, bitsPerSecond: 0 };
    const span = Math.max(1000, now - first.at) / 1000;
    let pictures = 0;
    let bytes = 0;
    for (const second of this.seconds) {
      pictures += second.pictures;
      bytes += second.bytes;
    }
    return { picturesPerSecond: pictures / span, bitsPerSecond: (bytes * 8) / span };
  }

  private forget(now: number): void {
    while (this.seconds[0] && this.seconds[0].at < now - WINDOW_MS) this.seconds.shift();
  }
}
