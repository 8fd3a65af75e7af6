// An entry of the audit log, and the bytes that its hash covers. The encoding is documented in
// docs/audit.md; changing it makes every log that was ever written look altered.
import { createHash } from 'node:crypto';
import type { Check } from '../arguments/index.js';
import { checkOptions, invalidArgument, MAX_TIME, oneOf, optional } from '../arguments/index.js';
import { HASH_BYTES, hashLeaf } from './merkle-tree.js';

/** How what was tried ended: done, refused, or gone wrong. */
export type AuditOutcome = 'ok' | 'denied' | 'failed';

/** What is to be recorded. No secrets: whoever can read the file can read all of it. */
export interface NewAuditEntry {
  /** Who did it: a user's name, `cli`, `recorder`. 1 to 256 bytes of UTF-8. */
  actor: string;
  /** What was done: `key.export`. 1 to 128 bytes; names that begin with `audit-` are the log's own. */
  action: string;
  /** On what: a camera's or a key's id. At most 1024 bytes; empty is the same as none. */
  subject?: string;
  outcome: AuditOutcome;
  /** More about it, as JSON of at most 16384 bytes. */
  detail?: Record<string, unknown>;
}

/** An entry of the log. */
export interface AuditEntry extends NewAuditEntry {
  /** From 1, without a gap. */
  seq: number;
  /** UTC milliseconds by the clock of the machine; may go backwards where that clock did. */
  time: number;
  /** SHA-256 over the entry and the hash before it, lower-case hex. */
  hash: string;
}

/** A row of the table `entries`. */
export interface EntryRow {
  seq: number;
  time: number;
  actor: string;
  action: string;
  /** Empty where there is none. */
  subject: string;
  outcome: AuditOutcome;
  /** JSON text as it was written; empty where there is none. */
  detail: string;
  /** Hash of the entry before; of the first entry: {@link genesisHash}. */
  prev: Buffer;
  hash: Buffer;
}

/** The fields of a row that the caller chooses. */
export type EntryDraft = Pick<EntryRow, 'actor' | 'action' | 'subject' | 'outcome' | 'detail'>;

/** In bytes of UTF-8. */
export const LIMITS = { actor: 256, action: 128, subject: 1024, outcome: 16, detail: 16_384 };
const OUTCOMES = ['ok', 'denied', 'failed'] as const;
const LABEL = 'fluxvision/audit/v1';

/** Actions of the log itself; a caller cannot use them. */
export const RESERVED_PREFIX = 'audit-';
/** The key that signs from here on: the subject is its id, the detail holds it. */
export const KEY_ACTION = 'audit-key';
/** Entries that were written without a key, and are signed from here on as they were found. */
export const ADOPT_ACTION = 'audit-adopt';

/** What stands for the hash before the first entry: it binds every hash to this log. */
export function genesisHash(logId: string): Buffer {
  return createHash('sha256').update(`${LABEL}\0${logId}`, 'utf8').digest();
}

/** The entry's hash: the leaf hash of RFC 6962 over its encoding. */
export function hashEntry(row: Omit<EntryRow, 'hash'>): Buffer {
  const numbers = Buffer.alloc(8 + HASH_BYTES + 8);
  numbers.writeBigUInt64BE(BigInt(row.seq), 0);
  row.prev.copy(numbers, 8);
  numbers.writeBigUInt64BE(BigInt(row.time), 8 + HASH_BYTES);
  const fields = [row.actor, row.action, row.subject, row.outcome, row.detail];
  return hashLeaf(Buffer.concat([numbers, ...fields.flatMap(lengthPrefixed)]));
}

function lengthPrefixed(text: string): [Buffer, Buffer] {
  const bytes = Buffer.from(text, 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return [length, bytes];
}

/** True where a row read from the disk has the types and sizes that hashEntry() counts on. */
export function isWellFormed(row: EntryRow): boolean {
  return (
    Number.isSafeInteger(row.seq) &&
    row.seq >= 1 &&
    Number.isSafeInteger(row.time) &&
    row.time >= 0 &&
    row.time <= MAX_TIME &&
    [row.actor, row.action, row.subject, row.detail].every((text) => typeof text === 'string') &&
    OUTCOMES.includes(row.outcome) &&
    [row.prev, row.hash].every((hash) => Buffer.isBuffer(hash) && hash.length === HASH_BYTES)
  );
}

/** Checks what a caller wants to record. */
export function toDraft(where: string, entry: NewAuditEntry): EntryDraft {
  const checked = checkOptions(where, entry, {
    actor: boundedText(1, LIMITS.actor),
    action: boundedText(1, LIMITS.action),
    subject: optional(boundedText(0, LIMITS.subject), ''),
    outcome: oneOf(...OUTCOMES),
    detail: optional(jsonObject(LIMITS.detail), ''),
  });
  if (checked.action.startsWith(RESERVED_PREFIX)) {
    throw invalidArgument(
      `${where}: action`,
      `a name that does not begin with ${RESERVED_PREFIX}`,
      checked.action,
    );
  }
  return checked;
}

export function toEntry(row: EntryRow): AuditEntry {
  return {
    seq: row.seq,
    time: row.time,
    actor: row.actor,
    action: row.action,
    ...(row.subject && { subject: row.subject }),
    outcome: row.outcome,
    ...(row.detail && { detail: parseDetail(row.detail) }),
    hash: Buffer.isBuffer(row.hash) ? row.hash.toString('hex') : '',
  };
}

/** The detail's object; `{ unreadable }` where somebody put another text there. */
export function parseDetail(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {
    // Falls through: a log that was altered must still be listed.
  }
  return { unreadable: text };
}

/** Text of `min` to `max` bytes. Any character: what a stranger typed as a name is recorded too. */
function boundedText(min: number, max: number): Check<string> {
  return (name, value) => {
    if (typeof value !== 'string' || value.length < min) {
      throw invalidArgument(name, min > 0 ? 'a non-empty string' : 'a string', value);
    }
    const bytes = Buffer.from(value, 'utf8');
    if (bytes.length > max) {
      throw invalidArgument(name, `a string of at most ${max} bytes`, value);
    }
    // Half of a surrogate pair cannot be stored; it becomes U+FFFD before it is hashed, not after.
    return bytes.toString('utf8');
  };
}

/** An object that JSON can hold, as JSON text. */
function jsonObject(max: number): Check<string> {
  return (name, value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw invalidArgument(name, 'an object', value);
    }
    let text: string | undefined;
    try {
      text = JSON.stringify(value);
    } catch {
      // Falls through: a circle, or a BigInt.
    }
    if (text === undefined || !text.startsWith('{')) {
      throw invalidArgument(name, 'an object that JSON can hold', value);
    }
    if (Buffer.byteLength(text) > max) {
      throw invalidArgument(name, `an object of at most ${max} bytes as JSON`, value);
    }
    return text;
  };
}
