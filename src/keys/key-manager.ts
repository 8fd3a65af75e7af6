// Keys: a master key under a passphrase, and below it a random video key per camera and UTC day.
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  cameraId,
  checkOptions,
  integer,
  optional,
  passphrase,
  path,
  time,
  uuid,
} from '../arguments/index.js';
import { FluxError, isFluxError } from '../errors.js';
import { asFluxError } from '../events.js';
import { type NativeKey, native } from '../native.js';
import { dayName, utcDay } from '../utc-day.js';
import { type KeyInfo, type KeyRow, KeyStore, keyStorePath } from './key-store.js';
import {
  createRoot,
  DEFAULT_ITERATIONS,
  MAX_ITERATIONS,
  MIN_ITERATIONS,
  openRoot,
  type Root,
  readRootRecord,
  rootPath,
} from './root-file.js';
import { encodeWrapContext } from './wrap-context.js';

/** Where a key store lies and what opens it. */
export interface KeyManagerOptions {
  /** Holds `root.json` and `keys.db`. A storage directory has its own in `keys/`. */
  directory: string;
  /** Text (compared in Unicode NFC) or bytes. */
  passphrase: string | Uint8Array;
}

/** As {@link KeyManagerOptions}, for a store that does not exist yet. */
export interface KeyManagerCreateOptions extends KeyManagerOptions {
  /** PBKDF2-HMAC-SHA-256 iterations: 600000 by default, at least 100000 (`ERR_POLICY`). */
  iterations?: number;
}

/** A key in native memory, and its id. */
export interface KeyHandle {
  id: string;
  /** Opaque: the bytes of a key never enter JavaScript. */
  key: NativeKey;
}

/** What a key store holds, without opening it. */
export interface KeyStoreInfo {
  masterKey: {
    id: string;
    algorithm: string;
    createdAt: number;
    kdf: { name: string; iterations: number };
  };
  keys: KeyInfo[];
}

const VIDEO_ALGORITHM = 'LEA-256';

/**
 * Gives out the keys of recordings. Keys are handles to native memory; on disk they are wrapped with
 * ARIA-256-GCM and bound to what they are for (see docs/keys.md).
 *
 * @example
 * ```ts
 * const keys = await KeyManager.openOrCreate({ directory: 'storage/keys', passphrase });
 * ```
 */
export class KeyManager {
  /** Absolute path of the store. */
  readonly directory: string;
  readonly #root: Root;
  readonly #store: KeyStore;
  #closed = false;

  private constructor(directory: string, root: Root, store: KeyStore) {
    this.directory = directory;
    this.#root = root;
    this.#store = store;
  }

  /**
   * Makes a new store, its directory too. `ERR_EXISTS` where one is there; `ERR_POLICY` for too few
   * iterations.
   */
  static async create(options: KeyManagerCreateOptions): Promise<KeyManager> {
    const checked = checkCreate('KeyManager.create', options);
    const { directory } = checked;
    await makePrivateDirectory(directory);
    if (existsSync(keyStorePath(directory)) && !existsSync(rootPath(directory))) {
      throw new FluxError(
        'ERR_KEY_ROOT_NOT_FOUND',
        `${directory} holds keys, but ${rootPath(directory)} that opens them is gone. Restore it ` +
          'from a backup; a new one could not open them.',
      );
    }
    const root = await createRoot(directory, checked.passphrase, checked.iterations);
    return new KeyManager(directory, root, new KeyStore(directory));
  }

  /** `ERR_KEY_ROOT_NOT_FOUND` where there is none, `ERR_KEY_PASSPHRASE` where it is not the one. */
  static async open(options: KeyManagerOptions): Promise<KeyManager> {
    const checked = checkOptions('KeyManager.open', options, { directory: path, passphrase });
    const directory = resolve(checked.directory);
    const root = await openRoot(directory, checked.passphrase);
    return new KeyManager(directory, root, new KeyStore(directory));
  }

  /** Opens the store where it exists, else makes it. `iterations` counts only for a new one. */
  static async openOrCreate(options: KeyManagerCreateOptions): Promise<KeyManager> {
    const checked = checkCreate('KeyManager.openOrCreate', options);
    const { directory } = checked;
    if (existsSync(rootPath(directory))) {
      return KeyManager.open({ directory, passphrase: checked.passphrase });
    }
    return KeyManager.create(checked);
  }

  /** Lists a store without its passphrase. What it says is authentic only as far as the disk is. */
  static async inspect(options: { directory: string }): Promise<KeyStoreInfo> {
    const checked = checkOptions('KeyManager.inspect', options, { directory: path });
    const directory = resolve(checked.directory);
    const record = await readRootRecord(directory);
    const store = new KeyStore(directory, { readOnly: true });
    try {
      return {
        masterKey: {
          id: record.mekId,
          algorithm: record.algorithm,
          createdAt: record.created,
          kdf: { name: record.kdf.name, iterations: record.kdf.iterations },
        },
        keys: store.list(),
      };
    } finally {
      store.close();
    }
  }

