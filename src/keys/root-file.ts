// root.json: the master key, wrapped under a passphrase. Losing this file or the passphrase is
// losing every recording, so it is written once and never replaced here.
import { randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createDurably } from '../durable-file.js';
import { FluxError, isFluxError } from '../errors.js';
import { asFluxError } from '../events.js';
import { type NativeKey, native } from '../native.js';
import { encodeWrapContext, type KdfParameters } from './wrap-context.js';

export const MIN_ITERATIONS = 100_000;
export const DEFAULT_ITERATIONS = 600_000;
export const MAX_ITERATIONS = 10_000_000;
const SALT_BYTES = 32;
const WRAPPED_BYTES = 60;

/** The content of root.json, version 1. */
export interface RootRecord {
  version: 1;
  algorithm: 'ARIA-256-GCM';
  kdf: KdfParameters;
  mekId: string;
  /** UTC milliseconds. */
  created: number;
  /** Base64: nonce, ciphertext, tag. */
  wrapped: string;
}

/** A root record and the master key that was in it. */
export interface Root {
  record: RootRecord;
  key: NativeKey;
}

export function rootPath(directory: string): string {
  return join(directory, 'root.json');
}

/** Makes a new master key and writes its root file. EEXIST becomes ERR_EXISTS. */
export async function createRoot(
  directory: string,
  passphrase: string | Uint8Array,
  iterations: number,
): Promise<Root> {
  const key = native.generateKey();
  const unwrapped: Omit<RootRecord, 'wrapped'> = {
    version: 1,
    algorithm: 'ARIA-256-GCM',
    kdf: {
      name: 'PBKDF2-HMAC-SHA-256',
      iterations,
      salt: randomBytes(SALT_BYTES).toString('hex'),
    },
    mekId: randomUUID(),
    created: Date.now(),
  };
  const wrapping = await deriveFrom(passphrase, unwrapped.kdf);
  const wrapped = native.wrapKey(wrapping, key, contextOf(unwrapped)).toString('base64');
  const record: RootRecord = { ...unwrapped, wrapped };
  const path = rootPath(directory);
  try {
    await createDurably(path, `${JSON.stringify(record, null, 2)}\n`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new FluxError(
        'ERR_EXISTS',
        `${path} exists already. Open it with KeyManager.open(); it is never replaced.`,
        { cause: error },
      );
    }
    throw asFluxError(error, 'ERR_KEY_STORE', `${path} cannot be written`);
  }
  return { record, key };
}

/** Opens the root file with its passphrase; ERR_KEY_PASSPHRASE where that is not the one. */
export async function openRoot(directory: string, passphrase: string | Uint8Array): Promise<Root> {
  const record = await readRootRecord(directory);
  const wrapping = await deriveFrom(passphrase, record.kdf);
  try {
    const wrapped = Buffer.from(record.wrapped, 'base64');
    return { record, key: native.unwrapKey(wrapping, wrapped, contextOf(record)) };
  } catch (error) {
    if (!isFluxError(error, 'ERR_AUTH_TAG')) throw error;
    throw new FluxError(
      'ERR_KEY_PASSPHRASE',
      `The passphrase does not open ${rootPath(directory)}. Check it (keyboard layout, trailing ` +
        'spaces); if it is right, the file was altered: restore it from a backup.',
      { cause: error },
    );
  }
}

/** Reads root.json without opening it. Its fields are authentic only once it was opened. */
export async function readRootRecord(directory: string): Promise<RootRecord> {
  const path = rootPath(directory);
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new FluxError(
        'ERR_KEY_ROOT_NOT_FOUND',
        `There is no ${path}. Check the directory; where it is a new one, call KeyManager.create().`,
        { cause: error },
      );
    }
    throw asFluxError(error, 'ERR_KEY_STORE', `${path} cannot be read`);
  }
  return parseRootRecord(path, content);
}

function parseRootRecord(path: string, content: string): RootRecord {
  const invalid = (reason: string, cause?: unknown) =>
    new FluxError('ERR_KEY_ROOT', `${path} ${reason}. Restore it from a backup.`, { cause });
  let record: RootRecord;
  try {
    record = JSON.parse(content);
  } catch (error) {
    throw invalid('is not JSON', error);
  }
  if (typeof record !== 'object' || record === null) throw invalid('is not a root record');
  if (record.version !== 1) {
    throw new FluxError(
      'ERR_SCHEMA_VERSION',
      `${path} has version ${JSON.stringify(record.version)}, this release knows 1. Update @fluxvision/core.`,
    );
  }
  const { kdf } = record;
  if (record.algorithm !== 'ARIA-256-GCM') throw invalid('names another algorithm');
  if (kdf?.name !== 'PBKDF2-HMAC-SHA-256') throw invalid('names another key derivation');
  if (!Number.isInteger(kdf.iterations)) throw invalid('has no number of iterations');
  if (kdf.iterations < MIN_ITERATIONS || kdf.iterations > MAX_ITERATIONS) {
    throw new FluxError(
      'ERR_POLICY',
      `${path} asks for ${kdf.iterations} PBKDF2 iterations; from ${MIN_ITERATIONS} to ${MAX_ITERATIONS} are allowed.`,
    );
  }
  if (typeof kdf.salt !== 'string' || !/^[\da-f]{64}$/.test(kdf.salt)) throw invalid('has no salt');
  if (typeof record.mekId !== 'string' || !/^[\da-f-]{36}$/.test(record.mekId)) {
    throw invalid('has no key id');
  }
  if (!Number.isSafeInteger(record.created)) throw invalid('has no time of creation');
  const wrapped =
    typeof record.wrapped === 'string' ? Buffer.from(record.wrapped, 'base64') : Buffer.alloc(0);
  if (wrapped.length !== WRAPPED_BYTES) throw invalid('has no wrapped key');
  return record;
}

async function deriveFrom(passphrase: string | Uint8Array, kdf: KdfParameters): Promise<NativeKey> {
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

function contextOf(record: Omit<RootRecord, 'wrapped'>): Buffer {
  return encodeWrapContext(
    {
      purpose: 'master',
      keyId: record.mekId,
      parentId: 'passphrase',
      algorithm: record.algorithm,
      createdAt: record.created,
      cameraId: '',
      day: '',
    },
    record.kdf,
  );
}
