// What playback waits with. Whoever paces frames otherwise (a test, a file that is written as fast as
// it goes) brings another clock.

/** Where playback takes its time from. */
export interface PlaybackClock {
  /** Milliseconds from any moment on; never falls. */
  now(): number;
  /** Resolves after `ms`, or as soon as `signal` fires. Never rejects. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

const LONGEST_TIMER_MS = 0x7fffffff;

/** The default: real time. */
export const realTimeClock: PlaybackClock = {
  now: () => performance.now(),
  wait: (ms, signal) =>
    new Promise((resolve) => {
      const timer = setTimeout(finish, Math.min(ms, LONGEST_TIMER_MS));
      function finish() {
        clearTimeout(timer);
        signal.removeEventListener('abort', finish);
        resolve();
      }
      if (signal.aborted) finish();
      else signal.addEventListener('abort', finish, { once: true });
    }),
};

/**
 * A clock whose waits take no time: frames come as fast as they can be read, in the order and
 * selection of real time.
 */
export class UnpacedClock implements PlaybackClock {
  #now = 0;

  now(): number {
    return this.#now;
  }

  async wait(ms: number): Promise<void> {
    this.#now += ms;
    // Who only waits must not keep the event loop from everything else.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The moment of the footage that is shown: it runs, at a speed and in a direction, or stands. */
export class PositionClock {
  #position: number;
  /** When it was `#position`; undefined while it stands. */
  #since: number | undefined;

  constructor(
    private readonly clock: PlaybackClock,
    position: number,
    public readonly speed: number,
  ) {
    this.#position = position;
  }

  get position(): number {
    if (this.#since === undefined) return this.#position;
    return this.#position + (this.clock.now() - this.#since) * this.speed;
  }

  /** Goes on from there, running or standing as before. */
  set(position: number): void {
    this.#position = position;
    if (this.#since !== undefined) this.#since = this.clock.now();
  }

  run(): void {
    this.#since ??= this.clock.now();
  }

  stop(): void {
    this.#position = this.position;
    this.#since = undefined;
  }

  /** Milliseconds of the clock until `time` is due; negative where it is late. */
  until(time: number): number {
    return (time - this.position) / this.speed;
  }
}