  /** The video key of a camera for the UTC day of `at` (milliseconds); made where there is none. */
  videoKey(camera: string, at: number): KeyHandle {
    this.#requireOpen();
    cameraId('KeyManager.videoKey: cameraId', camera);
    time('KeyManager.videoKey: at', at);
    const day = dayName(utcDay(at));
    let made: KeyHandle | undefined;
    const row = this.#guarded(() =>
      this.#store.getOrInsert(camera, day, () => {
        const { row: fresh, key } = this.#makeVideoKey(camera, day);
        made = { id: fresh.id, key };
        return fresh;
      }),
    );
    return made?.id === row.id ? made : { id: row.id, key: this.#unwrap(row) };
  }

  /**
   * The key with this id. `ERR_KEY_NOT_FOUND`; `ERR_KEY_DESTROYED`; `ERR_AUTH_TAG` where its record
   * was altered.
   */
  key(id: string): NativeKey {
    this.#requireOpen();
    uuid('KeyManager.key: id', id);
    const row = this.#guarded(() => this.#store.get(id));
    if (!row) {
      throw new FluxError(
        'ERR_KEY_NOT_FOUND',
        `There is no key ${id} in ${this.directory}. The recording may belong to another storage, or keys.db to an older backup.`,
      );
    }
    return this.#unwrap(row);
  }

  /** What keys there are, oldest day first. Holds no secrets. */
  list(): KeyInfo[] {
    this.#requireOpen();
    return this.#guarded(() => this.#store.list());
  }

  /** Idempotent. Keys that were given out stay usable. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#store.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #makeVideoKey(camera: string, day: string): { row: KeyRow; key: NativeKey } {
    const key = native.generateKey();
    const row: KeyRow = {
      id: randomUUID(),
      purpose: 'video',
      cameraId: camera,
      day,
      algorithm: VIDEO_ALGORITHM,
      state: 'active',
      parentId: this.#root.record.mekId,
      version: 1,
      createdAt: Date.now(),
      wrapped: null,
    };
    row.wrapped = native.wrapKey(this.#root.key, key, contextOf(row));
    return { row, key };
  }

  #unwrap(row: KeyRow): NativeKey {
    if (row.state === 'destroyed' || row.wrapped === null) {
      throw new FluxError(
        'ERR_KEY_DESTROYED',
        `Key ${row.id} (camera ${row.cameraId}, day ${row.day}) was destroyed. What it sealed cannot be read any more.`,
      );
    }
    try {
      return native.unwrapKey(this.#root.key, row.wrapped, contextOf(row));
    } catch (error) {
      if (!isFluxError(error, 'ERR_AUTH_TAG')) throw error;
      throw new FluxError(
        'ERR_AUTH_TAG',
        `The record of key ${row.id} in ${keyStorePath(this.directory)} was altered, or belongs to another root.json. Restore both from one backup.`,
        { cause: error },
      );
    }
  }

  #guarded<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw asFluxError(error, 'ERR_KEY_STORE', keyStorePath(this.directory));
    }
  }

  #requireOpen(): void {
    if (this.#closed) throw new FluxError('ERR_CLOSED', 'The KeyManager is closed.');
  }
}

function checkCreate(where: string, options: KeyManagerCreateOptions) {
  const checked = checkOptions(where, options, {
    directory: path,
    passphrase,
    iterations: optional(integer(1, MAX_ITERATIONS), DEFAULT_ITERATIONS),
  });
  if (checked.iterations < MIN_ITERATIONS) {
    throw new FluxError(
      'ERR_POLICY',
      `${where}: iterations must be at least ${MIN_ITERATIONS}, but is ${checked.iterations}.`,
    );
  }
  return { ...checked, directory: resolve(checked.directory) };
}

async function makePrivateDirectory(directory: string): Promise<void> {
  try {
    const made = await mkdir(directory, { recursive: true, mode: 0o700 });
    if (made) await chmod(directory, 0o700);
  } catch (error) {
    throw asFluxError(error, 'ERR_KEY_STORE', `${directory} cannot be made`);
  }
}

function contextOf(row: KeyRow): Buffer {
  return encodeWrapContext({
    purpose: row.purpose,
    keyId: row.id,
    parentId: row.parentId,
    algorithm: row.algorithm,
    createdAt: row.createdAt,
    cameraId: row.cameraId,
    day: row.day,
  });
}
