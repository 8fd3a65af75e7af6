// The hierarchy of keys behind one class: roots, master key, and below it the keys that seal.
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  cameraId,
  checkOptions,
  integer,
  invalidArgument,
  list,
  oneOf,
  optional,
  passphrase,
  path,
  text,
  time,
  uuid,
} from '../arguments/index.js';
import type { AuditLog } from '../audit/index.js';
import { FluxError } from '../errors.js';
import { asFluxError } from '../events.js';
import type { NativeKey } from '../native.js';
import { DAY_MS, dayName, utcDay } from '../utc-day.js';
import { checkCreate, checkDestroy, checkOpen } from './check-options.js';
import { DataKeys, type KeyHandle } from './data-keys.js';
import { type Choice, chooseOutdated, requireDestroyable } from './destruction.js';
import { FieldCipher } from './field-cipher.js';
import { KeyAudit, logDenied, type Told } from './key-audit.js';
import type { KeyPackage } from './key-package.js';
import { type EvidenceLock, type KeyInfo, KeyStore, keyStorePath } from './key-store.js';
import { KeyTransfer } from './key-transfer.js';
import { MasterKeys } from './master-keys.js';
import {
  ADMINISTRATOR,
  type DestroyOptions,
  type DestroyReport,
  type KeyManagerCreateOptions,
  type KeyManagerOptions,
  type KeyStoreInfo,
  type RootInfo,
  type RotateOptions,
} from './options.js';
import { DEFAULT_ITERATIONS, MAX_ITERATIONS, requireIterations } from './passphrase.js';
import { Passwords } from './passwords.js';
import { type RootEntry, readRecord, rootPath } from './root-record.js';
import { rootToAdd } from './roots/check.js';
import type { NewRootOptions } from './roots/index.js';
import type { KeyPurpose } from './wrap-context.js';

/**
 * Keeps the keys of a recorder: roots that open the store, the master key, and below it the keys of
 * cameras, databases, settings, sessions, users and the audit log. Keys are handles to native memory;
 * on disk they are wrapped with ARIA-256-GCM and bound to what they are for (see docs/keys.md).
 *
 * @example
 * ```ts
 * const keys = await KeyManager.openOrCreate({ directory: 'storage/keys', passphrase });
 * const { recoveryKey } = await keys.addRoot({ type: 'recovery', label: 'safe' }); // print it
 * await keys.addRoot({ type: 'tpm2', pcrs: [7] }); // starts without a passphrase from now on
 * ```
 */
export class KeyManager {
  /** Absolute path of the store. */
  readonly directory: string;
  /** Seals single values of databases. */
  readonly fields: FieldCipher;
  readonly #masters: MasterKeys;
  readonly #store: KeyStore;
  readonly #keys: DataKeys;
  readonly #passwords: Passwords;
  readonly #transfer: KeyTransfer;
  readonly #audit: KeyAudit;
  readonly #actor: string;
  #closed = false;

  private constructor(parts: Parts) {
    this.directory = parts.masters.directory;
    this.#masters = parts.masters;
    this.#store = parts.store;
    this.#keys = parts.keys;
    this.#actor = parts.actor;
    this.#audit = parts.audit;
    this.#passwords = new Passwords(this.#store, this.#keys);
    this.#transfer = new KeyTransfer(this.#store, this.#keys);
    this.fields = new FieldCipher(this);
  }

  /**
   * Makes a new store, its directory too. `ERR_EXISTS` where one is there; `ERR_POLICY` for too few
   * iterations.
   */
  static async create(options: KeyManagerCreateOptions): Promise<KeyManager> {
    const { directory, root, actor } = checkCreate('KeyManager.create', options);
    await makePrivateDirectory(directory);
    if (existsSync(keyStorePath(directory)) && !existsSync(rootPath(directory))) {
      throw new FluxError(
        'ERR_KEY_ROOT_NOT_FOUND',
        `${directory} holds keys, but ${rootPath(directory)} that opens them is gone. Restore it ` +
          'from a backup; a new one could not open them.',
      );
    }
    const { masters } = await MasterKeys.create(directory, [root]);
    const manager = await KeyManager.#assemble(masters, actor);
    try {
      const told = { subject: masters.record.storeId, detail: { root: root.type } };
      manager.#audit.announce('store.create', told);
      return manager;
    } catch (error) {
      await manager.close();
      throw error;
    }
  }

