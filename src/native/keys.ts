// Keys in native memory: made, derived, wrapped, and what is computed with them.

/** A 256-bit key in native memory. JavaScript holds the handle, never the bytes. */
export interface NativeKey {
  readonly __nativeKey: unique symbol;
}

export interface KeyExports {
  generateKey(): NativeKey;
  /**
   * PBKDF2-HMAC-SHA-256, one at a time on a thread of its own that gives way to all others. Rejects
   * with ERR_BUSY where 32 wait already.
   */
  deriveKey(passphrase: Uint8Array, salt: Uint8Array, iterations: number): Promise<NativeKey>;
  /** ARIA-256-GCM; 60 bytes: nonce, ciphertext, tag. */
  wrapKey(wrapping: NativeKey, key: NativeKey, context: Uint8Array): Buffer;
  unwrapKey(wrapping: NativeKey, wrapped: Uint8Array, context: Uint8Array): NativeKey;
  /** 32 bytes that came from outside (an HSM, a recovery key), copied; wipe them right after. */
  importKey(bytes: Uint8Array): NativeKey;
  /** HKDF-Expand-SHA-256 (a KBKDF) to another 256-bit key, for the purpose that `info` names. */
  deriveSubkey(key: NativeKey, info: Uint8Array): NativeKey;
  hmacSha256(key: NativeKey, data: Uint8Array): Buffer;
  /** Compares in time that depends on the lengths alone. */
  equalConstantTime(a: Uint8Array, b: Uint8Array): boolean;
}
