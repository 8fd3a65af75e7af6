// What a wrapped key is bound to. The encoding is documented in docs/keys.md; changing it makes
// every key that was ever wrapped unreadable.

const LABEL = 'fluxvision/wrap/v1';

export interface WrapContext {
  purpose: 'master' | 'video';
  keyId: string;
  /** Id of the key that wraps this one; for the master key `passphrase`. */
  parentId: string;
  algorithm: string;
  /** UTC milliseconds. */
  createdAt: number;
  cameraId: string;
  /** YYYYMMDD */
  day: string;
}

/** How a passphrase becomes the key that wraps the master key. */
export interface KdfParameters {
  name: 'PBKDF2-HMAC-SHA-256';
  iterations: number;
  /** Lower-case hex. */
  salt: string;
}

/**
 * Each field as UTF-8 text behind its length in bytes (u32, big-endian), in fixed order; numbers in
 * decimal. The master key's context goes on with the parameters of its key derivation.
 */
export function encodeWrapContext(context: WrapContext, kdf?: KdfParameters): Buffer {
  const fields = [
    LABEL,
    context.purpose,
    context.keyId,
    context.parentId,
    context.algorithm,
    String(context.createdAt),
    context.cameraId,
    context.day,
  ];
  if (kdf) fields.push(kdf.name, String(kdf.iterations), kdf.salt);
  return Buffer.concat(
    fields.flatMap((field) => {
      const text = Buffer.from(field, 'utf8');
      const length = Buffer.alloc(4);
      length.writeUInt32BE(text.length);
      return [length, text];
    }),
  );
}
