// The open index.db, shared by the parts of a RecordingIndex.
import type BetterSqlite3 from 'better-sqlite3';
import { closeDatabase, isReplaced, openDatabase } from '../database.js';
import { FluxError } from '../errors.js';
import { asFluxError } from '../events.js';
import { INDEX_MIGRATIONS } from './schema.js';

export class IndexConnection {
  readonly #path: string;
  readonly #readOnly: boolean;
  #database: BetterSqlite3.Database;
  /** Statements by their text: preparing costs more than running. */
  readonly #prepared = new Map<string, BetterSqlite3.Statement<unknown[], unknown>>();

  /** `ERR_INDEX`, `ERR_SCHEMA_VERSION`. */
  constructor(path: string, readOnly: boolean) {
    this.#path = path;
    this.#readOnly = readOnly;
    this.#database = this.#connect();
  }

  all<Row>(sql: string, parameters: object = {}): Row[] {
    return this.#guarded(() => this.#statement(sql).all(parameters) as Row[]);
  }

  get<Row>(sql: string, parameters: object = {}): Row | undefined {
    return this.#guarded(() => this.#statement(sql).get(parameters) as Row | undefined);
  }

  /** Number of rows that changed. */
  run(sql: string, parameters: object = {}): number {
    return this.#guarded(() => this.#statement(sql).run(parameters).changes);
  }

  /** All or nothing; nests. */
  transaction<T>(work: () => T): T {
    return this.#guarded(() => this.#database.transaction(work).immediate());
  }

  /** True where the disk was away, and its index is another file now. */
  get isReplaced(): boolean {
    return isReplaced(this.#database);
  }

  /** After the disk was away: open files of a device that is gone stay dead. */
  reopen(): void {
    this.close();
    this.#database = this.#connect();
  }

  close(): void {
    this.#prepared.clear();
    closeDatabase(this.#database);
  }

  #connect(): BetterSqlite3.Database {
    return openDatabase({
      path: this.#path,
      errorCode: 'ERR_INDEX',
      busyTimeoutMs: 1000,
      migrations: INDEX_MIGRATIONS,
      readOnly: this.#readOnly,
    });
  }

  #statement(sql: string): BetterSqlite3.Statement<unknown[], unknown> {
    let statement = this.#prepared.get(sql);
    if (!statement) {
      statement = this.#database.prepare<unknown[], unknown>(sql);
      this.#prepared.set(sql, statement);
    }
    return statement;
  }

  #guarded<T>(run: () => T): T {
    if (!this.#database.open) throw new FluxError('ERR_CLOSED', 'The RecordingIndex is closed.');
    try {
      return run();
    } catch (error) {
      const conflict = (error as { code?: string }).code === 'SQLITE_CONSTRAINT_UNIQUE';
      throw asFluxError(error, conflict ? 'ERR_INDEX_CONFLICT' : 'ERR_INDEX', 'index.db');
    }
  }
}

/** Another process holds it: whatever is tried next waits for it as long again, and fails. */
export function isIndexBusy(error: unknown): boolean {
  const cause = error instanceof FluxError ? error.cause : error;
  return (cause as { code?: string } | undefined)?.code?.startsWith('SQLITE_BUSY') ?? false;
}

/** True where the disk has no room for the change that failed. */
export function isIndexFull(error: unknown): boolean {
  const cause = error instanceof FluxError ? error.cause : error;
  return (cause as { code?: string } | undefined)?.code === 'SQLITE_FULL';
}
