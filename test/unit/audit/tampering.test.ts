// What somebody who can write to the file, and has not the key, may try; verification names it: misuse
// case 27.
import { copyFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseCheckpoint, signCheckpoint } from '../../../src/audit/checkpoint.js';
import { hashEntry } from '../../../src/audit/entry.js';
import type { AuditSigner } from '../../../src/audit/index.js';
import { MerkleTree } from '../../../src/audit/merkle-tree.js';
import { keyId } from '../../../src/audit/p256.js';
import { rejectionOf } from '../thrown.js';
import { ENTRIES, insert, rechain, row, signedLog, verify } from './signed-log.js';
import { makeSigner } from './signer.js';
import { appendSteps, newPath, openLog, tamper } from './support.js';

const victim = signedLog();

it('finds nothing where nothing was done', async () => {
  expect(await verify(victim)).toMatchObject({ ok: true, entries: ENTRIES, trusted: true });
  expect(await verify(victim, { checkpoint: victim.early })).toMatchObject({ ok: true });
  expect(await verify(victim, { checkpoint: victim.last })).toMatchObject({ ok: true });
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
    tamper(victim.path, (database) =>
      database.prepare(`UPDATE entries SET ${field} = ? WHERE seq = 7`).run(value),
    );
    const report = await verify(victim);
    expect(report).toMatchObject({ ok: false, signedEntries: 1 });
    expect(report.firstBad).toMatchObject({ seq: 7, until: 7, reason: 'altered' });
    expect(report.firstBad?.message).toContain('Entry 7');
  });

  it('is named where its hash was made anew too', async () => {
    tamper(victim.path, (database) => {
      database.exec("UPDATE entries SET actor = 'nobody' WHERE seq = 7");
      const hash = hashEntry(row(database, 7));
      database.prepare('UPDATE entries SET hash = ? WHERE seq = 7').run(hash);
    });
    expect((await verify(victim)).firstBad).toMatchObject({ seq: 7, until: 7, reason: 'altered' });
  });

  it('is named where it was chained to something else, and not the one before it', async () => {
    tamper(victim.path, (database) => {
      const hash = hashEntry({ ...row(database, 7), prev: Buffer.alloc(32) });
      database.prepare('UPDATE entries SET prev = zeroblob(32), hash = ? WHERE seq = 7').run(hash);
    });
    expect((await verify(victim)).firstBad).toMatchObject({ seq: 7, until: 7, reason: 'altered' });
  });

  it('is found between two checkpoints where every hash after it was made anew', async () => {
    tamper(victim.path, (database) => {
      database.exec("UPDATE entries SET actor = 'nobody' WHERE seq = 7");
      rechain(database, victim.id, 7);
    });
    const { firstBad } = await verify(victim);
    expect(firstBad).toMatchObject({ seq: 2, until: ENTRIES, reason: 'altered' });
    expect((await verify(victim, { checkpoint: victim.early })).firstBad).toMatchObject({
      until: 10,
      reason: 'fork',
    });
  });

  it('is found where types are not what they were', async () => {
    tamper(victim.path, (database) => {
      database.exec(
        `CREATE TABLE loose AS SELECT * FROM entries; DROP TABLE entries;
         ALTER TABLE loose RENAME TO entries;
         UPDATE entries SET actor = x'00', time = 'noon' WHERE seq = 4`,
      );
    });
    expect((await verify(victim)).firstBad).toMatchObject({ seq: 4, reason: 'altered' });
    const log = await openLog({ path: victim.path, readOnly: true });
    expect(log.list()).toHaveLength(ENTRIES);
  });
});

