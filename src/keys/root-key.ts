// The private key of a root: made with it, protected by a passphrase, TPM or token, or printed as a
// recovery key, and unlocked again.
import { randomUUID } from 'node:crypto';
import { FluxError, isFluxError } from '../errors.js';
import { type NativeKey, native } from '../native/index.js';
import { canonicalJson, encodeFields } from './encoding.js';
import { damaged, type RootEntry, type RootRecord, rootPath } from './root-record.js';
import { wrongPassphrase } from './root-v1.js';
import {
  kindOf,
  lockedError,
  type NewRootOptions,
  type RecoveryRootOptions,
  type RootOptions,
} from './roots/index.js';
import { formatRecoveryKey, identityFingerprint, parseRecoveryKey } from './roots/recovery-key.js';

/** A root that was just added; a recovery key is shown here and nowhere else. */
export interface AddedRoot {
  entry: RootEntry;
  recoveryKey?: string;
}

/** A root's entry and the private key that it protects, before it stands in a record. */
export interface NewRoot extends AddedRoot {
  privateKey: NativeKey;
}

/** Makes a root: a key pair of its own, and what protects the private key. */
export async function makeRoot(
  options: NewRootOptions,
  storeId: string,
  identityPublic: Buffer,
): Promise<NewRoot> {
  const privateKey = native.generateP256();
  const common = {
    id: randomUUID(),
    type: options.type,
    label: options.label ?? '',
    createdAt: Date.now(),
    publicKey: native.p256PublicKey(privateKey).toString('hex'),
  };
  if (options.type === 'recovery') {
    const recoveryKey = formatRecoveryKey(privateKey, identityPublic);
    return { privateKey, recoveryKey, entry: { ...common, parameters: {}, wrapped: null } };
  }
  const { secret, parameters } = await kindOf(options.type).create(options);
  const entry: RootEntry = { ...common, parameters, wrapped: null };
  const context = rootContext(storeId, identityPublic.toString('hex'), entry);
  entry.wrapped = native.wrapKey(secret, privateKey, context).toString('base64');
  return { privateKey, entry };
}

/** A root's private key. The errors say which other root would do. */
export async function unlockRoot(
  record: RootRecord,
  directory: string,
  options: RootOptions,
): Promise<{ id: string; privateKey: NativeKey }> {
  if (options.type === 'recovery') return unlockRecovery(record, directory, options);
  const candidates = record.roots.filter(({ type }) => type === options.type);
  if (candidates.length === 0) {
    throw noSuchRoot(record, options.type);
  }
  let failure: FluxError | undefined;
  for (const root of candidates) {
    try {
      const secret = await kindOf(root.type).unlock(root.parameters, options);
      return { id: root.id, privateKey: unwrapRoot(record, directory, root, secret) };
    } catch (error) {
      failure ??= lockedError(root, record.roots, error);
    }
  }
  throw failure;
}

function unwrapRoot(record: RootRecord, directory: string, root: RootEntry, secret: NativeKey) {
  const context = rootContext(record.storeId, record.identity.publicKey, root);
  try {
    return native.unwrapKey(secret, Buffer.from(root.wrapped ?? '', 'base64'), context);
  } catch (error) {
    if (!isFluxError(error, 'ERR_AUTH_TAG')) throw error;
    const path = rootPath(directory);
    if (root.type === 'passphrase') throw wrongPassphrase(path, error);
    throw damaged(path, 'was altered: the root’s secret does not open its entry', error);
  }
}

function unlockRecovery(record: RootRecord, directory: string, options: RecoveryRootOptions) {
  const { privateKey, fingerprint } = parseRecoveryKey(options.recoveryKey);
  const publicKey = native.p256PublicKey(privateKey).toString('hex');
  const root = record.roots.find((entry) => entry.publicKey === publicKey);
  const expected = identityFingerprint(Buffer.from(record.identity.publicKey, 'hex'));
  if (!root || !native.equalConstantTime(fingerprint, expected)) {
    const labels = record.roots
      .filter(({ type }) => type === 'recovery')
      .map(({ label, createdAt }) => `'${label}' of ${new Date(createdAt).toISOString()}`);
    throw new FluxError(
      'ERR_RECOVERY_KEY',
      `This recovery key is not one of the store in ${directory}; it takes: ${labels.join(', ') || 'none'}.`,
    );
  }
  return { id: root.id, privateKey };
}

function noSuchRoot(record: RootRecord, type: string): FluxError {
  const types = [...new Set(record.roots.map((root) => root.type))].join(', ');
  return new FluxError(
    'ERR_ROOT_NOT_FOUND',
    `The store has no root of type ${type}. It opens with: ${types}.`,
  );
}

/** Binds a root's private key to what it stands for and to the identity that signs the file. */
function rootContext(storeId: string, identityPublic: string, root: RootEntry): Buffer {
  return encodeFields([
    'fluxvision/root/v2',
    storeId,
    identityPublic,
    root.id,
    root.type,
    root.createdAt,
    root.publicKey,
    canonicalJson(root.parameters),
  ]);
}
