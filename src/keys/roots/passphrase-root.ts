// A root in a file: the secret is derived from a passphrase, and stored nowhere.
import { FluxError } from '../../errors.js';
import type { Plain } from '../encoding.js';
import { DEFAULT_ITERATIONS, deriveFrom, newKdf, parseKdf } from '../passphrase.js';
import type { RootKind } from './index.js';

export interface PassphraseRootOptions {
  type: 'passphrase';
  /** Text (compared in Unicode NFC) or bytes. */
  passphrase: string | Uint8Array;
  /** PBKDF2-HMAC-SHA-256 iterations of a new root: 600000 by default, at least 100000. */
  iterations?: number;
}

export const passphraseRoot: RootKind<PassphraseRootOptions> = {
  async create({ passphrase, iterations }) {
    const kdf = newKdf('The passphrase root', iterations ?? DEFAULT_ITERATIONS);
    const secret = await deriveFrom(passphrase, kdf);
    return { secret, parameters: { ...kdf } as { [name: string]: Plain } };
  },

  async unlock(parameters, { passphrase }) {
    const kdf = parseKdf('root.json', parameters);
    if (!kdf) {
      throw new FluxError('ERR_KEY_ROOT', 'root.json has no key derivation that is known.');
    }
    return deriveFrom(passphrase, kdf);
  },
};
