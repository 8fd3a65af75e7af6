// From a passphrase or password to a key: PBKDF2-HMAC-SHA-256, its parameters stored beside.
import { randomBytes } from 'node:crypto';
import { FluxError } from '../errors.js';
import { type NativeKey, native } from '../native/index.js';

export const MIN_ITERATIONS = 100_000;
export const DEFAULT_ITERATIONS = 600_000;
export const MAX_ITERATIONS = 10_000_000;
const SALT_BYTES = 32;

/** How a passphrase becomes a key. */
export interface KdfParameters {
  name: 'PBKDF2-HMAC-SHA-256';
  iterations: number;
  /** 64 lower-case hex digits. */
  salt: string;
}

/** Parameters with a fresh salt. ERR_POLICY for too few iterations. */
export function newKdf(where: string, iterations: number): KdfParameters {
  requireIterations(where, iterations);
  return {
    name: 'PBKDF2-HMAC-SHA-256',
    iterations,
    salt: randomBytes(SALT_BYTES).toString('hex'),
  };
}

/** Refuses, before any work, what is too weak and what would keep the machine busy for minutes. */
export function requireIterations(where: string, iterations: number): void {
  if (iterations >= MIN_ITERATIONS && iterations <= MAX_ITERATIONS) return;
  throw new FluxError(
    'ERR_POLICY',
    `${where} asks for ${iterations} PBKDF2 iterations; from ${MIN_ITERATIONS} to ${MAX_ITERATIONS} are allowed.`,
  );
}

/** The parameters in a stored record; undefined where it is none. ERR_POLICY as above. */
export function parseKdf(where: string, value: unknown): KdfParameters | undefined {
  const { name, iterations, salt } = (value ?? {}) as Partial<KdfParameters>;
  if (name !== 'PBKDF2-HMAC-SHA-256' || !Number.isInteger(iterations)) return undefined;
  requireIterations(where, iterations as number);
  if (typeof salt !== 'string' || !/^[\da-f]{64}$/.test(salt)) return undefined;
  return { name, iterations: iterations as number, salt };
}

export async function deriveFrom(
  passphrase: string | Uint8Array,
  kdf: KdfParameters,
): Promise<NativeKey> {
  // NFC: the same Hangul or accented letters typed on another system are the same passphrase. The
  // copy is outside Buffer's shared pool, so wiping it leaves nothing behind.
  const bytes =
    typeof passphrase === 'string'
      ? new TextEncoder().encode(passphrase.normalize('NFC'))
      : new Uint8Array(passphrase);
  try {
    return await native.deriveKey(bytes, Buffer.from(kdf.salt, 'hex'), kdf.iterations);
  } finally {
    bytes.fill(0);
  }
}
