// Opens a storage for a recorder: the lock comes first, and all that is read or changed, under it.
import type { NativeStorageLock } from '../native/index.js';
import { countOpening, requireSameHistory } from './interlock.js';
import { RecordingIndex } from './recording-index.js';
import { type RecoveryReport, recoverStorage } from './recovery.js';
import {
  makeStorageDirectory,
  openOrCreateStorage,
  openStorage,
  requireStorage,
  type StorageMarker,
} from './storage.js';
import { type OpenKeys, openStorageKeys, type StorageKeys } from './storage-keys.js';
import { lockStorage } from './storage-lock.js';

/** What a recorder holds of its storage. */
export interface StorageParts {
  lock: NativeStorageLock;
  openKeys: OpenKeys;
  index: RecordingIndex;
}

/** A storage that is ready to be recorded into. */
export interface OpenedStorage {
  parts: StorageParts;
  /** As it is with this opening counted. */
  marker: StorageMarker;
  recovery: RecoveryReport;
}

/** Errors of {@link Recorder.open}. `create` false: only where there is a storage. */
export async function openForRecording(
  storage: string,
  from: StorageKeys,
  create: boolean,
): Promise<OpenedStorage> {
  // Not even a lock is made in a folder where a disk should be.
  if (create) await makeStorageDirectory(storage);
  else requireStorage(storage);
  const parts: Partial<StorageParts> = { lock: lockStorage(storage) };
  try {
    const marker = create ? await openOrCreateStorage(storage) : await openStorage(storage);
    parts.openKeys = await openStorageKeys(storage, from, 'openOrCreate');
    parts.index = RecordingIndex.openBeside(marker, storage);
    const { openKeys, index } = parts;
    requireSameHistory(index.storageRow, marker, storage);
    const recovery = await recoverStorage(openKeys.keys, index);
    const counted = countOpening(index.storageRow, marker, storage);
    return { parts: parts as StorageParts, marker: counted, recovery };
  } catch (error) {
    await letGo(parts);
    throw error;
  }
}

export async function letGo(parts: Partial<StorageParts>): Promise<void> {
  await parts.index?.close();
  await parts.openKeys?.release();
  parts.lock?.release();
}
