// What somebody who can write to the file, and has not the key, may try: misuse case 27.
import { copyFileSync } from 'node:fs';
import type Database from 'better-sqlite3';
import { beforeEach, describe, expect, it } from 'vitest';
import { parseCheckpoint, signCheckpoint } from '../../../src/audit/checkpoint.js';
import { type EntryRow, genesisHash, hashEntry } from '../../../src/audit/entry.js';
import type { AuditLog, AuditSigner } from '../../../src/audit/index.js';
import { MerkleTree } from '../../../src/audit/merkle-tree.js';
import { keyId } from '../../../src/audit/p256.js';
import { rejectionOf, thrownBy } from '../thrown.js';
import { makeSigner } from './signer.js';
import { appendSteps, newPath, openLog, tamper } from './support.js';

const ENTRIES = 20;
let path: string;
let signer: AuditSigner;
let id: string;
/** As it was kept elsewhere when the log had 10 entries, and when it had all. */
let early: string;
let last: string;

beforeEach(async () => {
  path = newPath();
  signer = makeSigner();
  const log = await openLog({ path, signer });
  id = log.id;
  appendSteps(log, 9);
  early = log.checkpoint() as string;
  appendSteps(log, ENTRIES - 10);
  last = log.checkpoint() as string;
  await log.close();
});

async function verify(options: Parameters<AuditLog['verify']>[0] = {}) {
  const log = await openLog({ path, readOnly: true });
  return log.verify({ publicKey: signer.publicKey, ...options });
}

const row = (database: Database.Database, seq: number) =>
  database.prepare<[number], EntryRow>('SELECT * FROM entries WHERE seq = ?').get(seq) as EntryRow;

function insert(database: Database.Database, entry: Omit<EntryRow, 'hash'>): void {
  database
    .prepare(
      'INSERT INTO entries VALUES (@seq, @time, @actor, @action, @subject, @outcome, @detail, @prev, @hash)',
    )
    .run({ ...entry, hash: hashEntry(entry) });
}

/** Makes hashes and links anew from an entry on, as who knows the format can. */
function rechain(database: Database.Database, from: number): void {
  const end = database.prepare<[], number>('SELECT max(seq) FROM entries').pluck().get() as number;
  for (let seq = from; seq <= end; seq++) {
    const prev = seq === 1 ? genesisHash(id) : row(database, seq - 1).hash;
    const hash = hashEntry({ ...row(database, seq), prev });
    database.prepare('UPDATE entries SET prev = ?, hash = ? WHERE seq = ?').run(prev, hash, seq);
  }
}

it('finds nothing where nothing was done', async () => {
  expect(await verify()).toMatchObject({ ok: true, entries: ENTRIES, trusted: true });
  expect(await verify({ checkpoint: early })).toMatchObject({ ok: true });
  expect(await verify({ checkpoint: last })).toMatchObject({ ok: true });
});

describe('an edited entry', () => {
  it.each([
    ['time', 5],
    ['actor', 'nobody'],
    ['action', 'step.70'],
    ['subject', ''],
    ['outcome', 'denied'],
    ['detail', '{"step":6 }'],
    ['prev', Buffer.alloc(32)],
    ['hash', Buffer.alloc(32)],
    ['hash', Buffer.alloc(31)],
    ['actor', 'x'.repeat(5000)],
    ['time', -1],
  ])('is named, whichever field it is: %s', async (field, value) => {
    tamper(path, (database) =>
      database.prepare(`UPDATE entries SET ${field} = ? WHERE seq = 7`).run(value),
    );
    const report = await verify();
    expect(report).toMatchObject({ ok: false, signedEntries: 1 });
    expect(report.firstBad).toMatchObject({ seq: 7, until: 7, reason: 'altered' });
    expect(report.firstBad?.message).toContain('Entry 7');
  });

  it('is named where its hash was made anew too', async () => {
    tamper(path, (database) => {
      database.exec("UPDATE entries SET actor = 'nobody' WHERE seq = 7");
      const hash = hashEntry(row(database, 7));
      database.prepare('UPDATE entries SET hash = ? WHERE seq = 7').run(hash);
    });
    expect((await verify()).firstBad).toMatchObject({ seq: 7, until: 7, reason: 'altered' });
  });

  it('is named where it was chained to something else, and not the one before it', async () => {
    tamper(path, (database) => {
      const hash = hashEntry({ ...row(database, 7), prev: Buffer.alloc(32) });
      database.prepare('UPDATE entries SET prev = zeroblob(32), hash = ? WHERE seq = 7').run(hash);
    });
    expect((await verify()).firstBad).toMatchObject({ seq: 7, until: 7, reason: 'altered' });
  });

  it('is found between two checkpoints where every hash after it was made anew', async () => {
    tamper(path, (database) => {
      database.exec("UPDATE entries SET actor = 'nobody' WHERE seq = 7");
      rechain(database, 7);
    });
    const { firstBad } = await verify();
    expect(firstBad).toMatchObject({ seq: 2, until: ENTRIES, reason: 'altered' });
    expect((await verify({ checkpoint: early })).firstBad).toMatchObject({
      until: 10,
      reason: 'fork',
    });
  });

  it('is found where types are not what they were', async () => {
    tamper(path, (database) => {
      database.exec(
        `CREATE TABLE loose AS SELECT * FROM entries; DROP TABLE entries;
         ALTER TABLE loose RENAME TO entries;
         UPDATE entries SET actor = x'00', time = 'noon' WHERE seq = 4`,
      );
    });
    expect((await verify()).firstBad).toMatchObject({ seq: 4, reason: 'altered' });
    const log = await openLog({ path, readOnly: true });
    expect(log.list()).toHaveLength(ENTRIES);
  });
});

