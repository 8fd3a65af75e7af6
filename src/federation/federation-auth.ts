// What a server does for other servers that have it as a node: the keys that they show, the homes that
// came with them, and the tickets with which pages of those homes are let in.
import { EventEmitter } from 'node:events';
import { callback, checkOptions, instanceOf, optional, text, uuid } from '../arguments/index.js';
import { ConfigStore } from '../config/index.js';
import { FluxError } from '../errors.js';
import type { Acting } from '../sessions/index.js';
import { type ApiKey, type ApiKeyScope, SessionManager } from '../sessions/index.js';
import {
  checkPairing,
  type HomePairing,
  type PairedHome,
  PairedHomes,
  type StoredHome,
} from './paired-homes.js';
import { plainText } from './plain-text.js';
import {
  allowedOf,
  checkTerms,
  type MadeTicket,
  newTicket,
  type Ticket,
  type TicketGrant,
  type TicketTerms,
  ticketRefused,
} from './ticket.js';
import { TicketHolder } from './ticket-holder.js';
import { TicketTable } from './ticket-table.js';

/** Options of {@link FederationAuth}. */
export interface FederationAuthOptions {
  /** Makes and verifies the keys; stays open. */
  sessions: SessionManager;
  /** Keeps the homes, in the settings `federation_homes` and `federation_key`; stays open. */
  store: ConfigStore;
  /** UUID of this server. */
  serverId: string;
  /** A clock that does not jump, milliseconds. Default `performance.now()`. */
  now?: () => number;
}

export interface FederationAuthEvents {
  /** A home came, said something new of itself, or went. */
  changed: [];
}

const KEY_SETTING = 'federation_key';
const SCOPES: readonly ApiKeyScope[] = ['metadata', 'media', 'ptz', 'export'];
const REDEEM_MS = 60_000;
const LEASE_MS = 120_000;
const EXPIRE_EVERY_MS = 1000;
const MAX_TICKETS_AT_ONCE = 256;
const MAX_HOLDERS = 1000;
const MAX_HOLDERS_OF_USER = 16;

/**
 * The node's side of a federation. A home shows an API key in `X-NVR-Auth`, and fetches tickets with it:
 * each lets one page of the home at one camera, once, and for as long as the home renews it.
 *
 * @example
 * ```ts
 * const auth = new FederationAuth({ sessions, store, serverId });
 * const { key } = auth.createKey({ by: 'admin' });
 * // The home, over HTTP:
 * const known = auth.verifyHeader(request.headers['x-nvr-auth'], 'media');
 * const { ticket } = auth.issueTicket(known, { cameraId: 'door', permissions: ['live'], user, origin });
 * // Its page, over a WebSocket:
 * const holder = auth.redeem([ticket], { origin: request.headers.origin });
 * holder.ended.addEventListener('abort', () => socket.close());
 * if (!holder.may('live', 'door')) throw notFound();
 * ```
 */
export class FederationAuth extends EventEmitter<FederationAuthEvents> {
  readonly #sessions: SessionManager;
  readonly #store: ConfigStore;
  readonly #serverId: string;
  readonly #now: () => number;
  readonly #homes: PairedHomes;
  readonly #tickets: TicketTable;
  readonly #holders = new Set<TicketHolder>();
  readonly #timer: NodeJS.Timeout;
  readonly #onRevoked = (id: string) => this.#keyEnded(id);
  #closed = false;

