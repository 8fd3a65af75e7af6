// The hierarchy of keys behind one class: roots, master key, and below it the keys that seal. Here
// arguments are checked; the parts of OpenedStore do the work.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  cameraId,
  checkOptions,
  oneOf,
  optional,
  passphrase,
  path,
  text,
  time,
  uuid,
} from '../arguments/index.js';
import type { AuditLog, AuditOutcome, AuditSigner } from '../audit/index.js';
import { FluxError } from '../errors.js';
import type { NativeKey } from '../native/index.js';
import { DAY_MS, dayName, utcDay } from '../utc-day.js';
import {
  checkCreate,
  checkDestroy,
  checkExport,
  checkLock,
  checkOpen,
  checkRotate,
  checkSetPassword,
  checkUserId,
} from './check-options.js';
import type { KeyHandle } from './data-keys.js';
import { FieldCipher } from './field-cipher.js';
import { inspectStore } from './inspection.js';
import type { Told } from './key-audit.js';
import type { KeyPackage } from './key-package.js';
import type { EvidenceLock, KeyInfo } from './key-store.js';
import { OpenedStore } from './opened-store.js';
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
import { rootPath } from './root-record.js';
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
  #parts: OpenedStore;
  #closed = false;

  private constructor(parts: OpenedStore) {
    this.directory = parts.directory;
    this.#parts = parts;
    this.fields = new FieldCipher(this);
  }

  /**
   * Makes a new store, its directory too. `ERR_EXISTS` where one is there; `ERR_POLICY` for too few
   * iterations.
   */
  static async create(options: KeyManagerCreateOptions): Promise<KeyManager> {
    const checked = checkCreate('KeyManager.create', options);
    return new KeyManager(await OpenedStore.create(checked));
  }

  /**
   * `ERR_KEY_ROOT_NOT_FOUND` where there is none; `ERR_KEY_PASSPHRASE` where it is not the one;
   * `ERR_ROOT_LOCKED` where a TPM or token refuses: the message says which other root would do.
   */
  static async open(options: KeyManagerOptions): Promise<KeyManager> {
    const checked = checkOpen('KeyManager.open', options);
    return new KeyManager(await OpenedStore.open(checked));
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
    return inspectStore(resolve(checked.directory));
  }

  /** UUID of the store. */
  get storeId(): string {
    return this.#parts.masters.record.storeId;
  }

  /**
   * Another string once a key may have changed, by this process or another. Cheap: who seals for long
   * asks for the key anew only then, or when its day or month is over.
   */
  get revision(): string {
    const { rows } = this.#opened();
    return rows.guarded(() => rows.revision);
  }

  /**
   * Who did what with the keys, signed with the store's own key. Throws what kept it from opening:
   * recording goes on without an audit log, but nothing that must leave an entry is done.
   */
  get audit(): AuditLog {
    return this.#parts.audit.log;
  }

  // ---- keys that seal and open

  /** The video key of a camera for the UTC day of `at` (milliseconds); made where there is none. */
  videoKey(camera: string, at: number): KeyHandle {
    const { rows, keys } = this.#opened();
    cameraId('KeyManager.videoKey: cameraId', camera);
    time('KeyManager.videoKey: at', at);
    const day = utcDay(at);
    return rows.guarded(() => keys.ofPeriod('video', camera, dayName(day), day * DAY_MS));
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
    const { rows, keys } = this.#opened();
    return rows.guarded(() => keys.ofCounter('config'));
  }

  /**
   * The key with this id. `ERR_KEY_NOT_FOUND`; `ERR_KEY_DESTROYED`; `ERR_AUTH_TAG` where its record
   * was altered.
   */
  key(id: string): NativeKey {
    const { rows, keys } = this.#opened();
    uuid('KeyManager.key: id', id);
    return rows.guarded(() => keys.unwrap(rows.require(id)));
  }

  /** What keys there are, of one purpose or of all. Holds no secrets. */
  list(options: { purpose?: KeyPurpose } = {}): KeyInfo[] {
    const { rows, keys } = this.#opened();
    const { purpose } = checkOptions('KeyManager.list', options, {
      purpose: optional(oneOf('video', 'database', 'config', 'audit', 'session', 'user')),
    });
    return rows.guarded(() => {
      keys.advance();
      return rows.list().filter((info) => !purpose || info.purpose === purpose);
    });
  }

  // ---- rotation and destruction

  /**
   * A new key takes over at once; the old one goes on opening what it sealed. A running recorder
   * takes up a camera's new key with its next segment.
   */
  rotate(options: RotateOptions): KeyHandle {
    const { rotation } = this.#opened();
    const { purpose, cameraId: camera } = checkRotate('KeyManager.rotate', options);
    return rotation.rotate(purpose, camera);
  }

  /**
   * A new master key: every key is wrapped anew in one transaction; the recordings stay as they are.
   * Resumes by itself after a crash, at the next open.
   */
  rotateMaster(): { from: string; to: string; keys: number } {
    return this.#opened().rotation.rotateMaster();
  }

  /**
   * Destroys keys for ever: what they sealed is unreadable at once. `ERR_KEY_IN_USE` for a key that
   * still seals; `ERR_EVIDENCE_LOCKED` for one that is pinned; `ERR_KEY_NOT_FOUND`.
   */
  destroyKeys(options: DestroyOptions): DestroyReport {
    const { destruction } = this.#opened();
    return destruction.destroy(checkDestroy('KeyManager.destroyKeys', options));
  }

  /** What {@link KeyManager.destroyKeys} would do; the same errors. */
  previewDestruction(options: DestroyOptions): DestroyReport {
    const { destruction } = this.#opened();
    return destruction.preview(checkDestroy('KeyManager.previewDestruction', options));
  }

  // ---- evidence locks

  /** Pins the keys of a camera's interval: they cannot be destroyed until the lock is removed. */
  lockEvidence(options: {
    cameraId: string;
    from: number;
    to: number;
    reason: string;
  }): EvidenceLock {
    const { evidence } = this.#opened();
    return evidence.add(checkLock('KeyManager.lockEvidence', options));
  }

  /** `ERR_LOCK_NOT_FOUND`. */
  unlockEvidence(id: string, reason: string): void {
    const { evidence } = this.#opened();
    uuid('KeyManager.unlockEvidence: id', id);
    text(1, 1000)('KeyManager.unlockEvidence: reason', reason);
    evidence.remove(id, reason);
  }

  evidenceLocks(): EvidenceLock[] {
    return this.#opened().evidence.list();
  }

  // ---- roots

  /** What opens this store. */
  roots(): RootInfo[] {
    return this.#opened().roots.list();
  }

  /**
   * Another root: each opens the store alone. For `recovery` the key comes back, once: print it for
   * the safe; it is stored nowhere.
   */
  async addRoot(options: NewRootOptions): Promise<{ root: RootInfo; recoveryKey?: string }> {
    const { roots } = this.#opened();
    return roots.add(rootToAdd('KeyManager.addRoot', options));
  }

  /**
   * Removes a root and rotates the master key, so that the root opens nothing from then on, not even
   * with a root.json from a backup. `ERR_ROOT_NOT_FOUND`; `ERR_ROOT_LAST` for the last one beside
   * recovery keys. It may be the one that this KeyManager was opened with, which goes on working.
   */
  removeRoot(id: string): void {
    const { roots } = this.#opened();
    uuid('KeyManager.removeRoot: id', id);
    roots.remove(id);
  }

  // ---- passwords

  hasPassword(userId: string): boolean {
    const { passwords } = this.#opened();
    return passwords.has(checkUserId('KeyManager.hasPassword', userId));
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
    const { passwords, rotation } = this.#opened();
    const checked = checkSetPassword('KeyManager.setPassword', userId, password, options);
    await passwords.set(userId, password, checked.iterations, checked.current);
    if (userId === ADMINISTRATOR) rotation.rotate('config');
  }

  /** The key of a user, which only the password opens: for secrets of that user. `ERR_PASSWORD`. */
  async userKey(userId: string, password: string | Uint8Array): Promise<NativeKey> {
    const { passwords } = this.#opened();
    checkUserId('KeyManager.userKey', userId);
    passphrase('KeyManager.userKey: password', password);
    return passwords.check(userId, password);
  }

  /** Forgets a user's password and key. `ERR_USER_NOT_FOUND`. */
  removePassword(userId: string): void {
    const { passwords } = this.#opened();
    passwords.remove(checkUserId('KeyManager.removePassword', userId));
  }

  /** `ERR_ADMINISTRATOR_NOT_SET`, `ERR_PASSWORD`. A refusal is in the audit log as `action`. */
  async checkAdministrator(password: string | Uint8Array, action: string): Promise<void> {
    const { passwords } = this.#opened();
    passphrase('KeyManager.checkAdministrator: password', password);
    await passwords.checkAdministrator(password, action);
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
    const { transfer } = this.#opened();
    return transfer.export(this.storeId, checkExport('KeyManager.exportKeys', options));
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
    const { transfer } = this.#opened();
    passphrase('KeyManager.importKeys: passphrase', passphraseOfPackage);
    return transfer.import(keyPackage, passphraseOfPackage);
  }

  /**
   * Takes footage out of the storage on the record: makes sure of the log, lets `work` do it, and
   * writes what `tell` says of it before the result is handed over. What `work` makes must not be in
   * its place before that.
   * @internal
   */
  recordFootageExport<T>(
    work: (by: { actor: string; signer: AuditSigner }) => Promise<T>,
    tell: (result: T) => Told,
  ): Promise<T> {
    const { audit, rows } = this.#opened();
    return audit.recordAsync(
      'footage.export',
      () => work({ actor: audit.actor, signer: rows.guarded(() => audit.signer()) }),
      tell,
    );
  }

  /** Writes down that retention deleted footage. Throws what keeps the log from taking it. @internal */
  recordFootageDeletion(detail: Record<string, unknown>): void {
    this.#opened().audit.announce('footage.delete', { detail });
  }

  /**
   * Does `work` for `actor`, and writes what `tell` says of it; nothing where the log takes no entry.
   * @internal
   */
  recordOf<T>(
    actor: string | undefined,
    action: string,
    work: () => T,
    tell: (result: T) => Told,
  ): T {
    return this.#opened().audit.recordOf(actor, action, work, tell);
  }

  /** Writes down what nothing could keep from happening, a refused login for example. @internal */
  note(actor: string, action: string, outcome: AuditOutcome, told: Told): void {
    this.#opened().audit.note(actor, action, outcome, told);
  }

  // ---- sessions

  /** Ends a session before its time, for all processes. Times are UTC milliseconds. */
  revokeSession(id: string, expiresAt: number): void {
    const { rows } = this.#opened();
    uuid('KeyManager.revokeSession: id', id);
    time('KeyManager.revokeSession: expiresAt', expiresAt);
    rows.guarded(() => rows.revokeSession(id, expiresAt, Date.now()));
  }

  isSessionRevoked(id: string): boolean {
    const { rows } = this.#opened();
    return rows.guarded(() => rows.isRevoked(id));
  }

  /**
   * After its disk was away: opens its files anew where they are others now, with the keys that are open
   * already. ERR_STORAGE_MISMATCH where another store lies there.
   * @internal
   */
  async followDisk(): Promise<void> {
    const gone = this.#opened();
    if (!gone.rows.isReplaced) return;
    const there = await gone.reopened();
    if (this.#closed) {
      await there.close();
      return;
    }
    this.#parts = there;
    // What it says of files that are gone helps nobody.
    await gone.close().catch(() => {});
  }

  /** Idempotent. Keys that were given out stay usable. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#parts.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #period(purpose: 'database' | 'session', period: string): KeyHandle {
    const { rows, keys } = this.#opened();
    return rows.guarded(() => keys.ofPeriod(purpose, '', period, Date.now()));
  }

  #opened(): OpenedStore {
    if (this.#closed) throw new FluxError('ERR_CLOSED', 'The KeyManager is closed.');
    return this.#parts;
  }
}
