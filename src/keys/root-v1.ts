// root.json, version 1: one master key, wrapped under one passphrase. Read so that it can be turned
// into version 2; no longer written.
import { FluxError, isFluxError } from '../errors.js';
import { type NativeKey, native } from '../native/index.js';
import { encodeFields } from './encoding.js';
import { deriveFrom, type KdfParameters, parseKdf } from './passphrase.js';
import { damaged } from './root-record.js';

export interface RootV1Record {
  version: 1;
  algorithm: 'ARIA-256-GCM';
  kdf: KdfParameters;
  mekId: string;
  /** UTC milliseconds. */
  created: number;
  /** Base64: nonce, ciphertext, tag. */
  wrapped: string;
}

const WRAPPED_BYTES = 60;

export function readRootV1(path: string, record: Partial<RootV1Record>): RootV1Record {
  const { algorithm, mekId, created, wrapped } = record;
  if (algorithm !== 'ARIA-256-GCM') throw damaged(path, 'names another algorithm');
  const kdf = parseKdf(path, record.kdf);
  if (!kdf) throw damaged(path, 'has no key derivation that is known');
  if (typeof mekId !== 'string' || !/^[\da-f-]{36}$/.test(mekId)) {
    throw damaged(path, 'has no key id');
  }
  if (!Number.isSafeInteger(created)) throw damaged(path, 'has no time of creation');
  if (typeof wrapped !== 'string' || Buffer.from(wrapped, 'base64').length !== WRAPPED_BYTES) {
    throw damaged(path, 'has no wrapped key');
  }
  return { version: 1, algorithm, kdf, mekId, created: created as number, wrapped };
}

/** The master key of the record. ERR_KEY_PASSPHRASE where the passphrase is not the one. */
export async function openRootV1(
  path: string,
  record: RootV1Record,
  passphrase: string | Uint8Array,
): Promise<NativeKey> {
  const { kdf } = record;
  const wrapping = await deriveFrom(passphrase, kdf);
  const context = encodeFields([
    'fluxvision/wrap/v1',
    'master',
    record.mekId,
    'passphrase',
    record.algorithm,
    record.created,
    '',
    '',
    kdf.name,
    kdf.iterations,
    kdf.salt,
  ]);
  try {
    return native.unwrapKey(wrapping, Buffer.from(record.wrapped, 'base64'), context);
  } catch (error) {
    if (!isFluxError(error, 'ERR_AUTH_TAG')) throw error;
    throw wrongPassphrase(path, error);
  }
}

export function wrongPassphrase(path: string, cause: unknown): FluxError {
  return new FluxError(
    'ERR_KEY_PASSPHRASE',
    `The passphrase does not open ${path}. Check it (keyboard layout, trailing ` +
      'spaces); if it is right, the file was altered: restore it from a backup.',
    { cause },
  );
}
