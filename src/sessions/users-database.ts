// users.db: users, sessions, API keys and throttle counters of a server. Ids and times are readable;
// everything else is sealed, and what has to be found by name or address stands there as its MAC.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { closeDatabase, openDatabase } from '../database.js';
import { FluxError } from '../errors.js';
import { asFluxError } from '../events.js';
import {
  type FieldPlace,
  formatSealedText,
  type KeyManager,
  parseSealedText,
} from '../keys/index.js';
import { type NativeKey, native } from '../native/index.js';

const MIGRATIONS = [
  `CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
   CREATE TABLE users (
     id TEXT PRIMARY KEY,
     name_mac TEXT NOT NULL UNIQUE,
     profile TEXT NOT NULL,
     password TEXT NOT NULL,
     last_login_at INTEGER
   ) STRICT;
   CREATE TABLE sessions (
     id TEXT PRIMARY KEY,
     user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
     expires_at INTEGER NOT NULL,
     last_activity INTEGER NOT NULL,
     record TEXT NOT NULL
   ) STRICT;
   CREATE TABLE api_keys (
     id TEXT PRIMARY KEY,
     record TEXT NOT NULL,
     last_used_at INTEGER
   ) STRICT;
   CREATE TABLE attempts (
     mac TEXT PRIMARY KEY,
     failures REAL NOT NULL,
     at INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE known_addresses (mac TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT;`,
];

/** The sealed columns. */
const SEALED = [
  { table: 'users', column: 'profile' },
  { table: 'users', column: 'password' },
  { table: 'sessions', column: 'record' },
  { table: 'api_keys', column: 'record' },
] as const;

const INDEX_KEY = 'index-key';
/** For how long the event loop may stand still where somebody else holds the file. */
const BUSY_MS = 500;

export class UsersDatabase {
  /** Absolute path of users.db. */
  readonly path: string;
  readonly #keys: KeyManager;
  readonly #database: BetterSqlite3.Database;
  readonly #statements = new Map<string, BetterSqlite3.Statement>();
  readonly #indexKey: NativeKey;

  /** `ERR_STORAGE_NOT_FOUND`; `ERR_USERS` where the file cannot be used. */
  constructor(storage: string, keys: KeyManager) {
    const directory = resolve(storage);
    if (!existsSync(directory)) {
      throw new FluxError('ERR_STORAGE_NOT_FOUND', `There is no directory ${directory}.`);
    }
    this.path = join(directory, 'users.db');
    this.#keys = keys;
    this.#database = openDatabase({
      path: this.path,
      errorCode: 'ERR_USERS',
      busyTimeoutMs: 1000,
      migrations: MIGRATIONS,
      secureDelete: true,
    });
    try {
      this.#database.pragma(`busy_timeout = ${BUSY_MS}`);
      this.#indexKey = this.transaction(() => this.#openIndexKey());
    } catch (error) {
      closeDatabase(this.#database);
      throw error;
    }
  }

  /** Another number once another process wrote. */
  get foreignVersion(): number {
    return this.guarded(() => this.#database.pragma('data_version', { simple: true }) as number);
  }

  row<Row>(sql: string, ...values: unknown[]): Row | undefined {
    return this.guarded(() => this.#statement(sql).get(...values) as Row | undefined);
  }

  rows<Row>(sql: string, ...values: unknown[]): Row[] {
    return this.guarded(() => this.#statement(sql).all(...values) as Row[]);
  }

  /** How many rows it changed. */
  run(sql: string, ...values: unknown[]): number {
    return this.guarded(() => this.#statement(sql).run(...values).changes);
  }

  /** All of `work` or nothing. Inside another one it is part of that. */
  transaction<T>(work: () => T): T {
    if (this.#database.inTransaction) return work();
    return this.guarded(() => this.#database.transaction(work).immediate());
  }

  seal(place: FieldPlace, value: unknown): string {
    return this.#keys.fields.seal(place, JSON.stringify(value));
  }

  /** `ERR_AUTH_TAG` where it was altered or moved. */
  open<T>(place: FieldPlace, stored: string): T {
    return JSON.parse(this.#keys.fields.open(place, stored)) as T;
  }

  /** Stands for a text that is to be found again and not read; Base64. */
  mac(...parts: readonly string[]): string {
    return native.hmacSha256(this.#indexKey, Buffer.from(JSON.stringify(parts))).toString('base64');
  }

  /** Seals anew what older keys sealed. Returns how many values that were. */
  reseal(): number {
    return this.transaction(() => {
      let count = this.#resealIndexKey();
      for (const { table, column } of SEALED) {
        for (const { id, value } of this.rows<{ id: string; value: string }>(
          `SELECT id, ${column} AS value FROM ${table}`,
        )) {
          if (!this.#keys.fields.isStale(value)) continue;
          const place = { table, column, row: id };
          const sealed = this.#keys.fields.seal(place, this.#keys.fields.open(place, value));
          this.run(`UPDATE ${table} SET ${column} = ? WHERE id = ?`, sealed, id);
          count++;
        }
      }
      return count;
    });
  }

  get isOpen(): boolean {
    return this.#database.open;
  }

  /** Idempotent. */
  close(): void {
    closeDatabase(this.#database);
  }

  guarded<T>(work: () => T): T {
    if (!this.#database.open) throw new FluxError('ERR_CLOSED', 'The SessionManager is closed.');
    try {
      return work();
    } catch (error) {
      throw asFluxError(error, 'ERR_USERS', this.path);
    }
  }

  #statement(sql: string): BetterSqlite3.Statement {
    const known = this.#statements.get(sql);
    if (known) return known;
    const made = this.#database.prepare(sql);
    this.#statements.set(sql, made);
    return made;
  }

  #openIndexKey(): NativeKey {
    const stored = this.#storedIndexKey();
    if (stored === undefined) {
      const key = native.generateKey();
      this.#storeIndexKey(key);
      return key;
    }
    return this.#unwrapIndexKey(stored);
  }

  #unwrapIndexKey(stored: string): NativeKey {
    const { keyId, sealed } = parseSealedText(stored) ?? {};
    if (!keyId || !sealed) {
      throw new FluxError('ERR_AUTH_TAG', `${this.path} was altered. Restore it from a backup.`);
    }
    return native.unwrapKey(this.#keys.key(keyId), sealed, contextOf(keyId));
  }

  #storeIndexKey(key: NativeKey): void {
    const wrapping = this.#keys.databaseKey();
    const wrapped = native.wrapKey(wrapping.key, key, contextOf(wrapping.id));
    this.run(
      'INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)',
      INDEX_KEY,
      formatSealedText(wrapping.id, wrapped),
    );
  }

  #storedIndexKey(): string | undefined {
    return this.row<{ value: string }>('SELECT value FROM meta WHERE name = ?', INDEX_KEY)?.value;
  }

  #resealIndexKey(): number {
    const stored = this.#storedIndexKey();
    if (stored === undefined || !this.#keys.fields.isStale(stored)) return 0;
    this.#storeIndexKey(this.#indexKey);
    return 1;
  }
}

function contextOf(keyId: string): Buffer {
  return Buffer.from(JSON.stringify(['fluxvision/users/v1', INDEX_KEY, keyId]));
}
