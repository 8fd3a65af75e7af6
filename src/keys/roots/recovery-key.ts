// The recovery key: a P-256 private key as text for the safe. Its public half stays on the machine.
import { createHash } from 'node:crypto';
import { FluxError } from '../../errors.js';
import { type NativeKey, native } from '../../native/index.js';

// Crockford's Base32: no I, L, O, U, so that what is read from paper is read right.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const PREFIX = 'FVRK1';
const KEY_BYTES = 32;
const FINGERPRINT_BYTES = 10;
const CHECKSUM_BYTES = 3;
const TEXT_LENGTH = ((KEY_BYTES + FINGERPRINT_BYTES + CHECKSUM_BYTES) * 8) / 5;
const GROUP = 6;

/** A recovery key as it was read. */
export interface RecoveryKey {
  privateKey: NativeKey;
  /** Of the store's identity: says which store the key is for, and proves its root.json. */
  fingerprint: Buffer;
}

/** The first bytes of SHA-256 over the public key that signs a store's root.json. */
export function identityFingerprint(identityPublicKey: Buffer): Buffer {
  return createHash('sha256').update(identityPublicKey).digest().subarray(0, FINGERPRINT_BYTES);
}

/** "FVRK1-3K7QZD-…": 12 groups of six behind the prefix, with a checksum against misreading. */
export function formatRecoveryKey(privateKey: NativeKey, identityPublicKey: Buffer): string {
  const scalar = native.revealRecoveryKey(privateKey);
  const body = Buffer.concat([scalar, identityFingerprint(identityPublicKey)]);
  const bytes = Buffer.concat([body, checksum(body)]);
  try {
    const groups = encode(bytes).match(new RegExp(`.{${GROUP}}`, 'g')) as string[];
    return [PREFIX, ...groups].join('-');
  } finally {
    for (const buffer of [scalar, body, bytes]) buffer.fill(0);
  }
}

/** ERR_RECOVERY_KEY where it is mistyped or no recovery key at all. Never shows it. */
export function parseRecoveryKey(text: string): RecoveryKey {
  const plain = text.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
  if (!plain.startsWith(PREFIX) || plain.length !== PREFIX.length + TEXT_LENGTH) {
    throw malformed(`it begins with ${PREFIX} and has ${TEXT_LENGTH} more characters`);
  }
  const bytes = decode(plain.slice(PREFIX.length));
  if (!bytes) throw malformed('it has letters and digits only, and no U');
  try {
    const body = bytes.subarray(0, KEY_BYTES + FINGERPRINT_BYTES);
    if (!native.equalConstantTime(checksum(body), bytes.subarray(body.length))) {
      throw malformed('a character is wrong, or two are swapped');
    }
    return {
      privateKey: native.importKey(body.subarray(0, KEY_BYTES)),
      fingerprint: Buffer.from(body.subarray(KEY_BYTES)),
    };
  } finally {
    bytes.fill(0);
  }
}

function malformed(why: string): FluxError {
  return new FluxError(
    'ERR_RECOVERY_KEY',
    `This is not a recovery key as it was printed: ${why}. Compare it with the paper.`,
  );
}

function checksum(body: Buffer): Buffer {
  return createHash('sha256')
    .update('fluxvision/recovery/v1\0')
    .update(body)
    .digest()
    .subarray(0, CHECKSUM_BYTES);
}

function encode(bytes: Buffer): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(value >> bits) & 31];
    }
  }
  return text;
}

function decode(text: string): Buffer | undefined {
  const bytes = Buffer.alloc((text.length * 5) / 8);
  let length = 0;
  let bits = 0;
  let value = 0;
  for (const character of text) {
    const digit = ALPHABET.indexOf(character);
    if (digit < 0) return undefined;
    value = ((value << 5) | digit) & 0xffff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[length++] = (value >> bits) & 0xff;
    }
  }
  return bytes;
}
