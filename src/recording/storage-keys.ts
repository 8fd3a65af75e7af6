// Calls on a storage take either its passphrase or an open KeyManager.
import { invalidArgument } from '../arguments/index.js';
import { KeyManager } from '../keys/index.js';
import { layout } from './storage.js';

/** What opens the keys of a storage: exactly one of the two. */
export interface StorageKeys {
  /** Opens the storage's own keys in `<storage>/keys`. */
  passphrase?: string | Uint8Array;
  /** Keys that are open already; they stay open. */
  keys?: KeyManager;
}

/** A KeyManager, and how to let go of it: what was passed in stays open. */
export interface OpenKeys {
  keys: KeyManager;
  release(): Promise<void>;
}

/** Throws ERR_INVALID_ARGUMENT unless exactly one of `passphrase` and `keys` is there. */
export function requireOneKeySource(where: string, from: StorageKeys): void {
  if ((from.passphrase === undefined) === (from.keys === undefined)) {
    const both = from.keys !== undefined;
    throw invalidArgument(
      `${where}: keys`,
      both ? 'left out where passphrase is given' : 'a KeyManager where passphrase is left out',
      from.keys,
    );
  }
}

export async function openStorageKeys(
  storage: string,
  from: StorageKeys,
  mode: 'open' | 'openOrCreate',
): Promise<OpenKeys> {
  if (from.keys) return { keys: from.keys, release: async () => {} };
  const passphrase = from.passphrase as string | Uint8Array;
  const keys = await KeyManager[mode]({ directory: layout.keys(storage), passphrase });
  return { keys, release: () => keys.close() };
}
