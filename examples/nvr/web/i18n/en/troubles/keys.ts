// What is wrong with the keys that recordings are sealed with, and what to do.
export default {
  ERR_LOCKED: {
    title: 'The keys are locked.',
    meaning: 'Nothing is recorded, shown or played until they are unlocked.',
    advice: 'Unlock them with the passphrase: open this server’s page, or System, Keys.',
  },
  ERR_KEY_PASSPHRASE: {
    title: 'The passphrase is wrong.',
    advice: 'Try again; nothing was changed. Capital letters and spaces count.',
  },
  ERR_KEY_STORE: {
    title: 'The key store is missing or damaged.',
    meaning: 'Nothing is recorded, and no recording can be opened.',
    advice: 'Restore it from a backup.',
  },
  ERR_KEY_ROOT: {
    title: 'The root record of the key store is missing or damaged.',
    meaning: 'Nothing is recorded, and no recording can be opened.',
    advice: 'Restore the key store from a backup.',
  },
  ERR_KEY_ROOT_NOT_FOUND: {
    title: 'There is no key store in its folder.',
    meaning: 'Nothing is recorded, and no recording can be opened.',
    advice: 'Check the path in the server’s configuration.',
  },
  ERR_KEY_NOT_FOUND: {
    title: 'The key of this recording is not here.',
    advice: 'Import the key, or open the store that it belongs to.',
  },
  ERR_KEY_DESTROYED: {
    title: 'The key was destroyed, and with it what it sealed.',
    advice: 'Nothing can bring the recording back.',
  },
  ERR_KEY_IN_USE: {
    title: 'The key is still in use.',
    advice: 'Rotate the keys, or wait until its day is over.',
  },
  ERR_KEY_PURPOSE: {
    title: 'Keys of this purpose are not exported.',
    advice: 'Export keys of recordings or databases only.',
  },
  ERR_KEY_PACKAGE: {
    title: 'The file is no key package, or was altered.',
    advice: 'Have it exported again.',
  },
  ERR_EVIDENCE_LOCKED: {
    title: 'Footage under an evidence lock depends on it.',
    advice: 'Release the lock first, where that is right.',
  },
  ERR_LOCK_NOT_FOUND: {
    title: 'There is no such evidence lock.',
    advice: 'Load the page again: it was released meanwhile.',
  },
  ERR_ROOT_NOT_FOUND: {
    title: 'There is no such root.',
    advice: 'Load the page again: it was removed meanwhile.',
  },
  ERR_ROOT_LAST: {
    title: 'It is the last root that opens the key store in daily work.',
    advice: 'Add another one first.',
  },
  ERR_ROOT_LOCKED: {
    title: 'The security chip or token does not release the root.',
    advice: 'Unlock with the passphrase, then see docs/tpm.md.',
  },
  ERR_RECOVERY_KEY: {
    title: 'What was typed is no recovery key.',
    advice: 'Compare it with the paper, character by character.',
  },
  ERR_TPM_UNAVAILABLE: {
    title: 'There is no security chip (TPM) that can be used.',
    advice: 'The message says which part is missing on the server.',
  },
  ERR_PKCS11_UNAVAILABLE: {
    title: 'The security token (PKCS#11) cannot be used.',
    advice: 'Check that it is plugged in, and its module, slot and PIN.',
  },
  ERR_ADMINISTRATOR_NOT_SET: {
    title: 'The key store has no administrator’s password yet.',
    advice: 'Set one on the server with “fluxvision”.',
  },
  ERR_PASSPHRASE_SOURCE: {
    title: 'The server does not find its passphrase.',
    advice: 'Check the passphrase settings of its configuration.',
  },
};
