// What a process with the key does not go on from: it would sign what somebody altered.
import type Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { rejectionOf, thrownBy } from '../thrown.js';
import { ENTRIES, insert, rechain, row, signedLog, verify } from './signed-log.js';
import { appendSteps, openLog, tamper } from './support.js';

const victim = signedLog();

const draft = { actor: 'a', action: 'b', outcome: 'ok' } as const;

it.each([
  [`UPDATE entries SET actor = 'nobody' WHERE seq = ${ENTRIES}`],
  [`DELETE FROM entries WHERE seq = ${ENTRIES}`],
  ['DELETE FROM log'],
  ["UPDATE checkpoints SET text = replace(text, 'time ', 'time 0')"],
  ["UPDATE checkpoints SET text = 'nonsense'"],
  [`UPDATE checkpoints SET size = ${ENTRIES - 1} WHERE size = ${ENTRIES}`],
])('does not go on from an altered end: %s', async (sql) => {
  tamper(victim.path, (database) => database.exec(sql));
  expect(
    (await rejectionOf(() => openLog({ path: victim.path, signer: victim.signer }))).code,
  ).toBe('ERR_AUDIT_ALTERED');
});

it.each([
  [`DELETE FROM entries WHERE seq = ${ENTRIES}`],
  [`UPDATE entries SET hash = zeroblob(32) WHERE seq = ${ENTRIES}`],
  [`DELETE FROM checkpoints WHERE size = ${ENTRIES}`],
])('notices while it runs, and appends nothing: %s', async (sql) => {
  const log = await openLog({ path: victim.path, signer: victim.signer });
  tamper(victim.path, (database) => database.exec(sql));
  const before = log.list().length;
  const error = thrownBy(() => log.append(draft));
  expect(error.code).toBe('ERR_AUDIT_ALTERED');
  expect(error.message).toContain('fluxvision audit verify');
  expect(log.list()).toHaveLength(before);
});

it.each([
  [
    'content',
    (database: Database.Database) => database.exec("UPDATE entries SET actor = 'x' WHERE seq = 21"),
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
      database.prepare("INSERT INTO checkpoints VALUES (21, ?, x'', 0)").run(victim.last),
  ],
])('does not take over an entry of another process with an altered %s', async (_, alter) => {
  const log = await openLog({ path: victim.path, signer: victim.signer });
  const keyless = await openLog({ path: victim.path });
  keyless.append(draft);
  tamper(victim.path, alter);
  expect(thrownBy(() => log.append(draft)).code).toBe('ERR_AUDIT_ALTERED');
});

it('does not take over what another process signed and somebody altered since', async () => {
  const log = await openLog({ path: victim.path, signer: victim.signer });
  const other = await openLog({ path: victim.path, signer: victim.signer });
  appendSteps(other, 3);
  tamper(victim.path, (database) => {
    database.exec("UPDATE entries SET actor = 'nobody' WHERE seq = 22");
    rechain(database, victim.id, 22);
  });
  expect(thrownBy(() => log.append(draft)).code).toBe('ERR_AUDIT_ALTERED');
});

it('misses entries that another process signed and somebody cut off', async () => {
  const log = await openLog({ path: victim.path, signer: victim.signer });
  const other = await openLog({ path: victim.path, signer: victim.signer });
  appendSteps(other, 3);
  tamper(victim.path, (database) => database.exec('DELETE FROM entries WHERE seq > 22'));
  expect(thrownBy(() => log.append(draft)).code).toBe('ERR_AUDIT_ALTERED');
});

it('never signs an old entry anew that was altered before it started', async () => {
  tamper(victim.path, (database) => {
    database.exec("UPDATE entries SET actor = 'nobody' WHERE seq = 7");
    const end = row(database, ENTRIES);
    rechain(database, victim.id, 7);
    // The end as it was, so that the process with the key sees nothing at first.
    database
      .prepare('UPDATE entries SET prev = ?, hash = ? WHERE seq = ?')
      .run(end.prev, end.hash, ENTRIES);
  });
  const log = await openLog({ path: victim.path, signer: victim.signer });
  appendSteps(log, 100);
  const { firstBad } = await verify(victim);
  expect(firstBad?.reason).toBe('altered');
  expect(firstBad?.seq).toBeLessThanOrEqual(ENTRIES);
});