  /**
   * `ERR_KEY_ROOT_NOT_FOUND` where there is none; `ERR_KEY_PASSPHRASE` where it is not the one;
   * `ERR_ROOT_LOCKED` where a TPM or token refuses: the message says which other root would do.
   */
  static async open(options: KeyManagerOptions): Promise<KeyManager> {
    const { directory, root, actor } = checkOpen('KeyManager.open', options);
    let masters: MasterKeys;
    try {
      masters = await MasterKeys.open(directory, root);
    } catch (error) {
      await logDenied(directory, actor, root.type, error);
      throw error;
    }
    const manager = await KeyManager.#assemble(masters, actor);
    manager.#audit.announceOpening(root.type);
    return manager;
  }

  /** Opens the store where it exists, else makes it. `iterations` counts only for a new one. */
  static async openOrCreate(options: KeyManagerCreateOptions): Promise<KeyManager> {
    const { directory } = checkCreate('KeyManager.openOrCreate', options);
    if (!existsSync(rootPath(directory))) return KeyManager.create(options);
    const { iterations: _, ...toOpen } = options;
    return KeyManager.open(toOpen);
  }

  /** Lists a store without opening it. */
  static async inspect(options: { directory: string }): Promise<KeyStoreInfo> {
    const checked = checkOptions('KeyManager.inspect', options, { directory: path });
    const directory = resolve(checked.directory);
    const record = readRecord(directory);
    const store = new KeyStore(directory, { readOnly: true });
    try {
      const content = { keys: store.list(), evidenceLocks: store.locks() };
      if (record.version === 1) {
        const { mekId, created: createdAt } = record;
        const root: RootInfo = { id: mekId, type: 'passphrase', label: '', createdAt };
        return { storeId: '', roots: [root], masterKeys: [{ id: mekId, createdAt }], ...content };
      }
      return {
        storeId: record.storeId,
        roots: record.roots.map(infoOf),
        masterKeys: record.masters.map(({ id, createdAt }) => ({ id, createdAt })),
        ...content,
      };
    } finally {
      store.close();
    }
  }

  /** UUID of the store. */
  get storeId(): string {
    return this.#masters.record.storeId;
  }

  /**
   * Who did what with the keys, signed with the store's own key. Throws what kept it from opening:
   * recording goes on without an audit log, but nothing that must leave an entry is done.
   */
  get audit(): AuditLog {
    return this.#audit.log;
  }

  // ---- keys that seal and open

