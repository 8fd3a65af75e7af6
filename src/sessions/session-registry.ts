// The sessions that last: in memory for every request, on disk for the next start.
import { FluxError } from '../errors.js';
import { asFluxError, deliver } from '../events.js';
import type { KeyManager } from '../keys/index.js';
import { ClientSession, type SessionEnd, type SessionRecord } from './client-session.js';
import type { ClientQuota } from './quota.js';
import type { SessionKey } from './session-key.js';
import { SessionStore, type StoredSession } from './session-store.js';
import type { SessionTokens } from './session-token.js';
import type { UserRecord } from './user-record.js';
import type { Users } from './users.js';
import type { UsersDatabase } from './users-database.js';

/** A token, to be kept secret by the client, and whom it stands for. */
export interface IssuedSession {
  token: string;
  session: ClientSession;
}

/** Whom a session is for. */
export interface SessionClient {
  address: string;
  userAgent?: string | undefined;
  key?: SessionKey | undefined;
}

interface Limits {
  lifetimeSeconds: number;
  maxSessions: number;
  maxSessionsPerUser: number;
}

interface RegistryOptions extends Limits {
  database: UsersDatabase;
  keys: KeyManager;
  users: Users;
  tokens: SessionTokens;
  ended(session: ClientSession, reason: SessionEnd, by?: string): void;
  failed(error: FluxError): void;
}

interface Entry {
  session: ClientSession;
  generation: number;
  timer: NodeJS.Timeout;
}

export class SessionRegistry {
  readonly #options: Omit<RegistryOptions, keyof Limits>;
  #limits: Limits;
  readonly #store: SessionStore;
  readonly #entries = new Map<string, Entry>();

  constructor(options: RegistryOptions) {
    const { lifetimeSeconds, maxSessions, maxSessionsPerUser } = options;
    this.#options = options;
    this.#limits = { lifetimeSeconds, maxSessions, maxSessionsPerUser };
    this.#store = new SessionStore(options.database);
  }

  /** Takes up what the last process left. */
  resume(): void {
    const { users } = this.#options;
    const isGood = ({ record }: StoredSession) =>
      record.expiresAt > Date.now() &&
      // Its key went with the process: the client has to agree on another one.
      !record.hasKey &&
      users.generationOf(record.userId) === record.generation;
    for (const { id, record, lastActivity } of this.#store.load(isGood)) {
      const user = users.get(record.userId);
      if (user) this.#add(id, user, record, lastActivity);
    }
  }

