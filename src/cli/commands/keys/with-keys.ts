// Runs the work of a command on the open keys of a storage, and closes them whatever happens.
import type { KeyManager } from '../../../index.js';
import { type OpenKeysOptions, openKeys } from '../../open-keys.js';

export async function withKeys<T>(
  options: OpenKeysOptions,
  work: (keys: KeyManager) => Promise<T> | T,
): Promise<T> {
  const keys = await openKeys(options);
  try {
    return await work(keys);
  } finally {
    await keys.close();
  }
}
