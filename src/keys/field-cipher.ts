// Encrypted fields of databases: ARIA-256-CBC with HMAC-SHA-256 under the database key, bound to
// where the field stands.
import { FluxError, isFluxError } from '../errors.js';
import { type NativeKey, native } from '../native/index.js';
import type { KeyHandle } from './data-keys.js';
import { encodeFields } from './encoding.js';
import { formatSealedText, parseSealedText } from './sealed-text.js';

/** Where a field stands. A value that is copied elsewhere does not open there. */
export interface FieldPlace {
  table: string;
  column: string;
  /** The row's key, as text. */
  row: string | number;
}

/** What a field cipher needs of a KeyManager. */
interface FieldKeys {
  databaseKey(): KeyHandle;
  key(id: string): NativeKey;
}

const ALGORITHM = 'ARIA-256-CBC-HMAC-SHA-256';
/** IV, one block, MAC. */
const MIN_BYTES = 64;

/**
 * Seals single values for a database: `v1.<key id>.<Base64 of IV, ciphertext, MAC>`.
 *
 * @example
 * ```ts
 * const place = { table: 'cameras', column: 'url', row: 'door' };
 * const stored = keys.fields.seal(place, 'rtsp://admin:secret@192.168.1.20/');
 * keys.fields.open(place, stored);
 * ```
 */
export class FieldCipher {
  readonly #keys: FieldKeys;

  /** @internal */
  constructor(keys: FieldKeys) {
    this.#keys = keys;
  }

  /** Under this month's database key. */
  seal(place: FieldPlace, value: string): string {
    const { id, key } = this.#keys.databaseKey();
    const text = Buffer.from(value, 'utf8');
    const sealed = native.sealMessage(ALGORITHM, key, contextOf(place, id), text);
    text.fill(0);
    return formatSealedText(id, sealed);
  }

  /**
   * Whatever is wrong with a stored value, it is `ERR_AUTH_TAG` with one message; but for a key that
   * is gone: `ERR_KEY_NOT_FOUND`, `ERR_KEY_DESTROYED`.
   */
  open(place: FieldPlace, stored: string): string {
    const { keyId, sealed } = parseSealedText(stored) ?? {};
    if (!keyId || !sealed || sealed.length < MIN_BYTES) throw doesNotOpen(place);
    const key = this.#keys.key(keyId);
    try {
      const text = native.openMessage(ALGORITHM, key, contextOf(place, keyId), sealed);
      try {
        return text.toString('utf8');
      } finally {
        text.fill(0);
      }
    } catch (error) {
      if (!isFluxError(error, 'ERR_AUTH_TAG')) throw error;
      throw doesNotOpen(place);
    }
  }

  /** True where a stored value is sealed with a key that no longer seals: seal it anew some time. */
  isStale(stored: string): boolean {
    return parseSealedText(stored)?.keyId !== this.#keys.databaseKey().id;
  }
}

function contextOf({ table, column, row }: FieldPlace, keyId: string): Buffer {
  return encodeFields(['fluxvision/field/v1', table, column, row, keyId]);
}

function doesNotOpen({ table, column, row }: FieldPlace): FluxError {
  return new FluxError(
    'ERR_AUTH_TAG',
    `The field ${table}.${column} of row ${JSON.stringify(String(row))} does not open: it was altered, moved or cut. Restore it from a backup, or set it anew.`,
  );
}
