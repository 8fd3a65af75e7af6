// Who showed tickets, over one connection: one user of one home, on one page, and what it may do with
// which camera for how long.
import { EventEmitter } from 'node:events';
import type { Role } from '../sessions/index.js';
import { type Ticket, type TicketGrant, ticketRefused } from './ticket.js';
import type { TicketPermission } from './wire.js';

/**
 * Why a holder's rights are over. `expired`: no lease was renewed. `revoked`: the key, the home or the
 * user lost them. `closed`: the connection, or the server.
 */
export type TicketEnd = 'expired' | 'revoked' | 'closed';

export interface TicketHolderEvents {
  /** It may something else with a camera: a newer ticket, or none any more. */
  changed: [cameraId: string];
}

interface Lease {
  grant: TicketGrant;
  until: number;
}

interface TicketHolderOptions {
  ticket: Ticket;
  home: { id: string; name: string };
  now: () => number;
  leaseMs: number;
  take: (tickets: readonly string[]) => Ticket[];
  closed: (holder: TicketHolder) => void;
}

const MAX_CAMERAS = 256;

/** As {@link FederationAuth.redeem} gives it out, for one connection. Close it with the connection. */
export class TicketHolder extends EventEmitter<TicketHolderEvents> {
  /** Of the home's API key. */
  readonly keyId: string;
  readonly home: { readonly id: string; readonly name: string };
  /** Of the home. */
  readonly user: { readonly name: string; readonly role: Role };
  /** Of the page. */
  readonly origin: string;
  readonly #options: TicketHolderOptions;
  readonly #leases = new Map<string, Lease>();
  readonly #end = new AbortController();

  /** @internal */
  constructor(options: TicketHolderOptions) {
    super();
    this.#options = options;
    const { keyId, user, origin } = options.ticket;
    this.keyId = keyId;
    this.user = user;
    this.origin = origin;
    this.home = options.home;
  }

  /** Fires when nothing may be done any more, with the {@link TicketEnd} as its reason. */
  get ended(): AbortSignal {
    return this.#end.signal;
  }

  /** Whether it may do that now. Which footage: {@link grant}. */
  may(permission: TicketPermission, cameraId: string): boolean {
    return this.grant(cameraId)?.permissions.includes(permission) ?? false;
  }

  /** What it may do with a camera now. */
  grant(cameraId: string): TicketGrant | undefined {
    const lease = this.#leases.get(cameraId);
    return lease && this.#options.now() < lease.until ? lease.grant : undefined;
  }

  /** Of all cameras. */
  grants(): TicketGrant[] {
    return [...this.#leases.keys()].flatMap((id) => this.grant(id) ?? []);
  }

  /**
   * Newer tickets, for the same cameras or for others: of each camera the newest counts. Gives back those
   * that were good; `ERR_TICKET` where none was, or where all is over.
   */
  renew(tickets: readonly string[]): TicketGrant[] {
    const taken = this.#options.take(tickets);
    const { keyId, user, origin } = this;
    const ours = taken.filter(
      (one) =>
        one.keyId === keyId &&
        one.origin === origin &&
        one.user.name === user.name &&
        one.user.role === user.role,
    );
    if (ours.length === 0 || this.ended.aborted) throw ticketRefused();
    return this.lease(ours);
  }

  /** Ends it. Idempotent. */
  close(): void {
    this.end('closed');
  }

  /** @internal */
  lease(tickets: readonly Ticket[]): TicketGrant[] {
    const until = this.#options.now() + this.#options.leaseMs;
    const fitting = tickets.filter(
      ({ grant: { cameraId } }) => this.#leases.has(cameraId) || this.#leases.size < MAX_CAMERAS,
    );
    for (const { grant } of fitting) {
      this.#leases.set(grant.cameraId, { grant, until });
      this.emit('changed', grant.cameraId);
    }
    return fitting.map(({ grant }) => grant);
  }

  /** Takes back what was not renewed in time. @internal */
  expire(): void {
    const now = this.#options.now();
    for (const [cameraId, { until }] of this.#leases) {
      if (now < until) continue;
      this.#leases.delete(cameraId);
      this.emit('changed', cameraId);
    }
    if (this.#leases.size === 0) this.end('expired');
  }

  /** @internal */
  end(reason: TicketEnd): void {
    if (this.ended.aborted) return;
    this.#leases.clear();
    this.#options.closed(this);
    this.#end.abort(reason);
  }
}
