// Argument checks as one table per call: each option's name beside what it must be.
import { FluxError } from '../errors.js';

/** Returns `value` as what the option is, or throws ERR_INVALID_ARGUMENT naming `name`. */
export type Check<T> = (name: string, value: unknown) => T;

/** What a table of checks makes of an options object. */
export type Checked<Table extends Record<string, Check<unknown>>> = {
  [Name in keyof Table]: ReturnType<Table[Name]>;
};

/** `name` must be `expected`, and `value` is not. */
export function invalidArgument(name: string, expected: string, value: unknown): FluxError {
  return new FluxError(
    'ERR_INVALID_ARGUMENT',
    `${name} must be ${expected}, but is ${describe(value)}.`,
  );
}

/** As invalidArgument(), for values that must never be shown. */
export function invalidSecret(name: string, expected: string): FluxError {
  return new FluxError('ERR_INVALID_ARGUMENT', `${name} must be ${expected}.`);
}

/**
 * Checks an options object against a table. Options that the table does not name are errors too: a
 * misspelt option would otherwise be an option silently not set.
 */
export function checkOptions<Table extends Record<string, Check<unknown>>>(
  where: string,
  value: unknown,
  table: Table,
): Checked<Table> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidArgument(`${where}: options`, 'an object', value);
  }
  for (const name of Object.keys(value)) {
    if (!Object.hasOwn(table, name)) {
      throw new FluxError(
        'ERR_INVALID_ARGUMENT',
        `${where}: there is no option '${name}'; the options are ${Object.keys(table).join(', ')}.`,
      );
    }
  }
  const given = value as Record<string, unknown>;
  const result: Record<string, unknown> = {};
  for (const [name, check] of Object.entries(table)) {
    result[name] = check(`${where}: ${name}`, given[name]);
  }
  return result as Checked<Table>;
}

/** The option may be left out; `fallback` then stands in for it. */
export function optional<T>(check: Check<T>): Check<T | undefined>;
export function optional<T, F>(check: Check<T>, fallback: F): Check<T | F>;
export function optional<T, F>(check: Check<T>, fallback?: F): Check<T | F | undefined> {
  return (name, value) => (value === undefined ? fallback : check(name, value));
}

function describe(value: unknown): string {
  if (typeof value === 'string') {
    const shown = value.length > 80 ? `${value.slice(0, 80)}…` : value;
    return JSON.stringify(shown);
  }
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'symbol') return 'a symbol';
  const name = value.constructor?.name;
  return name && name !== 'Object' ? `an instance of ${name}` : 'an object';
}
