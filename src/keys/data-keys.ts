// The keys below the master key: made when they are first needed, wrapped, found, rotated.
import { randomUUID } from 'node:crypto';
import { FluxError, isFluxError } from '../errors.js';
import { type NativeKey, native } from '../native/index.js';
import { DAY_MS, dayName, dayStart, utcDay } from '../utc-day.js';
import { canonicalJson } from './encoding.js';
import { type KeyRow, type KeyStore, keyStorePath } from './key-store.js';
import type { MasterKeys } from './master-keys.js';
import { encodeWrapContext, type KeyPurpose } from './wrap-context.js';

/** A key in native memory, and its id. */
export interface KeyHandle {
  id: string;
  /** Opaque: the bytes of a key never enter JavaScript. */
  key: NativeKey;
}

/** Purposes whose period is a counter: they change when someone says so. */
type CountedPurpose = 'config' | 'audit';

const ALGORITHMS: Record<KeyPurpose, string> = {
  video: 'LEA-256',
  database: 'ARIA-256',
  config: 'ARIA-256',
  session: 'ARIA-256',
  user: 'ARIA-256',
  audit: 'ECDSA-P-256',
};

export class DataKeys {
  readonly #store: KeyStore;
  readonly #masters: MasterKeys;

  constructor(store: KeyStore, masters: MasterKeys) {
    this.#store = store;
    this.#masters = masters;
  }

  /** The key of a purpose and period; made where there is none. */
  ofPeriod(
    purpose: 'video' | 'database' | 'session',
    subject: string,
    period: string,
    activatesAt: number,
  ): KeyHandle {
    this.advance();
    const find = () => this.#store.current(purpose, subject, period);
    return this.#findOrMake(find, { purpose, subject, period, activatesAt });
  }

  /** The key of a purpose that is rotated on demand; made where there is none. */
  ofCounter(purpose: CountedPurpose, subject = ''): KeyHandle {
    const find = () => this.#store.newest(purpose, subject);
    return this.#findOrMake(find, { purpose, subject, period: '1' });
  }

  /** The keys that signed the audit log before the one that does, newest first. */
  retiredAuditKeys(): NativeKey[] {
    return this.#store.retired('audit').map((row) => this.unwrap(row));
  }

