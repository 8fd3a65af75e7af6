// Passwords of people, and the key that each of them alone opens (UKEK). A stored record is wrapped
// twice, under the password and under the master key: who steals keys.db cannot even guess. Changes
// and refusals are on the record.
import { FluxError, isFluxError } from '../errors.js';
import { type NativeKey, native } from '../native/index.js';
import { type DataKeys, innerContext } from './data-keys.js';
import { canonicalJson } from './encoding.js';
import type { KeyAudit } from './key-audit.js';
import type { KeyRow, KeyStore } from './key-store.js';
import { ADMINISTRATOR } from './options.js';
import { deriveFrom, newKdf, parseKdf } from './passphrase.js';

export class Passwords {
  readonly #store: KeyStore;
  readonly #keys: DataKeys;
  readonly #audit: KeyAudit;

  constructor(store: KeyStore, keys: DataKeys, audit: KeyAudit) {
    this.#store = store;
    this.#keys = keys;
    this.#audit = audit;
  }

  has(userId: string): boolean {
    return this.#store.guarded(() => this.#store.newest('user', userId) !== undefined);
  }

  /** The user's key. ERR_PASSWORD, the same for an unknown user and a wrong password. */
  async check(userId: string, password: string | Uint8Array): Promise<NativeKey> {
    const row = this.#store.newest('user', userId);
    const kdf = row && parseKdf(`The password record of '${userId}'`, JSON.parse(row.parameters));
    // An unknown user takes as long as a known one.
    const derived = await deriveFrom(password, kdf ?? DUMMY_KDF);
    if (!row || !kdf) throw wrongPassword();
    const { wrapped, context } = this.#keys.unwrapOuter(row);
    try {
      return native.unwrapKey(derived, wrapped, context);
    } catch (error) {
      if (!isFluxError(error, 'ERR_AUTH_TAG')) throw error;
      throw wrongPassword();
    }
  }

  /** ERR_ADMINISTRATOR_NOT_SET; ERR_PASSWORD, which is on the record as `action`. */
  async checkAdministrator(password: string | Uint8Array, action: string): Promise<void> {
    if (!this.has(ADMINISTRATOR)) {
      throw new FluxError(
        'ERR_ADMINISTRATOR_NOT_SET',
        'This store has no administrator yet. Set a password: fluxvision keys password.',
      );
    }
    await this.#audit.orDenied(action, '', () => this.check(ADMINISTRATOR, password));
  }

  /** Sets or changes a password. The user's key stays, so what it sealed stays readable. */
  set(
    userId: string,
    password: string | Uint8Array,
    iterations: number,
    current: string | Uint8Array | undefined,
  ): Promise<void> {
    const work = () => this.#set(userId, password, iterations, current);
    return this.#audit.recordAsync(
      'password.set',
      () => this.#audit.orDenied('password.set', userId, work),
      () => ({ subject: userId }),
    );
  }

  /** Forgets a user: what only the user's key opened is unreadable from then on. */
  remove(userId: string): void {
    this.#audit.record(
      'password.remove',
      () => this.#store.guarded(() => this.#remove(userId)),
      () => ({ subject: userId }),
    );
  }

  async #set(
    userId: string,
    password: string | Uint8Array,
    iterations: number,
    current: string | Uint8Array | undefined,
  ): Promise<void> {
    const existing = this.#store.newest('user', userId);
    if (existing && current === undefined) {
      throw new FluxError(
        'ERR_PASSWORD',
        `'${userId}' has a password. Give it as \`current\` to change it.`,
      );
    }
    const key = existing ? await this.check(userId, current as string) : native.generateKey();
    const kdf = newKdf(`The password of '${userId}'`, iterations);
    const derived = await deriveFrom(password, kdf);
    this.#store.exclusive(() => {
      const now = this.#store.newest('user', userId);
      if (now?.id !== existing?.id) {
        throw new FluxError('ERR_PASSWORD', `The password of '${userId}' changed meanwhile.`);
      }
      if (now) this.#store.destroy([now.id], Date.now());
      const row: Pick<KeyRow, 'purpose' | 'subject' | 'period' | 'parameters'> = {
        purpose: 'user',
        subject: userId,
        period: String(Number(now?.period ?? '0') + 1),
        parameters: canonicalJson({ ...kdf }),
      };
      this.#keys.insertSealed(row, (master, context) => {
        const inner = native.wrapKey(derived, key, innerContext(row));
        return native.sealMessage('ARIA-256-GCM', master, context, inner);
      });
    });
    this.#store.checkpoint();
  }

  #remove(userId: string): void {
    const row = this.#store.newest('user', userId);
    if (!row) throw new FluxError('ERR_USER_NOT_FOUND', `'${userId}' has no password here.`);
    this.#store.exclusive(() => this.#store.destroy([row.id], Date.now()));
    this.#store.checkpoint();
  }
}

const DUMMY_KDF = {
  name: 'PBKDF2-HMAC-SHA-256',
  iterations: 600_000,
  salt: '00'.repeat(32),
} as const;

function wrongPassword(): FluxError {
  return new FluxError('ERR_PASSWORD', 'The user or the password is not right.');
}
