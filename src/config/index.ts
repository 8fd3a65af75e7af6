export { ConfigStore, type ConfigStoreOptions, type StoredCamera } from './config-store.js';
