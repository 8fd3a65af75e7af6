import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { thrownBy } from '../thrown.js';
import { createKeys, DAY_MS, NOON, openKeys, rawDatabase } from './stores.js';

const reason = 'retention of 30 days';

describe('destroying keys', () => {
  it('makes what they sealed unreadable at once, and for every process', async () => {
    const keys = await createKeys();
    const other = await openKeys(keys.directory);
    const [gone, kept] = [keys.videoKey('door', NOON), keys.videoKey('yard', NOON)];
    const report = keys.destroyKeys({ ids: [gone.id], reason });
    expect(report.destroyed).toMatchObject([{ id: gone.id, state: 'destroyed' }]);
    expect(report.destroyed[0]?.destroyedAt).toBeGreaterThan(NOON);
    for (const store of [keys, other]) {
      const error = thrownBy(() => store.key(gone.id));
      expect(error.code).toBe('ERR_KEY_DESTROYED');
      expect(error.message).toContain("'door', 20260126");
      expect(store.key(kept.id)).toBeDefined();
    }
  });

  it('leaves no byte of the wrapped key in any file of the store', async () => {
    const keys = await createKeys();
    const { id } = keys.videoKey('door', NOON);
    const { wrapped } = rawDatabase(keys.directory)
      .prepare('SELECT wrapped FROM keys WHERE id = ?')
      .get(id) as { wrapped: Buffer };
    const holders = () =>
      readdirSync(keys.directory).filter((name) =>
        readFileSync(join(keys.directory, name)).includes(wrapped.subarray(12, 44)),
      );
    expect(holders().length).toBeGreaterThan(0);
    keys.destroyKeys({ ids: [id], reason });
    expect(holders()).toEqual([]);
  });

  it('takes all days that were over by a time, of one camera or of all', async () => {
    const keys = await createKeys();
    const [first, second, third] = [0, 1, 2].map((day) =>
      keys.videoKey('door', NOON + day * DAY_MS),
    );
    const yard = keys.videoKey('yard', NOON);
    const midnight = Date.parse('2026-01-28T00:00:00Z');
    const preview = keys.previewDestruction({ before: midnight, cameraId: 'door', reason });
    expect(preview.destroyed.map(({ id }) => id).sort()).toEqual([first?.id, second?.id].sort());
    expect(keys.key(first?.id as string)).toBeDefined();

    keys.destroyKeys({ before: midnight, cameraId: 'door', reason });
    for (const key of [first, second])
      expect(thrownBy(() => keys.key(key?.id as string)).code).toBe('ERR_KEY_DESTROYED');
    for (const key of [third, yard]) expect(keys.key(key?.id as string)).toBeDefined();
    // A moment before midnight the second day is not over.
    expect(
      keys.destroyKeys({ before: midnight + DAY_MS - 1, reason }).destroyed.map(({ id }) => id),
    ).toEqual([yard.id]);
  });

  it('refuses keys that seal, or may still', async () => {
    vi.useFakeTimers({ now: NOON, toFake: ['Date'] });
    try {
      const keys = await createKeys();
      const [today, tomorrow] = [keys.videoKey('door', NOON), keys.videoKey('door', NOON + DAY_MS)];
      const config = keys.configKey();
      for (const { id } of [today, tomorrow, config]) {
        expect(thrownBy(() => keys.destroyKeys({ ids: [id], reason })).code).toBe('ERR_KEY_IN_USE');
      }
      // A segment that began before midnight may run for an hour.
      vi.setSystemTime(Date.parse('2026-01-27T00:59:59Z'));
      expect(thrownBy(() => keys.destroyKeys({ ids: [today.id], reason })).code).toBe(
        'ERR_KEY_IN_USE',
      );
      expect(keys.destroyKeys({ before: Date.now(), reason }).destroyed).toEqual([]);
      vi.setSystemTime(Date.parse('2026-01-27T01:00:00Z'));
      expect(keys.destroyKeys({ ids: [today.id], reason }).destroyed).toHaveLength(1);
    } finally {
      vi.useRealTimers();
    }
  });

  it('does all or nothing', async () => {
    const keys = await createKeys();
    const { id } = keys.videoKey('door', NOON);
    const unknown = '00000000-0000-4000-8000-000000000000';
    expect(thrownBy(() => keys.destroyKeys({ ids: [id, unknown], reason })).code).toBe(
      'ERR_KEY_NOT_FOUND',
    );
    expect(keys.key(id)).toBeDefined();
  });

  it('keeps the master key where that is asked for', async () => {
    const keys = await createKeys();
    const parent = () => keys.list({ purpose: 'audit' })[0]?.parentId;
    const before = parent();
    keys.destroyKeys({ ids: [keys.videoKey('door', NOON).id], reason, rotateMaster: false });
    expect(parent()).toBe(before);
    keys.destroyKeys({ ids: [keys.videoKey('yard', NOON).id], reason });
    expect(parent()).not.toBe(before);
  });

  it('says in the audit log who, what and why', async () => {
    const keys = await createKeys();
    const { id } = keys.videoKey('door', NOON);
    keys.destroyKeys({ ids: [id], reason });
    const [entry] = keys.audit.list({ action: 'key.destroy' });
    expect(entry).toMatchObject({ outcome: 'ok', detail: { reason, ids: [id], count: 1 } });
    expect(await keys.audit.verify()).toMatchObject({ ok: true });
  });

  it('names what is wrong with its arguments', async () => {
    const keys = await createKeys();
    const message = (options: object) => thrownBy(() => keys.destroyKeys(options as never)).message;
    expect(message({ reason })).toContain('before');
    expect(message({ ids: [], before: 1, reason })).toContain('before');
    expect(message({ ids: ['x'], reason })).toContain('ids');
    expect(message({ ids: [] })).toContain('reason');
  });
});

