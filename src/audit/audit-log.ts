// The audit log: who did what, chained entry by entry and signed, so that a later change is found.
import { resolve } from 'node:path';
import {
  type Check,
  callback,
  checkOptions,
  flag,
  integer,
  invalidArgument,
  oneOf,
  optional,
  path,
  signal,
  text,
  time,
} from '../arguments/index.js';
import { FluxError } from '../errors.js';
import { AuditStore } from './audit-store.js';
import { type AuditSigner, parseCheckpoint, signCheckpoint } from './checkpoint.js';
import {
  ADOPT_ACTION,
  type AuditEntry,
  type EntryDraft,
  type EntryRow,
  hashEntry,
  KEY_ACTION,
  type NewAuditEntry,
  toDraft,
  toEntry,
} from './entry.js';
import { LogEnd } from './log-end.js';
import { isPublicKey, keyId } from './p256.js';
import { type AuditVerification, type AuditVerifyProgress, verifyLog } from './verification.js';

/** Options of {@link AuditLog.open}. */
export interface AuditLogOptions {
  /** The file; see {@link auditLogPath} for the one of a storage. Its directory must exist. */
  path: string;
  /**
   * Signs a checkpoint with each entry. Without it entries are chained, and the next one who has the
   * key signs them as found.
   */
  signer?: AuditSigner;
  /** Works while others append. Without it the log is made where it is missing. */
  readOnly?: boolean;
}

/** Which entries {@link AuditLog.list} returns. */
export interface AuditQuery {
  /** UTC milliseconds: only entries at or after it. */
  from?: number;
  /** Only entries before it. */
  to?: number;
  actor?: string;
  action?: string;
  /** By number, which is the order of writing. Default `oldest`. */
  first?: 'oldest' | 'newest';
  /** At most this many. */
  limit?: number;
  /** Only entries beyond the one with this number, in the order asked for. */
  after?: number;
}

/** Options of {@link AuditLog.verify}. */
export interface AuditVerifyOptions {
  /**
   * The key that shall have signed the log, 65 bytes, from a place that who alters the log cannot
   * write to. Keys that follow it must have been introduced by it. Without it the log's word is taken.
   */
  publicKey?: Uint8Array;
  /** A checkpoint that was kept elsewhere: the log must be a continuation of it. */
  checkpoint?: string;
  signal?: AbortSignal;
  /** Called after each page of entries. */
  onProgress?: (progress: AuditVerifyProgress) => void;
}

/**
 * An append-only log whose entries cannot be altered, removed or reordered unnoticed by anyone who
 * has not its signing key. What that does not cover is in docs/audit.md. Any number of processes may
 * append at once. Entries are readable by whoever can read the file: put no secrets into them.
 *
 * @example
 * ```ts
 * const log = await AuditLog.open({ path: auditLogPath('storage'), signer });
 * log.append({ actor: 'admin', action: 'key.export', subject: 'door', outcome: 'ok' });
 * const { ok, firstBad } = await log.verify({ checkpoint: savedElsewhere });
 * ```
 */
export class AuditLog {
  /** Absolute path of the file. */
  readonly path: string;
  readonly #store: AuditStore;
  #signer: AuditSigner | undefined;
  /** Undefined where the log is open for reading. */
  #end: LogEnd | undefined;

  private constructor(store: AuditStore, signer: AuditSigner | undefined) {
    this.path = store.path;
    this.#store = store;
    this.#signer = signer;
  }

  /**
   * `ERR_AUDIT_NOT_FOUND` with `readOnly` where there is none; `ERR_AUDIT_ALTERED` where what the
   * signer would sign does not go on from what was signed; `ERR_AUDIT_KEY` where another key signs the
   * log; `ERR_SCHEMA_VERSION` where a newer release wrote it; `ERR_AUDIT` where the file cannot be
   * used. With a signer this signs entries that were written without one.
   */
  static async open(options: AuditLogOptions): Promise<AuditLog> {
    const checked = checkOptions('AuditLog.open', options, {
      path,
      signer: optional(auditSigner),
      readOnly: optional(flag, false),
    });
    if (checked.readOnly && checked.signer) {
      throw invalidArgument('AuditLog.open: signer', 'left out with readOnly', checked.signer);
    }
    const log = new AuditLog(
      new AuditStore(resolve(checked.path), checked.readOnly),
      checked.signer,
    );
    try {
      if (!checked.readOnly) log.#begin();
      return log;
    } catch (error) {
      await log.close();
      throw error;
    }
  }

