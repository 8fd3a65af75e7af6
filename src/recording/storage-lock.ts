// The lock of a storage: one recorder or repair holds it at a time.
import { existsSync } from 'node:fs';
import { isFluxError } from '../errors.js';
import { type NativeStorageLock, native } from '../native/index.js';
import { layout } from './storage.js';

/** The directory must be there. `ERR_STORAGE_LOCKED` where another process holds it. */
export function lockStorage(storage: string): NativeStorageLock {
  return native.lockStorage(layout.lock(storage));
}

/** True where a recorder holds the storage's lock. */
export function isBeingRecorded(storage: string): boolean {
  // Looking must not make a lock.
  if (!existsSync(layout.lock(storage))) return false;
  try {
    lockStorage(storage).release();
    return false;
  } catch (error) {
    if (isFluxError(error, 'ERR_STORAGE_LOCKED')) return true;
    throw error;
  }
}
