// Opens the SDK's SQLite files: durable (WAL, synchronous=FULL), and versioned through user_version.
import { closeSync, fchmodSync, openSync } from 'node:fs';
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
}

/** Throws `errorCode`; and `ERR_SCHEMA_VERSION` where a newer release wrote the file. */
export function openDatabase(options: DatabaseOptions): Database.Database {
  let database: Database.Database | undefined;
  try {
    // SQLite would create the file readable by others; its -wal and -shm take over the mode.
    if (!options.readOnly) createPrivate(options.path);
    database = new Database(options.path, {
      readonly: options.readOnly ?? false,
      fileMustExist: true,
      timeout: 10_000,
    });
    if (!options.readOnly) {
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = FULL');
      if (options.secureDelete) database.pragma('secure_delete = ON');
    }
    database.pragma('foreign_keys = ON');
    migrate(database, options);
    return database;
  } catch (error) {
    database?.close();
    throw asFluxError(error, options.errorCode, `${options.path} cannot be opened`);
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
