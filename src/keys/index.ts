export type { KeyHandle } from './data-keys.js';
export { canonicalJson, type Plain } from './encoding.js';
export { FieldCipher, type FieldPlace } from './field-cipher.js';
export { KeyManager } from './key-manager.js';
export { type KeyPackage, type PackagedKey, packKeys, unpackKeys } from './key-package.js';
export type { EvidenceLock, KeyInfo, KeyState } from './key-store.js';
export {
  ADMINISTRATOR,
  type DestroyOptions,
  type DestroyReport,
  type KeyManagerCreateOptions,
  type KeyManagerOptions,
  type KeyStoreInfo,
  type RootInfo,
  type RotateOptions,
} from './options.js';
export { deriveFrom, type KdfParameters, newKdf, parseKdf } from './passphrase.js';
export type { RootType } from './root-record.js';
export type {
  NewRootOptions,
  PassphraseRootOptions,
  Pkcs11RootOptions,
  RecoveryRootOptions,
  RootOptions,
  TpmRootOptions,
} from './roots/index.js';
export { decodeStrictly, formatSealedText, parseSealedText } from './sealed-text.js';
export type { KeyPurpose } from './wrap-context.js';
