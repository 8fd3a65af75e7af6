// One setting as it stands in config.db: ARIA-256-GCM under the configuration key, bound to its name.
import { FluxError, isFluxError } from '../errors.js';
import {
  decodeStrictly,
  formatSealedText,
  type KeyManager,
  parseSealedText,
} from '../keys/index.js';
import { type NativeKey, native } from '../native/index.js';

const ALGORITHM = 'ARIA-256-GCM';

/** `v1.<key id>.<Base64 of nonce, ciphertext, tag>`. */
export function sealSetting(keys: KeyManager, name: string, value: unknown): string {
  const { id, key } = keys.configKey();
  return formatSealedText(id, seal(key, ['setting', name, id], JSON.stringify(value)));
}

export function openSetting(keys: KeyManager, name: string, stored: string): unknown {
  const what = `Setting '${name}'`;
  const { keyId, sealed } = parseSealedText(stored) ?? {};
  if (!keyId || !sealed) throw altered(what);
  return JSON.parse(open(keys.key(keyId), ['setting', name, keyId], sealed, what));
}

/** True where a stored setting is sealed with a key that no longer seals. */
export function isStaleSetting(keys: KeyManager, stored: string): boolean {
  return parseSealedText(stored)?.keyId !== keys.configKey().id;
}

/** A secret that only its user's password opens. */
export function sealUserSecret(
  key: NativeKey,
  userId: string,
  name: string,
  value: string,
): string {
  return `v1.${seal(key, ['user-secret', userId, name], value).toString('base64')}`;
}

export function openUserSecret(
  key: NativeKey,
  userId: string,
  name: string,
  stored: string,
): string {
  const what = `The secret '${name}' of '${userId}'`;
  const sealed = stored.startsWith('v1.') ? decodeStrictly(stored.slice(3)) : undefined;
  if (!sealed) throw altered(what);
  return open(key, ['user-secret', userId, name], sealed, what);
}

function seal(key: NativeKey, place: readonly string[], value: string): Buffer {
  const text = Buffer.from(value, 'utf8');
  const sealed = native.sealMessage(ALGORITHM, key, contextOf(place), text);
  text.fill(0);
  return sealed;
}

function open(key: NativeKey, place: readonly string[], sealed: Buffer, what: string): string {
  try {
    return native.openMessage(ALGORITHM, key, contextOf(place), sealed).toString('utf8');
  } catch (error) {
    if (!isFluxError(error, 'ERR_AUTH_TAG')) throw error;
    throw altered(what);
  }
}

/** JSON keeps the parts apart: names cannot run into each other. */
function contextOf(place: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(['fluxvision/config/v1', ...place]));
}

function altered(what: string): FluxError {
  return new FluxError(
    'ERR_AUTH_TAG',
    `${what} does not open: it was altered, moved or cut. Restore config.db from a backup, or set it anew.`,
  );
}
