// Checks for the kinds of values that options have.
import { type Check, invalidArgument, invalidSecret } from './check.js';

/** A whole number in [min, max]; `unit` is named in the error. */
export function integer(min: number, max: number, unit = ''): Check<number> {
  const expected = `a whole number from ${min} to ${max}${unit && ` (${unit})`}`;
  return (name, value) => {
    if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
      throw invalidArgument(name, expected, value);
    }
    return value as number;
  };
}

/** A number in [min, max], fractions allowed. */
export function decimal(min: number, max: number, unit = ''): Check<number> {
  const expected = `a number from ${min} to ${max}${unit && ` (${unit})`}`;
  return (name, value) => {
    if (typeof value !== 'number' || !(value >= min && value <= max)) {
      throw invalidArgument(name, expected, value);
    }
    return value;
  };
}

/** The last millisecond that a Date can hold. */
export const MAX_TIME = 8_640_000_000_000_000;

/** UTC milliseconds since the epoch. */
export const time: Check<number> = (name, value) => {
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > MAX_TIME) {
    throw invalidArgument(name, 'UTC milliseconds since 1970 (a whole number)', value);
  }
  return value as number;
};

/** Text of `min` to `max` characters without NUL. */
export function text(min = 1, max = 4096): Check<string> {
  const expected = min > 0 ? 'a non-empty string' : 'a string';
  return (name, value) => {
    if (typeof value !== 'string' || value.length < min || value.includes('\0')) {
      throw invalidArgument(name, expected, value);
    }
    if (value.length > max) {
      throw invalidArgument(name, `a string of at most ${max} characters`, value);
    }
    return value;
  };
}

/** A file-system path. */
export const path: Check<string> = text(1, 4096);

/** Text whose value no error may show. */
export const secretText: Check<string> = (name, value) => {
  if (typeof value !== 'string' || value.includes('\0') || value.length > 1024) {
    throw invalidSecret(name, 'a string of at most 1024 characters');
  }
  return value;
};

/** A passphrase: text or bytes, not empty. Never shown. */
export const passphrase: Check<string | Uint8Array> = (name, value) => {
  if ((typeof value === 'string' || value instanceof Uint8Array) && value.length > 0) return value;
  throw invalidSecret(name, 'a non-empty string or Uint8Array');
};

export const flag: Check<boolean> = (name, value) => {
  if (typeof value !== 'boolean') throw invalidArgument(name, 'true or false', value);
  return value;
};

/** One of the listed values. */
export function oneOf<const T extends readonly (string | number)[]>(
  ...choices: T
): Check<T[number]> {
  const expected = `one of ${choices.map((choice) => JSON.stringify(choice)).join(', ')}`;
  return (name, value) => {
    if (!choices.includes(value as T[number])) throw invalidArgument(name, expected, value);
    return value as T[number];
  };
}

export const signal: Check<AbortSignal> = (name, value) => {
  if (!(value instanceof AbortSignal)) throw invalidArgument(name, 'an AbortSignal', value);
  return value;
};

/** A function that takes `T`; what it returns is ignored. */
export function callback<T>(): Check<(value: T) => void> {
  return (name, value) => {
    if (typeof value !== 'function') throw invalidArgument(name, 'a function', value);
    return value as (value: T) => void;
  };
}

/** An object of the class `type`, made by this copy of the package. */
export function instanceOf<T>(type: { readonly prototype: T; readonly name: string }): Check<T> {
  const made = type as unknown as new () => T;
  return (name, value) => {
    if (!(value instanceof made)) {
      const article = /^[AEIOU]/.test(type.name) ? 'an' : 'a';
      throw invalidArgument(name, `${article} ${type.name}`, value);
    }
    return value;
  };
}

/** An array whose elements are left to a later check. */
export const list: Check<readonly unknown[]> = (name, value) => {
  if (!Array.isArray(value)) throw invalidArgument(name, 'an array', value);
  return value;
};

/** A canonical UUID, in lower case. */
export const uuid: Check<string> = (name, value) => {
  if (typeof value !== 'string' || !/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(value)) {
    throw invalidArgument(name, 'a UUID in lower case', value);
  }
  return value;
};