  /** UUID of the log, made with it. */
  get id(): string {
    return this.#store.logId;
  }

  /**
   * Records one entry, durable when this returns (milliseconds: the disk is waited for).
   * `ERR_INVALID_ARGUMENT` where a field is too large; `ERR_AUDIT_ALTERED` where the file is not what
   * this process saw before; `ERR_AUDIT_KEY` where another process changed the key.
   */
  append(entry: NewAuditEntry): AuditEntry {
    const draft = toDraft('AuditLog.append', entry);
    return this.#extend((end) => toEntry(this.#insert(end, draft)));
  }

  /** Entries, oldest or newest first. They are shown as they are; {@link verify} tells what is true. */
  list(query: AuditQuery = {}): AuditEntry[] {
    return [...this.iterate(query)];
  }

  /** As {@link list}, without holding all of them in memory. */
  *iterate(query: AuditQuery = {}): Generator<AuditEntry, void, void> {
    const { first, limit, after, ...filter } = checkQuery(query);
    let last = after;
    let left = limit;
    while (left > 0) {
      const rows = this.#store.page(last, first, filter, left);
      if (rows.length === 0) return;
      for (const row of rows) yield toEntry(row);
      last = (rows.at(-1) as EntryRow).seq;
      left -= rows.length;
    }
  }

  /**
   * The newest signed checkpoint, as text: keep it elsewhere, and give it to {@link verify} later.
   * With a signer it covers every entry. Undefined where nothing was ever signed.
   */
  checkpoint(): string | undefined {
    if (this.#signer) this.#extend(() => undefined);
    return this.#store.latestCheckpoint()?.text;
  }

  /**
   * Goes over to another signing key: the old one signs the entry that names the new one, and so does
   * the new one. `ERR_AUDIT_KEY` where the log was opened without a signer.
   */
  changeKey(signer: AuditSigner): AuditEntry {
    const next = auditSigner('AuditLog.changeKey: signer', signer);
    const before = this.#signer;
    if (!before) {
      throw new FluxError(
        'ERR_AUDIT_KEY',
        `${this.path} was opened without a signer; only the key that signs it can name another one.`,
      );
    }
    const entry = this.#extend((end) => {
      const row = this.#insert(end, keyDraft(next, before));
      this.#sign(end, [before, next], true);
      return toEntry(row);
    });
    this.#signer = next;
    return entry;
  }

  /**
   * Goes on with the key that another process changed to: after `ERR_AUDIT_KEY`, which is thrown
   * again where `signer` is not that key either.
   */
  followKey(signer: AuditSigner): void {
    const before = this.#signer;
    this.#signer = auditSigner('AuditLog.followKey: signer', signer);
    try {
      this.#begin();
    } catch (error) {
      this.#signer = before;
      throw error;
    }
  }

  /**
   * Checks every entry, the chain and the signatures, in bounded memory, and goes on to the first that
   * is wrong. Entries appended meanwhile are left out. Rejects only for what prevents verifying:
   * `ERR_AUDIT_CHECKPOINT` where the given text is none, `ERR_ABORTED`, `ERR_AUDIT`.
   */
  async verify(options: AuditVerifyOptions = {}): Promise<AuditVerification> {
    const checked = checkOptions('AuditLog.verify', options, {
      publicKey: optional(publicKey),
      checkpoint: optional(text(1, 65_536)),
      signal: optional(signal),
      onProgress: optional(callback<AuditVerifyProgress>()),
    });
    const { checkpoint, ...rest } = checked;
    return verifyLog(this.#store, {
      ...rest,
      checkpoint: checkpoint === undefined ? undefined : parseCheckpoint(checkpoint),
    });
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#store.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Takes the end of the log up; a signer introduces itself to a log that nobody signed before. */
  #begin(): void {
    const signer = this.#signer;
    this.#end = this.#store.write(() => {
      const end = signer ? LogEnd.signed(this.#store, signer) : LogEnd.unsigned(this.#store);
      end.catchUp(signer);
      if (signer) {
        this.#adopt(end);
        if (end.signed === 0) this.#insert(end, keyDraft(signer));
        this.#sign(end, [signer], end.signed === 0);
      }
      return end;
    });
  }

  /** Runs `work` behind the last entry, alone, and signs what it left. */
  #extend<T>(work: (end: LogEnd) => T): T {
    const known = this.#end;
    if (!known) {
      throw new FluxError(
        'ERR_READ_ONLY',
        `${this.path} is open for reading; open it for writing.`,
      );
    }
    const signer = this.#signer;
    const [end, result] = this.#store.write(() => {
      const copy = known.copy();
      copy.catchUp(signer);
      if (signer) this.#adopt(copy);
      const done = work(copy);
      if (signer) this.#sign(copy, [signer], false);
      return [copy, done] as const;
    });
    this.#end = end;
    return result;
  }

  /** Says in the log which entries were there before a key was: a signature must not hide that. */
  #adopt(end: LogEnd): void {
    if (end.size === end.signed) return;
    const detail = JSON.stringify({ from: end.signed + 1, to: end.size });
    this.#insert(end, { ...OWN, action: ADOPT_ACTION, subject: '', detail });
  }

  #insert(end: LogEnd, draft: EntryDraft): EntryRow {
    // The time is taken under the lock: of two processes the later entry has the later time.
    const entry = { ...draft, seq: end.size + 1, time: Date.now(), prev: end.hash };
    const row = { ...entry, hash: hashEntry(entry) };
    this.#store.insertEntry(row);
    end.advance(row.hash);
    return row;
  }

  #sign(end: LogEnd, signers: readonly AuditSigner[], changesKey: boolean): void {
    if (end.size === end.signed) return;
    const { size } = end;
    const head = { logId: this.id, size, root: end.root(), time: Date.now() };
    const checkpoint = signCheckpoint(head, signers);
    this.#store.insertCheckpoint({ size, text: checkpoint, tree: end.treeBefore() }, changesKey);
    end.signed = size;
  }
}

