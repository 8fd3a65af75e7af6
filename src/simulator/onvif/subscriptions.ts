// Pull points of a simulated camera: who listens, what waits for them, and until when.
import { randomUUID } from 'node:crypto';
import { SoapFault } from './soap.js';

/** An event as it waits to be pulled. */
export interface SimulatedEvent {
  topic: string;
  /** UTC milliseconds by the camera's clock. */
  time: number;
  operation: 'Initialized' | 'Changed';
  source: Readonly<Record<string, string>>;
  data: Readonly<Record<string, string>>;
}

export interface PullPoint {
  readonly id: string;
  /** UTC milliseconds by our clock. */
  expires: number;
  readonly queue: SimulatedEvent[];
  wake: (() => void) | undefined;
}

const MAX_PULL_POINTS = 32;
const MAX_QUEUE = 256;
const MAX_LIFETIME_MS = 3_600_000;

export class Subscriptions {
  readonly #points = new Map<string, PullPoint>();

  /** How many there are now. */
  get size(): number {
    this.#expire();
    return this.#points.size;
  }

  create(lifetimeMs: number, first: readonly SimulatedEvent[]): PullPoint {
    this.#expire();
    if (this.#points.size >= MAX_PULL_POINTS) {
      throw new SoapFault('Receiver', ['ter:Action', 'ter:MaxPullPoints'], 'Too many pull points');
    }
    const point = {
      id: randomUUID(),
      expires: Date.now() + bounded(lifetimeMs),
      queue: [...first],
      wake: undefined,
    };
    this.#points.set(point.id, point);
    return point;
  }

  get(id: string): PullPoint {
    this.#expire();
    const point = this.#points.get(id);
    if (point) return point;
    throw new SoapFault('Sender', ['wsnt:ResourceUnknownFault'], 'There is no such subscription');
  }

  renew(point: PullPoint, lifetimeMs: number): void {
    point.expires = Date.now() + bounded(lifetimeMs);
  }

  remove(point: PullPoint): void {
    this.#points.delete(point.id);
    point.wake?.();
  }

  emit(event: SimulatedEvent): void {
    this.#expire();
    for (const point of this.#points.values()) {
      point.queue.push(event);
      if (point.queue.length > MAX_QUEUE) point.queue.shift();
      point.wake?.();
    }
  }

  /** What waits at a pull point, at most `limit`; waits up to `timeoutMs` for the first. */
  async pull(point: PullPoint, timeoutMs: number, limit: number): Promise<SimulatedEvent[]> {
    // One reader at a time: an earlier one that still waits goes away empty-handed.
    point.wake?.();
    if (point.queue.length === 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        point.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      point.wake = undefined;
    }
    return point.queue.splice(0, limit);
  }

  /** Lets everyone go. */
  close(): void {
    for (const point of [...this.#points.values()]) this.remove(point);
  }

  #expire(): void {
    for (const point of this.#points.values()) {
      if (point.expires <= Date.now()) this.remove(point);
    }
  }
}

function bounded(ms: number): number {
  return Math.min(MAX_LIFETIME_MS, Math.max(1000, ms));
}
