// One login of one user: what it may do, what it watches, and the signal that fires when it ends.
import { setMaxListeners } from 'node:events';
import type { Quality } from '../camera/index.js';
import { isPermitted, type Permission, type UserPermissions } from './permissions.js';
import type { ClientQuota } from './quota.js';
import type { SessionKey } from './session-key.js';

/**
 * Why a session ended. `user_disabled`: or removed. `refreshed`: a new one took its place at the
 * client's wish. `replaced`: by a newer one of a user who had as many as may be.
 */
export type SessionEnd =
  | 'expired'
  | 'kicked'
  | 'logout'
  | 'password_changed'
  | 'permissions_changed'
  | 'user_disabled'
  | 'refreshed'
  | 'replaced';

export const SESSION_ENDS = [
  'expired',
  'kicked',
  'logout',
  'password_changed',
  'permissions_changed',
  'user_disabled',
  'refreshed',
  'replaced',
] as const satisfies readonly SessionEnd[];

/** As a session lies in users.db, sealed. */
export interface SessionRecord {
  userId: string;
  /** The user's, at login: when it rises, the session is over. */
  generation: number;
  address: string;
  userAgent?: string;
  connectedAt: number;
  expiresAt: number;
  /** What passes is sealed with an agreed key, which lives in memory alone. */
  hasKey: boolean;
}

interface ClientSessionOptions {
  id: string;
  record: SessionRecord;
  username: string;
  permissions: UserPermissions;
  quota: ClientQuota;
  mustChangePassword: boolean;
  lastActivity: number;
  key?: SessionKey;
}

/** A login, as {@link SessionManager} gives it out; it is the same object for as long as it lasts. */
export class ClientSession {
  /** UUID. Not a secret: it opens nothing. */
  readonly id: string;
  readonly userId: string;
  readonly username: string;
  /** As they were at login; a change ends the session. */
  readonly permissions: UserPermissions;
  /** The user may do nothing but change the password: {@link may} says no to everything. */
  readonly mustChangePassword: boolean;
  /** Where the client connected from, as the application told it. */
  readonly address: string;
  readonly userAgent?: string;
  /** UTC milliseconds. */
  readonly connectedAt: number;
  /** UTC milliseconds. */
  readonly expiresAt: number;
  /** UTC milliseconds; see {@link touch}. */
  lastActivity: number;
  /** What it watches; kept by the application. */
  readonly subscriptions = new Map<string, Quality>();
  /** Agreed with the client where it gave its public key. */
  readonly key?: SessionKey;
  #quota: ClientQuota;
  readonly #end = new AbortController();

  /** @internal */
  constructor(options: ClientSessionOptions) {
    const { record } = options;
    this.id = options.id;
    this.userId = record.userId;
    this.username = options.username;
    this.permissions = options.permissions;
    this.mustChangePassword = options.mustChangePassword;
    this.address = record.address;
    if (record.userAgent !== undefined) this.userAgent = record.userAgent;
    this.connectedAt = record.connectedAt;
    this.expiresAt = record.expiresAt;
    this.lastActivity = options.lastActivity;
    this.#quota = options.quota;
    if (options.key) this.key = options.key;
    // As many sockets as the application allows listen to it, which is no leak.
    setMaxListeners(0, this.#end.signal);
  }

  get quota(): ClientQuota {
    return this.#quota;
  }

  /** Fires when the session ends, with the {@link SessionEnd} as its reason: close sockets on it. */
  get ended(): AbortSignal {
    return this.#end.signal;
  }

  /** Whether it may do that now, with `cameraId` where one is named. Nothing once it has ended. */
  may(permission: Permission, cameraId?: string): boolean {
    if (this.ended.aborted || this.mustChangePassword) return false;
    return isPermitted(this.permissions, permission, cameraId);
  }

  /** The client is there: of a user's sessions the one that was idle longest gives way to a new one. */
  touch(): void {
    this.lastActivity = Date.now();
  }

  /** @internal */
  setQuota(quota: ClientQuota): void {
    this.#quota = quota;
  }

  /** @internal */
  end(reason: SessionEnd): void {
    this.#end.abort(reason);
    this.subscriptions.clear();
  }
}