describe('a removed entry', () => {
  it('is named', async () => {
    tamper(path, (database) => database.exec('DELETE FROM entries WHERE seq = 7'));
    const { firstBad } = await verify();
    expect(firstBad).toMatchObject({ seq: 7, reason: 'missing' });
    expect(firstBad?.message).toBe('Entry 7 was removed.');
  });

  it('is named where the others were numbered anew', async () => {
    tamper(path, (database) =>
      database.exec(
        `DELETE FROM entries WHERE seq IN (7, 8);
         UPDATE entries SET seq = -seq WHERE seq > 8;
         UPDATE entries SET seq = -seq - 2 WHERE seq < 0`,
      ),
    );
    const { firstBad } = await verify();
    expect(firstBad).toMatchObject({ seq: 7, reason: 'missing' });
    expect(firstBad?.message).toContain('7 to 8');
  });

  it('is named where it is the first', async () => {
    tamper(path, (database) => database.exec('DELETE FROM entries WHERE seq = 1'));
    expect((await verify()).firstBad).toMatchObject({ seq: 1, reason: 'missing' });
  });

  it('is named where the next one was chained to the one before it', async () => {
    tamper(path, (database) => {
      database.exec('DELETE FROM entries WHERE seq = 7');
      const { hash: _, ...next } = { ...row(database, 8), prev: row(database, 6).hash };
      database.exec('DELETE FROM entries WHERE seq = 8');
      insert(database, next);
    });
    expect((await verify()).firstBad).toMatchObject({ seq: 7, reason: 'missing' });
  });

  it('is found where everything after it was made anew', async () => {
    tamper(path, (database) => {
      database.exec(
        `DELETE FROM entries WHERE seq = 7; UPDATE entries SET seq = -seq WHERE seq > 7;
         UPDATE entries SET seq = -seq - 1 WHERE seq < 0`,
      );
      rechain(database, 7);
    });
    expect((await verify()).firstBad).toMatchObject({ seq: ENTRIES, reason: 'cut' });
  });
});

it.each([
  [5, 9],
  [5, 6],
])('names the first of the entries %i and %i that were exchanged', async (one, other) => {
  tamper(path, (database) =>
    database.exec(
      `UPDATE entries SET seq = -1 WHERE seq = ${one};
       UPDATE entries SET seq = ${one} WHERE seq = ${other};
       UPDATE entries SET seq = ${other} WHERE seq = -1`,
    ),
  );
  expect((await verify()).firstBad).toMatchObject({ seq: one, until: one, reason: 'reordered' });
});

it('names an entry that was put in', async () => {
  tamper(path, (database) => {
    const forged = { ...row(database, 7), actor: 'nobody' };
    database.exec(
      'UPDATE entries SET seq = -seq WHERE seq >= 7; UPDATE entries SET seq = 1 - seq WHERE seq < 0',
    );
    insert(database, forged);
  });
  expect((await verify()).firstBad).toMatchObject({ seq: 7, reason: 'altered' });
});

it('finds entries with numbers that none can have', async () => {
  tamper(path, (database) =>
    database.exec(
      'INSERT INTO entries SELECT -5, time, actor, action, subject, outcome, detail, prev, hash FROM entries WHERE seq = 5',
    ),
  );
  expect((await verify()).firstBad).toMatchObject({ seq: 1, reason: 'altered' });
});

