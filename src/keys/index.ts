export {
  type KeyHandle,
  KeyManager,
  type KeyManagerCreateOptions,
  type KeyManagerOptions,
  type KeyStoreInfo,
} from './key-manager.js';
export type { KeyInfo, KeyState } from './key-store.js';
