// The tickets of one connection to another server: asked for when a camera is wanted, shown as soon as the
// connection is there, and newer ones before their leases end.
import type { BrowserTicket } from '../../protocol/federation.js';
import { Backoff } from '../api/backoff.js';

export interface TicketBookOptions {
  /** Asks the server that the page came from. */
  ask: (cameraId: string) => Promise<Pick<BrowserTicket, 'ticket' | 'redeemWithinMs' | 'leaseMs'>>;
  /** Another camera is let in. */
  onAdmitted: () => void;
  /** There is no ticket, for now: it is asked for again. */
  onRefused: (cameraId: string, error: unknown) => void;
}

interface Entry {
  isAsking: boolean;
  /** Not shown yet. */
  held?: { ticket: string; leaseMs: number; until: number };
  /** Until when it is let in, by this connection, and when it is to be renewed. */
  lease?: { ends: number; renewAt: number };
  timer?: ReturnType<typeof setTimeout>;
  backoff: Backoff;
}

/** A newer one is asked for when so much of a lease has passed. */
const RENEW_AT = 2 / 3;
/** Of the time in which a ticket has to be shown: later it might come too late. */
const SHOW_WITHIN = 0.75;

export class TicketBook {
  readonly #options: TicketBookOptions;
  readonly #entries = new Map<string, Entry>();
  #wanted: ReadonlySet<string> = new Set();
  #send: ((tickets: string[]) => boolean) | undefined;
  #waiting: (() => void)[] = [];

  constructor(options: TicketBookOptions) {
    this.#options = options;
  }

  /** These and no others are to be let in from now on. */
  want(cameras: Iterable<string>): void {
    this.#wanted = new Set(cameras);
    for (const [id, entry] of this.#entries) {
      if (this.#wanted.has(id)) continue;
      stop(entry);
      // Who comes back soon needs no other ticket.
      if (!this.admits(id)) this.#entries.delete(id);
    }
    this.prepare();
  }

  /** Asks for what is missing: tickets are let in once, so that a new connection needs new ones. */
  prepare(): void {
    for (const id of this.#wanted) {
      const entry = this.#entries.get(id);
      if (!entry) this.#ask(id);
      else if (entry.lease && !entry.isAsking) this.#renewLater(id, entry);
    }
  }

  /** Pictures of it may be asked for. */
  admits(cameraId: string): boolean {
    const lease = this.#entries.get(cameraId)?.lease;
    return lease !== undefined && lease.ends > Date.now();
  }

  /** The connection is there. What it has to show first; `send` takes what comes later. */
  opened(send: (tickets: string[]) => boolean): string[] {
    this.#send = send;
    const tickets: string[] = [];
    for (const [id, entry] of this.#entries) {
      const held = this.#take(entry);
      if (!held) continue;
      tickets.push(held.ticket);
      this.#letIn(id, entry, held.leaseMs);
    }
    return tickets;
  }

  /** The connection is gone: nothing of it lets in elsewhere. */
  ended(): void {
    this.#send = undefined;
    for (const [id, entry] of this.#entries) {
      if (!entry.lease) continue;
      stop(entry);
      this.#entries.delete(id);
    }
  }

  /** The node lets it in no longer. */
  lost(cameraId: string): void {
    const entry = this.#entries.get(cameraId);
    if (!entry || entry.isAsking) return;
    stop(entry);
    this.#entries.delete(cameraId);
    if (this.#wanted.has(cameraId)) this.#ask(cameraId);
  }

  /** Resolves when there is a ticket to show, or with {@link close}. */
  async whenHeld(): Promise<void> {
    if ([...this.#entries.values()].some(({ held }) => held && held.until > Date.now())) return;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  close(): void {
    this.#send = undefined;
    this.#wanted = new Set();
    for (const entry of this.#entries.values()) stop(entry);
    this.#entries.clear();
    this.#tell();
  }

  #ask(id: string): void {
    const entry = this.#entries.get(id) ?? { isAsking: false, backoff: new Backoff() };
    this.#entries.set(id, entry);
    stop(entry);
    if (entry.isAsking) return;
    entry.isAsking = true;
    this.#options.ask(id).then(
      ({ ticket, redeemWithinMs, leaseMs }) => {
        if (this.#entries.get(id) !== entry) return;
        entry.isAsking = false;
        entry.backoff.reset();
        entry.held = { ticket, leaseMs, until: Date.now() + redeemWithinMs * SHOW_WITHIN };
        this.#show(id, entry);
        this.#tell();
      },
      (error: unknown) => {
        if (this.#entries.get(id) !== entry) return;
        entry.isAsking = false;
        this.#options.onRefused(id, error);
        entry.timer = setTimeout(() => this.#ask(id), entry.backoff.next());
      },
    );
  }

  #show(id: string, entry: Entry): void {
    const held = entry.held;
    if (!held) return;
    if (this.#send?.([held.ticket])) {
      delete entry.held;
      const isNews = !this.admits(id);
      this.#letIn(id, entry, held.leaseMs);
      if (isNews) this.#options.onAdmitted();
      return;
    }
    stop(entry);
    entry.timer = setTimeout(() => {
      delete entry.held;
      this.#ask(id);
    }, held.until - Date.now());
  }

  #letIn(id: string, entry: Entry, leaseMs: number): void {
    const now = Date.now();
    entry.lease = { ends: now + leaseMs, renewAt: now + leaseMs * RENEW_AT };
    stop(entry);
    if (this.#wanted.has(id)) this.#renewLater(id, entry);
  }

  #renewLater(id: string, entry: Entry): void {
    if (entry.timer !== undefined || !entry.lease) return;
    const wait = Math.max(0, entry.lease.renewAt - Date.now());
    entry.timer = setTimeout(() => this.#ask(id), wait);
  }

  #take(entry: Entry): NonNullable<Entry['held']> | undefined {
    const { held } = entry;
    delete entry.held;
    return held && held.until > Date.now() ? held : undefined;
  }

  #tell(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

function stop(entry: Entry): void {
  clearTimeout(entry.timer);
  delete entry.timer;
}