describe('a cut tail', () => {
  it('is found by the signed checkpoint that is left', async () => {
    tamper(path, (database) => database.exec('DELETE FROM entries WHERE seq > 15'));
    const report = await verify();
    expect(report).toMatchObject({ ok: false, entries: 15 });
    expect(report.firstBad).toMatchObject({ seq: 16, reason: 'cut' });
    expect(report.firstBad?.message).toContain('16 to 20');
  });

  it('leaves entries that are not signed where the checkpoint was cut as well', async () => {
    tamper(path, (database) =>
      database.exec('DELETE FROM entries WHERE seq > 15; DELETE FROM checkpoints WHERE size > 15'),
    );
    expect((await verify()).firstBad).toMatchObject({ seq: 2, until: 15, reason: 'unsigned' });
  });

  it('is found by a checkpoint that was kept elsewhere where the file is an older copy', async () => {
    const log = await openLog({ path, signer });
    await log.close();
    copyFileSync(path, `${path}.older`);
    const on = await openLog({ path, signer });
    appendSteps(on, 5);
    const kept = on.checkpoint() as string;
    await on.close();
    copyFileSync(`${path}.older`, path);
    expect(await verify()).toMatchObject({ ok: true, entries: ENTRIES });
    const { firstBad } = await verify({ checkpoint: kept });
    expect(firstBad).toMatchObject({ seq: ENTRIES + 1, reason: 'cut' });
    expect(firstBad?.message).toContain('21 to 25');
  });

  it('of everything is found by the checkpoint', async () => {
    tamper(path, (database) => database.exec('DELETE FROM entries'));
    expect((await verify()).firstBad).toMatchObject({ seq: 1, reason: 'signature' });
    tamper(path, (database) => database.exec('DELETE FROM checkpoints'));
    expect((await verify()).firstBad).toMatchObject({ seq: 1, reason: 'unsigned' });
    expect((await verify({ checkpoint: last })).ok).toBe(false);
  });
});

describe('a fork', () => {
  it('by somebody with the key is found by a checkpoint that was kept elsewhere', async () => {
    copyFileSync(path, `${path}.older`);
    const one = await openLog({ path, signer });
    one.append({ actor: 'admin', action: 'key.export', outcome: 'ok' });
    const kept = one.checkpoint() as string;
    await one.close();
    copyFileSync(`${path}.older`, path);
    const other = await openLog({ path, signer });
    appendSteps(other, 4);
    await other.close();
    expect(await verify()).toMatchObject({ ok: true, entries: ENTRIES + 4 });
    const { firstBad } = await verify({ checkpoint: kept });
    expect(firstBad).toMatchObject({ seq: 1, until: ENTRIES + 1, reason: 'fork' });
    expect(await verify({ checkpoint: last })).toMatchObject({ ok: true });
  });

  it('by another log is found by its id', async () => {
    const other = await openLog({ path: newPath(), signer });
    appendSteps(other, 30);
    const report = await other.verify({ checkpoint: last });
    expect(report.firstBad).toMatchObject({ reason: 'fork' });
    expect(report.firstBad?.message).toContain(id);
  });

  it('by another log under the same id is found by its key, and without one by the checkpoint', async () => {
    const forger = makeSigner();
    tamper(path, (database) => database.exec('DELETE FROM entries; DELETE FROM checkpoints'));
    const forged = await openLog({ path, signer: forger });
    appendSteps(forged, 30);
    expect(await forged.verify()).toMatchObject({ ok: true, trusted: false });
    expect((await verify()).firstBad).toMatchObject({ reason: 'key' });
    const found = await forged.verify({ checkpoint: last });
    expect(found.firstBad).toMatchObject({ reason: 'fork', until: ENTRIES });
  });
});

