// config.db: the cameras of a recorder with their passwords, API keys, users' secrets and settings.
// Names are readable, values are sealed.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import {
  certificates,
  checkOptions,
  instanceOf,
  path,
  secretText,
  type TlsOptions,
  text,
} from '../arguments/index.js';
import { closeDatabase, openDatabase } from '../database.js';
import { FluxError } from '../errors.js';
import { asFluxError } from '../events.js';
import { type FieldPlace, KeyManager } from '../keys/index.js';
import type { NativeKey } from '../native/index.js';
import { checkRecordedCamera, type RecordedCameraOptions } from '../recording/index.js';
import {
  isStaleSetting,
  openSetting,
  openUserSecret,
  sealSetting,
  sealUserSecret,
} from './sealed-setting.js';

/** Options of {@link ConfigStore.open}. */
export interface ConfigStoreOptions {
  /** Storage directory; it must exist. The file is `<storage>/config.db`. */
  storage: string;
  /** Opens the values; stays open. */
  keys: KeyManager;
}

/** A camera as {@link Recorder.addCamera} takes it. */
export type StoredCamera = RecordedCameraOptions;

const MIGRATIONS = [
  `CREATE TABLE cameras (
     id TEXT PRIMARY KEY,
     url TEXT NOT NULL,
     username TEXT,
     password TEXT
   ) STRICT;
   CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
   CREATE TABLE secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
   CREATE TABLE user_secrets (
     user_id TEXT NOT NULL,
     name TEXT NOT NULL,
     value TEXT NOT NULL,
     PRIMARY KEY (user_id, name)
   ) STRICT;`,
  // Everything else that a camera is told, as JSON.
  'ALTER TABLE cameras ADD COLUMN options TEXT;',
];

/** The sealed columns of a camera. */
const CAMERA_COLUMNS = ['url', 'username', 'password', 'options'] as const;
type CameraColumn = (typeof CAMERA_COLUMNS)[number];

interface CameraRow {
  id: string;
  url: string;
  username: string | null;
  password: string | null;
  options: string | null;
}

/**
 * Configuration at rest. Camera addresses and secrets are sealed field by field with ARIA-256-CBC and
 * HMAC under the database key, settings with ARIA-256-GCM under the configuration key, users' secrets
 * under a key that only the user's password opens.
 *
 * @example
 * ```ts
 * const config = await ConfigStore.open({ storage: 'storage', keys });
 * config.setCamera({ id: 'door', url: 'rtsp://192.168.1.20/stream1', username: 'nvr', password });
 * for (const camera of config.cameras()) recorder.addCamera(camera);
 * ```
 */
export class ConfigStore {
  /** Absolute path of config.db. */
  readonly path: string;
  readonly #keys: KeyManager;
  readonly #database: BetterSqlite3.Database;