  /** Brings the states of all keys up to date with the clock. */
  advance(now = Date.now()): void {
    const day = dayName(utcDay(now));
    const month = day.slice(0, 6);
    if (!this.#store.isBehind(now, day, month)) return;
    this.#store.exclusive(() => this.#store.advance(now, day, month));
  }

  /** A new key takes over at once; the old one goes on opening what it sealed. */
  rotate(purpose: KeyPurpose, subject: string, period: string | undefined): KeyHandle {
    return this.#store.exclusive(() => {
      const old = period
        ? this.#store.current(purpose, subject, period)
        : this.#store.newest(purpose, subject);
      if (old?.state === 'active' || old?.state === 'pending') {
        this.#store.setState(old.id, 'retired');
      }
      const next = period ?? String(Number(old?.period ?? '0') + 1);
      return this.#insert({ purpose, subject, period: next });
    });
  }

  /** Puts an imported key beside ours: it opens, and never seals. */
  adopt(row: Omit<KeyRow, 'parentId' | 'wrapped' | 'wrapVersion'>, key: NativeKey): void {
    this.#masters.reload();
    const master = this.#masters.newest;
    const adopted: KeyRow = { ...row, parentId: master.id, wrapVersion: 2, wrapped: null };
    adopted.wrapped = native.wrapKey(master.key, key, contextOf(adopted));
    this.#store.insert(adopted);
  }

  /** Inserts a row whose secret `seal` protects under the master key and the row's context. */
  insertSealed(
    { purpose, subject, period, activatesAt, parameters = '' }: NewKey,
    seal: (master: NativeKey, context: Buffer) => Buffer,
  ): KeyRow {
    this.#masters.reload();
    const master = this.#masters.newest;
    const now = Date.now();
    const row: KeyRow = {
      id: randomUUID(),
      purpose,
      subject,
      period,
      algorithm: ALGORITHMS[purpose],
      state: (activatesAt ?? now) > now ? 'pending' : 'active',
      parentId: master.id,
      version: 1,
      createdAt: now,
      activatesAt: activatesAt ?? now,
      destroyedAt: null,
      parameters,
      wrapVersion: 2,
      wrapped: null,
    };
    row.wrapped = seal(master.key, contextOf(row));
    this.#store.insert(row);
    return row;
  }

  /** The key of a row. ERR_KEY_DESTROYED; ERR_AUTH_TAG where the row was altered. */
  unwrap(row: KeyRow): NativeKey {
    return this.#opened(row, (master, wrapped, context) =>
      native.unwrapKey(master, wrapped, context),
    );
  }

  /** What is below the master key in a row of purpose 'user': still wrapped under the password. */
  unwrapOuter(row: KeyRow): { wrapped: Buffer; context: Buffer } {
    return this.#opened(row, (master, wrapped, context) => ({
      wrapped: native.openMessage('ARIA-256-GCM', master, context, wrapped),
      context: innerContext(row),
    }));
  }

  /**
   * A new master key: root.json names both, all rows are wrapped anew in one transaction, root.json
   * drops the old one. A crash in between leaves every key readable; resume() goes on from there.
   */
  rotateMaster(): { from: string; to: string; keys: number } {
    const from = this.#masters.newest.id;
    const keys = this.#store.exclusive(() => {
      this.#masters.reload();
      if (!this.#masters.rotating) this.#masters.beginRotation();
      return this.#rewrapRows();
    });
    this.#finishRotation();
    return { from, to: this.#masters.newest.id, keys };
  }

  /** Finishes a rotation that a crash interrupted. */
  resume(): void {
    if (!this.#masters.rotating) return;
    this.#store.exclusive(() => {
      this.#masters.reload();
      this.#rewrapRows();
    });
    this.#finishRotation();
  }

  #finishRotation(): void {
    this.#store.exclusive(() => {
      this.#masters.reload();
      if (!this.#masters.rotating) return;
      // Rows that another process put in meanwhile are under the newest key already.
      if (this.#store.notUnder(this.#masters.newest.id).length === 0)
        this.#masters.finishRotation();
    });
    this.#store.checkpoint();
  }

  #rewrapRows(): number {
    const { id, key } = this.#masters.newest;
    const rows = this.#store.notUnder(id);
    for (const row of rows) {
      const next: KeyRow = { ...row, parentId: id, version: row.version + 1, wrapVersion: 2 };
      if (row.purpose === 'user') {
        const { wrapped } = this.unwrapOuter(row);
        next.wrapped = native.sealMessage('ARIA-256-GCM', key, contextOf(next), wrapped);
      } else {
        next.wrapped = native.wrapKey(key, this.unwrap(row), contextOf(next));
      }
      this.#store.rewrap(next);
    }
    return rows.length;
  }

  #findOrMake(find: () => KeyRow | undefined, missing: NewKey): KeyHandle {
    const row = find();
    if (row) return { id: row.id, key: this.unwrap(row) };
    return this.#store.exclusive(() => {
      const meanwhile = find();
      if (meanwhile) return { id: meanwhile.id, key: this.unwrap(meanwhile) };
      return this.#insert(missing);
    });
  }

  #insert(described: NewKey): KeyHandle {
    const isPair = described.purpose === 'audit';
    const key = isPair ? native.generateP256() : native.generateKey();
    const parameters = isPair
      ? canonicalJson({ publicKey: native.p256PublicKey(key).toString('hex') })
      : '';
    const { id } = this.insertSealed({ ...described, parameters }, (master, context) =>
      native.wrapKey(master, key, context),
    );
    return { id, key };
  }

  #opened<T>(row: KeyRow, use: (master: NativeKey, wrapped: Buffer, context: Buffer) => T): T {
    if (row.state === 'destroyed' || row.wrapped === null) throw destroyed(row);
    let master = this.#masters.find(row.parentId);
    let current = row;
    if (!master) {
      // Another process rotated the master key between our reading of the row and now.
      current = this.#store.get(row.id) ?? row;
      master = this.#masters.find(current.parentId);
    }
    if (!master || current.wrapped === null) throw this.#altered(row);
    try {
      return use(master, current.wrapped, contextOf(current));
    } catch (error) {
      if (!isFluxError(error, 'ERR_AUTH_TAG')) throw error;
      throw this.#altered(row, error);
    }
  }

  #altered(row: KeyRow, cause?: unknown): FluxError {
    return new FluxError(
      'ERR_AUTH_TAG',
      `The record of key ${row.id} in ${keyStorePath(this.#masters.directory)} was altered, or belongs to another root.json. Restore both from one backup.`,
      { cause },
    );
  }
}

/** A key to make. */
interface NewKey {
  purpose: KeyPurpose;
  subject: string;
  period: string;
  /** UTC milliseconds. Default: now. */
  activatesAt?: number;
  parameters?: string;
}

function destroyed(row: KeyRow): FluxError {
  const what = row.subject ? `${row.purpose} of '${row.subject}'` : row.purpose;
  return new FluxError(
    'ERR_KEY_DESTROYED',
    `Key ${row.id} (${what}, ${row.period}) was destroyed. What it sealed cannot be read any more.`,
  );
}

function contextOf(row: KeyRow): Buffer {
  return encodeWrapContext({ ...row, keyId: row.id }, row.wrapVersion);
}

/** The wrapping of a user's key under the password outlives master keys: it is bound to neither. */
export function innerContext(row: Pick<KeyRow, 'subject' | 'parameters'>): Buffer {
  return encodeWrapContext({
    purpose: 'user',
    keyId: '',
    parentId: `password:${row.subject}`,
    algorithm: ALGORITHMS.user,
    createdAt: 0,
    activatesAt: 0,
    subject: row.subject,
    period: '',
    parameters: row.parameters,
  });
}

/** The milliseconds that a video key may cover: its UTC day, and a segment that began within it. */
export function coveredBy(day: string, longestSegmentMs: number): { from: number; to: number } {
  const from = dayStart(day);
  return { from, to: from + DAY_MS + longestSegmentMs };
}
