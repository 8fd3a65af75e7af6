// Keys on their way to another machine: a JSON file under a passphrase of its own. Raw key bytes
// never leave native memory, on neither side.
import { FluxError, isFluxError } from '../errors.js';
import { type NativeKey, native } from '../native/index.js';
import { encodeFields } from './encoding.js';
import type { KeyInfo } from './key-store.js';
import {
  DEFAULT_ITERATIONS,
  deriveFrom,
  type KdfParameters,
  newKdf,
  parseKdf,
} from './passphrase.js';

/** A key in a package. */
export type PackagedKey = Pick<
  KeyInfo,
  'id' | 'purpose' | 'subject' | 'period' | 'algorithm' | 'createdAt' | 'activatesAt'
> & {
  /** Base64: nonce, ciphertext, tag; ARIA-256-GCM. */
  wrapped: string;
};

/** Exported keys: what `fluxvision keys export` writes. */
export interface KeyPackage {
  format: 'fluxvision-keys';
  version: 1;
  /** UTC milliseconds. */
  createdAt: number;
  /** The store that the keys come from. */
  storeId: string;
  kdf: KdfParameters;
  keys: PackagedKey[];
}

type Plainly = Omit<PackagedKey, 'wrapped'>;

export async function packKeys(
  storeId: string,
  keys: readonly { info: Plainly; key: NativeKey }[],
  passphrase: string | Uint8Array,
): Promise<KeyPackage> {
  const kdf = newKdf('The key package', DEFAULT_ITERATIONS);
  const wrapping = await deriveFrom(passphrase, kdf);
  const createdAt = Date.now();
  return {
    format: 'fluxvision-keys',
    version: 1,
    createdAt,
    storeId,
    kdf,
    keys: keys.map(({ info, key }) => ({
      ...info,
      wrapped: native
        .wrapKey(wrapping, key, contextOf(storeId, createdAt, info))
        .toString('base64'),
    })),
  };
}

/** ERR_KEY_PACKAGE where it is none, ERR_KEY_PASSPHRASE where it does not open. */
export async function unpackKeys(
  value: unknown,
  passphrase: string | Uint8Array,
): Promise<{ info: Plainly; key: NativeKey; storeId: string }[]> {
  const found = checkPackage(value);
  const wrapping = await deriveFrom(passphrase, found.kdf);
  return found.keys.map(({ wrapped, ...info }) => {
    const context = contextOf(found.storeId, found.createdAt, info);
    try {
      const { storeId } = found;
      return {
        info,
        storeId,
        key: native.unwrapKey(wrapping, Buffer.from(wrapped, 'base64'), context),
      };
    } catch (error) {
      if (!isFluxError(error, 'ERR_AUTH_TAG')) throw error;
      throw new FluxError(
        'ERR_KEY_PASSPHRASE',
        'The passphrase does not open the key package. If it is right, the package was altered.',
        { cause: error },
      );
    }
  });
}

const MAX_KEYS = 1_000_000;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

function checkPackage(value: unknown): KeyPackage {
  const found = (value ?? {}) as Partial<KeyPackage>;
  if (found.format !== 'fluxvision-keys') throw notAPackage('it does not say that it is one');
  if (found.version !== 1) {
    throw new FluxError(
      'ERR_SCHEMA_VERSION',
      `The key package has version ${JSON.stringify(found.version)}, this release knows 1. Update @fluxvision/core.`,
    );
  }
  const kdf = parseKdf('The key package', found.kdf);
  if (!kdf) throw notAPackage('its key derivation is not known');
  if (typeof found.storeId !== 'string' || !Number.isSafeInteger(found.createdAt)) {
    throw notAPackage('it does not say where it comes from');
  }
  if (!Array.isArray(found.keys) || found.keys.length > MAX_KEYS || !found.keys.every(isKey)) {
    throw notAPackage('its keys have another form');
  }
  return { ...(found as KeyPackage), kdf };
}

function isKey(key: Partial<PackagedKey> | null): boolean {
  return (
    typeof key?.id === 'string' &&
    UUID.test(key.id) &&
    (key.purpose === 'video' || key.purpose === 'database') &&
    [key.subject, key.period, key.algorithm].every((text) => typeof text === 'string') &&
    Number.isSafeInteger(key.createdAt) &&
    Number.isSafeInteger(key.activatesAt) &&
    typeof key.wrapped === 'string' &&
    /^[A-Za-z\d+/]{80}$/.test(key.wrapped)
  );
}

function notAPackage(why: string): FluxError {
  return new FluxError('ERR_KEY_PACKAGE', `This is not a key package of this SDK: ${why}.`);
}

function contextOf(storeId: string, packedAt: number, info: Plainly): Buffer {
  return encodeFields([
    'fluxvision/key-package/v1',
    storeId,
    packedAt,
    info.id,
    info.purpose,
    info.subject,
    info.period,
    info.algorithm,
    info.createdAt,
    info.activatesAt,
  ]);
}
