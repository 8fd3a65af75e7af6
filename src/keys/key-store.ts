// keys.db: wrapped data keys and what they are for. Nothing in it is secret by itself.
import { join } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { openDatabase } from '../database.js';

/** Where a key stands in its life. */
export type KeyState = 'active' | 'destroyed';

/** What is known about a key, without the key. */
export interface KeyInfo {
  /** UUID. */
  id: string;
  purpose: 'video';
  cameraId: string;
  /** UTC day, YYYYMMDD. */
  day: string;
  algorithm: string;
  state: KeyState;
  /** Id of the master key that wraps it. */
  parentId: string;
  /** Rises when the key is wrapped anew. */
  version: number;
  /** UTC milliseconds. */
  createdAt: number;
}

/** A row of keys.db. */
export interface KeyRow extends KeyInfo {
  /** NULL once destroyed. */
  wrapped: Buffer | null;
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
];

const INFO = `id, purpose, camera_id AS cameraId, day, algorithm, state, parent_id AS parentId,
  version, created_at AS createdAt`;

export function keyStorePath(directory: string): string {
  return join(directory, 'keys.db');
}

export class KeyStore {
  readonly #database: BetterSqlite3.Database;
  readonly #byId: BetterSqlite3.Statement<[string], KeyRow>;
  readonly #byDay: BetterSqlite3.Statement<[string, string, string], KeyRow>;

  constructor(directory: string, options: { readOnly?: boolean } = {}) {
    this.#database = openDatabase({
      path: keyStorePath(directory),
      errorCode: 'ERR_KEY_STORE',
      migrations: MIGRATIONS,
      readOnly: options.readOnly ?? false,
      secureDelete: true,
    });
    this.#byId = this.#database.prepare(`SELECT ${INFO}, wrapped FROM keys WHERE id = ?`);
    this.#byDay = this.#database.prepare(
      `SELECT ${INFO}, wrapped FROM keys WHERE purpose = ? AND camera_id = ? AND day = ?`,
    );
  }

  get(id: string): KeyRow | undefined {
    return this.#byId.get(id);
  }

  /** The key of a camera's day; `make` is asked for one, under the write lock, where there is none. */
  getOrInsert(cameraId: string, day: string, make: () => KeyRow): KeyRow {
    const found = this.#byDay.get('video', cameraId, day);
    if (found) return found;
    return this.#database
      .transaction(() => {
        const meanwhile = this.#byDay.get('video', cameraId, day);
        if (meanwhile) return meanwhile;
        const row = make();
        this.#database
          .prepare(
            `INSERT INTO keys (id, purpose, camera_id, day, algorithm, state, parent_id, version,
               created_at, wrapped)
             VALUES (@id, @purpose, @cameraId, @day, @algorithm, @state, @parentId, @version,
               @createdAt, @wrapped)`,
          )
          .run(row);
        return row;
      })
      .immediate();
  }

  /** All keys, oldest day first. */
  list(): KeyInfo[] {
    return this.#database
      .prepare<[], KeyInfo>(`SELECT ${INFO} FROM keys ORDER BY day, camera_id, purpose`)
      .all();
  }

  close(): void {
    this.#database.close();
  }
}
