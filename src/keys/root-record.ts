// root.json: the roots of a key store, and the master keys that each of them opens. Signed, so that
// nobody who can merely write the file slips in a root or a master key of his own.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDurably, replaceDurablySync } from '../durable-file.js';
import { FluxError } from '../errors.js';
import { asFluxError } from '../events.js';
import { type NativeKey, native } from '../native/index.js';
import { canonicalJson, type Plain } from './encoding.js';
import { type RootV1Record, readRootV1 } from './root-v1.js';

export type RootType = 'passphrase' | 'tpm2' | 'pkcs11' | 'recovery';

/** One way into the store: a P-256 key pair whose private half the root protects. */
export interface RootEntry {
  id: string;
  type: RootType;
  /** Chosen by people: "safe in the office". */
  label: string;
  /** UTC milliseconds. */
  createdAt: number;
  /** Hex, 65 bytes. Master keys are sealed to it. */
  publicKey: string;
  /** What the root needs to give its secret again; by type. */
  parameters: { [name: string]: Plain };
  /** Base64: the private key under the root's secret. Null for a recovery key: it is not here. */
  wrapped: string | null;
}

/** A master key, sealed to every root. */
export interface MasterEntry {
  id: string;
  /** UTC milliseconds. */
  createdAt: number;
  /** By root id: an ephemeral public key (hex) and the master key under the agreed key (base64). */
  grants: { [rootId: string]: { ephemeral: string; wrapped: string } };
}

/** The content of root.json, version 2. */
export interface RootRecord {
  version: 2;
  storeId: string;
  /** Rises by one with every change. */
  revision: number;
  /** The key that signs this file: public in hex, private wrapped under the newest master key. */
  identity: { publicKey: string; wrapped: string };
  roots: RootEntry[];
  /** Newest last; more than one only while a rotation is under way. */
  masters: MasterEntry[];
  /** Hex, 64 bytes: by the identity, over everything else. */
  signature: string;
}

export type UnsignedRootRecord = Omit<RootRecord, 'signature'>;

export function rootPath(directory: string): string {
  return join(directory, 'root.json');
}

/** What the signature covers. */
export function signedBytes(record: UnsignedRootRecord): Buffer {
  const { version, storeId, revision, identity, roots, masters } = record;
  const covered = { version, storeId, revision, identity, roots, masters };
  return Buffer.from(`fluxvision/root/v2\0${canonicalJson(covered as unknown as Plain)}`);
}

export function signRecord(record: UnsignedRootRecord, identity: NativeKey): RootRecord {
  const signature = native.signP256(identity, signedBytes(record)).toString('hex');
  return { ...record, signature };
}

/** Writes the first root.json of a store. ERR_EXISTS where there is one. */
export async function createRecord(directory: string, record: RootRecord): Promise<void> {
  const path = rootPath(directory);
  try {
    await createDurably(path, textOf(record));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new FluxError(
        'ERR_EXISTS',
        `${path} exists already. Open it with KeyManager.open(); a new store never replaces it.`,
        { cause: error },
      );
    }
    throw asFluxError(error, 'ERR_KEY_STORE', `${path} cannot be written`);
  }
}

/** Puts a new revision in the place of the old one. The caller holds the write lock of keys.db. */
export function replaceRecord(directory: string, record: RootRecord): void {
  const path = rootPath(directory);
  try {
    replaceDurablySync(path, textOf(record));
  } catch (error) {
    throw asFluxError(error, 'ERR_KEY_STORE', `${path} cannot be written`);
  }
}

function textOf(record: RootRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}

/** Reads root.json without opening it: nothing in it is authentic yet. */
export function readRecord(directory: string): RootRecord | RootV1Record {
  const path = rootPath(directory);
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
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
  let record: { version?: unknown } | null;
  try {
    record = JSON.parse(content);
  } catch (error) {
    throw damaged(path, 'is not JSON', error);
  }
  if (typeof record !== 'object' || record === null) throw damaged(path, 'is not a root record');
  if (record.version === 1) return readRootV1(path, record as Partial<RootV1Record>);
  if (record.version !== 2) {
    throw new FluxError(
      'ERR_SCHEMA_VERSION',
      `${path} has version ${JSON.stringify(record.version)}, this release knows up to 2. Update @fluxvision/core.`,
    );
  }
  const problem = problemOf(record as Partial<RootRecord>);
  if (problem) throw damaged(path, problem);
  return record as RootRecord;
}

export function damaged(path: string, reason: string, cause?: unknown): FluxError {
  return new FluxError('ERR_KEY_ROOT', `${path} ${reason}. Restore it from a backup.`, { cause });
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const PUBLIC_KEY = /^04[\da-f]{128}$/;
const TYPES: readonly string[] = ['passphrase', 'tpm2', 'pkcs11', 'recovery'];
const MAX_ENTRIES = 64;

/** What is wrong with the form of a record, in words; undefined where nothing is. */
function problemOf(record: Partial<RootRecord>): string | undefined {
  const { storeId, revision, identity, roots, masters, signature } = record;
  if (!matches(storeId, UUID)) return 'has no store id';
  if (!Number.isSafeInteger(revision)) return 'has no revision';
  if (!matches(identity?.publicKey, PUBLIC_KEY) || !isWrapped(identity?.wrapped)) {
    return 'has no identity';
  }
  if (!matches(signature, /^[\da-f]{128}$/)) return 'has no signature';
  if (!Array.isArray(roots) || roots.length < 1 || roots.length > MAX_ENTRIES) {
    return 'has no roots';
  }
  if (!roots.every(isRoot)) return 'has a root of unknown form';
  if (!Array.isArray(masters) || masters.length < 1 || masters.length > MAX_ENTRIES) {
    return 'has no master key';
  }
  if (!masters.every(isMaster)) return 'has a master key of unknown form';
  return undefined;
}

function isRoot(root: Partial<RootEntry> | null): boolean {
  return (
    matches(root?.id, UUID) &&
    TYPES.includes(root?.type ?? '') &&
    typeof root?.label === 'string' &&
    Number.isSafeInteger(root.createdAt) &&
    matches(root.publicKey, PUBLIC_KEY) &&
    isPlainObject(root.parameters) &&
    (root.type === 'recovery' ? root.wrapped === null : isWrapped(root.wrapped))
  );
}

function isMaster(master: Partial<MasterEntry> | null): boolean {
  return (
    matches(master?.id, UUID) &&
    Number.isSafeInteger(master?.createdAt) &&
    isPlainObject(master?.grants) &&
    Object.values(master?.grants ?? {}).every(
      (grant) => matches(grant?.ephemeral, PUBLIC_KEY) && isWrapped(grant?.wrapped),
    )
  );
}

function matches(value: unknown, form: RegExp): value is string {
  return typeof value === 'string' && form.test(value);
}

/** 60 bytes in Base64: nonce, key, tag. */
function isWrapped(value: unknown): value is string {
  return matches(value, /^[A-Za-z\d+/]{80}$/);
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
