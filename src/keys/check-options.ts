// Argument checks of KeyManager.
import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import {
  cameraId,
  checkOptions,
  flag,
  integer,
  invalidArgument,
  list,
  oneOf,
  optional,
  passphrase,
  path,
  text,
  time,
  uuid,
} from '../arguments/index.js';
import { FluxError } from '../errors.js';
import type { EvidenceLock } from './key-store.js';
import type {
  DestroyOptions,
  KeyManagerCreateOptions,
  KeyManagerOptions,
  RotateOptions,
} from './options.js';
import { DEFAULT_ITERATIONS, MAX_ITERATIONS, requireIterations } from './passphrase.js';
import { rootToOpen } from './roots/check.js';
import type { RootOptions } from './roots/index.js';

const OPENING = {
  directory: path,
  passphrase: optional(passphrase),
  root: optional(rootToOpen),
  actor: optional(text(1, 255)),
};

export function checkOpen(where: string, options: KeyManagerOptions) {
  const checked = checkOptions(where, options, OPENING);
  return settle(where, checked, checked.root);
}

export function checkCreate(where: string, options: KeyManagerCreateOptions) {
  const checked = checkOptions(where, options, {
    ...OPENING,
    iterations: optional(integer(1, MAX_ITERATIONS), DEFAULT_ITERATIONS),
  });
  requireIterations(where, checked.iterations);
  const { iterations } = checked;
  const { directory, root, actor } = settle(where, checked, checked.root);
  if (root.type === 'recovery') {
    const expected = 'a passphrase, TPM or token: add the recovery key to the new store';
    throw invalidArgument(`${where}: root.type`, expected, root.type);
  }
  return {
    directory,
    actor,
    root: root.type === 'passphrase' ? { iterations, ...root } : root,
  };
}

/** By id or by age, one of the two. */
export function checkDestroy(where: string, options: DestroyOptions): DestroyOptions {
  const checked = checkOptions(where, options, {
    ids: optional(list),
    cameraId: optional(cameraId),
    before: optional(time),
    reason: text(1, 1000),
    rotateMaster: optional(flag, true),
  });
  if ((checked.ids === undefined) === (checked.before === undefined)) {
    const expected = checked.ids ? 'left out where ids is given' : 'given where ids is left out';
    throw invalidArgument(`${where}: before`, expected, checked.before);
  }
  for (const id of checked.ids ?? []) uuid(`${where}: ids`, id);
  return checked as DestroyOptions;
}

export function checkRotate(where: string, options: RotateOptions) {
  const video = (options as { purpose?: unknown } | undefined)?.purpose === 'video';
  return checkOptions(where, options, {
    purpose: oneOf('video', 'database', 'config', 'audit', 'session'),
    ...(video && { cameraId }),
  }) as { purpose: RotateOptions['purpose']; cameraId?: string };
}

export function checkLock(
  where: string,
  options: Pick<EvidenceLock, 'cameraId' | 'from' | 'to' | 'reason'>,
) {
  const checked = checkOptions(where, options, {
    cameraId,
    from: time,
    to: time,
    reason: text(1, 1000),
  });
  if (checked.from < checked.to) return checked;
  throw invalidArgument(`${where}: to`, 'later than from', checked.to);
}

export function checkSetPassword(
  where: string,
  userId: unknown,
  password: unknown,
  options: { current?: string | Uint8Array; iterations?: number },
) {
  checkUserId(where, userId);
  passphrase(`${where}: password`, password);
  const checked = checkOptions(where, options, {
    current: optional(passphrase),
    iterations: optional(integer(1, MAX_ITERATIONS), DEFAULT_ITERATIONS),
  });
  requireIterations(where, checked.iterations);
  return checked;
}

export function checkExport(
  where: string,
  options: {
    ids: readonly string[];
    administratorPassword: string | Uint8Array;
    passphrase: string | Uint8Array;
  },
) {
  const checked = checkOptions(where, options, {
    ids: list,
    administratorPassword: passphrase,
    passphrase,
  });
  return { ...checked, ids: checked.ids.map((id) => uuid(`${where}: ids`, id)) };
}

export function checkUserId(where: string, value: unknown): string {
  return text(1, 255)(`${where}: userId`, value);
}

/** Exactly one of passphrase and root. */
function settle(
  where: string,
  checked: {
    directory: string;
    passphrase?: string | Uint8Array | undefined;
    actor?: string | undefined;
  },
  root: RootOptions | undefined,
) {
  if ((checked.passphrase === undefined) === (root === undefined)) {
    const expected = root ? 'left out where root is given' : 'given where root is left out';
    throw new FluxError('ERR_INVALID_ARGUMENT', `${where}: passphrase must be ${expected}.`);
  }
  return {
    directory: resolve(checked.directory),
    root: root ?? ({ type: 'passphrase', passphrase: checked.passphrase as string } as const),
    actor: checked.actor ?? `user:${userName()}`,
  };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}
