// Opens the keys of a storage with the root that the command line names, or that fits.
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import {
  ADMINISTRATOR,
  FluxError,
  KeyManager,
  RecordingIndex,
  type RootOptions,
} from '../index.js';
import {
  PASSPHRASE_VARIABLE,
  readOrChoosePassphrase,
  readPassphrase,
  readSecret,
} from './passphrase.js';

export interface OpenKeysOptions {
  storage: string;
  passphraseFile?: string;
  root?: 'passphrase' | 'tpm2' | 'pkcs11' | 'recovery';
  tcti?: string;
  pkcs11Library?: string;
  pinFile?: string;
  recoveryKeyFile?: string;
}

export interface AdministratorOptions {
  adminPasswordFile?: string;
}

export function keysDirectory(storage: string): string {
  return join(storage, 'keys');
}

/** The keys of a storage that exists. */
export async function openKeys(options: OpenKeysOptions): Promise<KeyManager> {
  if (!existsSync(join(options.storage, 'storage.json'))) {
    // Says what is wrong with the directory, better than a missing root.json would.
    await (await RecordingIndex.open({ storage: options.storage, readOnly: true })).close();
  }
  return openExistingKeys(options);
}

/** As openKeys(), for a storage whose marker may be damaged. */
export async function openExistingKeys(options: OpenKeysOptions): Promise<KeyManager> {
  const directory = keysDirectory(options.storage);
  const actor = actorName();
  if (!options.root && (await prefersTpm(options))) {
    try {
      return await KeyManager.open({ directory, actor, root: tpmRoot(options) });
    } catch (error) {
      if (!process.stdin.isTTY) throw error;
      process.stderr.write(`${(error as Error).message}\n`);
    }
  }
  return KeyManager.open({ directory, actor, root: await rootOf(options) });
}

/** The keys of a storage that may be new; a new one's passphrase is asked for twice. */
export async function openOrCreateKeys(options: OpenKeysOptions): Promise<KeyManager> {
  const directory = keysDirectory(options.storage);
  if (existsSync(join(directory, 'root.json'))) return openExistingKeys(options);
  const actor = actorName();
  if (options.root === undefined || options.root === 'passphrase') {
    const passphrase = await readOrChoosePassphrase(options);
    return KeyManager.openOrCreate({ directory, actor, passphrase });
  }
  return KeyManager.openOrCreate({ directory, actor, root: await rootOf(options) });
}

/** Throws ERR_PASSWORD. Asks nothing where the store has no administrator. */
export async function requireAdministrator(
  keys: KeyManager,
  options: AdministratorOptions,
  action: string,
): Promise<void> {
  if (!keys.hasPassword(ADMINISTRATOR)) return;
  await keys.checkAdministrator(await readAdministratorPassword(options), action);
}

export function readAdministratorPassword(
  options: AdministratorOptions,
  isNew = false,
): Promise<string | Uint8Array> {
  return readSecret({
    what: "administrator's password",
    option: '--admin-password-file',
    file: options.adminPasswordFile,
    variable: 'FLUXVISION_ADMIN_PASSWORD',
    isNew,
  });
}

/** Who acts, for the audit log. */
function actorName(): string {
  return `cli:${userInfo().username}`;
}

/** A service has nobody who types; where a passphrase is at hand it is what was meant. */
async function prefersTpm(options: OpenKeysOptions): Promise<boolean> {
  if (options.passphraseFile !== undefined || process.env[PASSPHRASE_VARIABLE]) return false;
  const { roots } = await KeyManager.inspect({ directory: keysDirectory(options.storage) });
  return roots.some(({ type }) => type === 'tpm2');
}

function tpmRoot({ tcti }: OpenKeysOptions): RootOptions {
  return { type: 'tpm2', ...(tcti !== undefined && { tcti }) };
}

async function rootOf(options: OpenKeysOptions): Promise<RootOptions> {
  switch (options.root) {
    case 'tpm2':
      return tpmRoot(options);
    case 'pkcs11':
      return {
        type: 'pkcs11',
        pin: await readText('PIN', '--pin-file', options.pinFile, 'FLUXVISION_PIN'),
        ...(options.pkcs11Library !== undefined && { library: options.pkcs11Library }),
      };
    case 'recovery': {
      const { recoveryKeyFile: file } = options;
      const variable = 'FLUXVISION_RECOVERY_KEY';
      const recoveryKey = await readText('recovery key', '--recovery-key-file', file, variable);
      return { type: 'recovery', recoveryKey };
    }
    default:
      return { type: 'passphrase', passphrase: await readPassphrase(options) };
  }
}

export async function readText(
  what: string,
  option: string,
  file: string | undefined,
  variable: string,
): Promise<string> {
  const secret = await readSecret({ what, option, file, variable });
  if (typeof secret === 'string') return secret;
  throw new FluxError('ERR_INVALID_ARGUMENT', `${option}: the ${what} must be text.`);
}
