import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { native } from '../../../src/native/index.js';
import { rejectionOf, thrownBy } from '../thrown.js';
import { createKeys, DAY_MS, NOON, openKeys, passphrase, rawDatabase, readRoot } from './stores.js';

const data = Buffer.from('what a key sealed');

/** Seals with one handle; says whether another opens it: the way to compare keys unseen. */
function sameKey(one: ReturnType<typeof native.generateKey>, two: typeof one): boolean {
  const aad = Buffer.alloc(0);
  const sealed = native.sealMessage('ARIA-256-GCM', one, aad, data);
  try {
    return native.openMessage('ARIA-256-GCM', two, aad, sealed).equals(data);
  } catch {
    return false;
  }
}

describe('rotating the master key', () => {
  it('wraps every key anew, and each stays the key that it was', async () => {
    const keys = await createKeys();
    const made = [0, 1, 2].map((day) => keys.videoKey('door', NOON + day * DAY_MS));
    await keys.setPassword('administrator', 'secret', { iterations: 100_000 });
    const before = readRoot(keys.directory).masters[0].id;

    const { from, to, keys: count } = keys.rotateMaster();

    expect(from).toBe(before);
    expect(readRoot(keys.directory).masters.map(({ id }: { id: string }) => id)).toEqual([to]);
    expect(count).toBe(keys.list().filter(({ state }) => state !== 'destroyed').length);
    for (const { id, key } of made) expect(sameKey(keys.key(id), key)).toBe(true);
    expect(keys.list({ purpose: 'video' }).every((key) => key.parentId === to)).toBe(true);
    expect(keys.list({ purpose: 'video' }).every((key) => key.version === 2)).toBe(true);
    await keys.checkAdministrator('secret', 'test');
    const again = await openKeys(keys.directory);
    for (const { id, key } of made) expect(sameKey(again.key(id), key)).toBe(true);
  });

  it('is seen by another process that has the store open, without opening it again', async () => {
    const one = await createKeys();
    const two = await openKeys(one.directory);
    const { id, key } = two.videoKey('door', NOON);
    one.rotateMaster();
    one.rotateMaster();
    expect(sameKey(two.key(id), key)).toBe(true);
    const later = two.videoKey('door', NOON + DAY_MS);
    expect(sameKey(one.key(later.id), later.key)).toBe(true);
    expect(two.list().every(({ parentId }) => parentId === one.list()[0]?.parentId)).toBe(true);
  });

  it('misuse 28: interrupted after root.json named both keys, leaves all readable and resumes', async () => {
    const keys = await createKeys();
    const { id, key } = keys.videoKey('door', NOON);
    const { directory } = keys;
    const rowsBefore = rawDatabase(directory).prepare('SELECT parent_id FROM keys').all();
    // A rotation whose transaction never commits: root.json is ahead of keys.db.
    const database = rawDatabase(directory);
    database.exec(`CREATE TRIGGER power BEFORE UPDATE OF wrapped ON keys
      BEGIN SELECT RAISE(ABORT, 'the power is gone'); END`);
    expect(thrownBy(() => keys.rotateMaster()).message).toContain('the power is gone');
    expect(readRoot(directory).masters).toHaveLength(2);
    expect(rawDatabase(directory).prepare('SELECT parent_id FROM keys').all()).toEqual(rowsBefore);
    expect(sameKey(keys.key(id), key)).toBe(true);
    database.exec('DROP TRIGGER power');

    const resumed = await openKeys(directory);
    const [master] = readRoot(directory).masters;
    expect(readRoot(directory).masters).toHaveLength(1);
    expect(resumed.list().every(({ parentId }) => parentId === master.id)).toBe(true);
    expect(sameKey(resumed.key(id), key)).toBe(true);
    expect(sameKey(keys.key(id), key)).toBe(true);
  });

  it('misuse 28: interrupted after the rows were wrapped anew, drops the old key at the next open', async () => {
    const keys = await createKeys();
    const { id, key } = keys.videoKey('door', NOON);
    const { directory } = keys;
    // What a crash between the commit and the last write of root.json leaves: rows under the new
    // key, and a root.json that names both.
    let both = '';
    const rename = join(directory, 'root.json');
    const write = native.signP256;
    const seen = vi.spyOn(native, 'signP256').mockImplementation((signer, message) => {
      const record = readFileSync(rename, 'utf8');
      if (JSON.parse(record).masters.length === 2) both ||= record;
      return write(signer, message);
    });
    keys.rotateMaster();
    seen.mockRestore();
    await keys.close();
    expect(JSON.parse(both).masters).toHaveLength(2);
    writeFileSync(rename, both);

    const resumed = await openKeys(directory);
    expect(readRoot(directory).masters).toHaveLength(1);
    expect(sameKey(resumed.key(id), key)).toBe(true);
  });

  it('misuse 29: makes backups of keys.db useless: what was destroyed stays destroyed', async () => {
    const keys = await createKeys();
    const { id } = keys.videoKey('door', NOON);
    const { directory } = keys;
    rawDatabase(directory).pragma('wal_checkpoint(TRUNCATE)');
    copyFileSync(join(directory, 'keys.db'), join(directory, 'yesterday.db'));
    keys.destroyKeys({ ids: [id], reason: 'retention' });
    await keys.close();

    copyFileSync(join(directory, 'yesterday.db'), join(directory, 'keys.db'));
    const error = await rejectionOf(() => openKeys(directory));
    expect(error.code).toBe('ERR_AUTH_TAG');
  });
});

