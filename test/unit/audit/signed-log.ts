// A signed log of 20 entries for somebody to alter who can write to the file: misuse case 27.
import type Database from 'better-sqlite3';
import { beforeEach } from 'vitest';
import { type EntryRow, genesisHash, hashEntry } from '../../../src/audit/entry.js';
import type { AuditLog, AuditSigner } from '../../../src/audit/index.js';
import { makeSigner } from './signer.js';
import { appendSteps, newPath, openLog } from './support.js';

export const ENTRIES = 20;

export interface Victim {
  path: string;
  signer: AuditSigner;
  id: string;
  /** Checkpoints as they were kept elsewhere when the log had 10 entries, and when it had all. */
  early: string;
  last: string;
}

/** Fresh before each test of the file that calls it. */
export function signedLog(): Victim {
  const victim = {} as Victim;
  beforeEach(async () => {
    const [path, signer] = [newPath(), makeSigner()];
    const log = await openLog({ path, signer });
    appendSteps(log, 9);
    const early = log.checkpoint() as string;
    appendSteps(log, ENTRIES - 10);
    Object.assign(victim, { path, signer, id: log.id, early, last: log.checkpoint() as string });
    await log.close();
  });
  return victim;
}

export async function verify(
  { path, signer }: Victim,
  options: Parameters<AuditLog['verify']>[0] = {},
) {
  const log = await openLog({ path, readOnly: true });
  return log.verify({ publicKey: signer.publicKey, ...options });
}

export const row = (database: Database.Database, seq: number) =>
  database.prepare<[number], EntryRow>('SELECT * FROM entries WHERE seq = ?').get(seq) as EntryRow;

export function insert(database: Database.Database, entry: Omit<EntryRow, 'hash'>): void {
  database
    .prepare(
      'INSERT INTO entries VALUES (@seq, @time, @actor, @action, @subject, @outcome, @detail, @prev, @hash)',
    )
    .run({ ...entry, hash: hashEntry(entry) });
}

/** Makes hashes and links anew from an entry on, as who knows the format can. */
export function rechain(database: Database.Database, id: string, from: number): void {
  const end = database.prepare<[], number>('SELECT max(seq) FROM entries').pluck().get() as number;
  for (let seq = from; seq <= end; seq++) {
    const prev = seq === 1 ? genesisHash(id) : row(database, seq - 1).hash;
    const hash = hashEntry({ ...row(database, seq), prev });
    database.prepare('UPDATE entries SET prev = ?, hash = ? WHERE seq = ?').run(prev, hash, seq);
  }
}