  all(): ClientSession[] {
    return [...this.#entries.values()].map(({ session }) => session);
  }

  get(id: string): ClientSession | undefined {
    return this.#entries.get(id)?.session;
  }

  /** `ERR_SESSION`. */
  verify(token: string): ClientSession {
    const { id } = this.#options.tokens.verify(token);
    const entry = this.#entries.get(id);
    if (!entry) throw noSession();
    const { session, generation } = entry;
    if (this.#options.users.generationOf(session.userId) !== generation) {
      // Another process changed the user.
      this.endAll([session], 'permissions_changed');
      throw noSession();
    }
    return session;
  }

  /** `ERR_SESSION` where it ended meanwhile. */
  requireLasting(session: ClientSession): void {
    if (this.#entries.get(session.id)?.session !== session) throw noSession();
  }

  /** A session under a new id. `ERR_LIMIT`. */
  start(user: UserRecord, client: SessionClient): IssuedSession {
    return this.#issue(user, client, this.#roomFor(user.id), 'replaced');
  }

  /** A session that takes the place of `before`, with its key and quota. */
  replace(before: ClientSession, reason: SessionEnd): IssuedSession {
    const user = this.#options.users.get(before.userId);
    if (!user) throw noSession();
    const issued = this.#issue(user, before, [before], reason);
    return issued;
  }

  /** Ends sessions in memory first, then on disk. */
  endAll(sessions: readonly ClientSession[], reason: SessionEnd, by?: string): void {
    const ended = sessions.filter(({ id }) => this.#entries.has(id));
    this.#forget(ended, reason);
    try {
      this.#store.remove(ended.map(({ id }) => id));
    } catch (error) {
      // They must not come back with the next start.
      for (const { id, expiresAt } of ended) this.#revoke(id, expiresAt);
      this.#options.failed(asFluxError(error, 'ERR_USERS', 'a session cannot be removed'));
    }
    deliver(ended, (session) => this.#options.ended(session, reason, by));
  }

  /** Of those that start from now on. */
  setLimits(limits: { [name in keyof Limits]: Limits[name] | undefined }): void {
    const given = Object.entries(limits).filter(([, value]) => value !== undefined);
    this.#limits = { ...this.#limits, ...Object.fromEntries(given) };
  }

  setQuotaOf(userId: string, quota: ClientQuota): ClientSession[] {
    const sessions = this.all().filter((session) => session.userId === userId);
    for (const session of sessions) session.setQuota(quota);
    return sessions;
  }

  close(): void {
    for (const { timer } of this.#entries.values()) clearTimeout(timer);
    const sessions = this.all();
    this.#entries.clear();
    try {
      this.#store.saveActivity(sessions);
    } catch (error) {
      this.#options.failed(asFluxError(error, 'ERR_USERS', 'the last activity is not kept'));
    }
  }

  /** Writes the new session and takes the old ones away in one transaction, then in memory. */
  #issue(
    user: UserRecord,
    client: SessionClient,
    old: readonly ClientSession[],
    reason: SessionEnd,
  ): IssuedSession {
    const { tokens, users, database } = this.#options;
    const { token, session: issued } = tokens.issue({
      userId: user.id,
      permissions: [user.permissions.role],
      lifetime: this.#limits.lifetimeSeconds,
    });
    const record: SessionRecord = {
      userId: user.id,
      generation: users.generationOf(user.id) as number,
      address: client.address,
      ...(client.userAgent !== undefined && { userAgent: client.userAgent }),
      connectedAt: issued.issuedAt,
      expiresAt: issued.expiresAt,
      hasKey: client.key !== undefined,
    };
    database.transaction(() => {
      this.#store.remove(old.map(({ id }) => id));
      this.#store.add(issued.id, record);
      users.loggedIn(user.id, issued.issuedAt);
    });
    this.#forget(old, reason);
    const session = this.#add(issued.id, user, record, issued.issuedAt, client.key);
    deliver(old, (each) => this.#options.ended(each, reason));
    return { token, session };
  }

  #add(
    id: string,
    user: UserRecord,
    record: SessionRecord,
    lastActivity: number,
    key?: SessionKey,
  ): ClientSession {
    const { username, permissions, quota, mustChangePassword } = user;
    const session = new ClientSession({
      ...{ id, record, username, permissions, quota, mustChangePassword, lastActivity },
      ...(key && { key }),
    });
    const left = Math.max(0, record.expiresAt - Date.now());
    const timer = setTimeout(() => this.endAll([session], 'expired'), left).unref();
    this.#entries.set(id, { session, generation: record.generation, timer });
    return session;
  }

  #forget(sessions: readonly ClientSession[], reason: SessionEnd): void {
    for (const session of sessions) {
      clearTimeout(this.#entries.get(session.id)?.timer);
      this.#entries.delete(session.id);
      session.end(reason);
    }
  }

  /** Which sessions of the user give way to a new one. `ERR_LIMIT` where that is not enough. */
  #roomFor(userId: string): ClientSession[] {
    const { maxSessions, maxSessionsPerUser } = this.#limits;
    const own = this.all()
      .filter((session) => session.userId === userId)
      .sort((a, b) => a.lastActivity - b.lastActivity);
    const old = own.slice(0, Math.max(0, own.length + 1 - maxSessionsPerUser));
    if (this.#entries.size - old.length < maxSessions) return old;
    throw new FluxError(
      'ERR_LIMIT',
      `There are ${this.#entries.size} sessions already, as many as may be. End one, or wait.`,
    );
  }

  #revoke(id: string, expiresAt: number): void {
    try {
      this.#options.keys.revokeSession(id, expiresAt);
    } catch (error) {
      this.#options.failed(asFluxError(error, 'ERR_USERS', 'a session cannot be revoked'));
    }
  }
}

function noSession(): FluxError {
  return new FluxError('ERR_SESSION', 'The session is not valid any more. Log in again.');
}
