// Where a simulated camera looks, computed from the time when it is asked for: there is no timer.

/** Pan and tilt -1 to 1, zoom 0 to 1. */
export interface PtzPosition {
  pan: number;
  tilt: number;
  zoom: number;
}

type Axis = keyof PtzPosition;

const AXES: readonly Axis[] = ['pan', 'tilt', 'zoom'];
const BOUNDS: Readonly<Record<Axis, readonly [min: number, max: number]>> = {
  pan: [-1, 1],
  tilt: [-1, 1],
  zoom: [0, 1],
};
/** At full speed, per second: from one end to the other in two seconds. */
const FULL_SPEED: Readonly<PtzPosition> = { pan: 1, tilt: 1, zoom: 0.5 };

interface Movement {
  /** Units per second. */
  velocity: number;
  /** Where or when it ends, whichever is first. */
  target: number;
  until: number;
}

export class PtzState {
  readonly #now: () => number;
  readonly #position: PtzPosition = { pan: 0, tilt: 0, zoom: 0 };
  readonly #movements = new Map<Axis, Movement>();
  #at: number;

  /** `now` in milliseconds. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
    this.#at = now();
  }

  get position(): PtzPosition {
    this.#advance();
    return { ...this.#position };
  }

  moving(...axes: Axis[]): boolean {
    this.#advance();
    return axes.some((axis) => this.#movements.has(axis));
  }

  /** Moves the axes that are given, at -1 to 1 of full speed, to the end or for `timeoutMs`. */
  move(velocity: Partial<PtzPosition>, timeoutMs: number): void {
    this.#advance();
    for (const axis of AXES) {
      const part = velocity[axis];
      if (part === undefined) continue;
      const [min, max] = BOUNDS[axis];
      this.#movements.delete(axis);
      if (part === 0) continue;
      this.#movements.set(axis, {
        velocity: part * FULL_SPEED[axis],
        target: part < 0 ? min : max,
        until: this.#at + timeoutMs,
      });
    }
  }

  /** Goes to a position, at 0 to 1 of full speed. What lies outside is cut to the bounds. */
  goTo(position: Partial<PtzPosition>, speed = 1): void {
    this.#advance();
    for (const axis of AXES) {
      const wanted = position[axis];
      if (wanted === undefined) continue;
      const [min, max] = BOUNDS[axis];
      const target = Math.min(max, Math.max(min, wanted));
      const way = target - this.#position[axis];
      this.#movements.delete(axis);
      if (way === 0 || speed === 0) continue;
      const velocity = Math.sign(way) * speed * FULL_SPEED[axis];
      this.#movements.set(axis, { velocity, target, until: Number.POSITIVE_INFINITY });
    }
  }

  stop(...axes: Axis[]): void {
    this.#advance();
    for (const axis of axes) this.#movements.delete(axis);
  }

  #advance(): void {
    const now = this.#now();
    for (const [axis, { velocity, target, until }] of this.#movements) {
      const seconds = Math.max(0, Math.min(now, until) - this.#at) / 1000;
      const way = velocity * seconds;
      const left = target - this.#position[axis];
      if (Math.abs(way) >= Math.abs(left)) {
        this.#position[axis] = target;
        this.#movements.delete(axis);
      } else {
        this.#position[axis] += way;
        if (now >= until) this.#movements.delete(axis);
      }
    }
    this.#at = now;
  }
}
