// The people who may log in: made, changed and removed here. What ends their sessions is told to the
// SessionManager in the same breath.
import { randomUUID } from 'node:crypto';
import { checkOptions, flag, optional, text } from '../arguments/index.js';
import { FluxError } from '../errors.js';
import type { KeyManager } from '../keys/index.js';
import {
  checkNewPassword,
  foldName,
  hashPassword,
  type PasswordRecord,
  parsePasswordRecord,
} from './password-record.js';
import { permissions, permissionsOf } from './permissions.js';
import { type ClientQuota, checkQuota } from './quota.js';
import {
  type Acting,
  changesOf,
  checkActing,
  endOf,
  isAdmin,
  type Known,
  type NewUser,
  type Profile,
  toRecord,
  type UserChange,
  type UserChangeEnd,
  type UserRecord,
  username,
} from './user-record.js';
import type { UsersDatabase } from './users-database.js';

/** What a change means for sessions. @internal */
export interface UserWatcher {
  ended(userId: string, reason: UserChangeEnd): void;
  quotaChanged(userId: string, quota: ClientQuota): void;
}

interface UserRow {
  id: string;
  profile: string;
  last_login_at: number | null;
}

interface UsersOptions {
  database: UsersDatabase;
  keys: KeyManager;
  quota: ClientQuota;
  iterations: number;
  watcher: UserWatcher;
}

/**
 * The users of a {@link SessionManager}, as its `users`. Each change is durable, and on the audit log,
 * when the call returns; where the log takes no entry nothing is changed.
 *
 * @example
 * ```ts
 * const { users } = sessions;
 * if (users.list().length === 0) await users.createFirst({ username, password });
 * await users.create({ username: 'kim', password, permissions: permissionsOf('OPERATOR') });
 * ```
 */
export class Users {
  readonly #database: UsersDatabase;
  readonly #keys: KeyManager;
  /** Of those that are made from now on. @internal */
  quota: ClientQuota;
  readonly #iterations: number;
  readonly #watcher: UserWatcher;
  #known = new Map<string, Known>();
  #version = -1;

  /** @internal */
  constructor(options: UsersOptions) {
    this.#database = options.database;
    this.#keys = options.keys;
    this.quota = options.quota;
    this.#iterations = options.iterations;
    this.#watcher = options.watcher;
    this.#load();
  }

  get(id: string): UserRecord | undefined {
    const known = this.#all().get(id);
    return known && toRecord(id, known);
  }

  byName(username: string): UserRecord | undefined {
    const folded = typeof username === 'string' ? foldName(username) : undefined;
    for (const [id, known] of this.#all()) {
      if (foldName(known.profile.username) === folded) return toRecord(id, known);
    }
    return undefined;
  }

