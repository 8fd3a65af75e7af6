// Opens the SDK's SQLite files: durable (WAL, synchronous=FULL), and versioned through user_version.
import { closeSync, fchmodSync, openSync, renameSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { FluxError } from './errors.js';
import { asFluxError } from './events.js';

export type { Database } from 'better-sqlite3';

export interface DatabaseOptions {
  path: string;
  /** Code of the errors that opening throws. */
  errorCode: string;
  /** Step i brings a database from schema version i to i + 1. Never edit a step that was released. */
  migrations: readonly string[];
  readOnly?: boolean;
  /** Overwrite what is deleted with zeros. */
  secureDelete?: boolean;
  /**
   * How long a statement waits for another process's transaction, with the event loop standing still:
   * shorter than {@link OPENING_BUSY_MS}, the default, where what fails is tried again. Milliseconds.
   */
  busyTimeoutMs?: number;
}

const OPENING_BUSY_MS = 10_000;

/** Which file each was opened as. */
const opened = new WeakMap<Database.Database, string | undefined>();

/** Throws `errorCode`; and `ERR_SCHEMA_VERSION` where a newer release wrote the file. */
export function openDatabase(options: DatabaseOptions): Database.Database {
  let database: Database.Database | undefined;
  try {
    if (!options.readOnly) putBack(options.path);
    // SQLite would create the file readable by others; its -wal and -shm take over the mode.
    if (!options.readOnly) createPrivate(options.path);
    database = new Database(options.path, {
      readonly: options.readOnly ?? false,
      fileMustExist: true,
      timeout: OPENING_BUSY_MS,
    });
    opened.set(database, identityOf(options.path));
    if (!options.readOnly) {
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = FULL');
      if (options.secureDelete) database.pragma('secure_delete = ON');
    }
    database.pragma('foreign_keys = ON');
    migrate(database, options);
    database.pragma(`busy_timeout = ${options.busyTimeoutMs ?? OPENING_BUSY_MS}`);
    return database;
  } catch (error) {
    if (database) closeDatabase(database);
    throw asFluxError(error, options.errorCode, `${options.path} cannot be opened`);
  }
}

/** True where another file has taken its place: the disk went away, and another one is there. */
export function isReplaced(database: Database.Database): boolean {
  const now = identityOf(database.name);
  return now !== undefined && now !== opened.get(database);
}

/**
 * Closes it as its last user. SQLite then deletes the write-ahead log at the database's path, and knows
 * a file by its inode number alone, which another disk has too: a log that is not its own is out of the
 * way meanwhile. Idempotent.
 */
export function closeDatabase(database: Database.Database): void {
  if (!database.open) return;
  if (!isReplaced(database)) {
    database.close();
    return;
  }
  const log = `${database.name}-wal`;
  const isAside = renameIfThere(log, aside(database.name));
  try {
    database.close();
  } finally {
    if (isAside) renameSync(aside(database.name), log);
  }
}

function aside(path: string): string {
  return `${path}-wal.aside`;
}

/** A process that died in {@link closeDatabase} left it. */
function putBack(path: string): void {
  const isLost = identityOf(aside(path)) !== undefined && identityOf(`${path}-wal`) === undefined;
  if (isLost) renameSync(aside(path), `${path}-wal`);
}

function renameIfThere(from: string, to: string): boolean {
  if (identityOf(from) === undefined) return false;
  renameSync(from, to);
  return true;
}

/** Device and inode; undefined where there is no such file, or nobody can tell. */
function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

function createPrivate(path: string): void {
  const file = openSync(path, 'a', 0o600);
  try {
    fchmodSync(file, 0o600);
  } finally {
    closeSync(file);
  }
}

function migrate(database: Database.Database, options: DatabaseOptions): void {
  const { migrations, path } = options;
  const target = migrations.length;
  const version = () => database.pragma('user_version', { simple: true }) as number;
  if (version() > target) {
    throw new FluxError(
      'ERR_SCHEMA_VERSION',
      `${path} has schema version ${version()}, this release knows up to ${target}. Update @fluxvision/core.`,
    );
  }
  if (version() === target) return;
  if (options.readOnly) {
    throw new FluxError(
      'ERR_SCHEMA_VERSION',
      `${path} has schema version ${version()}, this release needs ${target}. Open it once for writing (start a recorder) to bring it up to date.`,
    );
  }
  // Immediate: of two processes that open a new file at once, the second finds the work done.
  database
    .transaction(() => {
      for (let step = version(); step < target; step++) {
        database.exec(migrations[step] as string);
        database.pragma(`user_version = ${step + 1}`);
      }
    })
    .immediate();
}
