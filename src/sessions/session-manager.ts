// Who is logged in: login, tokens, rights, activity and the end of sessions (vms-v2-plan 8.2, 8.7).
import { EventEmitter } from 'node:events';
import {
  checkOptions,
  instanceOf,
  integer,
  oneOf,
  optional,
  path,
  secretText,
  text,
} from '../arguments/index.js';
import { FluxError } from '../errors.js';
import { asFluxError, emitError } from '../events.js';
import { KeyManager } from '../keys/index.js';
import { ApiKeys } from './api-keys.js';
import { Authenticator, type Credentials, type Refusal } from './authenticator.js';
import { ClientSession, SESSION_ENDS, type SessionEnd } from './client-session.js';
import { checkThrottle, LoginThrottle, type LoginThrottleOptions } from './login-throttle.js';
import { checkNewPassword, hashPassword } from './password-record.js';
import { type ClientQuota, checkQuota, DEFAULT_QUOTA } from './quota.js';
import { SessionKey } from './session-key.js';
import { type IssuedSession, SessionRegistry } from './session-registry.js';
import { MAX_SESSION_SECONDS, SessionTokens } from './session-token.js';
import type { Acting, UserRecord } from './user-record.js';
import { Users } from './users.js';
import { UsersDatabase } from './users-database.js';

/** Options of {@link SessionManager.open}. */
export interface SessionManagerOptions {
  /** Storage directory; it must exist. The file is `<storage>/users.db`. */
  storage: string;
  /** Seals what is in the file, and the tokens; stays open. */
  keys: KeyManager;
  /** Which server it is: tokens of another one are refused. Default `fluxvision`. */
  audience?: string;
  /** How long a session lasts; at most 86400, which is the default. */
  lifetimeSeconds?: number;
  /** Sessions of all users at once; `ERR_LIMIT` beyond. From 1 to 10000, default 256. */
  maxSessions?: number;
  /** Sessions of one user at once; beyond, the one that was idle longest ends. Default 16. */
  maxSessionsPerUser?: number;
  /** Of new users; what is left out is as in {@link DEFAULT_QUOTA}. */
  quota?: Partial<ClientQuota>;
  /** How often a password may be tried. */
  login?: LoginThrottleOptions;
  /**
   * PBKDF2-HMAC-SHA-256 iterations of passwords: 600000 by default, at least 100000. A password that
   * is kept at a lower cost is brought up to it when its user logs in.
   */
  passwordIterations?: number;
}

/** What {@link SessionManager.setLimits} changes, as {@link SessionManagerOptions} has it. */
export type SessionLimits = Pick<
  SessionManagerOptions,
  'lifetimeSeconds' | 'maxSessions' | 'maxSessionsPerUser' | 'quota'
>;

/** What {@link SessionManager.login} takes. */
export interface LoginRequest {
  username: string;
  password: string;
  /** IP address of the client; behind a proxy of your own, what that says. */
  address: string;
  userAgent?: string;
  /** 65 bytes: 04, X, Y (SEC 1). A key is then agreed for sealing what passes. */
  clientPublicKey?: Uint8Array;
}

/** A login that was refused; for people, not for the client that tried. */
export interface RefusedLogin {
  username: string;
  address: string;
  reason: Refusal;
}

export interface SessionManagerEvents {
  login: [session: ClientSession];
  refused: [refusal: RefusedLogin];
  ended: [session: ClientSession, reason: SessionEnd];
  /** The quota of a session changed while it lasts. */
  quota: [session: ClientSession];
  /** An API key was revoked: close its connections. */
  apiKeyRevoked: [id: string];
  /** Something did not reach the audit log or the disk. */
  error: [error: FluxError];
}

/** Ends that nobody decided on are not on the audit log. */
const UNRECORDED: readonly SessionEnd[] = ['expired', 'refreshed'];
const MAX_USER_AGENT = 300;

/**
 * Users, their sessions and API keys, in an encrypted SQLite file: a restart finds all of it again. One
 * process at a time has the sessions of a storage.
 *
 * @example
 * ```ts
 * const sessions = await SessionManager.open({ storage: 'storage', keys });
 * const { token, session } = await sessions.login({ username, password, address });
 * if (!sessions.verify(token).may('live', 'door')) throw notFound();
 * session.ended.addEventListener('abort', () => socket.close());
 * sessions.terminate(session.id, 'kicked', { by: 'admin' });
 * ```
 */
export class SessionManager extends EventEmitter<SessionManagerEvents> {
  readonly users: Users;
  readonly apiKeys: ApiKeys;
  readonly #keys: KeyManager;
  readonly #iterations: number;
  readonly #database: UsersDatabase;
  readonly #authenticator: Authenticator;
  readonly #registry: SessionRegistry;