  constructor(options: FederationAuthOptions) {
    super();
    const checked = checkOptions('FederationAuth', options, {
      sessions: instanceOf(SessionManager),
      store: instanceOf(ConfigStore),
      serverId: uuid,
      now: optional(callback<void>()),
    });
    this.#sessions = checked.sessions;
    this.#store = checked.store;
    this.#serverId = checked.serverId;
    this.#now = options.now ?? (() => performance.now());
    this.#homes = new PairedHomes(checked.store);
    this.#tickets = new TicketTable(this.#now);
    // Keys that were revoked while nobody was here to hear of it.
    for (const { keyId } of this.#homes.list()) {
      if (!this.#sessions.apiKeys.get(keyId)) this.#homes.delete(keyId);
    }
    this.#sessions.on('apiKeyRevoked', this.#onRevoked);
    this.#timer = setInterval(() => this.expire(), EXPIRE_EVERY_MS);
    this.#timer.unref();
  }

  // ---- keys

  /**
   * The key that the header `X-NVR-Auth` shows. `ERR_API_KEY`, in the same words and in constant time, for
   * everything that is no good key; `ERR_FORBIDDEN` where it lacks the scope.
   */
  verifyHeader(value: unknown, scope: ApiKeyScope): ApiKey {
    const key = this.#sessions.apiKeys.verify(value as string);
    if (key.scopes.includes(scope)) return key;
    throw new FluxError('ERR_FORBIDDEN', `The API key has no scope '${scope}'. Make another one.`);
  }

  /**
   * A key for another server, shown this once: for all that a home asks for. The one before it ends where
   * no home came with it.
   */
  createKey(options: Acting & { label?: string } = {}): ApiKey & { key: string } {
    const { label, by } = checkOptions('FederationAuth.createKey', options, {
      label: optional(text(1, 100), 'Federation'),
      by: optional(text(1, 64)),
    });
    const acting = by === undefined ? {} : { by };
    const { apiKeys } = this.#sessions;
    const before = this.key();
    const made = apiKeys.create({ label, scopes: SCOPES }, acting);
    this.#store.setSetting(KEY_SETTING, made.id);
    if (before && !this.#homes.get(before.id)) apiKeys.revoke(before.id, acting);
    return made;
  }

  /** The one that was made last, without its secret; undefined where there is none. */
  key(): ApiKey | undefined {
    const id = this.#store.setting(KEY_SETTING);
    return typeof id === 'string' ? this.#sessions.apiKeys.get(id) : undefined;
  }

  /** Ends {@link key}, and with it the home that came with it. False where there is none. */
  revokeKey(acting: Acting = {}): boolean {
    const key = this.key();
    return key !== undefined && this.#sessions.apiKeys.revoke(key.id, acting);
  }

  // ---- homes

  /** Oldest first. */
  homes(): PairedHome[] {
    return this.#homes.list().map((home) => this.#shown(home));
  }

  /** Of a key; undefined where none came with it. */
  home(keyId: string): PairedHome | undefined {
    const home = this.#homes.get(keyId);
    return home && this.#shown(home);
  }

  /**
   * A home takes this server in, or says what is new of it. `ERR_NODE_SELF`; `ERR_NODE_KEY_IN_USE` where
   * another home has come with this key; `ERR_LIMIT` beyond 100; `ERR_INVALID_ARGUMENT`.
   */
  pair(key: ApiKey, pairing: HomePairing): PairedHome {
    const given = checkPairing('FederationAuth.pair', pairing);
    if (given.homeId === this.#serverId) {
      throw new FluxError('ERR_NODE_SELF', 'That is this very server: it is no node of its own.');
    }
    const before = this.#homes.get(key.id);
    if (before && before.homeId !== given.homeId) {
      throw new FluxError(
        'ERR_NODE_KEY_IN_USE',
        'Another server uses this key. Make a key for each server.',
      );
    }
    const home: StoredHome = {
      ...given,
      ...{ keyId: key.id, pairedAt: before?.pairedAt ?? Date.now() },
      ...(key.expiresAt !== undefined && { expiresAt: key.expiresAt }),
    };
    if (JSON.stringify({ ...before, ...given }) !== JSON.stringify(before)) {
      this.#homes.set(home);
      this.emit('changed');
    }
    return this.#shown(home);
  }

  /** Forgets a home, ends what its pages watch, and revokes its key. False where there is none. */
  unpair(keyId: string, acting: Acting = {}): boolean {
    const isKnown = this.#homes.get(keyId) !== undefined;
    // Whoever listens to that ends all the rest.
    this.#sessions.apiKeys.revoke(keyId, acting);
    this.#keyEnded(keyId);
    return isKnown;
  }

  /** Exactly one of a paired home's: `null`, and whatever only resembles one, is none. */
  isHomeOrigin(origin: string | undefined): boolean {
    return typeof origin === 'string' && this.#homes.hasOrigin(origin);
  }

  // ---- tickets

  /**
   * A ticket for a page of the key's home. `ERR_ORIGIN` where the home has no page of that origin;
   * `ERR_FORBIDDEN` where the key's scopes and the role leave nothing; `ERR_INVALID_ARGUMENT`. Whether
   * there is such a camera is up to the application.
   */
  issueTicket(key: ApiKey, terms: TicketTerms): MadeTicket {
    const given = checkTerms('FederationAuth.issueTicket', terms);
    const { cameraId, user, origin, start, end } = given;
    if (!this.#homes.get(key.id)?.origins.includes(origin)) {
      throw new FluxError(
        'ERR_ORIGIN',
        `No page of ${origin} was paired with this key: pair first.`,
      );
    }
    const permissions = allowedOf(given.permissions, key.scopes, user.role);
    if (permissions.length === 0) {
      throw new FluxError('ERR_FORBIDDEN', 'Neither key nor role allow any of this.');
    }
    const isArchive = permissions.includes('archive');
    const grant: TicketGrant = {
      ...{ cameraId, permissions },
      ...(isArchive && start !== undefined && end !== undefined && { start, end }),
    };
    const ticket = newTicket();
    const redeemBefore = this.#now() + REDEEM_MS;
    this.#tickets.add(ticket, { keyId: key.id, grant, user, origin, redeemBefore });
    return { ticket, permissions, redeemWithinMs: REDEEM_MS, leaseMs: LEASE_MS };
  }

  /**
   * Lets a connection in, with tickets of one user of one home; those that are not good are left out. Each
   * is good once, whatever comes of it. `origin` is that of the page. `ERR_TICKET`, in the same words,
   * where none is good; `ERR_LIMIT` where there are as many connections as may be.
   */
  redeem(tickets: readonly string[], { origin }: { origin: string | undefined }): TicketHolder {
    const taken = this.#take(tickets).filter((one) => one.origin === origin);
    const [ticket] = taken;
    const home = ticket && this.#homes.get(ticket.keyId);
    if (!ticket || !home || this.#closed || !this.isHomeOrigin(origin)) throw ticketRefused();
    const ofUser = this.holders().filter(
      ({ keyId, user }) => keyId === ticket.keyId && user.name === ticket.user.name,
    );
    if (this.#holders.size >= MAX_HOLDERS || ofUser.length >= MAX_HOLDERS_OF_USER) {
      throw new FluxError('ERR_LIMIT', 'There are as many connections as may be. Close one first.');
    }
    const holder = new TicketHolder({
      ...{ ticket, home: { id: home.homeId, name: home.name } },
      ...{ now: this.#now, leaseMs: LEASE_MS },
      take: (others) => this.#take(others),
      closed: (one) => this.#holders.delete(one),
    });
    holder.lease(
      taken.filter(
        ({ keyId, user: { name, role } }) =>
          keyId === ticket.keyId && name === ticket.user.name && role === ticket.user.role,
      ),
    );
    this.#holders.add(holder);
    return holder;
  }

  /** Of all connections that were let in by tickets, oldest first. */
  holders(): TicketHolder[] {
    return [...this.#holders];
  }

  /** A user of a home lost rights there, or was logged out: its tickets and connections end. */
  endTickets(keyId: string, user: string): void {
    const name = plainText(user, 64);
    this.#tickets.removeOf(keyId, name);
    this.#endHolders('revoked', (holder) => holder.keyId === keyId && holder.user.name === name);
  }

  /** Ends what is over. Every second by itself. */
  expire(): void {
    this.#tickets.expire();
    const now = Date.now();
    for (const holder of this.holders()) {
      const { expiresAt } = this.#homes.get(holder.keyId) ?? {};
      if (expiresAt !== undefined && now >= expiresAt) holder.end('revoked');
      else holder.expire();
    }
  }

  /** Ends all connections; tickets are forgotten. Idempotent. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#sessions.off('apiKeyRevoked', this.#onRevoked);
    this.#endHolders('closed', () => true);
  }

  #take(tickets: readonly string[]): Ticket[] {
    return tickets
      .slice(0, MAX_TICKETS_AT_ONCE)
      .flatMap((secret) => this.#tickets.take(String(secret)) ?? []);
  }

  /** What it let in ends first: where the disk takes nothing, that is so all the same. */
  #keyEnded(keyId: string): void {
    this.#tickets.removeOf(keyId);
    this.#endHolders('revoked', (holder) => holder.keyId === keyId);
    if (this.#store.setting(KEY_SETTING) === keyId) this.#store.removeSetting(KEY_SETTING);
    if (this.#homes.delete(keyId)) this.emit('changed');
  }

  #endHolders(reason: 'revoked' | 'closed', isMeant: (holder: TicketHolder) => boolean): void {
    for (const holder of this.holders().filter(isMeant)) holder.end(reason);
  }

  #shown({ expiresAt: _, ...home }: StoredHome): PairedHome {
    const { lastUsedAt = home.pairedAt } = this.#sessions.apiKeys.get(home.keyId) ?? {};
    return { ...home, lastSeenAt: Math.max(home.pairedAt, lastUsedAt) };
  }
}
