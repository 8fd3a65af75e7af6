// The curve P-256: key agreement for recovery keys, signatures for the audit log.
import type { NativeKey } from './keys.js';

export interface P256Exports {
  /** A P-256 private key. */
  generateP256(): NativeKey;
  /** 65 bytes: 04, X, Y. */
  p256PublicKey(privateKey: NativeKey): Buffer;
  /** ECDH, then HKDF-SHA-256 bound to `info`. Throws ERR_PEER_KEY. */
  agreeP256(privateKey: NativeKey, peer: Uint8Array, info: Uint8Array): NativeKey;
  /** ECDSA with SHA-256: 64 bytes, r and s. */
  signP256(privateKey: NativeKey, message: Uint8Array): Buffer;
  verifyP256(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** The one way for a private key out of native memory: to print a recovery key. 32 bytes. */
  revealRecoveryKey(privateKey: NativeKey): Buffer;
}
