// A key store that is open: its files, and the parts that work on them.
import { existsSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { FluxError } from '../errors.js';
import { asFluxError } from '../events.js';
import { DataKeys } from './data-keys.js';
import { Destruction } from './destruction.js';
import { EvidenceLocks } from './evidence-locks.js';
import { KeyAudit, logDenied } from './key-audit.js';
import { KeyStore, keyStorePath } from './key-store.js';
import { KeyTransfer } from './key-transfer.js';
import { MasterKeys } from './master-keys.js';
import { Passwords } from './passwords.js';
import { readRecord, rootPath } from './root-record.js';
import type { NewRootOptions, RootOptions } from './roots/index.js';
import { Rotation } from './rotation.js';
import { StoreRoots } from './store-roots.js';

/** Which store, how it opens, and who acts. */
interface Opening<Root> {
  directory: string;
  root: Root;
  actor: string;
}

export class OpenedStore {
  readonly directory: string;
  readonly rotation: Rotation;
  readonly destruction: Destruction;
  readonly evidence: EvidenceLocks;
  readonly roots: StoreRoots;
  readonly passwords: Passwords;
  readonly transfer: KeyTransfer;

  private constructor(
    readonly masters: MasterKeys,
    /** keys.db. */
    readonly rows: KeyStore,
    readonly keys: DataKeys,
    readonly audit: KeyAudit,
    actor: string,
  ) {
    this.directory = masters.directory;
    this.rotation = new Rotation(rows, keys, audit);
    this.destruction = new Destruction(rows, keys, audit, this.rotation);
    this.evidence = new EvidenceLocks(rows, audit, actor);
    this.roots = new StoreRoots(rows, masters, audit, this.rotation);
    this.passwords = new Passwords(rows, keys, audit);
    this.transfer = new KeyTransfer(rows, keys, audit, this.passwords);
  }

  /** ERR_EXISTS; ERR_KEY_ROOT_NOT_FOUND where keys are there, and what opens them is gone. */
  static async create({ directory, root, actor }: Opening<NewRootOptions>): Promise<OpenedStore> {
    await makePrivateDirectory(directory);
    if (existsSync(keyStorePath(directory)) && !existsSync(rootPath(directory))) {
      throw new FluxError(
        'ERR_KEY_ROOT_NOT_FOUND',
        `${directory} holds keys, but ${rootPath(directory)} that opens them is gone. Restore it ` +
          'from a backup; a new one could not open them.',
      );
    }
    const { masters } = await MasterKeys.create(directory, [root]);
    const store = await OpenedStore.#assemble(masters, actor);
    try {
      const told = { subject: masters.record.storeId, detail: { root: root.type } };
      store.audit.announce('store.create', told);
      return store;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** What MasterKeys.open() throws, after it was written down. */
  static async open({ directory, root, actor }: Opening<RootOptions>): Promise<OpenedStore> {
    let masters: MasterKeys;
    try {
      masters = await MasterKeys.open(directory, root);
    } catch (error) {
      await logDenied(directory, actor, root.type, error);
      throw error;
    }
    const store = await OpenedStore.#assemble(masters, actor);
    store.audit.announceOpening(root.type);
    return store;
  }

  /**
   * The same store, on the disk that is there now, for the keys that are open already.
   * ERR_STORAGE_MISMATCH where another store lies there.
   */
  async reopened(): Promise<OpenedStore> {
    const found = readRecord(this.directory);
    const { storeId } = this.masters.record;
    if (!('storeId' in found) || found.storeId !== storeId) {
      throw new FluxError(
        'ERR_STORAGE_MISMATCH',
        `${this.directory} holds another key store now, not ${storeId}. Mount the right disk.`,
      );
    }
    return OpenedStore.#assemble(this.masters, this.audit.actor);
  }

  async close(): Promise<void> {
    await this.audit.close();
    this.rows.close();
  }

  static async #assemble(masters: MasterKeys, actor: string): Promise<OpenedStore> {
    const rows = new KeyStore(masters.directory);
    try {
      const keys = new DataKeys(rows, masters);
      keys.resume();
      const audit = await KeyAudit.open(masters.directory, actor, keys);
      return new OpenedStore(masters, rows, keys, audit, actor);
    } catch (error) {
      rows.close();
      throw asFluxError(error, 'ERR_KEY_STORE', keyStorePath(masters.directory));
    }
  }
}

async function makePrivateDirectory(directory: string): Promise<void> {
  try {
    const made = await mkdir(directory, { recursive: true, mode: 0o700 });
    if (made) await chmod(directory, 0o700);
  } catch (error) {
    throw asFluxError(error, 'ERR_KEY_STORE', `${directory} cannot be made`);
  }
}
