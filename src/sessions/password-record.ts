// What is kept of a user's password: PBKDF2-HMAC-SHA-256 and a MAC under the derived key. The work is
// done on the one native thread for it, never on libuv's pool.
import { timingSafeEqual } from 'node:crypto';
import { FluxError } from '../errors.js';
import { deriveFrom, type KdfParameters, newKdf, parseKdf } from '../keys/index.js';
import { native } from '../native/index.js';

/** Algorithm and cost stand in each record, so that they can rise. */
export interface PasswordRecord extends KdfParameters {
  /** HMAC-SHA-256 of a label under the derived key; 64 lower-case hex digits. */
  verifier: string;
}

const LABEL = Buffer.from('fluxvision/user-password/v1');
const MIN_CHARACTERS = 12;
const MAX_CHARACTERS = 256;

/** `ERR_POLICY` for what is no good password of `username`; `ERR_INVALID_ARGUMENT` for no text. */
export function checkNewPassword(where: string, password: unknown, username: string): string {
  if (typeof password !== 'string') {
    throw new FluxError('ERR_INVALID_ARGUMENT', `${where} must be a string.`);
  }
  const length = [...password.normalize('NFC')].length;
  if (length < MIN_CHARACTERS || length > MAX_CHARACTERS) {
    throw new FluxError(
      'ERR_POLICY',
      `${where} must have from ${MIN_CHARACTERS} to ${MAX_CHARACTERS} characters. A sentence is easy to remember.`,
    );
  }
  if (foldName(password) === foldName(username)) {
    throw new FluxError('ERR_POLICY', `${where} must not be the user's name.`);
  }
  return password;
}

/** `ERR_BUSY` where too much password work waits. */
export async function hashPassword(password: string, iterations: number): Promise<PasswordRecord> {
  const kdf = newKdf('A password record', iterations);
  return { ...kdf, verifier: (await verifierOf(password, kdf)).toString('hex') };
}

/**
 * Whether `password` is the one of `record`. Without a record it takes as long, at `iterations`, and
 * says no. `ERR_BUSY`.
 */
export async function isPassword(
  password: string,
  record: PasswordRecord | undefined,
  iterations: number,
): Promise<boolean> {
  const kdf = record ?? { name: 'PBKDF2-HMAC-SHA-256', iterations, salt: '00'.repeat(32) };
  const verifier = await verifierOf(password, kdf);
  const expected = record ? Buffer.from(record.verifier, 'hex') : Buffer.alloc(verifier.length);
  return timingSafeEqual(verifier, expected) && record !== undefined;
}

/** The record in a stored text; `ERR_POLICY` where its cost is out of bounds. */
export function parsePasswordRecord(text: string): PasswordRecord {
  const value = JSON.parse(text) as Partial<PasswordRecord>;
  const kdf = parseKdf('A password record', value);
  const { verifier } = value;
  if (!kdf || typeof verifier !== 'string' || !/^[\da-f]{64}$/.test(verifier)) {
    throw new FluxError(
      'ERR_USERS',
      'A password record in users.db is of a kind that this release does not know. Update @fluxvision/core.',
    );
  }
  return { ...kdf, verifier };
}

/** What two user names are compared by: NFC, without case. */
export function foldName(name: string): string {
  return name.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
}

async function verifierOf(password: string, kdf: KdfParameters): Promise<Buffer> {
  return native.hmacSha256(await deriveFrom(password, kdf), LABEL);
}
