// keys.db: wrapped keys and what they are for, and what pins them. Nothing in it is secret by itself.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { closeDatabase, isReplaced, openDatabase } from '../database.js';
import { FluxError } from '../errors.js';
import { asFluxError } from '../events.js';
import type { KeyPurpose } from './wrap-context.js';

/**
 * Where a key stands in its life. `pending`: made ahead, seals from `activatesAt` on. `active`: seals.
 * `retired`: opens what it sealed. `destroyed`: gone, and what it sealed with it.
 */
export type KeyState = 'pending' | 'active' | 'retired' | 'destroyed';

/** What is known about a key, without the key. */
export interface KeyInfo {
  /** UUID. */
  id: string;
  purpose: KeyPurpose;
  /** Camera id (video) or user id (user); empty for keys of the whole store. */
  subject: string;
  /** UTC day YYYYMMDD (video, session), UTC month YYYYMM (database), else a number that rises. */
  period: string;
  /** `LEA-256`, `ARIA-256` or `ECDSA-P-256`. */
  algorithm: string;
  state: KeyState;
  /** Id of the master key that wraps it. */
  parentId: string;
  /** Rises when the key is wrapped anew. */
  version: number;
  /** UTC milliseconds. */
  createdAt: number;
  /** UTC milliseconds. */
  activatesAt: number;
  /** UTC milliseconds. */
  destroyedAt?: number;
  /** Id of the store that it was exported from. */
  importedFrom?: string;
}

/** A row of keys.db. */
export interface KeyRow extends Omit<KeyInfo, 'destroyedAt' | 'importedFrom'> {
  destroyedAt: number | null;
  /** Canonical JSON of what else the key needs; part of what it is bound to. */
  parameters: string;
  /** Which encoding of the context it was wrapped with. */
  wrapVersion: 1 | 2;
  /** NULL once destroyed. */
  wrapped: Buffer | null;
}

/** Footage that must stay readable, whatever retention says. */
export interface EvidenceLock {
  id: string;
  cameraId: string;
  /** UTC milliseconds, half open. */
  from: number;
  to: number;
  reason: string;
  createdAt: number;
  createdBy: string;
}

const MIGRATIONS = [
  `CREATE TABLE keys (
     id TEXT PRIMARY KEY,
     purpose TEXT NOT NULL,
     camera_id TEXT NOT NULL,
     day TEXT NOT NULL,
     algorithm TEXT NOT NULL,
     state TEXT NOT NULL,
     parent_id TEXT NOT NULL,
     version INTEGER NOT NULL,
     created_at INTEGER NOT NULL,
     wrapped BLOB,
     UNIQUE (purpose, camera_id, day)
   ) STRICT;`,
  `CREATE TABLE keys_2 (
     id TEXT PRIMARY KEY,
     purpose TEXT NOT NULL,
     subject TEXT NOT NULL,
     period TEXT NOT NULL,
     algorithm TEXT NOT NULL,
     state TEXT NOT NULL CHECK (state IN ('pending', 'active', 'retired', 'destroyed')),
     parent_id TEXT NOT NULL,
     version INTEGER NOT NULL,
     created_at INTEGER NOT NULL,
     activates_at INTEGER NOT NULL,
     destroyed_at INTEGER,
     parameters TEXT NOT NULL,
     wrap_version INTEGER NOT NULL,
     wrapped BLOB,
     CHECK ((state = 'destroyed') = (wrapped IS NULL))
   ) STRICT;
   INSERT INTO keys_2
     SELECT id, purpose, camera_id, day, algorithm, state, parent_id, version, created_at,
       unixepoch(substr(day, 1, 4) || '-' || substr(day, 5, 2) || '-' || substr(day, 7, 2)) * 1000,
       CASE state WHEN 'destroyed' THEN created_at END, '', 1, wrapped
     FROM keys;
   DROP TABLE keys;
   ALTER TABLE keys_2 RENAME TO keys;
   CREATE UNIQUE INDEX one_live_key ON keys(purpose, subject, period)
     WHERE state IN ('pending', 'active');
   CREATE INDEX keys_by_period ON keys(purpose, subject, period);
   CREATE TABLE evidence_locks (
     id TEXT PRIMARY KEY,
     camera_id TEXT NOT NULL,
     from_time INTEGER NOT NULL,
     to_time INTEGER NOT NULL,
     reason TEXT NOT NULL,
     created_at INTEGER NOT NULL,
     created_by TEXT NOT NULL,
     CHECK (from_time < to_time)
   ) STRICT;
   CREATE TABLE revoked_sessions (
     id TEXT PRIMARY KEY,
     expires_at INTEGER NOT NULL
   ) STRICT;`,
];

