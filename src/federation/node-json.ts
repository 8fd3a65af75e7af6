// JSON of strangers: checked for its depth before it is parsed, and read member by member.
import { FluxError } from '../errors.js';
import { plainText } from './plain-text.js';

const MAX_DEPTH = 16;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** JSON of a node, for whatever comes over {@link FederationClient.connect}. `ERR_NODE_ANSWER` for what is none, or nested deeper than 16. */
export function parseNodeJson(body: Uint8Array): unknown {
  let text: string;
  try {
    text = utf8.decode(body);
  } catch {
    throw wrongShape('is not UTF-8');
  }
  if (isDeeper(text, MAX_DEPTH)) throw wrongShape(`is nested deeper than ${MAX_DEPTH}`);
  try {
    return JSON.parse(text);
  } catch {
    throw wrongShape('is no JSON');
  }
}

/** The members of an object of a stranger, each taken as what it has to be, or `ERR_NODE_ANSWER`. */
export class Members {
  readonly #members: Readonly<Record<string, unknown>>;
  readonly #what: string;

  constructor(what: string, value: unknown) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw wrongShape(`has no object as ${what}`);
    }
    this.#what = what;
    this.#members = value as Record<string, unknown>;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#members, name) && this.#members[name] !== undefined;
  }

  /** For people: what could write elsewhere on the page is taken out, and the rest cut at `max`. */
  text(name: string, max: number): string {
    return plainText(this.#string(name), max);
  }

  /** For programs: exactly of this form. */
  token(name: string, form: RegExp): string {
    const value = this.#string(name);
    return form.test(value) ? value : this.#wrong(name);
  }

  oneOf<const T extends readonly string[]>(name: string, ...choices: T): T[number] {
    const value = this.#string(name);
    return choices.includes(value) ? value : this.#wrong(name);
  }

  /** From 0 to `max`. */
  integer(name: string, max = Number.MAX_SAFE_INTEGER): number {
    const value = this.#value(name);
    return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max
      ? (value as number)
      : this.#wrong(name);
  }

  /** From 0 to `max`, fractions allowed. */
  decimal(name: string, max: number): number {
    const value = this.#value(name);
    return typeof value === 'number' && value >= 0 && value <= max ? value : this.#wrong(name);
  }

  flag(name: string): boolean {
    const value = this.#value(name);
    return typeof value === 'boolean' ? value : this.#wrong(name);
  }

  /** The first `max` of them. */
  list(name: string, max: number): unknown[] {
    const value = this.#value(name);
    return Array.isArray(value) ? value.slice(0, max) : this.#wrong(name);
  }

  object(name: string): Members {
    return new Members(`${this.#what}: ${name}`, this.#value(name));
  }

  #string(name: string): string {
    const value = this.#value(name);
    return typeof value === 'string' ? value : this.#wrong(name);
  }

  #value(name: string): unknown {
    return Object.hasOwn(this.#members, name) ? this.#members[name] : undefined;
  }

  #wrong(name: string): never {
    throw wrongShape(`has no such ${name} in ${this.#what} as it has to be`);
  }
}

/** `ERR_NODE_ANSWER`: what is wrong with the answer. */
export function wrongShape(what: string): FluxError {
  return new FluxError(
    'ERR_NODE_ANSWER',
    `The answer ${what}. Is it a FluxVision server, and of a version that fits?`,
  );
}

function isDeeper(text: string, max: number): boolean {
  let depth = 0;
  let isText = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (isText) {
      if (code === 0x5c) i++;
      else if (code === 0x22) isText = false;
    } else if (code === 0x22) isText = true;
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > max) return true;
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
  return false;
}
