// Tickets that nobody has shown yet: in memory, bounded, each found once.
import { type Ticket, ticketHash } from './ticket.js';

const MAX_TICKETS = 10_000;
/** One home does not push the tickets of the others out. */
const MAX_OF_KEY = 2500;

export class TicketTable {
  readonly #now: () => number;
  /** By hash, oldest first. */
  readonly #tickets = new Map<string, Ticket>();
  readonly #counts = new Map<string, number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  get size(): number {
    return this.#tickets.size;
  }

  /** Where it is full, the oldest gives way. */
  add(secret: string, ticket: Ticket): void {
    const isKeyFull = (this.#counts.get(ticket.keyId) ?? 0) >= MAX_OF_KEY;
    if (isKeyFull || this.#tickets.size >= MAX_TICKETS) {
      for (const [hash, { keyId }] of this.#tickets) {
        if (isKeyFull && keyId !== ticket.keyId) continue;
        this.#remove(hash);
        break;
      }
    }
    this.#tickets.set(ticketHash(secret), ticket);
    this.#counts.set(ticket.keyId, (this.#counts.get(ticket.keyId) ?? 0) + 1);
  }

  /** It is gone from then on, whoever showed it and whatever for. */
  take(secret: string): Ticket | undefined {
    const ticket = this.#remove(ticketHash(secret));
    return ticket && this.#now() < ticket.redeemBefore ? ticket : undefined;
  }

  /** Those that are too old. */
  expire(): void {
    const now = this.#now();
    for (const [hash, { redeemBefore }] of this.#tickets) {
      // All have the same time: those behind are younger.
      if (redeemBefore > now) return;
      this.#remove(hash);
    }
  }

  /** Of a key, or of one user of its home. */
  removeOf(keyId: string, user?: string): void {
    for (const [hash, ticket] of this.#tickets) {
      if (ticket.keyId === keyId && (user === undefined || ticket.user.name === user)) {
        this.#remove(hash);
      }
    }
  }

  #remove(hash: string): Ticket | undefined {
    const ticket = this.#tickets.get(hash);
    if (!ticket) return undefined;
    this.#tickets.delete(hash);
    const left = (this.#counts.get(ticket.keyId) ?? 1) - 1;
    if (left > 0) this.#counts.set(ticket.keyId, left);
    else this.#counts.delete(ticket.keyId);
    return ticket;
  }
}