  private constructor(options: ReturnType<typeof checkManager>) {
    super();
    const { keys, passwordIterations: iterations } = options;
    this.#keys = keys;
    this.#iterations = iterations;
    const database = new UsersDatabase(options.storage, keys);
    this.#database = database;
    try {
      this.users = new Users({
        ...{ database, keys, iterations, quota: options.quota },
        watcher: {
          ended: (userId, reason) => this.#registry.endAll(this.#sessionsOf(userId), reason),
          quotaChanged: (userId, quota) => {
            for (const each of this.#registry.setQuotaOf(userId, quota)) this.emit('quota', each);
          },
        },
      });
      this.apiKeys = new ApiKeys(database, keys, (id) => this.emit('apiKeyRevoked', id));
      this.#authenticator = new Authenticator({
        ...{ users: this.users, iterations },
        throttle: new LoginThrottle(database, options.login),
        refused: (given, reason, user) => this.#refused(given, reason, user),
      });
      this.#registry = new SessionRegistry({
        ...{ database, keys, users: this.users },
        tokens: new SessionTokens({ keys, audience: options.audience }),
        lifetimeSeconds: options.lifetimeSeconds,
        maxSessions: options.maxSessions,
        maxSessionsPerUser: options.maxSessionsPerUser,
        ended: (session, reason, by) => this.#ended(session, reason, by),
        failed: (error) => emitError(this, error),
      });
      this.#registry.resume();
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /**
   * `ERR_STORAGE_NOT_FOUND`; `ERR_USERS` where the file cannot be used; `ERR_AUTH_TAG` where it was
   * altered or is of another key store.
   */
  static async open(options: SessionManagerOptions): Promise<SessionManager> {
    return new SessionManager(checkManager('SessionManager.open', options));
  }

  /**
   * `ERR_LOGIN_REFUSED`, in the same words and after the same work, for an unknown user, a wrong
   * password and a disabled user; `ERR_LOGIN_THROTTLED` with `retryAfterMs`; `ERR_BUSY` where too many
   * logins wait; `ERR_LIMIT` where there are as many sessions as may be; `ERR_PEER_KEY`.
   */
  async login(request: LoginRequest): Promise<IssuedSession & { serverPublicKey?: Buffer }> {
    const asked = checkOptions('SessionManager.login', request, {
      username: text(1, 256),
      password: secretText,
      address: text(1, 100),
      userAgent: optional(text(0, 10_000)),
      clientPublicKey: optional(bytes),
    });
    const user = await this.#authenticator.authenticate(asked);
    const key = asked.clientPublicKey && agreed(asked.clientPublicKey);
    const issued = this.#registry.start(user, {
      address: asked.address,
      userAgent: asked.userAgent?.slice(0, MAX_USER_AGENT),
      key,
    });
    const { address } = asked;
    this.#note(user.username, 'session.login', 'ok', issued.session.id, { address });
    this.emit('login', issued.session);
    return { ...issued, ...(key && { serverPublicKey: key.publicKey }) };
  }

  /** `ERR_SESSION`, in the same words, for everything that is not the token of a session that lasts. */
  verify(token: string): ClientSession {
    return this.#registry.verify(token);
  }

  /**
   * A new token under a new id for another lifetime, with the key that was agreed; the old session ends
   * (`refreshed`). `ERR_SESSION`.
   */
  refresh(token: string): IssuedSession {
    return this.#registry.replace(this.verify(token), 'refreshed');
  }

  /**
   * The user's own change of password: all sessions of the user end, and a new one begins. `ERR_PASSWORD`
   * where `current` is wrong, `ERR_LOGIN_THROTTLED` where it was too often; `ERR_POLICY` for `next`.
   */
  async changePassword(
    session: ClientSession,
    current: string,
    next: string,
  ): Promise<IssuedSession> {
    const where = 'SessionManager.changePassword';
    const { userId, username, address } = instanceOf<ClientSession>(ClientSession)(
      `${where}: session`,
      session,
    );
    secretText(`${where}: current`, current);
    checkNewPassword(`${where}: next`, next, username);
    this.#registry.requireLasting(session);
    const user = this.users.get(userId);
    if (!user || !(await this.#authenticator.isPasswordOf(user, current, address))) {
      throw new FluxError('ERR_PASSWORD', 'The current password is not right.');
    }
    if (current.normalize('NFC') === next.normalize('NFC')) {
      throw new FluxError('ERR_POLICY', 'The new password must differ from the current one.');
    }
    const record = await hashPassword(next, this.#iterations);
    this.#registry.requireLasting(session);
    this.#keys.recordOf(
      username,
      'user.password',
      () => this.users.replacePassword(userId, record, false),
      () => ({ subject: username }),
    );
    const issued = this.#registry.replace(session, 'password_changed');
    const others = this.#sessionsOf(userId).filter((each) => each !== issued.session);
    this.#registry.endAll(others, 'password_changed');
    return issued;
  }

  /** Ends a session for good, within the call. False where there is none of that id. */
  terminate(sessionId: string, reason: SessionEnd, acting: Acting = {}): boolean {
    const where = 'SessionManager.terminate';
    oneOf(...SESSION_ENDS)(`${where}: reason`, reason);
    const { by } = checkOptions(where, acting, { by: optional(text(1, 64)) });
    const session = this.#registry.get(sessionId);
    if (!session) return false;
    this.#registry.endAll([session], reason, by);
    return true;
  }

  /** Those that last, oldest first. */
  sessions(): ClientSession[] {
    return this.#registry.all();
  }

  /** By id; undefined where it has ended. */
  session(id: string): ClientSession | undefined {
    return this.#registry.get(id);
  }

  /** Those that watch a camera, by {@link ClientSession.subscriptions}. */
  subscribers(cameraId: string): ClientSession[] {
    return this.sessions().filter(({ subscriptions }) => subscriptions.has(cameraId));
  }

  /** For this session alone, while it lasts. False where there is none of that id. */
  setQuota(sessionId: string, change: Partial<ClientQuota>): boolean {
    const session = this.#registry.get(sessionId);
    if (!session) return false;
    session.setQuota(checkQuota('SessionManager.setQuota: quota', change, session.quota));
    this.emit('quota', session);
    return true;
  }

  /**
   * Of sessions and users that are made from now on; those that there are stay as they are. What it leaves
   * out stays, too.
   */
  setLimits(limits: SessionLimits): void {
    const { quota, ...sessions } = checkOptions('SessionManager.setLimits', limits, {
      ...{ lifetimeSeconds: optional(lifetime), maxSessions: optional(sessionCount) },
      maxSessionsPerUser: optional(userSessionCount),
      quota: optional((name, value) => checkQuota(name, value, this.users.quota)),
    });
    this.#registry.setLimits(sessions);
    if (quota) this.users.quota = quota;
  }

  /** Seals anew what older keys sealed, so that those can be destroyed. How many values that were. */
  reseal(): number {
    return this.#database.reseal();
  }

  /** Sessions stay valid for the next start. Idempotent. */
  async close(): Promise<void> {
    if (!this.#database.isOpen) return;
    this.#registry.close();
    this.#database.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #sessionsOf(userId: string): ClientSession[] {
    return this.sessions().filter((session) => session.userId === userId);
  }

  #refused({ username, address }: Credentials, reason: Refusal, user?: UserRecord): void {
    // Throttled and busy ones cost nothing and may be many. The name of an unknown user may be a
    // password in the wrong field: it is not written down.
    if (reason !== 'throttled' && reason !== 'busy') {
      const detail = { address, reason };
      this.#note('anonymous', 'session.login', 'denied', user?.username ?? '', detail);
    }
    this.emit('refused', { username, address, reason });
  }

  #ended(session: ClientSession, reason: SessionEnd, by = session.username): void {
    if (reason !== 'refreshed') session.key?.close();
    if (!UNRECORDED.includes(reason)) {
      this.#note(by, 'session.end', 'ok', session.id, { username: session.username, reason });
    }
    this.emit('ended', session, reason);
  }

  /** A log that takes no entry must not keep people from seeing what is wrong. */
  #note(
    actor: string,
    action: string,
    outcome: 'ok' | 'denied',
    subject: string,
    detail: Record<string, unknown>,
  ): void {
    try {
      this.#keys.note(actor, action, outcome, { subject, detail });
    } catch (error) {
      emitError(this, asFluxError(error, 'ERR_AUDIT', 'The audit log takes no entry'));
    }
  }
}

const lifetime = integer(1, MAX_SESSION_SECONDS, 'seconds');
const sessionCount = integer(1, 10_000);
const userSessionCount = integer(1, 1000);

function checkManager(where: string, options: SessionManagerOptions) {
  return checkOptions(where, options, {
    storage: path,
    keys: instanceOf(KeyManager),
    audience: optional(text(1, 100), 'fluxvision'),
    lifetimeSeconds: optional(lifetime, MAX_SESSION_SECONDS),
    maxSessions: optional(sessionCount, 256),
    maxSessionsPerUser: optional(userSessionCount, 16),
    quota: optional((name, value) => checkQuota(name, value), DEFAULT_QUOTA),
    login: (name, value) => checkThrottle(name, value ?? {}),
    passwordIterations: optional(integer(100_000, 10_000_000), 600_000),
  });
}

function agreed(peer: Uint8Array): SessionKey {
  const key = new SessionKey('server');
  key.agree(peer);
  return key;
}

function bytes(name: string, value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new FluxError('ERR_INVALID_ARGUMENT', `${name} must be a Uint8Array.`);
}
