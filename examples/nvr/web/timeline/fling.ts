// What goes on when a timeline is let go of while it moves.

const WINDOW_MS = 100;
/** Pixels per millisecond below which it stands. */
const STANDSTILL = 0.02;
/** Per millisecond. */
const FRICTION = 0.004;

interface Sample {
  x: number;
  at: number;
}

/** Measures how fast a finger moves. */
export class Swipe {
  #samples: Sample[] = [];

  move(x: number, at: number): void {
    this.#samples.push({ x, at });
    while (this.#samples[0] && at - this.#samples[0].at > WINDOW_MS) this.#samples.shift();
  }

  /** Pixels per millisecond at `at`; 0 where it stood still before it was lifted. */
  velocity(at: number): number {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.at - first.at < 10 || at - last.at > WINDOW_MS / 2) return 0;
    return (last.x - first.x) / (last.at - first.at);
  }
}

/** Pixels moved, and the velocity left, `ms` later. A velocity of 0: it stands. */
export function glide(velocity: number, ms: number): { distance: number; velocity: number } {
  const left = velocity * Math.exp(-FRICTION * ms);
  const distance = (velocity - left) / FRICTION;
  return { distance, velocity: Math.abs(left) < STANDSTILL ? 0 : left };
}
