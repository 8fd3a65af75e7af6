// Argument checks for roots.
import {
  checkOptions,
  integer,
  invalidArgument,
  list,
  oneOf,
  optional,
  passphrase,
  path,
  secretText,
  text,
} from '../../arguments/index.js';
import { DEFAULT_ITERATIONS, MAX_ITERATIONS, requireIterations } from '../passphrase.js';
import type { NewRootOptions, RootOptions } from './index.js';

const TYPES = oneOf('passphrase', 'tpm2', 'pkcs11', 'recovery');

/** A root to open a store with. */
export function rootToOpen(name: string, value: unknown): RootOptions {
  const type = typeOf(name, value);
  if (type === 'recovery') {
    return checkOptions(name, value, { type: TYPES, recoveryKey: secretText }) as RootOptions;
  }
  return check(name, value, type) as RootOptions;
}

/** A root to add to a store. */
export function rootToAdd(name: string, value: unknown): NewRootOptions {
  const type = typeOf(name, value);
  const label = optional(text(0, 100), '');
  if (type === 'recovery') {
    return checkOptions(name, value, { type: TYPES, label }) as NewRootOptions;
  }
  return check(name, value, type) as NewRootOptions;
}

function typeOf(name: string, value: unknown): ReturnType<typeof TYPES> {
  if (typeof value !== 'object' || value === null) throw invalidArgument(name, 'an object', value);
  return TYPES(`${name}.type`, (value as { type?: unknown }).type);
}

function check(name: string, value: unknown, type: 'passphrase' | 'tpm2' | 'pkcs11') {
  const label = optional(text(0, 100), '');
  if (type === 'passphrase') {
    const checked = checkOptions(name, value, {
      type: TYPES,
      label,
      passphrase,
      iterations: optional(integer(1, MAX_ITERATIONS), DEFAULT_ITERATIONS),
    });
    requireIterations(name, checked.iterations);
    return checked;
  }
  if (type === 'tpm2') {
    const checked = checkOptions(name, value, {
      type: TYPES,
      label,
      tcti: optional(text(0, 1024), ''),
      pcrs: optional(list, []),
    });
    const pcr = integer(0, 23);
    for (const number of checked.pcrs) pcr(`${name}.pcrs`, number);
    return checked;
  }
  return checkOptions(name, value, {
    type: TYPES,
    label,
    library: optional(path),
    pin: secretText,
    token: optional(text(1, 100)),
  });
}
