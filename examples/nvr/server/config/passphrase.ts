// Where the passphrase of the storage comes from: a file, the environment, or a systemd credential.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FluxError } from '@fluxvision/core';
import type { Settings } from './schema.js';

/** These win over the settings file, so that one file serves many machines. */
const OVERRIDE = 'FLUXVISION_PASSPHRASE';
const OVERRIDE_FILE = 'FLUXVISION_PASSPHRASE_FILE';

/**
 * Undefined: the server starts locked. `ERR_PASSPHRASE_SOURCE` where none is named, or it cannot be read.
 */
export function readPassphrase(
  settings: Pick<Settings, 'passphrase'>,
  env: NodeJS.ProcessEnv = process.env,
): string | undefined {
  const { passphrase } = settings;
  if (env[OVERRIDE] !== undefined) return fromEnvironment(env, OVERRIDE);
  if (env[OVERRIDE_FILE] !== undefined) return fromFile(env[OVERRIDE_FILE]);
  if (passphrase?.ask) return undefined;
  if (passphrase?.file !== undefined) return fromFile(passphrase.file);
  if (passphrase?.env !== undefined) return fromEnvironment(env, passphrase.env);
  if (passphrase?.credential !== undefined) {
    const directory = env.CREDENTIALS_DIRECTORY;
    if (!directory) {
      throw unusable(
        `systemd gives this process no credentials. Add LoadCredential=${passphrase.credential}:FILE to the unit.`,
      );
    }
    return fromFile(join(directory, passphrase.credential));
  }
  throw unusable(
    `none is set. Name a file in the settings (passphrase: { file: ... }), or set ${OVERRIDE_FILE}.`,
  );
}

function fromEnvironment(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (!value) throw unusable(`the environment variable ${name} is not set, or empty.`);
  return value;
}

/** Without the line's end, which editors add. */
function fromFile(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw unusable(`${path} cannot be read: ${(error as Error).message}`, error);
  }
  if (text === '') throw unusable(`${path} is empty.`);
  return text;
}

function unusable(reason: string, cause?: unknown): FluxError {
  return new FluxError('ERR_PASSPHRASE_SOURCE', `There is no passphrase: ${reason}`, { cause });
}
