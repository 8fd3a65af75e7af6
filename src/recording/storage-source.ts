// Calls that read a storage take its directory or an open index, and its keys.
import { invalidArgument } from '../arguments/index.js';
import type { KeyManager } from '../keys/index.js';
import { RecordingIndex } from './recording-index.js';
import { openStorageKeys, type StorageKeys } from './storage-keys.js';

/** What is read: exactly one of `storage` and `index`, and one of `passphrase` and `keys`. */
export interface StorageSource extends StorageKeys {
  /** The storage directory. */
  storage?: string;
  /** Its index, open already; it stays open. */
  index?: RecordingIndex;
}

/** A storage that is open for reading. */
export interface OpenSource {
  index: RecordingIndex;
  keys: KeyManager;
  /** Closes what was opened; what was passed in stays open. */
  release(): Promise<void>;
}

/** As a checked options object has them: absent ones are there, and undefined. */
type Checked<T> = { [Name in keyof T]: T[Name] | undefined };

/** Throws ERR_INVALID_ARGUMENT unless exactly one of `storage` and `index` is there. */
export function requireOneStorage(
  where: string,
  { storage, index }: Checked<Pick<StorageSource, 'storage' | 'index'>>,
): void {
  if ((storage === undefined) !== (index === undefined)) return;
  const both = index !== undefined;
  const expected = both ? 'left out where index is given' : 'given where index is left out';
  throw invalidArgument(`${where}: storage`, expected, storage);
}

/** Errors of {@link RecordingIndex.open} and {@link KeyManager.open}. */
export async function openSource(from: Checked<StorageSource>): Promise<OpenSource> {
  const { storage, passphrase, keys } = from;
  const index =
    from.index ?? (await RecordingIndex.open({ storage: storage as string, readOnly: true }));
  const closeIndex = async () => {
    if (index !== from.index) await index.close();
  };
  try {
    const source = { ...(passphrase !== undefined && { passphrase }), ...(keys && { keys }) };
    const opened = await openStorageKeys(index.storage, source, 'open');
    const release = async () => {
      await opened.release();
      await closeIndex();
    };
    return { index, keys: opened.keys, release };
  } catch (error) {
    await closeIndex();
    throw error;
  }
}