describe('a removed entry', () => {
  it('is named', async () => {
    tamper(victim.path, (database) => database.exec('DELETE FROM entries WHERE seq = 7'));
    const { firstBad } = await verify(victim);
    expect(firstBad).toMatchObject({ seq: 7, reason: 'missing' });
    expect(firstBad?.message).toBe('Entry 7 was removed.');
  });

  it('is named where the others were numbered anew', async () => {
    tamper(victim.path, (database) =>
      database.exec(
        `DELETE FROM entries WHERE seq IN (7, 8);
         UPDATE entries SET seq = -seq WHERE seq > 8;
         UPDATE entries SET seq = -seq - 2 WHERE seq < 0`,
      ),
    );
    const { firstBad } = await verify(victim);
    expect(firstBad).toMatchObject({ seq: 7, reason: 'missing' });
    expect(firstBad?.message).toContain('7 to 8');
  });

  it('is named where it is the first', async () => {
    tamper(victim.path, (database) => database.exec('DELETE FROM entries WHERE seq = 1'));
    expect((await verify(victim)).firstBad).toMatchObject({ seq: 1, reason: 'missing' });
  });

  it('is named where the next one was chained to the one before it', async () => {
    tamper(victim.path, (database) => {
      database.exec('DELETE FROM entries WHERE seq = 7');
      const { hash: _, ...next } = { ...row(database, 8), prev: row(database, 6).hash };
      database.exec('DELETE FROM entries WHERE seq = 8');
      insert(database, next);
    });
    expect((await verify(victim)).firstBad).toMatchObject({ seq: 7, reason: 'missing' });
  });

  it('is found where everything after it was made anew', async () => {
    tamper(victim.path, (database) => {
      database.exec(
        `DELETE FROM entries WHERE seq = 7; UPDATE entries SET seq = -seq WHERE seq > 7;
         UPDATE entries SET seq = -seq - 1 WHERE seq < 0`,
      );
      rechain(database, victim.id, 7);
    });
    expect((await verify(victim)).firstBad).toMatchObject({ seq: ENTRIES, reason: 'cut' });
  });
});

it.each([
  [5, 9],
  [5, 6],
])('names the first of the entries %i and %i that were exchanged', async (one, other) => {
  tamper(victim.path, (database) =>
    database.exec(
      `UPDATE entries SET seq = -1 WHERE seq = ${one};
       UPDATE entries SET seq = ${one} WHERE seq = ${other};
       UPDATE entries SET seq = ${other} WHERE seq = -1`,
    ),
  );
  expect((await verify(victim)).firstBad).toMatchObject({
    seq: one,
    until: one,
    reason: 'reordered',
  });
});

it('names an entry that was put in', async () => {
  tamper(victim.path, (database) => {
    const forged = { ...row(database, 7), actor: 'nobody' };
    database.exec(
      'UPDATE entries SET seq = -seq WHERE seq >= 7; UPDATE entries SET seq = 1 - seq WHERE seq < 0',
    );
    insert(database, forged);
  });
  expect((await verify(victim)).firstBad).toMatchObject({ seq: 7, reason: 'altered' });
});

it('finds entries with numbers that none can have', async () => {
  tamper(victim.path, (database) =>
    database.exec(
      'INSERT INTO entries SELECT -5, time, actor, action, subject, outcome, detail, prev, hash FROM entries WHERE seq = 5',
    ),
  );
  expect((await verify(victim)).firstBad).toMatchObject({ seq: 1, reason: 'altered' });
});

describe('a cut tail', () => {
  it('is found by the signed checkpoint that is left', async () => {
    tamper(victim.path, (database) => database.exec('DELETE FROM entries WHERE seq > 15'));
    const report = await verify(victim);
    expect(report).toMatchObject({ ok: false, entries: 15 });
    expect(report.firstBad).toMatchObject({ seq: 16, reason: 'cut' });
    expect(report.firstBad?.message).toContain('16 to 20');
  });

  it('leaves entries that are not signed where the checkpoint was cut as well', async () => {
    tamper(victim.path, (database) =>
      database.exec('DELETE FROM entries WHERE seq > 15; DELETE FROM checkpoints WHERE size > 15'),
    );
    expect((await verify(victim)).firstBad).toMatchObject({
      seq: 2,
      until: 15,
      reason: 'unsigned',
    });
  });

  it('is found by a checkpoint that was kept elsewhere where the file is an older copy', async () => {
    const log = await openLog({ path: victim.path, signer: victim.signer });
    await log.close();
    copyFileSync(victim.path, `${victim.path}.older`);
    const on = await openLog({ path: victim.path, signer: victim.signer });
    appendSteps(on, 5);
    const kept = on.checkpoint() as string;
    await on.close();
    copyFileSync(`${victim.path}.older`, victim.path);
    expect(await verify(victim)).toMatchObject({ ok: true, entries: ENTRIES });
    const { firstBad } = await verify(victim, { checkpoint: kept });
    expect(firstBad).toMatchObject({ seq: ENTRIES + 1, reason: 'cut' });
    expect(firstBad?.message).toContain('21 to 25');
  });

  it('of everything is found by the checkpoint', async () => {
    tamper(victim.path, (database) => database.exec('DELETE FROM entries'));
    expect((await verify(victim)).firstBad).toMatchObject({ seq: 1, reason: 'signature' });
    tamper(victim.path, (database) => database.exec('DELETE FROM checkpoints'));
    expect((await verify(victim)).firstBad).toMatchObject({ seq: 1, reason: 'unsigned' });
    expect((await verify(victim, { checkpoint: victim.last })).ok).toBe(false);
  });
});

