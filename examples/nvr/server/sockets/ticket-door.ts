// Lets pages of other servers in, by tickets in place of a session: one user of one home per connection,
// who may what the tickets give for as long as they last.
import { createHash } from 'node:crypto';
import {
  type FederationAuth,
  FluxError,
  type TicketGrant,
  type TicketHolder,
} from '@fluxvision/core';
import type { Quota } from '../../protocol/index.js';
import type { SocketCaller, SocketSession } from './host.js';

export interface TicketDoorOptions {
  homes: FederationAuth;
  /** Of the page, as the upgrade had it. */
  origin: string | undefined;
  /** Whom it came from: the viewer, or the home that relays. */
  address: string;
  /** What one connection may take. */
  quota: () => Quota;
  /** Throws where the audit log takes no entry: then nothing is shown. */
  audit: (actor: string, subject: string, detail: Record<string, unknown>) => void;
}

/** Of one connection. */
export class TicketDoor {
  readonly #options: TicketDoorOptions;
  /** What is on the audit log already, by camera: that it goes on need not be. */
  readonly #noted = new Map<string, string>();

  constructor(options: TicketDoorOptions) {
    this.#options = options;
  }

  /**
   * The caller that the tickets stand for; `caller` itself, with more or newer rights, where it came by
   * tickets. `leftOut`: so many were not good. `ERR_TICKET`, `ERR_LIMIT`; `ERR_STATE` for a session.
   */
  redeem(
    tickets: readonly string[],
    caller: SocketCaller | undefined,
  ): { caller: SocketCaller; leftOut: number } {
    if (caller && !caller.tickets) {
      throw new FluxError('ERR_STATE', 'This connection is of a session. Tickets need their own.');
    }
    const { homes, origin } = this.#options;
    const holder = caller?.tickets ?? homes.redeem(tickets, { origin });
    try {
      const granted = caller ? holder.renew(tickets) : holder.grants();
      for (const grant of granted) this.#note(holder, grant);
      const leftOut = new Set(tickets).size - granted.length;
      return { caller: caller ?? callerOf(holder, this.#options), leftOut };
    } catch (error) {
      if (!caller || (error as FluxError).code !== 'ERR_TICKET') holder.close();
      throw error;
    }
  }

  #note(holder: TicketHolder, { cameraId, permissions, start, end }: TicketGrant): void {
    const what = JSON.stringify([permissions, start, end]);
    if (this.#noted.get(cameraId) === what) return;
    this.#options.audit(`key:${holder.keyId}`, cameraId, {
      ...{ user: holder.user.name, role: holder.user.role, home: holder.home.name, permissions },
      ...(start !== undefined && { from: start, to: end }),
    });
    this.#noted.set(cameraId, what);
  }
}

/** The same for all connections of one user of one home. */
export function sessionIdOf({ keyId, user }: Pick<TicketHolder, 'keyId' | 'user'>): string {
  return `${keyId}-${createHash('sha256').update(user.name).digest('hex').slice(0, 16)}`;
}

/** `kim (Head office)`. */
export function nameOf({ user, home }: Pick<TicketHolder, 'user' | 'home'>): string {
  return `${user.name} (${home.name})`;
}

/** What a connection that came by tickets watches. */
const watched = new WeakMap<
  TicketHolder,
  SocketSession & { address: string; since: number; touchedAt: number }
>();

export function watchedBy(holder: TicketHolder) {
  return watched.get(holder);
}

function callerOf(
  holder: TicketHolder,
  { quota, address }: Pick<TicketDoorOptions, 'quota' | 'address'>,
): SocketCaller {
  const now = Date.now();
  const session = {
    ...{ id: sessionIdOf(holder), ended: holder.ended, subscriptions: new Map() },
    ...{ address, since: now, touchedAt: now },
    get quota() {
      return quota();
    },
    touch() {
      session.touchedAt = Date.now();
    },
  };
  watched.set(holder, session);
  return {
    ...{ name: nameOf(holder), session, tickets: holder },
    may: (permission, cameraId) =>
      permission !== 'admin' && cameraId !== undefined && holder.may(permission, cameraId),
  };
}