describe('an evidence lock', () => {
  const from = NOON;
  const to = NOON + 60_000;

  it('pins the key of its time, by id and by age', async () => {
    const keys = await createKeys();
    const [pinned, free] = [keys.videoKey('door', NOON), keys.videoKey('door', NOON + 2 * DAY_MS)];
    const lock = keys.lockEvidence({ cameraId: 'door', from, to, reason: 'case 4711' });
    const error = thrownBy(() => keys.destroyKeys({ ids: [pinned.id], reason }));
    expect(error.code).toBe('ERR_EVIDENCE_LOCKED');
    expect(error.message).toContain('case 4711');
    expect(error.message).toContain(lock.id);

    const report = keys.destroyKeys({ before: Date.now(), reason });
    expect(report.destroyed.map(({ id }) => id)).toEqual([free.id]);
    expect(report.pinned.map(({ id }) => id)).toEqual([pinned.id]);
    expect(keys.key(pinned.id)).toBeDefined();

    keys.unlockEvidence(lock.id, 'case closed');
    expect(keys.evidenceLocks()).toEqual([]);
    keys.destroyKeys({ ids: [pinned.id], reason });
    expect(thrownBy(() => keys.key(pinned.id)).code).toBe('ERR_KEY_DESTROYED');
  });

  it('pins the day before too, whose last segment may reach into its time', async () => {
    const keys = await createKeys();
    const { id } = keys.videoKey('door', NOON);
    const midnight = Date.parse('2026-01-27T00:00:00Z');
    keys.lockEvidence({
      cameraId: 'door',
      from: midnight + 5000,
      to: midnight + 6000,
      reason: 'x',
    });
    expect(thrownBy(() => keys.destroyKeys({ ids: [id], reason })).code).toBe(
      'ERR_EVIDENCE_LOCKED',
    );
  });

  it('does not pin other cameras', async () => {
    const keys = await createKeys();
    const { id } = keys.videoKey('yard', NOON);
    keys.lockEvidence({ cameraId: 'door', from, to, reason: 'x' });
    expect(keys.destroyKeys({ ids: [id], reason }).destroyed).toHaveLength(1);
  });

  it('outlives the process, and both its ends are in the audit log', async () => {
    const keys = await createKeys();
    const lock = keys.lockEvidence({ cameraId: 'door', from, to, reason: 'case' });
    await keys.close();
    const again = await openKeys(keys.directory);
    expect(again.evidenceLocks()).toEqual([lock]);
    again.unlockEvidence(lock.id, 'over');
    expect(again.audit.list().map(({ action }) => action)).toEqual(
      expect.arrayContaining(['evidence.lock', 'evidence.unlock']),
    );
  });

  it('names what is wrong with it', async () => {
    const keys = await createKeys();
    const lock = (options: object) => thrownBy(() => keys.lockEvidence(options as never)).message;
    expect(lock({ cameraId: 'door', from: to, to: from, reason })).toContain('to');
    expect(lock({ cameraId: 'door', from, to })).toContain('reason');
    const id = '00000000-0000-4000-8000-000000000000';
    expect(thrownBy(() => keys.unlockEvidence(id, 'x')).code).toBe('ERR_LOCK_NOT_FOUND');
  });
});