describe('rotating a key on demand', () => {
  it('gives a new key that seals, and keeps the old one for what it sealed', async () => {
    const keys = await createKeys();
    const first = keys.videoKey('door', Date.now());
    const second = keys.rotate({ purpose: 'video', cameraId: 'door' });
    expect(second.id).not.toBe(first.id);
    expect(keys.videoKey('door', Date.now()).id).toBe(second.id);
    expect(sameKey(keys.key(first.id), first.key)).toBe(true);
    const states = new Map(keys.list().map(({ id, state }) => [id, state]));
    expect(states.get(first.id)).toBe('retired');
    expect(states.get(second.id)).toBe('active');
  });

  it.each(['database', 'config', 'session'] as const)('works for %s keys', async (purpose) => {
    const keys = await createKeys();
    const current = () =>
      ({ database: keys.databaseKey(), config: keys.configKey(), session: keys.sessionKey() })[
        purpose
      ];
    const before = current();
    const made = keys.rotate({ purpose });
    expect(made.id).not.toBe(before.id);
    expect(current().id).toBe(made.id);
    expect(keys.key(before.id)).toBeDefined();
  });

  it('hands the audit log over to a new signing key, and the log stays whole', async () => {
    const keys = await createKeys();
    keys.rotate({ purpose: 'audit' });
    keys.rotateMaster();
    expect(await keys.audit.verify()).toMatchObject({ ok: true });
    await keys.close();
    const again = await openKeys(keys.directory);
    expect(await again.audit.verify()).toMatchObject({ ok: true });
  });

  it('is followed by other processes that write to the audit log', async () => {
    const one = await createKeys();
    const two = await openKeys(one.directory);
    one.rotate({ purpose: 'audit' });
    two.rotate({ purpose: 'database' });
    two.rotate({ purpose: 'audit' });
    one.rotate({ purpose: 'audit' });
    expect(await two.audit.verify()).toMatchObject({ ok: true });
  });

  it('hands the audit log over at the next open where a crash fell in between', async () => {
    const keys = await createKeys();
    const change = vi.spyOn(keys.audit, 'changeKey').mockImplementation(() => {
      throw new Error('the power is gone');
    });
    expect(() => keys.rotate({ purpose: 'audit' })).toThrow('the power is gone');
    change.mockRestore();
    await keys.close();
    const again = await openKeys(keys.directory);
    again.rotate({ purpose: 'database' });
    expect(await again.audit.verify()).toMatchObject({ ok: true });
  });

  it('names what is wrong with its arguments', async () => {
    const keys = await createKeys();
    expect(thrownBy(() => keys.rotate({} as never)).message).toContain('purpose');
    expect(thrownBy(() => keys.rotate({ purpose: 'video' } as never)).message).toContain(
      'cameraId',
    );
    expect(thrownBy(() => keys.rotate({ purpose: 'user' } as never)).message).toContain('purpose');
  });
});

describe('the states of a key', () => {
  it('are pending ahead of its day, active on it, retired after it', async () => {
    vi.useFakeTimers({ now: NOON, toFake: ['Date'] });
    try {
      const keys = await createKeys();
      const { id } = keys.videoKey('door', NOON + DAY_MS);
      const state = () => keys.list().find((key) => key.id === id)?.state;
      expect(state()).toBe('pending');
      vi.setSystemTime(NOON + DAY_MS);
      expect(state()).toBe('active');
      vi.setSystemTime(NOON + 2 * DAY_MS);
      expect(state()).toBe('retired');
      expect(keys.key(id)).toBeDefined();
    } finally {
      vi.useRealTimers();
    }
  });

  it('give the same key to a clock that was set back', async () => {
    const keys = await createKeys();
    const { id } = keys.videoKey('door', NOON);
    expect(keys.list().find((key) => key.id === id)?.state).toBe('retired');
    expect(keys.videoKey('door', NOON).id).toBe(id);
  });

  it('change with the month for database keys, and old fields stay readable', async () => {
    vi.useFakeTimers({ now: NOON, toFake: ['Date'] });
    try {
      const keys = await createKeys();
      const place = { table: 'cameras', column: 'url', row: 'door' };
      const stored = keys.fields.seal(place, 'rtsp://door/');
      const january = keys.databaseKey().id;
      vi.setSystemTime(NOON + 31 * DAY_MS);
      expect(keys.databaseKey().id).not.toBe(january);
      expect(keys.fields.open(place, stored)).toBe('rtsp://door/');
      expect(keys.fields.isStale(stored)).toBe(true);
    } finally {
      vi.useRealTimers();
    }
  });
});

it('opens with its passphrase after any number of rotations', async () => {
  const keys = await createKeys();
  const { id, key } = keys.videoKey('door', NOON);
  for (let i = 0; i < 5; i++) keys.rotateMaster();
  await keys.close();
  expect(
    sameKey((await openKeys(keys.directory, { type: 'passphrase', passphrase })).key(id), key),
  ).toBe(true);
});