/** Entries that the log writes itself. */
const OWN = { actor: 'audit', outcome: 'ok' } as const;

function keyDraft(next: AuditSigner, before?: AuditSigner): EntryDraft {
  const idOf = (signer: AuditSigner) => keyId(signer.publicKey).toString('hex');
  const detail = JSON.stringify({
    publicKey: Buffer.from(next.publicKey).toString('hex'),
    ...(before && { before: idOf(before) }),
  });
  return { ...OWN, action: KEY_ACTION, subject: idOf(next), detail };
}

const publicKey: Check<Uint8Array> = (name, value) => {
  if (!isPublicKey(value)) {
    throw invalidArgument(name, '65 bytes that are a public key of P-256 (04, X, Y)', value);
  }
  return value;
};

const auditSigner: Check<AuditSigner> = (name, value) => {
  const signer = value as Partial<AuditSigner> | null;
  if (typeof signer !== 'object' || typeof signer?.sign !== 'function') {
    throw invalidArgument(name, 'an object with publicKey and sign()', value);
  }
  publicKey(`${name}.publicKey`, signer.publicKey);
  return signer as AuditSigner;
};

function checkQuery(query: AuditQuery) {
  const checked = checkOptions('AuditLog.list', query, {
    from: optional(time),
    to: optional(time),
    actor: optional(text()),
    action: optional(text()),
    first: optional(oneOf('oldest', 'newest'), 'oldest' as const),
    limit: optional(integer(1, Number.MAX_SAFE_INTEGER), Number.POSITIVE_INFINITY),
    after: optional(integer(0, Number.MAX_SAFE_INTEGER)),
  });
  if (checked.from !== undefined && checked.to !== undefined && checked.to <= checked.from) {
    throw invalidArgument('AuditLog.list: to', `later than from (${checked.from})`, checked.to);
  }
  return checked;
}
