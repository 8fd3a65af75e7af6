// The tickets of a playback of another server's cameras: each for footage around where it stands. Newer
// ones are asked for before their leases end, and when a seek goes beyond.
import type { BrowserTicket } from '../../protocol/federation.js';

export interface PlaybackPassOptions {
  cameras: readonly string[];
  ask: (
    cameraId: string,
    range: { start: number; end: number },
  ) => Promise<Pick<BrowserTicket, 'ticket' | 'leaseMs'>>;
  /** Shows newer ones. */
  send: (tickets: string[]) => void;
  /** Where it stands, UTC milliseconds. */
  position: () => number;
}

/** To each side of the position. */
const REACH_MS = 6 * 3_600_000;
/** Nearer to the end of what tickets are for, others are asked for. */
const MARGIN_MS = 60_000;
const RENEW_AT = 2 / 3;
const RETRY_MS = 3000;

export function windowAround(position: number): { start: number; end: number } {
  const middle = Math.round(position);
  return { start: Math.max(0, middle - REACH_MS), end: middle + REACH_MS };
}

export class PlaybackPass {
  readonly #options: PlaybackPassOptions;
  #range: { start: number; end: number } | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts what makes earlier answers late. */
  #turn = 0;

  constructor(options: PlaybackPassOptions) {
    this.#options = options;
  }

  /** Whether what is there lets in at `position`. */
  covers(position: number): boolean {
    const range = this.#range;
    if (!range) return false;
    const atBeginning = range.start === 0 || position >= range.start + MARGIN_MS;
    return atBeginning && position < range.end - MARGIN_MS;
  }

  /**
   * Tickets for all cameras around `position`; they hold once they are shown. Throws where not one camera
   * gets one; those that get none say so by themselves.
   */
  async tickets(position: number): Promise<string[]> {
    clearTimeout(this.#timer);
    this.#turn += 1;
    const turn = this.#turn;
    const range = windowAround(position);
    const answers = await Promise.allSettled(
      this.#options.cameras.map((camera) => this.#options.ask(camera, range)),
    );
    const given = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    const failed = answers.find((answer) => answer.status === 'rejected');
    if (given.length === 0 && failed) throw failed.reason;
    if (turn !== this.#turn) return [];
    this.#range = range;
    const lease = Math.min(...given.map(({ leaseMs }) => leaseMs));
    this.#timer = setTimeout(() => void this.#renew(), lease * RENEW_AT);
    return given.map(({ ticket }) => ticket);
  }

  /** The connection is over: what it was let in with lets nothing else in. */
  end(): void {
    clearTimeout(this.#timer);
    this.#turn += 1;
    this.#range = undefined;
  }

  async #renew(): Promise<void> {
    const turn = this.#turn;
    try {
      const tickets = await this.tickets(this.#options.position());
      if (tickets.length > 0) this.#options.send(tickets);
    } catch {
      // The lease goes on for a third of its time.
      if (turn + 1 === this.#turn) {
        this.#timer = setTimeout(() => void this.#renew(), RETRY_MS);
      }
    }
  }
}