  private constructor(file: string, keys: KeyManager) {
    this.path = file;
    this.#keys = keys;
    this.#database = openDatabase({
      path: file,
      errorCode: 'ERR_CONFIG',
      busyTimeoutMs: 1000,
      migrations: MIGRATIONS,
      secureDelete: true,
    });
  }

  /** `ERR_STORAGE_NOT_FOUND`; `ERR_CONFIG` where the file cannot be used. */
  static async open(options: ConfigStoreOptions): Promise<ConfigStore> {
    const checked = checkOptions('ConfigStore.open', options, {
      storage: path,
      keys: instanceOf(KeyManager),
    });
    const storage = resolve(checked.storage);
    if (!existsSync(storage)) {
      throw new FluxError('ERR_STORAGE_NOT_FOUND', `There is no directory ${storage}.`);
    }
    return new ConfigStore(join(storage, 'config.db'), checked.keys);
  }

  // ---- cameras

  /**
   * Adds a camera or replaces it. Everything but its id is sealed. `ERR_INVALID_ARGUMENT` for what
   * {@link Recorder.addCamera} would refuse.
   */
  setCamera(camera: StoredCamera): void {
    checkRecordedCamera('ConfigStore.setCamera', camera);
    const { id, url, username, password, ...rest } = camera;
    const values: Record<CameraColumn, string | undefined> = {
      ...{ url, username, password },
      options: Object.keys(rest).length > 0 ? JSON.stringify(withTextCa(rest)) : undefined,
    };
    const sealed = CAMERA_COLUMNS.map((column) => {
      const value = values[column];
      return value === undefined ? null : this.#keys.fields.seal(placeOf(id, column), value);
    });
    this.#guarded(() =>
      this.#database
        .prepare(
          `INSERT OR REPLACE INTO cameras (id, ${CAMERA_COLUMNS.join(', ')}) VALUES (?, ?, ?, ?, ?)`,
        )
        .run(id, ...sealed),
    );
  }

  /** `ERR_AUTH_TAG` where a value was altered. */
  camera(id: string): StoredCamera | undefined {
    const row = this.#guarded(() =>
      this.#database.prepare<[string], CameraRow>('SELECT * FROM cameras WHERE id = ?').get(id),
    );
    return row && this.#openCamera(row);
  }

  /** All cameras, by id. */
  cameras(): StoredCamera[] {
    return this.#guarded(() =>
      this.#database.prepare<[], CameraRow>('SELECT * FROM cameras ORDER BY id').all(),
    ).map((row) => this.#openCamera(row));
  }

  /** `ERR_CAMERA_NOT_FOUND`. Recordings stay. */
  removeCamera(id: string): void {
    const { changes } = this.#guarded(() =>
      this.#database.prepare('DELETE FROM cameras WHERE id = ?').run(id),
    );
    if (changes === 0) {
      throw new FluxError('ERR_CAMERA_NOT_FOUND', `There is no camera '${id}' in ${this.path}.`);
    }
  }

  // ---- settings: any JSON

  setSetting(name: string, value: unknown): void {
    const checked = text(1, 200)('ConfigStore.setSetting: name', name);
    if (JSON.stringify(value) === undefined) {
      throw new FluxError('ERR_INVALID_ARGUMENT', 'ConfigStore.setSetting: value must be JSON.');
    }
    const sealed = sealSetting(this.#keys, checked, value);
    this.#guarded(() =>
      this.#database
        .prepare('INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)')
        .run(checked, sealed),
    );
  }

  /** Undefined where it was never set. */
  setting(name: string): unknown {
    const value = this.#value('SELECT value FROM settings WHERE name = ?', name);
    return value === undefined ? undefined : openSetting(this.#keys, name, value);
  }

  removeSetting(name: string): void {
    this.#guarded(() => this.#database.prepare('DELETE FROM settings WHERE name = ?').run(name));
  }

  settingNames(): string[] {
    return this.#names('SELECT name FROM settings ORDER BY name');
  }

  // ---- secrets of the recorder: API keys, passwords of other servers

  setSecret(name: string, value: string): void {
    const checked = text(1, 200)('ConfigStore.setSecret: name', name);
    const secret = secretText('ConfigStore.setSecret: value', value);
    const sealed = this.#keys.fields.seal(secretPlace(checked), secret);
    this.#guarded(() =>
      this.#database
        .prepare('INSERT OR REPLACE INTO secrets (name, value) VALUES (?, ?)')
        .run(checked, sealed),
    );
  }

  secret(name: string): string | undefined {
    const value = this.#value('SELECT value FROM secrets WHERE name = ?', name);
    return value === undefined ? undefined : this.#keys.fields.open(secretPlace(name), value);
  }

  removeSecret(name: string): void {
    this.#guarded(() => this.#database.prepare('DELETE FROM secrets WHERE name = ?').run(name));
  }

  secretNames(): string[] {
    return this.#names('SELECT name FROM secrets ORDER BY name');
  }

  // ---- secrets of a user: `key` is what KeyManager.userKey() gives for the password

  setUserSecret(key: NativeKey, userId: string, name: string, value: string): void {
    const where = 'ConfigStore.setUserSecret';
    const user = text(1, 255)(`${where}: userId`, userId);
    const checked = text(1, 200)(`${where}: name`, name);
    const sealed = sealUserSecret(key, user, checked, secretText(`${where}: value`, value));
    this.#guarded(() =>
      this.#database
        .prepare('INSERT OR REPLACE INTO user_secrets (user_id, name, value) VALUES (?, ?, ?)')
        .run(user, checked, sealed),
    );
  }

  /** `ERR_AUTH_TAG` with another user's key. */
  userSecret(key: NativeKey, userId: string, name: string): string | undefined {
    const row = this.#guarded(() =>
      this.#database
        .prepare<[string, string], { value: string }>(
          'SELECT value FROM user_secrets WHERE user_id = ? AND name = ?',
        )
        .get(userId, name),
    );
    return row && openUserSecret(key, userId, name, row.value);
  }

  /**
   * Seals anew what older keys sealed, so that those can be destroyed. Users' secrets are under the
   * users' keys and need none of it. Returns how many values that were.
   */
  reseal(): number {
    return this.#guarded(() => this.#database.transaction(() => this.#resealAll()).immediate());
  }

  /** Idempotent. */
  async close(): Promise<void> {
    closeDatabase(this.#database);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #resealAll(): number {
    const { fields } = this.#keys;
    let count = 0;
    for (const column of CAMERA_COLUMNS) {
      const rows = this.#database
        .prepare<[], { id: string; value: string }>(
          `SELECT id, ${column} AS value FROM cameras WHERE ${column} IS NOT NULL`,
        )
        .all();
      for (const { id, value } of rows.filter((row) => fields.isStale(row.value))) {
        const place = placeOf(id, column);
        const sealed = fields.seal(place, fields.open(place, value));
        this.#database.prepare(`UPDATE cameras SET ${column} = ? WHERE id = ?`).run(sealed, id);
        count++;
      }
    }
    for (const { name, value } of this.#rows('secrets')) {
      if (!fields.isStale(value)) continue;
      const sealed = fields.seal(secretPlace(name), fields.open(secretPlace(name), value));
      this.#database.prepare('UPDATE secrets SET value = ? WHERE name = ?').run(sealed, name);
      count++;
    }
    for (const { name, value } of this.#rows('settings')) {
      if (!isStaleSetting(this.#keys, value)) continue;
      const sealed = sealSetting(this.#keys, name, openSetting(this.#keys, name, value));
      this.#database.prepare('UPDATE settings SET value = ? WHERE name = ?').run(sealed, name);
      count++;
    }
    return count;
  }

  #rows(table: 'secrets' | 'settings'): { name: string; value: string }[] {
    return this.#database
      .prepare<[], { name: string; value: string }>(`SELECT name, value FROM ${table}`)
      .all();
  }

  #openCamera(row: CameraRow): StoredCamera {
    const open = (column: CameraColumn): string | undefined => {
      const value = row[column];
      return value === null ? undefined : this.#keys.fields.open(placeOf(row.id, column), value);
    };
    const [username, password, options] = [open('username'), open('password'), open('options')];
    return {
      ...(options !== undefined && JSON.parse(options)),
      id: row.id,
      url: open('url') ?? '',
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
    };
  }

  #value(sql: string, name: string): string | undefined {
    return this.#guarded(() => this.#database.prepare<[string], { value: string }>(sql).get(name))
      ?.value;
  }

  #names(sql: string): string[] {
    return this.#guarded(() => this.#database.prepare<[], { name: string }>(sql).all()).map(
      ({ name }) => name,
    );
  }

  #guarded<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw asFluxError(error, 'ERR_CONFIG', this.path);
    }
  }
}

function placeOf(id: string, column: CameraColumn): FieldPlace {
  return { table: 'cameras', column, row: id };
}

/** Bytes would not come back from JSON as bytes. */
function withTextCa<Options extends Pick<StoredCamera, 'tls' | 'onvif'>>(
  options: Options,
): Options {
  const asText = <Tls extends TlsOptions>(tls: Tls | undefined): Tls | undefined =>
    tls?.ca === undefined ? tls : { ...tls, ca: certificates('tls: ca', tls.ca) };
  const { tls, onvif } = options;
  return {
    ...options,
    ...(tls && { tls: asText(tls) }),
    ...(onvif?.tls && { onvif: { ...onvif, tls: asText(onvif.tls) } }),
  };
}

function secretPlace(name: string): FieldPlace {
  return { table: 'secrets', column: 'value', row: name };
}