const INFO = `id, purpose, subject, period, algorithm, state, parent_id AS parentId, version,
  created_at AS createdAt, activates_at AS activatesAt, destroyed_at AS destroyedAt`;
const ROW = `${INFO}, parameters, wrap_version AS wrapVersion, wrapped`;
const LOCK = `id, camera_id AS cameraId, from_time AS "from", to_time AS "to", reason,
  created_at AS createdAt, created_by AS createdBy`;

export function keyStorePath(directory: string): string {
  return join(directory, 'keys.db');
}

type InfoRow = Omit<KeyInfo, 'destroyedAt' | 'importedFrom'> & {
  destroyedAt: number | null;
  importedFrom: string | null;
};

export class KeyStore {
  readonly #directory: string;
  readonly #database: BetterSqlite3.Database;
  readonly #byId: BetterSqlite3.Statement<[string], KeyRow>;
  readonly #current: BetterSqlite3.Statement<[string, string, string], KeyRow>;
  readonly #ownChanges: BetterSqlite3.Statement<[], number>;
  readonly #othersChanges: BetterSqlite3.Statement<[], number>;
  /** Tells connections apart, whose counts all begin at zero. */
  readonly #connection = randomUUID();

  constructor(directory: string, options: { readOnly?: boolean } = {}) {
    this.#directory = directory;
    this.#database = openDatabase({
      path: keyStorePath(directory),
      errorCode: 'ERR_KEY_STORE',
      migrations: MIGRATIONS,
      readOnly: options.readOnly ?? false,
      secureDelete: true,
    });
    this.#byId = this.#database.prepare(`SELECT ${ROW} FROM keys WHERE id = ?`);
    // A clock that was set back meets the retired key of its day again: better than a second one.
    // An imported key, whose parameters say so, belongs to another machine and never seals.
    this.#current = this.#database.prepare(
      `SELECT ${ROW} FROM keys WHERE purpose = ? AND subject = ? AND period = ?
         AND state <> 'destroyed' AND parameters = ''
       ORDER BY state = 'retired', created_at DESC LIMIT 1`,
    );
    this.#ownChanges = this.#database.prepare<[], number>('SELECT total_changes()').pluck();
    this.#othersChanges = this.#database.prepare<[], number>('PRAGMA data_version').pluck();
  }

  /** True where the disk was away, and keys.db is another file now. */
  get isReplaced(): boolean {
    return isReplaced(this.#database);
  }

  /** Another string once anything in the store may have changed. */
  get revision(): string {
    return `${this.#connection} ${this.#ownChanges.get()} ${this.#othersChanges.get()}`;
  }

  /** Runs `work` under the write lock: processes that change the store take turns. */
  exclusive<T>(work: () => T): T {
    return this.#database.transaction(work).immediate();
  }

  /** Runs `work`; what the database throws in it becomes ERR_KEY_STORE. */
  guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw asFluxError(error, 'ERR_KEY_STORE', keyStorePath(this.#directory));
    }
  }

  get(id: string): KeyRow | undefined {
    return this.#byId.get(id);
  }

  /** As get(); ERR_KEY_NOT_FOUND where there is none. */
  require(id: string): KeyRow {
    const row = this.get(id);
    if (row) return row;
    throw new FluxError(
      'ERR_KEY_NOT_FOUND',
      `There is no key ${id} in ${this.#directory}. The recording may belong to another storage, or keys.db to an older backup.`,
    );
  }

  /** The key that seals in a period, or of a period that is over the one that did last. */
  current(purpose: KeyPurpose, subject: string, period: string): KeyRow | undefined {
    return this.#current.get(purpose, subject, period);
  }

  /** The active key of a purpose whose periods are numbers. */
  newest(purpose: KeyPurpose, subject: string): KeyRow | undefined {
    return this.#database
      .prepare<[string, string], KeyRow>(
        `SELECT ${ROW} FROM keys WHERE purpose = ? AND subject = ? AND state = 'active'
         ORDER BY CAST(period AS INTEGER) DESC LIMIT 1`,
      )
      .get(purpose, subject);
  }

  /** The retired rows of a purpose whose periods are numbers, newest first. */
  retired(purpose: KeyPurpose): KeyRow[] {
    return this.#database
      .prepare<[string], KeyRow>(
        `SELECT ${ROW} FROM keys WHERE purpose = ? AND state = 'retired'
         ORDER BY CAST(period AS INTEGER) DESC`,
      )
      .all(purpose);
  }

  insert(row: KeyRow): void {
    this.#database
      .prepare(
        `INSERT INTO keys (id, purpose, subject, period, algorithm, state, parent_id, version,
           created_at, activates_at, destroyed_at, parameters, wrap_version, wrapped)
         VALUES (@id, @purpose, @subject, @period, @algorithm, @state, @parentId, @version,
           @createdAt, @activatesAt, @destroyedAt, @parameters, @wrapVersion, @wrapped)`,
      )
      .run(row);
  }

  setState(id: string, state: 'active' | 'retired'): void {
    this.#database.prepare('UPDATE keys SET state = ? WHERE id = ?').run(state, id);
  }

  /** Brings states up to date: what was made ahead begins, what its period left behind retires. */
  advance(now: number, day: string, month: string): void {
    const begun = `UPDATE keys SET state = 'active' WHERE state = 'pending' AND activates_at <= ?`;
    const over = `UPDATE keys SET state = 'retired' WHERE state = 'active' AND period < ? AND purpose`;
    this.#database.prepare(begun).run(now);
    this.#database.prepare(`${over} IN ('video', 'session')`).run(day);
    this.#database.prepare(`${over} = 'database'`).run(month);
  }

  /** Whether advance() has something to do; a look costs no write. */
  isBehind(now: number, day: string, month: string): boolean {
    return (
      this.#database
        .prepare(
          `SELECT 1 FROM keys WHERE (state = 'pending' AND activates_at <= @now)
             OR (state = 'active' AND purpose IN ('video', 'session') AND period < @day)
             OR (state = 'active' AND purpose = 'database' AND period < @month) LIMIT 1`,
        )
        .get({ now, day, month }) !== undefined
    );
  }

  /** All rows that hold a key which is wrapped under another master key than `parentId`. */
  notUnder(parentId: string): KeyRow[] {
    return this.#database
      .prepare<[string], KeyRow>(
        `SELECT ${ROW} FROM keys WHERE parent_id <> ? AND wrapped IS NOT NULL`,
      )
      .all(parentId);
  }

  rewrap(row: KeyRow): void {
    this.#database
      .prepare(
        `UPDATE keys SET parent_id = @parentId, version = @version, parameters = @parameters,
           wrap_version = @wrapVersion, wrapped = @wrapped WHERE id = @id`,
      )
      .run(row);
  }

  destroy(ids: readonly string[], at: number): void {
    const statement = this.#database.prepare(
      `UPDATE keys SET state = 'destroyed', destroyed_at = ?, wrapped = NULL WHERE id = ?`,
    );
    for (const id of ids) statement.run(at, id);
  }

  /** Leaves nothing of what was deleted in the write-ahead log. */
  checkpoint(): void {
    this.#database.pragma('wal_checkpoint(TRUNCATE)');
  }

  /** All keys, oldest period first. */
  list(): KeyInfo[] {
    return this.#database
      .prepare<[], InfoRow>(
        `SELECT ${INFO}, nullif(parameters, '') ->> '$.importedFrom' AS importedFrom
         FROM keys ORDER BY purpose, period, subject, created_at`,
      )
      .all()
      .map(({ destroyedAt, importedFrom, ...info }) => ({
        ...info,
        ...(destroyedAt !== null && { destroyedAt }),
        ...(importedFrom !== null && { importedFrom }),
      }));
  }

  addLock(lock: EvidenceLock): void {
    this.#database
      .prepare(
        `INSERT INTO evidence_locks (id, camera_id, from_time, to_time, reason, created_at, created_by)
         VALUES (@id, @cameraId, @from, @to, @reason, @createdAt, @createdBy)`,
      )
      .run(lock);
  }

  removeLock(id: string): EvidenceLock | undefined {
    const lock = this.locks().find((candidate) => candidate.id === id);
    this.#database.prepare('DELETE FROM evidence_locks WHERE id = ?').run(id);
    return lock;
  }

  locks(): EvidenceLock[] {
    return this.#database
      .prepare<[], EvidenceLock>(`SELECT ${LOCK} FROM evidence_locks ORDER BY created_at`)
      .all();
  }

  /** Locks that overlap [from, to) of a camera. */
  locksOver(cameraId: string, from: number, to: number): EvidenceLock[] {
    return this.#database
      .prepare<[string, number, number], EvidenceLock>(
        `SELECT ${LOCK} FROM evidence_locks WHERE camera_id = ? AND to_time > ? AND from_time < ?`,
      )
      .all(cameraId, from, to);
  }

  revokeSession(id: string, expiresAt: number, now: number): void {
    this.#database.prepare('DELETE FROM revoked_sessions WHERE expires_at <= ?').run(now);
    this.#database
      .prepare('INSERT OR IGNORE INTO revoked_sessions (id, expires_at) VALUES (?, ?)')
      .run(id, expiresAt);
  }

  isRevoked(id: string): boolean {
    return (
      this.#database.prepare('SELECT 1 FROM revoked_sessions WHERE id = ?').get(id) !== undefined
    );
  }

  close(): void {
    closeDatabase(this.#database);
  }
}