describe('a fork', () => {
  it('by somebody with the key is found by a checkpoint that was kept elsewhere', async () => {
    copyFileSync(victim.path, `${victim.path}.older`);
    const one = await openLog({ path: victim.path, signer: victim.signer });
    one.append({ actor: 'admin', action: 'key.export', outcome: 'ok' });
    const kept = one.checkpoint() as string;
    await one.close();
    copyFileSync(`${victim.path}.older`, victim.path);
    const other = await openLog({ path: victim.path, signer: victim.signer });
    appendSteps(other, 4);
    await other.close();
    expect(await verify(victim)).toMatchObject({ ok: true, entries: ENTRIES + 4 });
    const { firstBad } = await verify(victim, { checkpoint: kept });
    expect(firstBad).toMatchObject({ seq: 1, until: ENTRIES + 1, reason: 'fork' });
    expect(await verify(victim, { checkpoint: victim.last })).toMatchObject({ ok: true });
  });

  it('by another log is found by its id', async () => {
    const other = await openLog({ path: newPath(), signer: victim.signer });
    appendSteps(other, 30);
    const report = await other.verify({ checkpoint: victim.last });
    expect(report.firstBad).toMatchObject({ reason: 'fork' });
    expect(report.firstBad?.message).toContain(victim.id);
  });

  it('by another log under the same id is found by its key, and without one by the checkpoint', async () => {
    const forger = makeSigner();
    tamper(victim.path, (database) =>
      database.exec('DELETE FROM entries; DELETE FROM checkpoints'),
    );
    const forged = await openLog({ path: victim.path, signer: forger });
    appendSteps(forged, 30);
    expect(await forged.verify()).toMatchObject({ ok: true, trusted: false });
    expect((await verify(victim)).firstBad).toMatchObject({ reason: 'key' });
    const found = await forged.verify({ checkpoint: victim.last });
    expect(found.firstBad).toMatchObject({ reason: 'fork', until: ENTRIES });
  });
});