  /** The video key of a camera for the UTC day of `at` (milliseconds); made where there is none. */
  videoKey(camera: string, at: number): KeyHandle {
    this.#requireOpen();
    cameraId('KeyManager.videoKey: cameraId', camera);
    time('KeyManager.videoKey: at', at);
    const day = utcDay(at);
    return this.#store.guarded(() =>
      this.#keys.ofPeriod('video', camera, dayName(day), day * DAY_MS),
    );
  }

  /** This month's key for database fields; see {@link KeyManager.fields}. */
  databaseKey(): KeyHandle {
    return this.#period('database', dayName(utcDay(Date.now())).slice(0, 6));
  }

  /** Today's key for session tokens. */
  sessionKey(): KeyHandle {
    return this.#period('session', dayName(utcDay(Date.now())));
  }

  /** The key for settings. A new one takes over with each change of the administrator's password. */
  configKey(): KeyHandle {
    this.#requireOpen();
    return this.#store.guarded(() => this.#keys.ofCounter('config'));
  }

  /**
   * The key with this id. `ERR_KEY_NOT_FOUND`; `ERR_KEY_DESTROYED`; `ERR_AUTH_TAG` where its record
   * was altered.
   */
  key(id: string): NativeKey {
    this.#requireOpen();
    uuid('KeyManager.key: id', id);
    return this.#store.guarded(() => this.#keys.unwrap(this.#store.require(id)));
  }

  /** What keys there are, of one purpose or of all. Holds no secrets. */
  list(options: { purpose?: KeyPurpose } = {}): KeyInfo[] {
    this.#requireOpen();
    const { purpose } = checkOptions('KeyManager.list', options, {
      purpose: optional(oneOf('video', 'database', 'config', 'audit', 'session', 'user')),
    });
    return this.#store.guarded(() => {
      this.#keys.advance();
      return this.#store.list().filter((info) => !purpose || info.purpose === purpose);
    });
  }

  // ---- rotation and destruction

  /**
   * A new key takes over at once; the old one goes on opening what it sealed. A running recorder
   * takes up a camera's new key with its next segment.
   */
  rotate(options: RotateOptions): KeyHandle {
    this.#requireOpen();
    const video = (options as { purpose?: unknown } | undefined)?.purpose === 'video';
    const checked = checkOptions('KeyManager.rotate', options, {
      purpose: oneOf('video', 'database', 'config', 'audit', 'session'),
      ...(video && { cameraId }),
    }) as { purpose: RotateOptions['purpose']; cameraId?: string };
    const { purpose, cameraId: subject = '' } = checked;
    if (purpose === 'audit') return this.#store.guarded(() => this.#audit.rotateKey());
    const today = dayName(utcDay(Date.now()));
    const periods = {
      video: today,
      session: today,
      database: today.slice(0, 6),
      config: undefined,
    };
    return this.#record(
      'key.rotate',
      () => this.#keys.rotate(purpose, subject, periods[purpose]),
      ({ id }) => ({ subject: id, detail: { purpose, ...(subject && { cameraId: subject }) } }),
    );
  }

  /**
   * A new master key: every key is wrapped anew in one transaction; the recordings stay as they are.
   * Resumes by itself after a crash, at the next open.
   */
  rotateMaster(): { from: string; to: string; keys: number } {
    this.#requireOpen();
    return this.#record(
      'master.rotate',
      () => this.#keys.rotateMaster(),
      ({ from, to, keys }) => ({ subject: to, detail: { from, keys } }),
    );
  }

  /**
   * Destroys keys for ever: what they sealed is unreadable at once. `ERR_KEY_IN_USE` for a key that
   * still seals; `ERR_EVIDENCE_LOCKED` for one that is pinned; `ERR_KEY_NOT_FOUND`.
   */
  destroyKeys(options: DestroyOptions): DestroyReport {
    this.#requireOpen();
    const checked = checkDestroy('KeyManager.destroyKeys', options);
    const { ids, before, reason } = checked;
    const choice = this.#store.guarded(() => {
      this.#keys.advance();
      return this.#store.exclusive(() => {
        const chosen = ids
          ? requireDestroyable(
              this.#store,
              (ids as string[]).map((id) => this.#store.require(id)),
            )
          : chooseOutdated(this.#store, before as number, checked.cameraId);
        const detail = { reason, ids: chosen.destroy.slice(0, 100), count: chosen.destroy.length };
        this.#audit.announce('key.destroy', { detail });
        this.#store.destroy(chosen.destroy, Date.now());
        return chosen;
      });
    });
    this.#store.checkpoint();
    if (checked.rotateMaster && choice.destroy.length > 0) this.rotateMaster();
    return this.#report(choice);
  }

  /** What {@link KeyManager.destroyKeys} would do; the same errors. */
  previewDestruction(options: DestroyOptions): DestroyReport {
    this.#requireOpen();
    const checked = checkDestroy('KeyManager.previewDestruction', options);
    return this.#store.guarded(() => {
      this.#keys.advance();
      return this.#report(this.#chooseToDestroy(checked));
    });
  }

  // ---- evidence locks

  /** Pins the keys of a camera's interval: they cannot be destroyed until the lock is removed. */
  lockEvidence(options: {
    cameraId: string;
    from: number;
    to: number;
    reason: string;
  }): EvidenceLock {
    this.#requireOpen();
    const checked = checkOptions('KeyManager.lockEvidence', options, {
      cameraId,
      from: time,
      to: time,
      reason: text(1, 1000),
    });
    if (checked.from >= checked.to) {
      throw invalidArgument('KeyManager.lockEvidence: to', 'later than from', checked.to);
    }
    const lock: EvidenceLock = {
      id: randomUUID(),
      ...checked,
      createdAt: Date.now(),
      createdBy: this.#actor,
    };
    this.#record(
      'evidence.lock',
      () => this.#store.addLock(lock),
      () => ({ subject: lock.id, detail: { ...checked } }),
    );
    return lock;
  }

  /** `ERR_LOCK_NOT_FOUND`. */
  unlockEvidence(id: string, reason: string): void {
    this.#requireOpen();
    uuid('KeyManager.unlockEvidence: id', id);
    text(1, 1000)('KeyManager.unlockEvidence: reason', reason);
    this.#record(
      'evidence.unlock',
      () => {
        const lock = this.#store.exclusive(() => this.#store.removeLock(id));
        if (lock) return lock;
        throw new FluxError('ERR_LOCK_NOT_FOUND', `There is no evidence lock ${id}.`);
      },
      (lock) => ({ subject: id, detail: { cameraId: lock.cameraId, reason } }),
    );
  }

  evidenceLocks(): EvidenceLock[] {
    this.#requireOpen();
    return this.#store.guarded(() => this.#store.locks());
  }

  // ---- roots

  /** What opens this store. */
  roots(): RootInfo[] {
    this.#requireOpen();
    this.#store.guarded(() => this.#masters.reload());
    return this.#masters.record.roots.map(infoOf);
  }

  /**
   * Another root: each opens the store alone. For `recovery` the key comes back, once: print it for
   * the safe; it is stored nowhere.
   */
  async addRoot(options: NewRootOptions): Promise<{ root: RootInfo; recoveryKey?: string }> {
    this.#requireOpen();
    const checked = rootToAdd('KeyManager.addRoot', options);
    const { entry, recoveryKey } = await this.#audit.recordAsync(
      'root.add',
      async () => {
        const prepared = await this.#masters.prepareRoot(checked);
        this.#store.guarded(() =>
          this.#store.exclusive(() => {
            this.#masters.reload();
            this.#masters.addPrepared(prepared.entry);
          }),
        );
        return prepared;
      },
      ({ entry: { id, type, label } }) => ({ subject: id, detail: { type, label } }),
    );
    return { root: infoOf(entry), ...(recoveryKey !== undefined && { recoveryKey }) };
  }

  /**
   * Removes a root and rotates the master key, so that the root opens nothing from then on, not even
   * with a root.json from a backup. `ERR_ROOT_NOT_FOUND`; `ERR_ROOT_LAST` for the last one beside
   * recovery keys; `ERR_ROOT_IN_USE` for the one that this KeyManager was opened with.
   */
  removeRoot(id: string): void {
    this.#requireOpen();
    uuid('KeyManager.removeRoot: id', id);
    this.#record(
      'root.remove',
      () =>
        this.#store.exclusive(() => {
          this.#masters.reload();
          return this.#masters.removeRoot(id);
        }),
      ({ type, label }) => ({ subject: id, detail: { type, label } }),
    );
    this.rotateMaster();
  }

  // ---- passwords

  hasPassword(userId: string): boolean {
    this.#requireOpen();
    return this.#store.guarded(() =>
      this.#passwords.has(userIdOf('KeyManager.hasPassword', userId)),
    );
  }

  /**
   * Sets a user's password; `current` where there is one already. The user's own key, which the
   * password opens, stays. With the administrator's password the configuration key is rotated.
   * `ERR_PASSWORD` where `current` is not right or missing; `ERR_POLICY` for too few iterations.
   */
  async setPassword(
    userId: string,
    password: string | Uint8Array,
    options: { current?: string | Uint8Array; iterations?: number } = {},
  ): Promise<void> {
    this.#requireOpen();
    userIdOf('KeyManager.setPassword', userId);
    passphrase('KeyManager.setPassword: password', password);
    const checked = checkOptions('KeyManager.setPassword', options, {
      current: optional(passphrase),
      iterations: optional(integer(1, MAX_ITERATIONS), DEFAULT_ITERATIONS),
    });
    requireIterations('KeyManager.setPassword', checked.iterations);
    await this.#audit.recordAsync(
      'password.set',
      () =>
        this.#audit.orDenied('password.set', userId, () =>
          this.#passwords.set(userId, password, checked.iterations, checked.current),
        ),
      () => ({ subject: userId }),
    );
    if (userId === ADMINISTRATOR) this.rotate({ purpose: 'config' });
  }

  /** The key of a user, which only the password opens: for secrets of that user. `ERR_PASSWORD`. */
  async userKey(userId: string, password: string | Uint8Array): Promise<NativeKey> {
    this.#requireOpen();
    userIdOf('KeyManager.userKey', userId);
    passphrase('KeyManager.userKey: password', password);
    return this.#passwords.check(userId, password);
  }

  /** Forgets a user's password and key. `ERR_USER_NOT_FOUND`. */
  removePassword(userId: string): void {
    this.#requireOpen();
    userIdOf('KeyManager.removePassword', userId);
    this.#record(
      'password.remove',
      () => this.#passwords.remove(userId),
      () => ({ subject: userId }),
    );
  }

  /** `ERR_ADMINISTRATOR_NOT_SET`, `ERR_PASSWORD`. A refusal is in the audit log as `action`. */
  async checkAdministrator(password: string | Uint8Array, action: string): Promise<void> {
    this.#requireOpen();
    passphrase('KeyManager.checkAdministrator: password', password);
    if (!this.#passwords.has(ADMINISTRATOR)) {
      throw new FluxError(
        'ERR_ADMINISTRATOR_NOT_SET',
        'This store has no administrator yet. Set a password: fluxvision keys password.',
      );
    }
    await this.#audit.orDenied(action, '', () => this.#passwords.check(ADMINISTRATOR, password));
  }

  // ---- export and import

  /**
   * Keys for another machine, under a passphrase of their own. Needs the administrator's password and
   * leaves an audit entry either way. `ERR_PASSWORD`, `ERR_ADMINISTRATOR_NOT_SET`,
   * `ERR_KEY_NOT_FOUND`, `ERR_KEY_DESTROYED`.
   */
  async exportKeys(options: {
    ids: readonly string[];
    administratorPassword: string | Uint8Array;
    passphrase: string | Uint8Array;
  }): Promise<KeyPackage> {
    this.#requireOpen();
    const checked = checkOptions('KeyManager.exportKeys', options, {
      ids: list,
      administratorPassword: passphrase,
      passphrase,
    });
    const ids = checked.ids.map((id) => uuid('KeyManager.exportKeys: ids', id));
    return this.#audit.recordAsync(
      'key.export',
      async () => {
        await this.checkAdministrator(checked.administratorPassword, 'key.export');
        return this.#transfer.pack(this.storeId, ids, checked.passphrase);
      },
      () => ({ detail: { ids: ids.slice(0, 100), count: ids.length } }),
    );
  }

  /** One key; see {@link KeyManager.exportKeys}. */
  exportKey(
    id: string,
    administratorPassword: string | Uint8Array,
    passphraseOfPackage: string | Uint8Array,
  ): Promise<KeyPackage> {
    return this.exportKeys({ ids: [id], administratorPassword, passphrase: passphraseOfPackage });
  }

  /**
   * Takes keys from a package: they open recordings of the other machine, and seal nothing here.
   * Keys that are here already are left as they are. `ERR_KEY_PACKAGE`, `ERR_KEY_PASSPHRASE`.
   */
  async importKeys(
    keyPackage: unknown,
    passphraseOfPackage: string | Uint8Array,
  ): Promise<{ imported: string[]; known: string[] }> {
    this.#requireOpen();
    passphrase('KeyManager.importKeys: passphrase', passphraseOfPackage);
    return this.#audit.recordAsync(
      'key.import',
      () => this.#transfer.unpack(keyPackage, passphraseOfPackage),
      ({ imported }) => ({ detail: { count: imported.length } }),
    );
  }

  // ---- sessions

  /** Ends a session before its time, for all processes. Times are UTC milliseconds. */
  revokeSession(id: string, expiresAt: number): void {
    this.#requireOpen();
    uuid('KeyManager.revokeSession: id', id);
    time('KeyManager.revokeSession: expiresAt', expiresAt);
    this.#store.guarded(() => this.#store.revokeSession(id, expiresAt, Date.now()));
  }

  isSessionRevoked(id: string): boolean {
    this.#requireOpen();
    return this.#store.guarded(() => this.#store.isRevoked(id));
  }

  /** Idempotent. Keys that were given out stay usable. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#audit.close();
    this.#store.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  static async #assemble(masters: MasterKeys, actor: string): Promise<KeyManager> {
    const store = new KeyStore(masters.directory);
    try {
      const keys = new DataKeys(store, masters);
      keys.resume();
      const audit = await KeyAudit.open(masters.directory, actor, keys);
      return new KeyManager({ masters, store, keys, audit, actor });
    } catch (error) {
      store.close();
      throw asFluxError(error, 'ERR_KEY_STORE', keyStorePath(masters.directory));
    }
  }

  #period(purpose: 'database' | 'session', period: string): KeyHandle {
    this.#requireOpen();
    return this.#store.guarded(() => this.#keys.ofPeriod(purpose, '', period, Date.now()));
  }

  #chooseToDestroy({ ids, before, cameraId: camera }: DestroyOptions): Choice {
    if (ids) {
      return requireDestroyable(
        this.#store,
        ids.map((id) => this.#store.require(id)),
      );
    }
    return chooseOutdated(this.#store, before as number, camera);
  }

  #report(choice: Choice): DestroyReport {
    const infos = new Map(this.#store.list().map((info) => [info.id, info]));
    const all = (ids: string[]) => ids.map((id) => infos.get(id) as KeyInfo);
    return { destroyed: all(choice.destroy), pinned: all(choice.pinned) };
  }

  /** What must leave an entry; see {@link KeyAudit.record}. */
  #record<T>(action: string, work: () => T, tell: (result: T) => Told): T {
    return this.#audit.record(action, () => this.#store.guarded(work), tell);
  }

  #requireOpen(): void {
    if (this.#closed) throw new FluxError('ERR_CLOSED', 'The KeyManager is closed.');
  }
}

interface Parts {
  masters: MasterKeys;
  store: KeyStore;
  keys: DataKeys;
  audit: KeyAudit;
  actor: string;
}

function infoOf({ id, type, label, createdAt }: RootEntry): RootInfo {
  return { id, type, label, createdAt };
}

function userIdOf(where: string, value: unknown): string {
  return text(1, 255)(`${where}: userId`, value);
}

async function makePrivateDirectory(directory: string): Promise<void> {
  try {
    const made = await mkdir(directory, { recursive: true, mode: 0o700 });
    if (made) await chmod(directory, 0o700);
  } catch (error) {
    throw asFluxError(error, 'ERR_KEY_STORE', `${directory} cannot be made`);
  }
}