describe('a checkpoint', () => {
  const put = (text: string, size = ENTRIES) =>
    tamper(path, (database) =>
      database.prepare('UPDATE checkpoints SET text = ? WHERE size = ?').run(text, size),
    );

  it('that is replaced by an older one is found', async () => {
    put(early);
    expect((await verify()).firstBad).toMatchObject({ until: ENTRIES, reason: 'signature' });
  });

  it('whose signature or content was altered is found', async () => {
    const signature = last.trimEnd().split(' ').at(-1) as string;
    const bytes = Buffer.from(signature, 'base64');
    bytes[40] = (bytes[40] as number) ^ 1;
    for (const text of [
      last.replace(signature, bytes.toString('base64')),
      last.replace(/time \d+/, 'time 5'),
      last.replace(/^fluxvision/, 'fluxvisiom'),
      'nonsense',
    ]) {
      put(text);
      expect((await verify()).firstBad, text).toMatchObject({
        seq: 2,
        until: ENTRIES,
        reason: 'signature',
      });
    }
    put(last);
    expect(await verify()).toMatchObject({ ok: true });
  });

  it('that somebody else signed is found', async () => {
    const head = { logId: id, size: ENTRIES, root: Buffer.alloc(32), time: 0 };
    put(signCheckpoint(head, [makeSigner()]));
    expect((await verify()).firstBad).toMatchObject({ reason: 'signature' });
  });

  it('of another log is found, though the key and the root are right', async () => {
    const { root } = parseCheckpoint(last);
    const logId = '00000000-0000-4000-8000-000000000000';
    put(signCheckpoint({ logId, size: ENTRIES, root, time: 0 }, [signer]));
    expect((await verify()).firstBad).toMatchObject({ until: ENTRIES, reason: 'signature' });
  });

  it('that was kept elsewhere and altered there is found', async () => {
    const checkpoint = last.replace(/time \d+/, 'time 5');
    expect((await verify({ checkpoint })).firstBad).toMatchObject({ reason: 'signature' });
    const error = await rejectionOf(() => verify({ checkpoint: 'nonsense' }));
    expect(error.code).toBe('ERR_AUDIT_CHECKPOINT');
  });

  it('has beside it what the next one is made of, and that is checked', async () => {
    tamper(path, (database) =>
      database.exec(`UPDATE checkpoints SET tree = zeroblob(length(tree)) WHERE size = ${ENTRIES}`),
    );
    expect((await verify()).firstBad).toMatchObject({ seq: ENTRIES, reason: 'signature' });
    expect((await rejectionOf(() => openLog({ path, signer }))).code).toBe('ERR_AUDIT_ALTERED');
  });
});

describe('a signing key', () => {
  /** Appends what changeKey() would, with or without its checkpoint, and without the old key. */
  function introduce(forger: AuditSigner, signers: AuditSigner[]): void {
    tamper(path, (database) => {
      const tree = MerkleTree.empty();
      for (let seq = 1; seq <= ENTRIES; seq++) tree.add(row(database, seq).hash);
      const state = tree.state();
      const { hash: prev, ...entry } = row(database, ENTRIES);
      const publicKey = Buffer.from(forger.publicKey).toString('hex');
      const subject = keyId(forger.publicKey).toString('hex');
      const detail = JSON.stringify({ publicKey });
      const forged = { ...entry, seq: ENTRIES + 1, action: 'audit-key', subject, detail, prev };
      insert(database, forged);
      if (signers.length === 0) return;
      tree.add(hashEntry(forged));
      const head = { logId: id, size: ENTRIES + 1, root: tree.root(), time: 0 };
      database
        .prepare('INSERT INTO checkpoints VALUES (?, ?, ?, 1)')
        .run(head.size, signCheckpoint(head, signers), state);
    });
  }

  it('opens no log that another one signs', async () => {
    const error = await rejectionOf(() => openLog({ path, signer: makeSigner() }));
    expect(error.code).toBe('ERR_AUDIT_KEY');
  });

  it('that nobody signed is refused', async () => {
    introduce(makeSigner(), []);
    expect((await verify()).firstBad).toMatchObject({ seq: ENTRIES + 1, reason: 'key' });
    expect((await rejectionOf(() => openLog({ path, signer }))).code).toBe('ERR_AUDIT_ALTERED');
  });

  it('that only itself signed is refused', async () => {
    const forger = makeSigner();
    introduce(forger, [forger]);
    const report = await verify();
    expect(report).toMatchObject({
      signedEntries: ENTRIES,
      firstBad: { seq: ENTRIES + 1, reason: 'key' },
    });
    const trusting = await verify({ publicKey: forger.publicKey });
    expect(trusting).toMatchObject({ ok: false, trusted: false, firstBad: { reason: 'key' } });
  });

  it('that does not sign its introduction is refused', async () => {
    introduce(makeSigner(), [signer]);
    expect((await verify()).firstBad).toMatchObject({ seq: ENTRIES + 1, reason: 'key' });
  });

  it('that both sign is what changeKey() writes', async () => {
    const next = makeSigner();
    introduce(next, [signer, next]);
    expect(await verify()).toMatchObject({ ok: true, trusted: true, entries: ENTRIES + 1 });
  });

  it('is not the first one where another signed the introduction', async () => {
    tamper(path, (database) => {
      const tree = MerkleTree.empty();
      tree.add(row(database, 1).hash);
      const head = { logId: id, size: 1, root: tree.root(), time: 0 };
      const forged = signCheckpoint(head, [makeSigner()]);
      database.prepare('UPDATE checkpoints SET text = ? WHERE size = 1').run(forged);
    });
    expect(await verify()).toMatchObject({ trusted: false, firstBad: { seq: 1, reason: 'key' } });
  });
});

