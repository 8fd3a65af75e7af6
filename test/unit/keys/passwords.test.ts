import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { native } from '../../../src/native/index.js';
import { rejectionOf, thrownBy } from '../thrown.js';
import { createKeys, iterations, openKeys, rawDatabase } from './stores.js';

const nothing = Buffer.alloc(0);
const seal = (key: ReturnType<typeof native.generateKey>, text: string) =>
  native.sealMessage('ARIA-256-GCM', key, nothing, Buffer.from(text));
const open = (key: ReturnType<typeof native.generateKey>, sealed: Buffer) =>
  native.openMessage('ARIA-256-GCM', key, nothing, sealed).toString();

describe('a password', () => {
  it('opens a key of its own, which a new password keeps', async () => {
    const keys = await createKeys();
    await keys.setPassword('kim', 'first', { iterations });
    const sealed = seal(await keys.userKey('kim', 'first'), 'a secret of kim');
    await keys.setPassword('kim', 'second', { iterations, current: 'first' });
    expect(open(await keys.userKey('kim', 'second'), sealed)).toBe('a secret of kim');
    expect((await rejectionOf(() => keys.userKey('kim', 'first'))).code).toBe('ERR_PASSWORD');
    await keys.close();
    const again = await openKeys(keys.directory);
    expect(open(await again.userKey('kim', 'second'), sealed)).toBe('a secret of kim');
  });

  it('is refused in the same words whether the user or the password is wrong', async () => {
    const keys = await createKeys();
    await keys.setPassword('kim', 'right', { iterations });
    const wrong = await rejectionOf(() => keys.userKey('kim', 'wrong'));
    const unknown = await rejectionOf(() => keys.userKey('lee', 'right'));
    expect(unknown.message).toBe(wrong.message);
    expect(unknown.code).toBe(wrong.code);
  });

  it('cannot be changed without the one before', async () => {
    const keys = await createKeys();
    await keys.setPassword('kim', 'first', { iterations });
    for (const options of [{ iterations }, { iterations, current: 'guess' }]) {
      expect((await rejectionOf(() => keys.setPassword('kim', 'mine', options))).code).toBe(
        'ERR_PASSWORD',
      );
    }
    await keys.userKey('kim', 'first');
    expect(keys.audit.list({ action: 'password.set' }).map(({ outcome }) => outcome)).toEqual([
      'ok',
      'denied',
      'denied',
    ]);
  });

  it('cannot be put in by who can write keys.db: neither another user’s nor an old one', async () => {
    const keys = await createKeys();
    await keys.setPassword('administrator', 'secret', { iterations });
    await keys.setPassword('mallory', 'known', { iterations });
    const database = rawDatabase(keys.directory);
    database
      .prepare(
        `UPDATE keys SET (wrapped, parameters) =
           (SELECT wrapped, parameters FROM keys WHERE subject = 'mallory')
         WHERE subject = 'administrator'`,
      )
      .run();
    expect((await rejectionOf(() => keys.checkAdministrator('known', 'test'))).code).toBe(
      'ERR_AUTH_TAG',
    );
  });

  it('misuse 24: is not accepted with a record that asks for too little or too much work', async () => {
    const keys = await createKeys();
    expect(
      (await rejectionOf(() => keys.setPassword('kim', 'x', { iterations: 99_999 }))).code,
    ).toBe('ERR_POLICY');
    await keys.setPassword('kim', 'right', { iterations });
    for (const count of [1000, 2 ** 31]) {
      const salt = '00'.repeat(32);
      const kdf = { name: 'PBKDF2-HMAC-SHA-256', iterations: count, salt };
      rawDatabase(keys.directory)
        .prepare("UPDATE keys SET parameters = ? WHERE subject = 'kim'")
        .run(JSON.stringify(kdf));
      expect((await rejectionOf(() => keys.userKey('kim', 'right'))).code).toBe('ERR_POLICY');
    }
  });

  it('is gone with its user, and with it what only the user could read', async () => {
    const keys = await createKeys();
    await keys.setPassword('kim', 'right', { iterations });
    expect(keys.hasPassword('kim')).toBe(true);
    keys.removePassword('kim');
    expect(keys.hasPassword('kim')).toBe(false);
    expect((await rejectionOf(() => keys.userKey('kim', 'right'))).code).toBe('ERR_PASSWORD');
    expect(thrownBy(() => keys.removePassword('kim')).code).toBe('ERR_USER_NOT_FOUND');
  });
});

