// API keys: what other servers and monitoring show in place of a login. Looked up by id, compared in
// constant time, kept as a MAC: the secret is random, so a slow hash would protect nothing more.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { checkOptions, list, oneOf, optional, text, time } from '../arguments/index.js';
import { FluxError } from '../errors.js';
import type { KeyManager } from '../keys/index.js';
import { type Acting, checkActing } from './user-record.js';
import type { UsersDatabase } from './users-database.js';

/**
 * What a key may be used for: read what there is, fetch pictures, move cameras, take footage away,
 * read metrics.
 */
export type ApiKeyScope = 'metadata' | 'media' | 'ptz' | 'export' | 'metrics';

/** An API key, without its secret. */
export interface ApiKey {
  /** 16 hexadecimal digits, the part after `fvk_`. */
  id: string;
  /** Chosen by people: "server in the warehouse". */
  label: string;
  scopes: readonly ApiKeyScope[];
  /** UTC milliseconds. */
  createdAt: number;
  /** UTC milliseconds. */
  expiresAt?: number;
  /** UTC milliseconds, to the minute. */
  lastUsedAt?: number;
}

/** A key to be made. */
export interface NewApiKey {
  /** 1 to 100 characters. */
  label: string;
  /** At least one. */
  scopes: readonly ApiKeyScope[];
  /** UTC milliseconds. Default: never. */
  expiresAt?: number;
}

/** As it is sealed. */
interface ApiKeyRecord {
  label: string;
  scopes: ApiKeyScope[];
  createdAt: number;
  expiresAt?: number;
  mac: string;
}

interface Row {
  id: string;
  record: string;
  last_used_at: number | null;
}

const FORM = /^fvk_([\da-f]{16})_([\w-]{43})$/;
const SECRET_BYTES = 32;
const MAX_KEYS = 1000;
/** How exact the last use is kept: a write for every request would wear the disk. */
const USE_MS = 60_000;

/** The API keys of a {@link SessionManager}, as its `apiKeys`. */
export class ApiKeys {
  readonly #database: UsersDatabase;
  readonly #keys: KeyManager;
  readonly #revoked: (id: string) => void;

  /** @internal */
  constructor(database: UsersDatabase, keys: KeyManager, revoked: (id: string) => void) {
    this.#database = database;
    this.#keys = keys;
    this.#revoked = revoked;
  }

  /** `key` is shown this once: it cannot be had again. `ERR_LIMIT` beyond 1000 keys. */
  create(options: NewApiKey, acting: Acting = {}): ApiKey & { key: string } {
    const where = 'ApiKeys.create';
    const given = checkOptions(where, options, {
      label: text(1, 100),
      scopes,
      expiresAt: optional(time),
    });
    const by = checkActing(where, acting);
    const id = randomBytes(8).toString('hex');
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    const record: ApiKeyRecord = {
      label: given.label,
      scopes: given.scopes,
      createdAt: Date.now(),
      ...(given.expiresAt !== undefined && { expiresAt: given.expiresAt }),
      mac: this.#macOf(id, secret),
    };
    this.#keys.recordOf(
      by,
      'apikey.create',
      () => this.#insert(id, record),
      () => ({ subject: id, detail: { label: given.label, scopes: given.scopes } }),
    );
    return { ...toApiKey(id, record, null), key: `fvk_${id}_${secret}` };
  }

  /** `ERR_API_KEY`, in the same words, for everything that is not a good key. */
  verify(key: string): ApiKey {
    const [, id, secret] = (typeof key === 'string' && FORM.exec(key)) || [];
    if (!id || !secret) throw refused();
    const row = this.#row(id);
    const record = row && this.#open(row);
    const mac = Buffer.from(this.#macOf(id, secret), 'base64');
    const expected = record ? Buffer.from(record.mac, 'base64') : Buffer.alloc(mac.length);
    if (!timingSafeEqual(mac, expected) || !row || !record) throw refused();
    const now = Date.now();
    if (record.expiresAt !== undefined && now >= record.expiresAt) throw refused();
    if (now - (row.last_used_at ?? 0) >= USE_MS) {
      this.#database.run('UPDATE api_keys SET last_used_at = ? WHERE id = ?', now, id);
      return toApiKey(id, record, now);
    }
    return toApiKey(id, record, row.last_used_at);
  }

  /** By id, also where it has expired; undefined where there is none. */
  get(id: string): ApiKey | undefined {
    const row = typeof id === 'string' ? this.#row(id) : undefined;
    return row && toApiKey(row.id, this.#open(row), row.last_used_at);
  }

  /** All of them, oldest first; those that expired, too. */
  list(): ApiKey[] {
    return this.#database
      .rows<Row>('SELECT id, record, last_used_at FROM api_keys')
      .map((row) => toApiKey(row.id, this.#open(row), row.last_used_at))
      .sort((a, b) => a.createdAt - b.createdAt);
  }

  /** False where there is none of that id. */
  revoke(id: string, acting: Acting = {}): boolean {
    const by = checkActing('ApiKeys.revoke', acting);
    const row = typeof id === 'string' ? this.#row(id) : undefined;
    if (!row) return false;
    this.#keys.recordOf(
      by,
      'apikey.revoke',
      () => this.#database.run('DELETE FROM api_keys WHERE id = ?', id),
      () => ({ subject: id, detail: { label: this.#open(row).label } }),
    );
    this.#revoked(id);
    return true;
  }

  #insert(id: string, record: ApiKeyRecord): void {
    this.#database.transaction(() => {
      const { count } = this.#database.row<{ count: number }>(
        'SELECT count(*) AS count FROM api_keys',
      ) ?? { count: 0 };
      if (count >= MAX_KEYS) {
        throw new FluxError('ERR_LIMIT', `There are ${count} API keys. Revoke those not needed.`);
      }
      this.#database.run(
        'INSERT INTO api_keys (id, record) VALUES (?, ?)',
        id,
        this.#database.seal(placeOf(id), record),
      );
    });
  }

  #row(id: string): Row | undefined {
    return this.#database.row<Row>(
      'SELECT id, record, last_used_at FROM api_keys WHERE id = ?',
      id,
    );
  }

  #open({ id, record }: Row): ApiKeyRecord {
    return this.#database.open<ApiKeyRecord>(placeOf(id), record);
  }

  #macOf(id: string, secret: string): string {
    return this.#database.mac('api-key', id, secret);
  }
}

function placeOf(id: string) {
  return { table: 'api_keys', column: 'record', row: id };
}

function toApiKey(
  id: string,
  { mac: _, ...record }: ApiKeyRecord,
  lastUsedAt: number | null,
): ApiKey {
  return { id, ...record, ...(lastUsedAt !== null && { lastUsedAt }) };
}

function scopes(name: string, value: unknown): ApiKeyScope[] {
  const scope = oneOf('metadata', 'media', 'ptz', 'export', 'metrics');
  const given = [...new Set(list(name, value).map((each) => scope(name, each)))];
  if (given.length > 0) return given;
  throw new FluxError('ERR_INVALID_ARGUMENT', `${name} must name at least one scope.`);
}

function refused(): FluxError {
  return new FluxError('ERR_API_KEY', 'The API key is not valid: unknown, revoked or expired.');
}