describe('a process with the key', () => {
  const draft = { actor: 'a', action: 'b', outcome: 'ok' } as const;

  it.each([
    [`UPDATE entries SET actor = 'nobody' WHERE seq = ${ENTRIES}`],
    [`DELETE FROM entries WHERE seq = ${ENTRIES}`],
    ['DELETE FROM log'],
    ["UPDATE checkpoints SET text = replace(text, 'time ', 'time 0')"],
    ["UPDATE checkpoints SET text = 'nonsense'"],
    [`UPDATE checkpoints SET size = ${ENTRIES - 1} WHERE size = ${ENTRIES}`],
  ])('does not go on from an altered end: %s', async (sql) => {
    tamper(path, (database) => database.exec(sql));
    expect((await rejectionOf(() => openLog({ path, signer }))).code).toBe('ERR_AUDIT_ALTERED');
  });

  it.each([
    [`DELETE FROM entries WHERE seq = ${ENTRIES}`],
    [`UPDATE entries SET hash = zeroblob(32) WHERE seq = ${ENTRIES}`],
    [`DELETE FROM checkpoints WHERE size = ${ENTRIES}`],
  ])('notices while it runs, and appends nothing: %s', async (sql) => {
    const log = await openLog({ path, signer });
    tamper(path, (database) => database.exec(sql));
    const before = log.list().length;
    const error = thrownBy(() => log.append(draft));
    expect(error.code).toBe('ERR_AUDIT_ALTERED');
    expect(error.message).toContain('fluxvision audit verify');
    expect(log.list()).toHaveLength(before);
  });

  it.each([
    [
      'content',
      (database: Database.Database) =>
        database.exec("UPDATE entries SET actor = 'x' WHERE seq = 21"),
    ],
    [
      'chain',
      (database: Database.Database) => {
        const { hash: _, ...entry } = { ...row(database, 21), prev: Buffer.alloc(32) };
        database.exec('DELETE FROM entries WHERE seq = 21');
        insert(database, entry);
      },
    ],
    [
      'checkpoint, an older one again',
      (database: Database.Database) =>
        database.prepare("INSERT INTO checkpoints VALUES (21, ?, x'', 0)").run(last),
    ],
  ])('does not take over an entry of another process with an altered %s', async (_, alter) => {
    const log = await openLog({ path, signer });
    const keyless = await openLog({ path });
    keyless.append(draft);
    tamper(path, alter);
    expect(thrownBy(() => log.append(draft)).code).toBe('ERR_AUDIT_ALTERED');
  });

  it('does not take over what another process signed and somebody altered since', async () => {
    const log = await openLog({ path, signer });
    const other = await openLog({ path, signer });
    appendSteps(other, 3);
    tamper(path, (database) => {
      database.exec("UPDATE entries SET actor = 'nobody' WHERE seq = 22");
      rechain(database, 22);
    });
    expect(thrownBy(() => log.append(draft)).code).toBe('ERR_AUDIT_ALTERED');
  });

  it('misses entries that another process signed and somebody cut off', async () => {
    const log = await openLog({ path, signer });
    const other = await openLog({ path, signer });
    appendSteps(other, 3);
    tamper(path, (database) => database.exec('DELETE FROM entries WHERE seq > 22'));
    expect(thrownBy(() => log.append(draft)).code).toBe('ERR_AUDIT_ALTERED');
  });

  it('never signs an old entry anew that was altered before it started', async () => {
    tamper(path, (database) => {
      database.exec("UPDATE entries SET actor = 'nobody' WHERE seq = 7");
      const end = row(database, ENTRIES);
      rechain(database, 7);
      // The end as it was, so that the process with the key sees nothing at first.
      database
        .prepare('UPDATE entries SET prev = ?, hash = ? WHERE seq = ?')
        .run(end.prev, end.hash, ENTRIES);
    });
    const log = await openLog({ path, signer });
    appendSteps(log, 100);
    const { firstBad } = await verify();
    expect(firstBad?.reason).toBe('altered');
    expect(firstBad?.seq).toBeLessThanOrEqual(ENTRIES);
  });
});
