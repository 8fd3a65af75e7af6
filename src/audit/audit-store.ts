// audit.db: entries, and the checkpoints that sign them. Reads are bounded, since what verification
// reads may have been put there by anyone.
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { closeDatabase, openDatabase } from '../database.js';
import { FluxError } from '../errors.js';
import { asFluxError } from '../events.js';
import { type EntryRow, LIMITS } from './entry.js';
import { HASH_BYTES } from './merkle-tree.js';

/** A row of the table `checkpoints`. */
export interface CheckpointRow {
  size: number;
  text: string;
  /** MerkleTree.state() before the last of the entries was added. Proven by the signed root. */
  tree: Buffer;
}

/** Which entries {@link AuditStore.page} returns. */
export interface EntryFilter {
  from?: number | undefined;
  to?: number | undefined;
  actor?: string | undefined;
  action?: string | undefined;
}

/** The name of the audit log in a directory of keys. */
export const AUDIT_FILE = 'audit.db';

/** The audit log of a storage directory. */
export function auditLogPath(storage: string): string {
  return join(storage, 'keys', AUDIT_FILE);
}

/** The triggers are a fence against mistakes; hashes and signatures are the proof. */
const migrations = () => [
  `CREATE TABLE log (
     one INTEGER PRIMARY KEY CHECK (one = 1),
     id TEXT NOT NULL,
     created_at INTEGER NOT NULL
   ) STRICT;
   INSERT INTO log VALUES (1, '${randomUUID()}', ${Date.now()});
   CREATE TABLE entries (
     seq INTEGER PRIMARY KEY,
     time INTEGER NOT NULL,
     actor TEXT NOT NULL,
     action TEXT NOT NULL,
     subject TEXT NOT NULL,
     outcome TEXT NOT NULL,
     detail TEXT NOT NULL,
     prev BLOB NOT NULL,
     hash BLOB NOT NULL
   ) STRICT;
   CREATE TABLE checkpoints (
     size INTEGER PRIMARY KEY,
     text TEXT NOT NULL,
     tree BLOB NOT NULL,
     keep INTEGER NOT NULL
   ) STRICT;
   ${fence('log', 'UPDATE', '1')}
   ${fence('log', 'DELETE', '1')}
   ${fence('entries', 'UPDATE', '1')}
   ${fence('entries', 'DELETE', '1')}
   ${fence('entries', 'INSERT', 'NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM entries)')}
   ${fence('checkpoints', 'UPDATE', '1')}
   ${fence('checkpoints', 'DELETE', 'OLD.keep = 1')}
   ${fence('checkpoints', 'INSERT', 'NEW.size <= (SELECT max(size) FROM checkpoints)')}`,
];

function fence(table: string, event: 'UPDATE' | 'DELETE' | 'INSERT', condition: string): string {
  return `CREATE TRIGGER ${table}_${event.toLowerCase()} BEFORE ${event} ON ${table}
    WHEN ${condition} BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;`;
}

/** What is larger than anything that is ever written there is read as NULL. */
const bounded = (column: string, bytes: number) =>
  `CASE WHEN octet_length(${column}) <= ${bytes} THEN ${column} END AS ${column}`;
const integer = (column: string) =>
  `CASE WHEN typeof(${column}) = 'integer' THEN ${column} END AS ${column}`;
const ENTRY = [
  integer('seq'),
  integer('time'),
  bounded('actor', LIMITS.actor),
  bounded('action', LIMITS.action),
  bounded('subject', LIMITS.subject),
  bounded('outcome', LIMITS.outcome),
  bounded('detail', LIMITS.detail),
  bounded('prev', HASH_BYTES),
  bounded('hash', HASH_BYTES),
].join(', ');
const CHECKPOINT = [integer('size'), bounded('text', 16_384), bounded('tree', 4096)].join(', ');
/** Rows per read. */
const PAGE = 500;
/** One checkpoint is kept of this many entries. */
const KEEP_EVERY = 64;

export class AuditStore {
  readonly path: string;
  readonly logId: string;
  readonly #database: BetterSqlite3.Database;

