// The roots: four ways to keep the secret that opens a key store. Each gives its secret as a handle;
// master-keys.ts does the rest, the same for all.
import { FluxError } from '../../errors.js';
import type { NativeKey } from '../../native/index.js';
import type { Plain } from '../encoding.js';
import type { RootEntry, RootType } from '../root-record.js';
import { type PassphraseRootOptions, passphraseRoot } from './passphrase-root.js';
import { type Pkcs11RootOptions, pkcs11Root } from './pkcs11-root.js';
import { type TpmRootOptions, tpmRoot } from './tpm-root.js';

/** A recovery key, to open a store with. */
export interface RecoveryRootOptions {
  type: 'recovery';
  /** As it was printed; spaces, dashes and case do not matter. */
  recoveryKey: string;
}

/** What opens a store. */
export type RootOptions =
  | PassphraseRootOptions
  | TpmRootOptions
  | Pkcs11RootOptions
  | RecoveryRootOptions;

/** A root to add to a store; `label` is for people. A recovery key is made, and given back once. */
export type NewRootOptions = (
  | PassphraseRootOptions
  | TpmRootOptions
  | Pkcs11RootOptions
  | { type: 'recovery' }
) & { label?: string };

/** How one kind of root keeps a secret. */
export interface RootKind<Options> {
  /** Makes a secret, and the parameters from which unlock() gives it again. */
  create(options: Options): Promise<{ secret: NativeKey; parameters: { [name: string]: Plain } }>;
  /** The secret. Throws a FluxError where the root is locked, gone or not the one. */
  unlock(parameters: { [name: string]: Plain }, options: Options): Promise<NativeKey>;
}

const KINDS: Partial<Record<RootType, RootKind<never>>> = {
  passphrase: passphraseRoot,
  tpm2: tpmRoot,
  pkcs11: pkcs11Root,
};

export function kindOf(type: RootType): RootKind<RootOptions> {
  return KINDS[type] as RootKind<RootOptions>;
}

const NAMES: Record<RootType, string> = {
  passphrase: 'passphrase',
  tpm2: 'TPM',
  pkcs11: 'PKCS#11 token',
  recovery: 'recovery key',
};

/** For messages: "the passphrase 'night shift'". */
export function describeRoot(root: Pick<RootEntry, 'type' | 'label'>): string {
  return `the ${NAMES[root.type]}${root.label && ` '${root.label}'`}`;
}

/** The failure of one root, with what else would open the store. */
export function lockedError(failed: RootEntry, roots: readonly RootEntry[], cause: unknown) {
  const others = roots.filter(({ id }) => id !== failed.id).map(describeRoot);
  const advice =
    others.length > 0
      ? `This store also opens with ${others.join(' or ')}.`
      : 'This store has no other root. Restore this one; without it nobody can read the recordings.';
  const reason = cause instanceof Error ? cause.message : String(cause);
  const code =
    cause instanceof FluxError && KEPT_CODES.has(cause.code) ? cause.code : 'ERR_ROOT_LOCKED';
  return new FluxError(
    code,
    `The store does not open with ${describeRoot(failed)}: ${reason.replace(/\.?$/, '.')} ${advice}`,
    { cause },
  );
}

/** What a caller can mend by other arguments, and what has a name of its own. */
const KEPT_CODES = new Set(['ERR_KEY_PASSPHRASE', 'ERR_POLICY', 'ERR_INVALID_ARGUMENT']);

export type { PassphraseRootOptions, Pkcs11RootOptions, TpmRootOptions };