describe('the administrator', () => {
  it('gets a new configuration key with a new password', async () => {
    const keys = await createKeys();
    const before = keys.configKey().id;
    await keys.setPassword('administrator', 'secret', { iterations });
    expect(keys.configKey().id).not.toBe(before);
    expect(keys.key(before)).toBeDefined();
  });

  it('must be there and right before a key is exported, and each try leaves an entry', async () => {
    const keys = await createKeys();
    const { id } = keys.videoKey('door', Date.now());
    const attempt = (administratorPassword: string) =>
      keys.exportKey(id, administratorPassword, 'package');
    expect((await rejectionOf(() => attempt('secret'))).code).toBe('ERR_ADMINISTRATOR_NOT_SET');
    await keys.setPassword('administrator', 'secret', { iterations });
    expect((await rejectionOf(() => attempt('guess'))).code).toBe('ERR_PASSWORD');
    await attempt('secret');
    const outcomes = keys.audit
      .list({ action: 'key.export' })
      .map(({ outcome, detail }) => [outcome, detail]);
    expect(outcomes).toEqual([
      ['denied', { error: 'ERR_PASSWORD' }],
      ['ok', { ids: [id], count: 1 }],
    ]);
  });
});

describe('a key package', () => {
  async function exported() {
    const keys = await createKeys();
    await keys.setPassword('administrator', 'secret', { iterations });
    const made = keys.videoKey('door', Date.now());
    const content = await keys.exportKey(made.id, 'secret', 'on its way');
    return { keys, made, content };
  }

  it('brings a key to another store, where it opens and does not seal', async () => {
    const { made, content } = await exported();
    const there = await createKeys();
    const json = JSON.parse(JSON.stringify(content));
    expect(await there.importKeys(json, 'on its way')).toEqual({ imported: [made.id], known: [] });
    expect(open(there.key(made.id), seal(made.key, 'footage'))).toBe('footage');
    expect(there.videoKey('door', Date.now()).id).not.toBe(made.id);
    expect(there.list().find(({ id }) => id === made.id)?.importedFrom).toBe(content.storeId);
    expect(await there.importKeys(json, 'on its way')).toEqual({ imported: [], known: [made.id] });
    there.rotateMaster();
    expect(open(there.key(made.id), seal(made.key, 'footage'))).toBe('footage');
    expect(there.audit.list({ action: 'key.import' })).toHaveLength(2);
  });

  it('holds no key in the clear, and opens with its passphrase only', async () => {
    const { content } = await exported();
    const there = await createKeys();
    expect((await rejectionOf(() => there.importKeys(content, 'wrong'))).code).toBe(
      'ERR_KEY_PASSPHRASE',
    );
    expect(there.list({ purpose: 'video' })).toEqual([]);
  });

  it.each([
    ['subject', 'yard'],
    ['period', '20200101'],
    ['purpose', 'database'],
    ['id', '00000000-0000-4000-8000-000000000000'],
    ['createdAt', 1],
    ['wrapped', 'A'.repeat(80)],
  ])('does not open where %s of a key was altered', async (field, value) => {
    const { content } = await exported();
    const there = await createKeys();
    Object.assign(content.keys[0] as object, { [field]: value });
    expect((await rejectionOf(() => there.importKeys(content, 'on its way'))).code).toBe(
      'ERR_KEY_PASSPHRASE',
    );
    expect(there.list({ purpose: 'video' })).toEqual([]);
  });

  it.each([
    [null, 'ERR_KEY_PACKAGE'],
    ['text', 'ERR_KEY_PACKAGE'],
    [{ format: 'other' }, 'ERR_KEY_PACKAGE'],
    [{ format: 'fluxvision-keys', version: 2 }, 'ERR_SCHEMA_VERSION'],
    [{ format: 'fluxvision-keys', version: 1 }, 'ERR_KEY_PACKAGE'],
    [
      {
        format: 'fluxvision-keys',
        version: 1,
        kdf: { name: 'PBKDF2-HMAC-SHA-256', iterations: 10, salt: '' },
      },
      'ERR_POLICY',
    ],
  ])('is refused where it is %j', async (content, code) => {
    const keys = await createKeys();
    expect((await rejectionOf(() => keys.importKeys(content, 'x'))).code).toBe(code);
  });

  it('never takes a key that is not for footage or fields', async () => {
    const keys = await createKeys();
    await keys.setPassword('administrator', 'secret', { iterations });
    const audit = keys.list({ purpose: 'audit' })[0]?.id as string;
    expect((await rejectionOf(() => keys.exportKey(audit, 'secret', 'x'))).code).toBe(
      'ERR_KEY_PURPOSE',
    );
  });
});

it('leaves no password in the files of a store', async () => {
  const keys = await createKeys();
  await keys.setPassword('kim', 'a password to be found', { iterations });
  for (const name of ['root.json', 'keys.db', 'keys.db-wal', 'audit.db', 'audit.db-wal']) {
    expect(readFileSync(join(keys.directory, name)).includes('a password to be found')).toBe(false);
  }
});
