// Cryptographic modules, validated ones for instance, that serve ciphers in place of the built-in.
import { FluxError } from '../errors.js';
import { native } from '../native/index.js';

/** What a module can serve. */
export type CipherAlgorithm =
  | 'LEA-256-GCM'
  | 'ARIA-256-GCM'
  | 'ARIA-256-CBC-HMAC-SHA-256'
  | 'ARIA-256-CTR-HMAC-SHA-256';

export interface CryptoModuleOptions {
  /** Absolute path of a shared library that implements `fluxvision_crypto_module.h`. */
  path: string;
  /** What it shall serve; left out: all that it has. */
  algorithms?: CipherAlgorithm[];
}

/** Who serves an algorithm in this process. */
export interface CryptoModuleInfo {
  algorithm: CipherAlgorithm;
  /** The module's name, or `built in`. */
  module: string;
  /** Absent where it is built in. */
  version?: string;
  /** The module's own words on its certificate; absent where it claims none. */
  validation?: string;
  /** Of the shared library; absent where it is built in. */
  path?: string;
}

/**
 * Lets cryptographic modules serve ciphers in place of the built-in ones, for the whole process. To be
 * called once, before keys or recordings are opened. Where no code can be changed, the environment
 * variable `FLUXVISION_CRYPTO_MODULE=/path/to/module.so[:ALGORITHM,ALGORITHM]` does the same.
 *
 * Each module's self-test runs, then known answers of ours. A module that fails, now or later, is
 * never replaced by the built-in cipher: what needs it throws `ERR_CRYPTO_MODULE`.
 *
 * @throws FluxError `ERR_CRYPTO_MODULE`: a module cannot be loaded, has another interface, or gave a
 * wrong answer. `ERR_STATE`: modules were configured already, an algorithm was used before, or the
 * environment variable is set. `ERR_INVALID_ARGUMENT`.
 */
export function configureCryptoModules(modules: CryptoModuleOptions[]): void {
  if (!Array.isArray(modules)) {
    throw new FluxError(
      'ERR_INVALID_ARGUMENT',
      'configureCryptoModules takes an array of { path, algorithms? }',
    );
  }
  native.configureCryptoModules(modules);
}

/**
 * Who serves each algorithm.
 *
 * @throws FluxError `ERR_CRYPTO_MODULE` where a configured module does not work: then nothing is
 * encrypted or decrypted in this process.
 */
export function cryptoModules(): CryptoModuleInfo[] {
  return native.cryptoModules();
}
