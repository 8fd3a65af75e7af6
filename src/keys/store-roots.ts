// The roots of an open store: listed, added and removed, on the record.
import type { KeyAudit } from './key-audit.js';
import type { KeyStore } from './key-store.js';
import type { MasterKeys } from './master-keys.js';
import type { RootInfo } from './options.js';
import type { RootEntry } from './root-record.js';
import type { NewRootOptions } from './roots/index.js';
import type { Rotation } from './rotation.js';

export class StoreRoots {
  readonly #rows: KeyStore;
  readonly #masters: MasterKeys;
  readonly #audit: KeyAudit;
  readonly #rotation: Rotation;

  constructor(rows: KeyStore, masters: MasterKeys, audit: KeyAudit, rotation: Rotation) {
    this.#rows = rows;
    this.#masters = masters;
    this.#audit = audit;
    this.#rotation = rotation;
  }

  list(): RootInfo[] {
    this.#rows.guarded(() => this.#masters.reload());
    return this.#masters.record.roots.map(rootInfo);
  }

  /** With the recovery key where that is what was added. */
  async add(options: NewRootOptions): Promise<{ root: RootInfo; recoveryKey?: string }> {
    const { entry, recoveryKey } = await this.#audit.recordAsync(
      'root.add',
      async () => {
        const prepared = await this.#masters.prepareRoot(options);
        this.#change(() => this.#masters.addPrepared(prepared.entry));
        return prepared;
      },
      ({ entry: { id, type, label } }) => ({ subject: id, detail: { type, label } }),
    );
    return { root: rootInfo(entry), ...(recoveryKey !== undefined && { recoveryKey }) };
  }

  /** ERR_ROOT_NOT_FOUND, ERR_ROOT_LAST. */
  remove(id: string): void {
    this.#audit.record(
      'root.remove',
      () => this.#change(() => this.#masters.removeRoot(id)),
      ({ type, label }) => ({ subject: id, detail: { type, label } }),
    );
    // Who kept a root.json with the root in it has a master key that wraps nothing any more.
    this.#rotation.rotateMaster();
  }

  #change<T>(work: () => T): T {
    return this.#rows.guarded(() =>
      this.#rows.exclusive(() => {
        this.#masters.reload();
        return work();
      }),
    );
  }
}

export function rootInfo({ id, type, label, createdAt }: RootEntry): RootInfo {
  return { id, type, label, createdAt };
}
