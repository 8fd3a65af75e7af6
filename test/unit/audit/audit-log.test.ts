import { statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { AuditLog } from '../../../src/audit/index.js';
import { rejectionOf, thrownBy } from '../thrown.js';
import { makeSigner } from './signer.js';
import { appendSteps, newPath, openLog, tamper } from './support.js';

const entry = { actor: 'admin', action: 'key.export', outcome: 'ok' } as const;

describe('AuditLog', () => {
  it('returns what it recorded, and finds it again', async () => {
    const path = newPath();
    const log = await openLog({ path, signer: makeSigner() });
    const before = Date.now();
    const made = log.append({ ...entry, subject: 'door', detail: { camera: 'door', days: 2 } });
    expect(made).toEqual({
      ...entry,
      seq: 2,
      time: expect.any(Number),
      subject: 'door',
      detail: { camera: 'door', days: 2 },
      hash: expect.stringMatching(/^[\da-f]{64}$/),
    });
    expect(made.time).toBeGreaterThanOrEqual(before);
    await log.close();
    const again = await openLog({ path, readOnly: true });
    expect(again.list().at(-1)).toEqual(made);
    expect(again.id).toBe(log.id);
  });

  it('begins with an entry that names the key which signs', async () => {
    const signer = makeSigner();
    const log = await openLog({ path: newPath(), signer });
    expect(log.list()).toMatchObject([
      {
        seq: 1,
        action: 'audit-key',
        detail: { publicKey: Buffer.from(signer.publicKey).toString('hex') },
      },
    ]);
  });

  it('is a private file', async () => {
    const { path } = await openLog({ path: newPath() });
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('verifies, with each entry signed', async () => {
    const signer = makeSigner();
    const log = await openLog({ path: newPath(), signer });
    appendSteps(log, 5);
    const { publicKey } = signer;
    expect(await log.verify({ publicKey })).toEqual({
      ok: true,
      logId: log.id,
      entries: 6,
      signedEntries: 6,
      adoptedEntries: 0,
      timeReversals: 0,
      trusted: true,
      publicKey: Buffer.from(publicKey).toString('hex'),
    });
    expect(await log.verify()).toMatchObject({ ok: true, trusted: false });
  });

  it('chains without a key, says that it is unsigned, and signs it when a key comes', async () => {
    const path = newPath();
    const signer = makeSigner();
    const first = await openLog({ path, signer });
    appendSteps(first, 1);
    await first.close();
    const keyless = await openLog({ path });
    keyless.append({ actor: 'cli', action: 'keys.unlock', outcome: 'denied' });
    keyless.append({ actor: 'cli', action: 'keys.unlock', outcome: 'denied' });
    const unsigned = await keyless.verify();
    expect(unsigned).toMatchObject({ ok: false, entries: 4, signedEntries: 2 });
    expect(unsigned.firstBad).toMatchObject({ seq: 3, until: 4, reason: 'unsigned' });
    const signed = await openLog({ path, signer });
    expect(signed.list().at(-1)).toMatchObject({
      action: 'audit-adopt',
      detail: { from: 3, to: 4 },
    });
    const report = await signed.verify({ publicKey: signer.publicKey });
    expect(report).toMatchObject({ ok: true, entries: 5, signedEntries: 5, adoptedEntries: 2 });
  });

  it('signs what another process appended without the key meanwhile', async () => {
    const path = newPath();
    const recorder = await openLog({ path, signer: makeSigner() });
    const cli = await openLog({ path });
    cli.append(entry);
    recorder.append(entry);
    cli.append(entry);
    expect((await recorder.verify()).firstBad).toMatchObject({ seq: 5, reason: 'unsigned' });
    expect(recorder.checkpoint()).toContain('\n6\n');
    expect(await recorder.verify()).toMatchObject({ ok: true, entries: 6, adoptedEntries: 2 });
  });

  it('takes turns with others who have the key', async () => {
    const path = newPath();
    const signer = makeSigner();
    const one = await openLog({ path, signer });
    const two = await openLog({ path, signer });
    for (let turn = 0; turn < 70; turn++) (turn % 3 === 0 ? one : two).append(entry);
    expect(await one.verify()).toMatchObject({ ok: true, entries: 71, adoptedEntries: 0 });
    expect(await two.verify()).toMatchObject({ ok: true, entries: 71 });
  });

  it('is empty and unsigned before anybody wrote to it', async () => {
    const log = await openLog({ path: newPath() });
    expect(log.list()).toEqual([]);
    expect(log.checkpoint()).toBeUndefined();
    expect(await log.verify()).toMatchObject({
      ok: false,
      entries: 0,
      firstBad: { reason: 'unsigned' },
    });
  });

  it('lists by time, actor and action, from both ends, in pieces', async () => {
    const log = await openLog({ path: newPath() });
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    for (let hour = 0; hour < 6; hour++) {
      vi.setSystemTime(hour * 3_600_000);
      const actor = hour % 2 === 0 ? 'admin' : 'cli';
      log.append({ actor, action: hour < 3 ? 'login' : 'export', outcome: 'ok' });
    }
    const seqs = (query: Parameters<AuditLog['list']>[0]) => log.list(query).map(({ seq }) => seq);
    expect(seqs({ from: 3_600_000, to: 3 * 3_600_000 })).toEqual([2, 3]);
    expect(seqs({ actor: 'cli' })).toEqual([2, 4, 6]);
    expect(seqs({ action: 'export', first: 'newest' })).toEqual([6, 5, 4]);
    expect(seqs({ limit: 2 })).toEqual([1, 2]);
    expect(seqs({ limit: 2, after: 2 })).toEqual([3, 4]);
    expect(seqs({ limit: 2, after: 3, first: 'newest' })).toEqual([2, 1]);
    expect(seqs({ actor: 'admin', action: 'export' })).toEqual([5]);
  });

  it('lists more than a page', async () => {
    const path = newPath();
    const log = await openLog({ path });
    appendSteps(log, 3);
    tamper(path, (database) =>
      database.exec(
        `INSERT INTO entries WITH RECURSIVE n(i) AS (SELECT 4 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
         SELECT i, 0, 'a', 'b', '', 'ok', '', x'', x'' FROM n`,
      ),
    );
    expect(log.list()).toHaveLength(1200);
    expect(log.list({ first: 'newest', limit: 700 }).at(-1)?.seq).toBe(501);
  });

  it('records a clock that goes backwards as it is, and counts it', async () => {
    const log = await openLog({ path: newPath(), signer: makeSigner() });
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    vi.setSystemTime(1_000_000);
    const early = log.append(entry);
    expect(early.time).toBe(1_000_000);
    vi.setSystemTime(900_000);
    expect(log.append(entry)).toMatchObject({ seq: 3, time: 900_000 });
    expect(await log.verify()).toMatchObject({ ok: true, timeReversals: 2 });
  });

  it('records whatever a stranger typed, control characters and half characters too', async () => {
    const path = newPath();
    const log = await openLog({ path, signer: makeSigner() });
    const actor = 'a\0b\u001b[2J\u202e\n한글\ud800';
    const made = log.append({ ...entry, actor, subject: actor, detail: { actor } });
    expect(made.actor).toBe(actor.replace('\ud800', '\ufffd'));
    expect(log.list().at(-1)).toEqual(made);
    expect(await log.verify()).toMatchObject({ ok: true });
  });

  it.each([
    ['actor', { ...entry, actor: '' }],
    ['actor', { ...entry, actor: 'é'.repeat(129) }],
    ['action', { ...entry, action: 'x'.repeat(129) }],
    ['action', { ...entry, action: 'audit-key' }],
    ['subject', { ...entry, subject: 'x'.repeat(1025) }],
    ['outcome', { ...entry, outcome: 'maybe' }],
    ['detail', { ...entry, detail: { text: 'x'.repeat(16_384) } }],
    ['detail', { ...entry, detail: [1] }],
    ['detail', { ...entry, detail: { count: 1n } }],
    ['detail', { ...entry, detail: { toJSON: () => 'text' } }],
    ['time', { ...entry, time: 5 }],
  ])('refuses a wrong %s, and writes nothing', async (name, wrong) => {
    const log = await openLog({ path: newPath() });
    const error = thrownBy(() => log.append(wrong as never));
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toContain(name);
    expect(log.list()).toEqual([]);
  });

  it('accepts fields as large as they may be', async () => {
    const log = await openLog({ path: newPath(), signer: makeSigner() });
    log.append({
      actor: 'é'.repeat(128),
      action: 'x'.repeat(128),
      subject: 'x'.repeat(1024),
      outcome: 'failed',
      detail: { text: 'x'.repeat(16_384 - '{"text":""}'.length) },
    });
    expect(await log.verify()).toMatchObject({ ok: true });
  });

  it('keeps the latest checkpoint and one of every 64 entries', async () => {
    const path = newPath();
    const log = await openLog({ path, signer: makeSigner() });
    appendSteps(log, 200);
    const sizes = tamper(path, (database) =>
      database.prepare('SELECT size FROM checkpoints').pluck().all(),
    );
    expect(sizes).toEqual([1, 64, 128, 192, 201]);
  });

  it('has a fence against mistakes', async () => {
    const path = newPath();
    const log = await openLog({ path, signer: makeSigner() });
    appendSteps(log, 70);
    const database = new Database(path);
    onTestFinished(() => {
      database.close();
    });
    for (const sql of [
      "UPDATE entries SET actor = 'x' WHERE seq = 2",
      'DELETE FROM entries WHERE seq = 2',
      "INSERT OR REPLACE INTO entries VALUES (2, 0, 'a', 'b', '', 'ok', '', x'', x'')",
      "INSERT INTO entries VALUES (99, 0, 'a', 'b', '', 'ok', '', x'', x'')",
      "UPDATE log SET id = 'x'",
      'DELETE FROM log',
      "UPDATE checkpoints SET text = ''",
      'DELETE FROM checkpoints',
      "INSERT OR REPLACE INTO checkpoints VALUES (64, '', x'', 0)",
    ]) {
      expect(() => database.exec(sql), sql).toThrow('append-only');
    }
    expect(await log.verify()).toMatchObject({ ok: true });
  });

  it('closes once and for all', async () => {
    const log = await AuditLog.open({ path: newPath() });
    await log.close();
    await log.close();
    await log[Symbol.asyncDispose]();
    expect(thrownBy(() => log.append(entry)).code).toBe('ERR_CLOSED');
    expect(thrownBy(() => log.list()).code).toBe('ERR_CLOSED');
    expect((await rejectionOf(() => log.verify())).code).toBe('ERR_CLOSED');
  });

  it('can be read only where it is, and not written to then', async () => {
    const path = newPath();
    const missing = await rejectionOf(() => AuditLog.open({ path, readOnly: true }));
    expect(missing).toMatchObject({ code: 'ERR_AUDIT_NOT_FOUND' });
    expect(missing.message).toContain(path);
    await (await openLog({ path })).close();
    const log = await openLog({ path, readOnly: true });
    expect(thrownBy(() => log.append(entry)).code).toBe('ERR_READ_ONLY');
  });

  it.each([
    [{}, 'path'],
    [{ path: 'x', signer: {} }, 'signer'],
    [{ path: 'x', signer: { publicKey: new Uint8Array(65), sign: () => {} } }, 'publicKey'],
    [{ path: 'x', readOnly: true, signer: makeSigner() }, 'signer'],
    [{ path: 'x', key: 1 }, 'key'],
  ])('refuses wrong options %#', async (options, name) => {
    const error = await rejectionOf(() => AuditLog.open(options as never));
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toContain(name);
  });

  it('writes nothing where its signer fails', async () => {
    const path = newPath();
    const signer = makeSigner();
    let fails = false;
    const unsteady = {
      publicKey: signer.publicKey,
      sign: (message: Uint8Array) => {
        if (fails) throw new Error('the module does not answer');
        return signer.sign(message);
      },
    };
    const log = await openLog({ path, signer: unsteady });
    fails = true;
    expect(() => log.append(entry)).toThrow('does not answer');
    fails = false;
    expect(log.append(entry).seq).toBe(2);
    expect(await log.verify()).toMatchObject({ ok: true, entries: 2 });
  });

  it('says what it verifies and how far it is, and stops when it is told to', async () => {
    const log = await openLog({ path: newPath(), signer: makeSigner() });
    appendSteps(log, 9);
    const steps: unknown[] = [];
    await log.verify({ onProgress: (progress) => steps.push(progress) });
    expect(steps).toEqual([{ done: 10, total: 10 }]);
    const signal = AbortSignal.abort();
    expect((await rejectionOf(() => log.verify({ signal }))).code).toBe('ERR_ABORTED');
  });

  it('leaves out what is appended while it verifies', async () => {
    const log = await openLog({ path: newPath(), signer: makeSigner() });
    appendSteps(log, 600);
    let more = 0;
    const report = await log.verify({
      onProgress: () => {
        more += 1;
        log.append(entry);
      },
    });
    expect(more).toBeGreaterThan(1);
    expect(report).toMatchObject({ ok: true, entries: 601, signedEntries: 601 });
  });
});

describe('the signing key', () => {
  it('changes, and verification follows from any of them', async () => {
    const path = newPath();
    const [first, second, third] = [makeSigner(), makeSigner(), makeSigner()];
    const log = await openLog({ path, signer: first });
    appendSteps(log, 3);
    expect(log.changeKey(second)).toMatchObject({ action: 'audit-key' });
    appendSteps(log, 3);
    log.changeKey(third);
    appendSteps(log, 3);
    for (const { publicKey } of [first, second, third]) {
      expect(await log.verify({ publicKey })).toMatchObject({ ok: true, trusted: true });
    }
    const stranger = await log.verify({ publicKey: makeSigner().publicKey });
    expect(stranger).toMatchObject({ ok: false, trusted: false, firstBad: { reason: 'key' } });
  });

  it('opens the log right after it was changed, and the one before does not', async () => {
    const path = newPath();
    const [first, second] = [makeSigner(), makeSigner()];
    const log = await openLog({ path, signer: first });
    log.changeKey(second);
    await log.close();
    expect((await rejectionOf(() => openLog({ path, signer: first }))).code).toBe('ERR_AUDIT_KEY');
    const again = await openLog({ path, signer: second });
    again.append(entry);
    expect(await again.verify({ publicKey: first.publicKey })).toMatchObject({ ok: true });
    expect((await rejectionOf(() => openLog({ path, signer: first }))).code).toBe('ERR_AUDIT_KEY');
  });

  it('cannot be used any more by a process that did not hear of the change', async () => {
    const path = newPath();
    const [first, second] = [makeSigner(), makeSigner()];
    const one = await openLog({ path, signer: first });
    const two = await openLog({ path, signer: first });
    one.changeKey(second);
    expect(thrownBy(() => two.append(entry)).code).toBe('ERR_AUDIT_KEY');
    one.append(entry);
    expect(thrownBy(() => two.append(entry)).code).toBe('ERR_AUDIT_KEY');
    expect(await one.verify()).toMatchObject({ ok: true, entries: 3 });
  });

  it('is changed by its owner only', async () => {
    const path = newPath();
    await (await openLog({ path, signer: makeSigner() })).close();
    const log = await openLog({ path });
    expect(thrownBy(() => log.changeKey(makeSigner())).code).toBe('ERR_AUDIT_KEY');
  });
});
