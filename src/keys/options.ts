// What the calls of a KeyManager take and give.
import type { EvidenceLock, KeyInfo } from './key-store.js';
import type { RootType } from './root-record.js';
import type { RootOptions } from './roots/index.js';

/** Where a key store lies, and what opens it: `passphrase` or `root`. */
export interface KeyManagerOptions {
  /** Holds `root.json`, `keys.db` and `audit.db`. A storage directory has its own in `keys/`. */
  directory: string;
  /** Short for a passphrase root. Text (compared in Unicode NFC) or bytes. */
  passphrase?: string | Uint8Array;
  /** Another root than a passphrase: TPM, PKCS#11 token, recovery key. */
  root?: RootOptions;
  /** Who acts, for the audit log. Default: the user of the process. */
  actor?: string;
}

/** As {@link KeyManagerOptions}, for a store that does not exist yet. */
export interface KeyManagerCreateOptions extends KeyManagerOptions {
  /** PBKDF2-HMAC-SHA-256 iterations: 600000 by default, at least 100000 (`ERR_POLICY`). */
  iterations?: number;
}

/** A root of a store, without what it protects. */
export interface RootInfo {
  id: string;
  type: RootType;
  /** Chosen by people: "safe in the office". */
  label: string;
  /** UTC milliseconds. */
  createdAt: number;
}

/** What a key store holds, without opening it. Authentic only as far as the disk is. */
export interface KeyStoreInfo {
  /** Empty for a store that a release before the first rotation made. */
  storeId: string;
  roots: RootInfo[];
  /** Newest last; more than one only while a rotation is under way. */
  masterKeys: { id: string; createdAt: number }[];
  keys: KeyInfo[];
  evidenceLocks: EvidenceLock[];
}

/** Which key to rotate. */
export type RotateOptions =
  | { purpose: 'video'; cameraId: string }
  | { purpose: 'database' | 'config' | 'audit' | 'session' };

/** Which keys to destroy: by id, or the video keys of days that were over by `before`. */
export interface DestroyOptions {
  ids?: readonly string[];
  /** With `before`: of this camera only. */
  cameraId?: string;
  /** UTC milliseconds. */
  before?: number;
  /** For the audit log. */
  reason: string;
  /**
   * Rotates the master key afterwards, so that older backups of keys.db are of no use either
   * without a root.json of that time. Default true.
   */
  rotateMaster?: boolean;
}

/** What a destruction did. */
export interface DestroyReport {
  destroyed: KeyInfo[];
  /** Left as they are: an evidence lock pins them. Only with `before`; by id it is an error. */
  pinned: KeyInfo[];
}

/** The user whose password guards exports. */
export const ADMINISTRATOR = 'administrator';