  constructor(path: string, readOnly: boolean) {
    this.path = path;
    if (readOnly && !existsSync(path)) {
      throw new FluxError(
        'ERR_AUDIT_NOT_FOUND',
        `There is no audit log ${path}. Check the directory; a log begins when a storage is first ` +
          'opened for writing. If there was one, it was removed.',
      );
    }
    this.#database = openDatabase({
      path,
      errorCode: 'ERR_AUDIT',
      migrations: migrations(),
      readOnly,
    });
    try {
      this.logId = this.#readLogId();
    } catch (error) {
      closeDatabase(this.#database);
      throw error;
    }
  }

  /** Runs `work` under the write lock, so that nobody appends meanwhile; all of it or nothing. */
  write<T>(work: () => T): T {
    return this.#guarded(() => this.#database.transaction(work).immediate());
  }

  /** Runs `work` on one state of the file. */
  read<T>(work: () => T): T {
    return this.#guarded(() => this.#database.transaction(work).deferred());
  }

  insertEntry(row: EntryRow): void {
    this.#database
      .prepare(
        `INSERT INTO entries (seq, time, actor, action, subject, outcome, detail, prev, hash)
         VALUES (@seq, @time, @actor, @action, @subject, @outcome, @detail, @prev, @hash)`,
      )
      .run(row);
  }

  /** Adds a checkpoint; the one before goes, unless it is one of those that are kept. */
  insertCheckpoint(row: CheckpointRow, changesKey: boolean): void {
    const before = this.latestCheckpoint()?.size ?? 0;
    const opensBlock = Math.floor(row.size / KEEP_EVERY) !== Math.floor(before / KEEP_EVERY);
    this.#database
      .prepare('INSERT INTO checkpoints (size, text, tree, keep) VALUES (?, ?, ?, ?)')
      .run(row.size, row.text, row.tree, changesKey || opensBlock ? 1 : 0);
    this.#database.prepare('DELETE FROM checkpoints WHERE keep = 0 AND size < ?').run(row.size);
  }

  /** The number of the last entry; 0 where there is none. */
  lastSeq(): number {
    return this.#guarded(
      () =>
        this.#database
          .prepare<[], number>('SELECT coalesce(max(seq), 0) FROM entries')
          .pluck()
          .get() ?? 0,
    );
  }

  count(): number {
    return this.#guarded(
      () => this.#database.prepare<[], number>('SELECT count(*) FROM entries').pluck().get() ?? 0,
    );
  }

  entry(seq: number): EntryRow | undefined {
    return this.#guarded(() =>
      this.#database
        .prepare<[number], EntryRow>(`SELECT ${ENTRY} FROM entries WHERE seq = ?`)
        .get(seq),
    );
  }

  /** The entry that was chained to the hash `prev`, wherever it stands now. */
  entryChainedTo(prev: Buffer): EntryRow | undefined {
    return this.#guarded(() =>
      this.#database
        .prepare<[Buffer], EntryRow>(`SELECT ${ENTRY} FROM entries WHERE prev = ? LIMIT 1`)
        .get(prev),
    );
  }

  /** Entries beyond `after` in the order of their numbers, at most a page of them. */
  page(
    after: number | undefined,
    order: 'oldest' | 'newest' = 'oldest',
    filter: EntryFilter = {},
    limit = PAGE,
  ): EntryRow[] {
    const conditions = ['1'];
    if (after !== undefined) conditions.push(`seq ${order === 'oldest' ? '>' : '<'} @after`);
    if (filter.from !== undefined) conditions.push('time >= @from');
    if (filter.to !== undefined) conditions.push('time < @to');
    if (filter.actor !== undefined) conditions.push('actor = @actor');
    if (filter.action !== undefined) conditions.push('action = @action');
    return this.#guarded(() =>
      this.#database
        .prepare<[object], EntryRow>(
          `SELECT ${ENTRY} FROM entries WHERE ${conditions.join(' AND ')}
           ORDER BY entries.seq ${order === 'oldest' ? 'ASC' : 'DESC'} LIMIT @count`,
        )
        .all({ ...filter, after, count: Math.min(limit, PAGE) }),
    );
  }

  latestCheckpoint(): CheckpointRow | undefined {
    return this.#guarded(() =>
      this.#database
        .prepare<[], CheckpointRow>(
          `SELECT ${CHECKPOINT} FROM checkpoints ORDER BY checkpoints.size DESC LIMIT 1`,
        )
        .get(),
    );
  }

  /** Checkpoints of more than `after` and less than `before` entries, at most a page of them. */
  checkpointPage(after: number, before: number): CheckpointRow[] {
    return this.#guarded(() =>
      this.#database
        .prepare<[number, number, number], CheckpointRow>(
          `SELECT ${CHECKPOINT} FROM checkpoints WHERE size > ? AND size < ?
           ORDER BY checkpoints.size LIMIT ?`,
        )
        .all(after, before, PAGE),
    );
  }

  /** Idempotent. */
  close(): void {
    closeDatabase(this.#database);
  }

  #readLogId(): string {
    const id = this.#guarded(() =>
      this.#database.prepare<[], string>('SELECT id FROM log WHERE one = 1').pluck().get(),
    );
    if (typeof id === 'string' && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(id)) return id;
    throw new FluxError(
      'ERR_AUDIT_ALTERED',
      `${this.path} has lost the id of its log: it was altered. Keep the file as evidence and ` +
        'restore it from a backup.',
    );
  }

  #guarded<T>(run: () => T): T {
    if (!this.#database.open) throw new FluxError('ERR_CLOSED', 'The AuditLog is closed.');
    try {
      return run();
    } catch (error) {
      throw asFluxError(error, 'ERR_AUDIT', this.path);
    }
  }
}
