// Authenticated encryption of whole messages, and the cryptographic modules that do it.
import type { NativeKey } from './keys.js';

/** Authenticated encryption of whole messages. */
export type NativeAead =
  | 'LEA-256-GCM'
  | 'ARIA-256-GCM'
  | 'ARIA-256-CBC-HMAC-SHA-256'
  | 'ARIA-256-CTR-HMAC-SHA-256';

export interface MessageExports {
  /** nonce || ciphertext || tag; the nonce is made there. Throws ERR_LIMIT, ERR_CRYPTO. */
  sealMessage(
    algorithm: NativeAead,
    key: NativeKey,
    associatedData: Uint8Array,
    plaintext: Uint8Array,
  ): Buffer;
  /** Throws ERR_AUTH_TAG, whatever it is that does not fit. */
  openMessage(
    algorithm: NativeAead,
    key: NativeKey,
    associatedData: Uint8Array,
    sealed: Uint8Array,
  ): Buffer;
  /** Once per process, before the first use. Throws ERR_STATE, ERR_CRYPTO_MODULE. */
  configureCryptoModules(modules: { path: string; algorithms?: NativeAead[] }[]): void;
  /** Throws ERR_CRYPTO_MODULE where a configured module does not work. */
  cryptoModules(): {
    algorithm: NativeAead;
    module: string;
    version?: string;
    validation?: string;
    path?: string;
  }[];
}