describe('a checkpoint', () => {
  const put = (text: string, size = ENTRIES) =>
    tamper(victim.path, (database) =>
      database.prepare('UPDATE checkpoints SET text = ? WHERE size = ?').run(text, size),
    );

  it('that is replaced by an older one is found', async () => {
    put(victim.early);
    expect((await verify(victim)).firstBad).toMatchObject({ until: ENTRIES, reason: 'signature' });
  });

  it('whose signature or content was altered is found', async () => {
    const signature = victim.last.trimEnd().split(' ').at(-1) as string;
    const bytes = Buffer.from(signature, 'base64');
    bytes[40] = (bytes[40] as number) ^ 1;
    for (const text of [
      victim.last.replace(signature, bytes.toString('base64')),
      victim.last.replace(/time \d+/, 'time 5'),
      victim.last.replace(/^fluxvision/, 'fluxvisiom'),
      'nonsense',
    ]) {
      put(text);
      expect((await verify(victim)).firstBad, text).toMatchObject({
        seq: 2,
        until: ENTRIES,
        reason: 'signature',
      });
    }
    put(victim.last);
    expect(await verify(victim)).toMatchObject({ ok: true });
  });

  it('that somebody else signed is found', async () => {
    const head = { logId: victim.id, size: ENTRIES, root: Buffer.alloc(32), time: 0 };
    put(signCheckpoint(head, [makeSigner()]));
    expect((await verify(victim)).firstBad).toMatchObject({ reason: 'signature' });
  });

  it('of another log is found, though the key and the root are right', async () => {
    const { root } = parseCheckpoint(victim.last);
    const logId = '00000000-0000-4000-8000-000000000000';
    put(signCheckpoint({ logId, size: ENTRIES, root, time: 0 }, [victim.signer]));
    expect((await verify(victim)).firstBad).toMatchObject({ until: ENTRIES, reason: 'signature' });
  });

  it('that was kept elsewhere and altered there is found', async () => {
    const checkpoint = victim.last.replace(/time \d+/, 'time 5');
    expect((await verify(victim, { checkpoint })).firstBad).toMatchObject({ reason: 'signature' });
    const error = await rejectionOf(() => verify(victim, { checkpoint: 'nonsense' }));
    expect(error.code).toBe('ERR_AUDIT_CHECKPOINT');
  });

  it('has beside it what the next one is made of, and that is checked', async () => {
    tamper(victim.path, (database) =>
      database.exec(`UPDATE checkpoints SET tree = zeroblob(length(tree)) WHERE size = ${ENTRIES}`),
    );
    expect((await verify(victim)).firstBad).toMatchObject({ seq: ENTRIES, reason: 'signature' });
    expect(
      (await rejectionOf(() => openLog({ path: victim.path, signer: victim.signer }))).code,
    ).toBe('ERR_AUDIT_ALTERED');
  });
});

describe('a signing key', () => {
  /** Appends what changeKey() would, with or without its checkpoint, and without the old key. */
  function introduce(forger: AuditSigner, signers: AuditSigner[]): void {
    tamper(victim.path, (database) => {
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
      const head = { logId: victim.id, size: ENTRIES + 1, root: tree.root(), time: 0 };
      database
        .prepare('INSERT INTO checkpoints VALUES (?, ?, ?, 1)')
        .run(head.size, signCheckpoint(head, signers), state);
    });
  }

  it('opens no log that another one signs', async () => {
    const error = await rejectionOf(() => openLog({ path: victim.path, signer: makeSigner() }));
    expect(error.code).toBe('ERR_AUDIT_KEY');
  });

  it('that nobody signed is refused', async () => {
    introduce(makeSigner(), []);
    expect((await verify(victim)).firstBad).toMatchObject({ seq: ENTRIES + 1, reason: 'key' });
    expect(
      (await rejectionOf(() => openLog({ path: victim.path, signer: victim.signer }))).code,
    ).toBe('ERR_AUDIT_ALTERED');
  });

  it('that only itself signed is refused', async () => {
    const forger = makeSigner();
    introduce(forger, [forger]);
    const report = await verify(victim);
    expect(report).toMatchObject({
      signedEntries: ENTRIES,
      firstBad: { seq: ENTRIES + 1, reason: 'key' },
    });
    const trusting = await verify(victim, { publicKey: forger.publicKey });
    expect(trusting).toMatchObject({ ok: false, trusted: false, firstBad: { reason: 'key' } });
  });

  it('that does not sign its introduction is refused', async () => {
    introduce(makeSigner(), [victim.signer]);
    expect((await verify(victim)).firstBad).toMatchObject({ seq: ENTRIES + 1, reason: 'key' });
  });

  it('that both sign is what changeKey() writes', async () => {
    const next = makeSigner();
    introduce(next, [victim.signer, next]);
    expect(await verify(victim)).toMatchObject({ ok: true, trusted: true, entries: ENTRIES + 1 });
  });

  it('is not the first one where another signed the introduction', async () => {
    tamper(victim.path, (database) => {
      const tree = MerkleTree.empty();
      tree.add(row(database, 1).hash);
      const head = { logId: victim.id, size: 1, root: tree.root(), time: 0 };
      const forged = signCheckpoint(head, [makeSigner()]);
      database.prepare('UPDATE checkpoints SET text = ? WHERE size = 1').run(forged);
    });
    expect(await verify(victim)).toMatchObject({
      trusted: false,
      firstBad: { seq: 1, reason: 'key' },
    });
  });
});
