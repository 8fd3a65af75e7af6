// Key stores for tests: quick ones, in folders of their own, closed when the test is over.
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { onTestFinished } from 'vitest';
import { encodeFields } from '../../../src/keys/encoding.js';
import { KeyManager, type RootOptions } from '../../../src/keys/index.js';
import { native } from '../../../src/native/index.js';
import { temporaryDirectory } from '../temporary-directory.js';

export const passphrase = 'correct horse battery staple';
export const NOON = Date.parse('2026-01-26T12:00:00Z');
export const DAY_MS = 86_400_000;
/** The floor: enough for a test, and quick. */
export const iterations = 100_000;

export async function createKeys(directory = join(temporaryDirectory(), 'keys')) {
  const keys = await KeyManager.create({ directory, passphrase, iterations });
  onTestFinished(() => keys.close());
  return keys;
}

export async function openKeys(directory: string, root?: RootOptions): Promise<KeyManager> {
  const keys = await KeyManager.open({ directory, ...(root ? { root } : { passphrase }) });
  onTestFinished(() => keys.close());
  return keys;
}

export function rawDatabase(directory: string): Database.Database {
  const database = new Database(join(directory, 'keys.db'));
  onTestFinished(() => {
    database.close();
  });
  return database;
}

export function readRoot(directory: string) {
  return JSON.parse(readFileSync(join(directory, 'root.json'), 'utf8'));
}

/** What releases before the first rotation wrote: root.json version 1, keys.db schema 1, two keys. */
export async function makeVersion1Store(directory: string): Promise<void> {
  mkdirSync(directory, { mode: 0o700 });
  const kdf = { name: 'PBKDF2-HMAC-SHA-256', iterations, salt: randomBytes(32).toString('hex') };
  const [mekId, created] = [randomUUID(), NOON];
  const label = 'fluxvision/wrap/v1';
  const master = native.generateKey();
  const wrapping = await native.deriveKey(
    Buffer.from(passphrase),
    Buffer.from(kdf.salt, 'hex'),
    iterations,
  );
  const about = [
    label,
    'master',
    mekId,
    'passphrase',
    'ARIA-256-GCM',
    created,
    '',
    '',
    kdf.name,
    iterations,
    kdf.salt,
  ];
  const wrapped = native.wrapKey(wrapping, master, encodeFields(about)).toString('base64');
  const record = { version: 1, algorithm: 'ARIA-256-GCM', kdf, mekId, created, wrapped };
  writeFileSync(join(directory, 'root.json'), JSON.stringify(record), { mode: 0o600 });

  const database = new Database(join(directory, 'keys.db'));
  database.exec(`CREATE TABLE keys (id TEXT PRIMARY KEY, purpose TEXT NOT NULL,
    camera_id TEXT NOT NULL, day TEXT NOT NULL, algorithm TEXT NOT NULL, state TEXT NOT NULL,
    parent_id TEXT NOT NULL, version INTEGER NOT NULL, created_at INTEGER NOT NULL, wrapped BLOB,
    UNIQUE (purpose, camera_id, day)) STRICT; PRAGMA user_version = 1`);
  for (const day of ['20260126', '20260127']) {
    const id = randomUUID();
    const context = encodeFields([label, 'video', id, mekId, 'LEA-256', created, 'door', day]);
    database
      .prepare("INSERT INTO keys VALUES (?, 'video', 'door', ?, 'LEA-256', 'active', ?, 1, ?, ?)")
      .run(id, day, mekId, created, native.wrapKey(master, native.generateKey(), context));
  }
  database.close();
}