  /** All of them, by name. */
  list(): UserRecord[] {
    return [...this.#all()]
      .map(([id, known]) => toRecord(id, known))
      .sort((a, b) => (foldName(a.username) < foldName(b.username) ? -1 : 1));
  }

  /**
   * `ERR_USER_EXISTS`; `ERR_POLICY` for a password that is none; `ERR_INVALID_ARGUMENT`; `ERR_BUSY`
   * where too much password work waits.
   */
  async create(user: NewUser, acting: Acting = {}): Promise<UserRecord> {
    return this.#create('Users.create', user, acting, () => {});
  }

  /** The first one, an ADMIN. `ERR_STATE` where there is a user already, also where two come at once. */
  async createFirst(
    user: { username: string; password: string },
    acting: Acting = {},
  ): Promise<UserRecord> {
    const first = { ...user, permissions: permissionsOf('ADMIN') };
    const requireEmpty = () => {
      if (this.#all().size === 0) return;
      throw new FluxError(
        'ERR_STATE',
        'There is a user already. Log in as an ADMIN to make others.',
      );
    };
    requireEmpty();
    return this.#create('Users.createFirst', first, acting, requireEmpty);
  }

  /**
   * New permissions, or `disabled`, end the user's sessions; a new quota takes effect in them.
   * `ERR_USER_NOT_FOUND`; `ERR_LAST_ADMIN`.
   */
  update(id: string, change: UserChange, acting: Acting = {}): UserRecord {
    const where = 'Users.update';
    const given = checkOptions(where, change, {
      permissions: optional(permissions),
      quota: optional((name, value) => checkQuota(name, value, this.#require(id).profile.quota)),
      disabled: optional(flag),
    });
    const actor = checkActing(where, acting);
    const { profile: before } = this.#require(id);
    const after: Profile = {
      ...before,
      ...(given.permissions && { permissions: given.permissions }),
      ...(given.quota && { quota: given.quota }),
      ...(given.disabled !== undefined && { disabled: given.disabled }),
    };
    const ends = endOf(before, after);
    if (ends) after.generation++;
    this.#record(actor, 'user.change', before.username, changesOf(before, after), () => {
      this.#database.transaction(() => {
        this.#requireOtherAdmin(id, after);
        this.#writeProfile(id, after);
      });
      this.#load();
    });
    if (ends) this.#watcher.ended(id, ends);
    else if (given.quota) this.#watcher.quotaChanged(id, after.quota);
    return toRecord(id, this.#require(id));
  }

  /**
   * Sets a password for someone, which ends the user's sessions. `ERR_USER_NOT_FOUND`, `ERR_POLICY`,
   * `ERR_BUSY`.
   */
  async setPassword(
    id: string,
    password: string,
    options: Acting & { mustChangePassword?: boolean } = {},
  ): Promise<void> {
    const where = 'Users.setPassword';
    const { by, mustChangePassword } = checkOptions(where, options, {
      by: optional(text(1, 64)),
      mustChangePassword: optional(flag, true),
    });
    const { username } = this.#require(id).profile;
    checkNewPassword(`${where}: password`, password, username);
    const record = await hashPassword(password, this.#iterations);
    this.#record(by, 'user.password', username, { mustChangePassword }, () =>
      this.replacePassword(id, record, mustChangePassword),
    );
    this.#watcher.ended(id, 'password_changed');
  }

  /** Ends the user's sessions. `ERR_USER_NOT_FOUND`; `ERR_LAST_ADMIN`. */
  remove(id: string, acting: Acting = {}): void {
    const actor = checkActing('Users.remove', acting);
    const { username } = this.#require(id).profile;
    this.#record(actor, 'user.remove', username, {}, () => {
      this.#database.transaction(() => {
        this.#requireOtherAdmin(id, undefined);
        this.#database.run('DELETE FROM users WHERE id = ?', id);
      });
      this.#load();
    });
    this.#watcher.ended(id, 'user_disabled');
  }

  /** @internal */
  generationOf(id: string): number | undefined {
    return this.#all().get(id)?.profile.generation;
  }

  /** @internal */
  passwordOf(id: string): PasswordRecord | undefined {
    const row = this.#database.row<{ password: string }>(
      'SELECT password FROM users WHERE id = ?',
      id,
    );
    return row && parsePasswordRecord(this.#openText(id, row.password));
  }

  /** The same password at a higher cost: ends no session. @internal */
  upgradePassword(id: string, before: PasswordRecord, record: PasswordRecord): void {
    this.#database.transaction(() => {
      if (this.passwordOf(id)?.verifier === before.verifier) this.#writePassword(id, record);
    });
  }

  /** @internal */
  replacePassword(id: string, record: PasswordRecord, mustChangePassword: boolean): void {
    this.#database.transaction(() => {
      const { profile } = this.#require(id);
      this.#writePassword(id, record);
      const generation = profile.generation + 1;
      this.#writeProfile(id, { ...profile, mustChangePassword, generation });
    });
    this.#load();
  }

  /** @internal */
  loggedIn(id: string, at: number): void {
    this.#database.run('UPDATE users SET last_login_at = ? WHERE id = ?', at, id);
    const known = this.#known.get(id);
    if (known) known.lastLoginAt = at;
  }

  async #create(
    where: string,
    user: NewUser,
    acting: Acting,
    requireAllowed: () => void,
  ): Promise<UserRecord> {
    const { password: givenPassword, ...given } = checkOptions(where, user, {
      username,
      // Its value must not stand in an error: checked below.
      password: (_name, value) => value,
      permissions,
      quota: optional((name, value) => checkQuota(name, value, this.quota), this.quota),
      mustChangePassword: optional(flag, false),
    });
    const actor = checkActing(where, acting);
    const password = checkNewPassword(`${where}: password`, givenPassword, given.username);
    this.#requireFree(given.username);
    const record = await hashPassword(password, this.#iterations);
    const id = randomUUID();
    const profile = { ...given, disabled: false, createdAt: Date.now(), generation: 1 };
    const { role } = given.permissions;
    this.#record(actor, 'user.create', given.username, { role }, () => {
      this.#database.transaction(() => {
        requireAllowed();
        this.#requireFree(given.username);
        this.#database.run(
          'INSERT INTO users (id, name_mac, profile, password) VALUES (?, ?, ?, ?)',
          id,
          this.#database.mac('username', foldName(given.username)),
          this.#database.seal(placeOf(id, 'profile'), profile),
          this.#database.seal(placeOf(id, 'password'), record),
        );
      });
      this.#load();
    });
    return toRecord(id, this.#require(id));
  }

  /** Makes sure of the audit log, does it, writes the entry. */
  #record(
    actor: string | undefined,
    action: string,
    subject: string,
    detail: Record<string, unknown>,
    work: () => void,
  ): void {
    this.#keys.recordOf(actor, action, work, () => ({ subject, detail }));
  }

  #requireFree(name: string): void {
    if (!this.byName(name)) return;
    throw new FluxError('ERR_USER_EXISTS', `There is a user '${name}' already.`);
  }

  #require(id: string): Known {
    const known = typeof id === 'string' ? this.#all().get(id) : undefined;
    if (!known) throw new FluxError('ERR_USER_NOT_FOUND', 'There is no such user.');
    return known;
  }

  /** Someone must remain who can mend things: `after` is what becomes of `id`. */
  #requireOtherAdmin(id: string, after: Profile | undefined): void {
    if (!isAdmin(this.#require(id).profile) || (after && isAdmin(after))) return;
    const others = [...this.#all()].filter(([other]) => other !== id);
    if (others.some(([, { profile }]) => isAdmin(profile))) return;
    throw new FluxError(
      'ERR_LAST_ADMIN',
      'This is the last ADMIN who can log in. Make another one first.',
    );
  }

  #writeProfile(id: string, profile: Profile): void {
    const sealed = this.#database.seal(placeOf(id, 'profile'), profile);
    this.#database.run('UPDATE users SET profile = ? WHERE id = ?', sealed, id);
  }

  #writePassword(id: string, record: PasswordRecord): void {
    const sealed = this.#database.seal(placeOf(id, 'password'), record);
    this.#database.run('UPDATE users SET password = ? WHERE id = ?', sealed, id);
  }

  #openText(id: string, stored: string): string {
    return JSON.stringify(this.#database.open(placeOf(id, 'password'), stored));
  }

  /** Up to date with what another process may have written. */
  #all(): Map<string, Known> {
    if (this.#database.foreignVersion !== this.#version) this.#load();
    return this.#known;
  }

  #load(): void {
    this.#version = this.#database.foreignVersion;
    const rows = this.#database.rows<UserRow>('SELECT id, profile, last_login_at FROM users');
    this.#known = new Map(
      rows.map(({ id, profile, last_login_at }) => [
        id,
        {
          profile: this.#database.open<Profile>(placeOf(id, 'profile'), profile),
          lastLoginAt: last_login_at ?? undefined,
        },
      ]),
    );
  }
}

function placeOf(id: string, column: 'profile' | 'password') {
  return { table: 'users', column, row: id };
}
