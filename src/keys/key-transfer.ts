// Export and import: keys of this store into a package, and keys of a package into this store. On
// the record, both.
import { FluxError } from '../errors.js';
import type { DataKeys } from './data-keys.js';
import { canonicalJson } from './encoding.js';
import type { KeyAudit } from './key-audit.js';
import { type KeyPackage, packKeys, unpackKeys } from './key-package.js';
import type { KeyRow, KeyStore } from './key-store.js';
import type { Passwords } from './passwords.js';

/** What an import did, by the ids of keys. */
export interface ImportReport {
  imported: string[];
  /** Were here already, and are left as they are. */
  known: string[];
}

/** An entry in the log names this many keys, and says how many there were. */
const MAX_NAMED = 100;

export class KeyTransfer {
  readonly #store: KeyStore;
  readonly #keys: DataKeys;
  readonly #audit: KeyAudit;
  readonly #passwords: Passwords;

  constructor(store: KeyStore, keys: DataKeys, audit: KeyAudit, passwords: Passwords) {
    this.#store = store;
    this.#keys = keys;
    this.#audit = audit;
    this.#passwords = passwords;
  }

  /**
   * ERR_PASSWORD, ERR_ADMINISTRATOR_NOT_SET; ERR_KEY_NOT_FOUND, ERR_KEY_DESTROYED; ERR_KEY_PURPOSE for
   * a key that stays in its store.
   */
  export(
    storeId: string,
    options: {
      ids: readonly string[];
      administratorPassword: string | Uint8Array;
      passphrase: string | Uint8Array;
    },
  ): Promise<KeyPackage> {
    const { ids, administratorPassword, passphrase } = options;
    return this.#audit.recordAsync(
      'key.export',
      async () => {
        await this.#passwords.checkAdministrator(administratorPassword, 'key.export');
        return this.#pack(storeId, ids, passphrase);
      },
      () => ({ detail: { ids: ids.slice(0, MAX_NAMED), count: ids.length } }),
    );
  }

  /** ERR_KEY_PACKAGE, ERR_KEY_PASSPHRASE. All keys are taken or, where one fails, none. */
  import(keyPackage: unknown, passphrase: string | Uint8Array): Promise<ImportReport> {
    return this.#audit.recordAsync(
      'key.import',
      () => this.#unpack(keyPackage, passphrase),
      ({ imported }) => ({ detail: { count: imported.length } }),
    );
  }

  #pack(
    storeId: string,
    ids: readonly string[],
    passphrase: string | Uint8Array,
  ): Promise<KeyPackage> {
    const keys = this.#store.guarded(() =>
      ids.map((id) => {
        const row = this.#store.require(id);
        if (row.purpose !== 'video' && row.purpose !== 'database') {
          throw new FluxError(
            'ERR_KEY_PURPOSE',
            `Key ${id} is for ${row.purpose}: only video and database keys are exported.`,
          );
        }
        return { info: portable(row), key: this.#keys.unwrap(row) };
      }),
    );
    return packKeys(storeId, keys, passphrase);
  }

  async #unpack(keyPackage: unknown, passphrase: string | Uint8Array): Promise<ImportReport> {
    const keys = await unpackKeys(keyPackage, passphrase);
    const report: ImportReport = { imported: [], known: [] };
    this.#store.guarded(() =>
      this.#store.exclusive(() => {
        for (const { info, key, storeId } of keys) {
          if (this.#store.get(info.id)) {
            report.known.push(info.id);
            continue;
          }
          const row = {
            ...info,
            state: 'retired' as const,
            version: 1,
            destroyedAt: null,
            parameters: canonicalJson({ importedFrom: storeId }),
          };
          this.#keys.adopt(row, key);
          report.imported.push(info.id);
        }
      }),
    );
    return report;
  }
}

function portable(row: KeyRow) {
  const { id, purpose, subject, period, algorithm, createdAt, activatesAt } = row;
  return { id, purpose, subject, period, algorithm, createdAt, activatesAt };
}
