// What a key store holds, as far as its files say so to anyone who can read them.
import { KeyStore } from './key-store.js';
import type { KeyStoreInfo, RootInfo } from './options.js';
import { readRecord } from './root-record.js';
import { rootInfo } from './store-roots.js';

export function inspectStore(directory: string): KeyStoreInfo {
  const record = readRecord(directory);
  const rows = new KeyStore(directory, { readOnly: true });
  try {
    const content = { keys: rows.list(), evidenceLocks: rows.locks() };
    if (record.version === 1) {
      const { mekId, created: createdAt } = record;
      const root: RootInfo = { id: mekId, type: 'passphrase', label: '', createdAt };
      return { storeId: '', roots: [root], masterKeys: [{ id: mekId, createdAt }], ...content };
    }
    return {
      storeId: record.storeId,
      roots: record.roots.map(rootInfo),
      masterKeys: record.masters.map(({ id, createdAt }) => ({ id, createdAt })),
      ...content,
    };
  } finally {
    rows.close();
  }
}
