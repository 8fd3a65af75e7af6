import { randomUUID } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type KeyInfo, KeyManager } from '../../../src/keys/index.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { rejectionOf, thrownBy } from '../thrown.js';

const passphrase = 'correct horse battery staple';
const NOON = Date.parse('2026-01-26T12:00:00Z');
/** The floor: enough for a test, and quick. */
const iterations = 100_000;

async function createKeys(directory = join(temporaryDirectory(), 'keys')): Promise<KeyManager> {
  const keys = await KeyManager.create({ directory, passphrase, iterations });
  onTestFinished(() => keys.close());
  return keys;
}

function rawDatabase(directory: string): Database.Database {
  const database = new Database(join(directory, 'keys.db'));
  onTestFinished(() => {
    database.close();
  });
  return database;
}

function readRoot(directory: string) {
  return JSON.parse(readFileSync(join(directory, 'root.json'), 'utf8'));
}

describe('KeyManager', () => {
  it('makes one key per camera and UTC day', async () => {
    const keys = await createKeys();
    const { id } = keys.videoKey('door', NOON);
    expect(keys.videoKey('door', NOON).id).toBe(id);
    expect(keys.videoKey('door', Date.parse('2026-01-26T23:59:59.999Z')).id).toBe(id);
    expect(keys.videoKey('door', Date.parse('2026-01-27T00:00:00Z')).id).not.toBe(id);
    expect(keys.videoKey('yard', NOON).id).not.toBe(id);
    expect(keys.list({ purpose: 'video' })).toHaveLength(3);
  });

  it('finds its keys again after it was closed', async () => {
    const first = await createKeys();
    const { id } = first.videoKey('door', NOON);
    await first.close();
    const again = await KeyManager.open({ directory: first.directory, passphrase });
    onTestFinished(() => again.close());
    expect(again.videoKey('door', NOON).id).toBe(id);
    expect(again.key(id)).toBeDefined();
    expect(again.list({ purpose: 'video' })).toEqual([
      {
        id,
        purpose: 'video',
        subject: 'door',
        period: '20260126',
        algorithm: 'LEA-256',
        state: 'retired', // its day is long over
        parentId: readRoot(first.directory).masters[0].id,
        version: 1,
        createdAt: expect.any(Number),
        activatesAt: Date.parse('2026-01-26T00:00:00Z'),
      } satisfies KeyInfo,
    ]);
  });

  it('gives two processes that ask at once the same key', async () => {
    const one = await createKeys();
    const two = await KeyManager.open({ directory: one.directory, passphrase });
    onTestFinished(() => two.close());
    expect(two.videoKey('door', NOON).id).toBe(one.videoKey('door', NOON).id);
  });

  it('never shows the bytes of a key to JavaScript', async () => {
    const keys = await createKeys();
    const { key } = keys.videoKey('door', NOON);
    expect(Object.getOwnPropertyNames(key)).toEqual([]);
    expect(JSON.stringify(key)).toBe('{}');
  });

  it('writes files that others cannot read, with their versions', async () => {
    const { directory } = await createKeys();
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    for (const file of ['root.json', 'keys.db', 'audit.db']) {
      expect(statSync(join(directory, file)).mode & 0o777).toBe(0o600);
    }
    expect(readRoot(directory)).toMatchObject({
      version: 2,
      roots: [{ type: 'passphrase', parameters: { name: 'PBKDF2-HMAC-SHA-256', iterations } }],
    });
    const database = rawDatabase(directory);
    expect(database.pragma('user_version', { simple: true })).toBe(2);
    expect(database.pragma('journal_mode', { simple: true })).toBe('wal');
  });

  it('uses 600,000 iterations where nothing else is asked for', async () => {
    const directory = temporaryDirectory();
    const keys = await KeyManager.create({ directory, passphrase, iterations: undefined });
    await keys.close();
    expect(readRoot(directory).roots[0].parameters.iterations).toBe(600_000);
  });

  it('is opened by a passphrase as text or as bytes, in any normal form', async () => {
    const directory = temporaryDirectory();
    const hangul = '비밀번호';
    const made = await KeyManager.create({
      directory,
      passphrase: hangul.normalize('NFD'),
      iterations,
    });
    await made.close();
    for (const same of [hangul, new TextEncoder().encode(hangul)]) {
      await (await KeyManager.open({ directory, passphrase: same })).close();
    }
  });

  it("leaves the caller's passphrase bytes as they are", async () => {
    const bytes = new TextEncoder().encode(passphrase);
    const keys = await KeyManager.create({
      directory: temporaryDirectory(),
      passphrase: bytes,
      iterations,
    });
    await keys.close();
    expect(new TextDecoder().decode(bytes)).toBe(passphrase);
  });

  it('opens a store or makes it, as needed', async () => {
    const directory = temporaryDirectory();
    const made = await KeyManager.openOrCreate({ directory, passphrase, iterations });
    const { id } = made.videoKey('door', NOON);
    await made.close();
    const opened = await KeyManager.openOrCreate({ directory, passphrase });
    onTestFinished(() => opened.close());
    expect(opened.videoKey('door', NOON).id).toBe(id);
  });

  it('can be looked at without its passphrase', async () => {
    const keys = await createKeys();
    const { id } = keys.videoKey('door', NOON);
    const store = await KeyManager.inspect({ directory: keys.directory });
    expect(store.keys.map((key) => key.id)).toContain(id);
    expect(store.roots).toMatchObject([{ type: 'passphrase', label: '' }]);
    expect(store.masterKeys).toMatchObject([{ id: readRoot(keys.directory).masters[0].id }]);
    expect(JSON.stringify(store)).not.toMatch(/wrapped|salt/);
  });

  it('may be closed twice, and is closed then', async () => {
    const keys = await createKeys();
    await keys.close();
    await keys.close();
    expect(thrownBy(() => keys.videoKey('door', NOON)).code).toBe('ERR_CLOSED');
    expect(thrownBy(() => keys.list()).code).toBe('ERR_CLOSED');
  });
});

describe('the files of a KeyManager', () => {
  it('do not open with another passphrase', async () => {
    const { directory } = await createKeys();
    const error = await rejectionOf(() => KeyManager.open({ directory, passphrase: 'Correct' }));
    expect(error.code).toBe('ERR_KEY_PASSPHRASE');
    expect(error.message).toContain('root.json');
    expect(error.message).not.toContain('Correct');
  });

  type Json = Record<string, unknown>;
  const altered: [string, string, (root: { roots: Json[]; masters: Json[] } & Json) => void][] = [
    [
      'a root',
      'ERR_KEY_PASSPHRASE',
      (root) => Object.assign(root.roots[0] as Json, { createdAt: 1 }),
    ],
    ['the store', 'ERR_KEY_PASSPHRASE', (root) => Object.assign(root, { storeId: randomUUID() })],
    [
      'a salt',
      'ERR_KEY_PASSPHRASE',
      (root) =>
        Object.assign((root.roots[0] as Json).parameters as Json, { salt: '00'.repeat(32) }),
    ],
    [
      'a wrapped root',
      'ERR_KEY_PASSPHRASE',
      (root) => Object.assign(root.roots[0] as Json, { wrapped: 'A'.repeat(80) }),
    ],
    ['a label', 'ERR_KEY_ROOT', (root) => Object.assign(root.roots[0] as Json, { label: 'x' })],
    ['the revision', 'ERR_KEY_ROOT', (root) => Object.assign(root, { revision: 7 })],
    [
      'a master key',
      'ERR_KEY_ROOT',
      (root) => Object.assign(root.masters[0] as Json, { createdAt: 1 }),
    ],
    [
      'the signature',
      'ERR_KEY_ROOT',
      (root) => Object.assign(root, { signature: '11'.repeat(64) }),
    ],
    [
      'the number of roots',
      'ERR_KEY_ROOT',
      (root) => root.roots.push({ ...root.roots[0], id: randomUUID() }),
    ],
  ];
  it.each(altered)('do not open where %s of root.json was altered', async (_what, code, alter) => {
    const { directory } = await createKeys();
    const root = readRoot(directory);
    alter(root);
    writeFileSync(join(directory, 'root.json'), JSON.stringify(root));
    expect((await rejectionOf(() => KeyManager.open({ directory, passphrase }))).code).toBe(code);
  });

  it('do not take a root and a master key from who can merely write root.json', async () => {
    const [mine, foreign] = [await createKeys(), await createKeys()];
    const root = readRoot(mine.directory);
    const other = readRoot(foreign.directory);
    for (const forged of [
      { ...root, masters: other.masters },
      { ...root, masters: [...root.masters, ...other.masters] },
      { ...root, roots: [...root.roots, ...other.roots] },
      { ...root, identity: other.identity },
      { ...other, roots: root.roots },
    ]) {
      writeFileSync(join(mine.directory, 'root.json'), JSON.stringify(forged));
      const error = await rejectionOf(() =>
        KeyManager.open({ directory: mine.directory, passphrase }),
      );
      expect(['ERR_KEY_ROOT', 'ERR_KEY_PASSPHRASE']).toContain(error.code);
    }
  });

  it.each([
    ['{', 'ERR_KEY_ROOT'],
    ['null', 'ERR_KEY_ROOT'],
    ['{"version":1}', 'ERR_KEY_ROOT'],
    ['{"version":2}', 'ERR_KEY_ROOT'],
    ['{"version":3}', 'ERR_SCHEMA_VERSION'],
    ['{"version":1,"algorithm":"none"}', 'ERR_KEY_ROOT'],
  ])('say what is wrong where root.json is %s', async (content, code) => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'root.json'), content);
    expect((await rejectionOf(() => KeyManager.open({ directory, passphrase }))).code).toBe(code);
  });

  it.each([1000, 99_999, 10_000_001, 2 ** 31])(
    'are refused, without any work, where root.json asks for %d iterations',
    async (count) => {
      const { directory } = await createKeys();
      const root = readRoot(directory);
      root.roots[0].parameters.iterations = count;
      writeFileSync(join(directory, 'root.json'), JSON.stringify(root));
      const error = await rejectionOf(() => KeyManager.open({ directory, passphrase }));
      expect(error.code).toBe('ERR_POLICY');
    },
  );

  it.each([
    ['subject', "'yard'"],
    ['period', "'20260127'"],
    ['created_at', 'created_at + 1'],
    ['activates_at', 'activates_at + 1'],
    ['parameters', "'{}'"],
    ['wrap_version', '1'],
    ['algorithm', "'AES-256'"],
    ['parent_id', "'00000000-0000-4000-8000-000000000000'"],
    ['wrapped', 'zeroblob(60)'],
    ['wrapped', "x'00'"],
  ])('give no key where %s of its row was set to %s', async (column, value) => {
    const keys = await createKeys();
    const { id } = keys.videoKey('door', NOON);
    rawDatabase(keys.directory)
      .prepare(`UPDATE keys SET ${column} = ${value} WHERE id = ?`)
      .run(id);
    const error = thrownBy(() => keys.key(id));
    expect(error.code).toBe('ERR_AUTH_TAG');
    expect(error.message).toContain(id);
  });

  it("do not take one camera's wrapped key for another's", async () => {
    const keys = await createKeys();
    const [door, yard] = [keys.videoKey('door', NOON), keys.videoKey('yard', NOON)];
    rawDatabase(keys.directory)
      .prepare('UPDATE keys SET wrapped = (SELECT wrapped FROM keys WHERE id = ?) WHERE id = ?')
      .run(yard.id, door.id);
    expect(thrownBy(() => keys.key(door.id)).code).toBe('ERR_AUTH_TAG');
    expect(thrownBy(() => keys.videoKey('door', NOON)).code).toBe('ERR_AUTH_TAG');
  });

  it('belong together: rows do not open under another root', async () => {
    const [one, two] = [await createKeys(), await createKeys()];
    const { id } = one.videoKey('door', NOON);
    await Promise.all([one.close(), two.close()]);
    rmSync(join(two.directory, 'keys.db'));
    copyFileSync(join(one.directory, 'keys.db'), join(two.directory, 'keys.db'));
    const error = await rejectionOf(() =>
      KeyManager.open({ directory: two.directory, passphrase }),
    );
    expect(error.code).toBe('ERR_AUTH_TAG');
    expect(error.message).not.toContain(id);
  });

  it('misuse 4: tell destroyed keys from keys that never were, and try no other', async () => {
    const keys = await createKeys();
    const { id } = keys.videoKey('door', NOON);
    rawDatabase(keys.directory)
      .prepare("UPDATE keys SET state = 'destroyed', wrapped = NULL WHERE id = ?")
      .run(id);
    expect(thrownBy(() => keys.key(id)).code).toBe('ERR_KEY_DESTROYED');
    const other = '00000000-0000-4000-8000-000000000000';
    const error = thrownBy(() => keys.key(other));
    expect(error.code).toBe('ERR_KEY_NOT_FOUND');
    expect(error.message).toContain(other);
  });

  it('are never replaced by new ones', async () => {
    const { directory } = await createKeys();
    const before = readFileSync(join(directory, 'root.json'));
    const again = () => KeyManager.create({ directory, passphrase, iterations });
    expect((await rejectionOf(again)).code).toBe('ERR_EXISTS');
    expect(readFileSync(join(directory, 'root.json'))).toEqual(before);

    rmSync(join(directory, 'root.json'));
    expect((await rejectionOf(again)).code).toBe('ERR_KEY_ROOT_NOT_FOUND');
    expect(existsSync(join(directory, 'root.json'))).toBe(false);
  });

  it('are missed by name', async () => {
    const directory = join(temporaryDirectory(), 'none');
    for (const open of [
      () => KeyManager.open({ directory, passphrase }),
      () => KeyManager.inspect({ directory }),
    ]) {
      const error = await rejectionOf(open);
      expect(error.code).toBe('ERR_KEY_ROOT_NOT_FOUND');
      expect(error.message).toContain(directory);
    }
    expect(existsSync(directory)).toBe(false);
  });

  it('say so where they cannot be written', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'file'), '');
    const error = await rejectionOf(() =>
      KeyManager.create({ directory: join(directory, 'file', 'keys'), passphrase, iterations }),
    );
    expect(error.code).toBe('ERR_KEY_STORE');
  });
});

describe('wrong arguments of KeyManager', () => {
  it.each([
    [{}, 'directory'],
    [{ directory: 5, passphrase }, 'directory'],
    [{ directory: 'x' }, 'passphrase'],
    [{ directory: 'x', passphrase: '' }, 'passphrase'],
    [{ directory: 'x', passphrase: 12345 }, 'passphrase'],
    [{ directory: 'x', passphrase, iterations: 'many' }, 'iterations'],
    [{ directory: 'x', passphrase, iterations: 2 ** 31 }, 'iterations'],
    [{ directory: 'x', pasphrase: passphrase }, 'pasphrase'],
  ])('create(%j) names %s', async (options, name) => {
    for (const call of [KeyManager.create, KeyManager.openOrCreate]) {
      const error = await rejectionOf(() => call(options as never));
      expect(error.code).toBe('ERR_INVALID_ARGUMENT');
      expect(error.message).toContain(name);
      expect(error.message).not.toContain('12345');
    }
  });

  it('create() refuses fewer than 100,000 iterations', async () => {
    const directory = join(temporaryDirectory(), 'keys');
    const error = await rejectionOf(() =>
      KeyManager.create({ directory, passphrase, iterations: 99_999 }),
    );
    expect(error.code).toBe('ERR_POLICY');
    expect(existsSync(directory)).toBe(false);
  });

  it('open() and inspect() name what is wrong', async () => {
    expect((await rejectionOf(() => KeyManager.open({} as never))).message).toContain('directory');
    expect((await rejectionOf(() => KeyManager.inspect({} as never))).message).toContain(
      'directory',
    );
  });

  it('videoKey() and key() name what is wrong', async () => {
    const keys = await createKeys();
    expect(thrownBy(() => keys.videoKey('../x', NOON)).message).toContain('cameraId');
    expect(thrownBy(() => keys.videoKey('door', -1)).message).toContain('at');
    expect(thrownBy(() => keys.videoKey('door', new Date() as never)).message).toContain('at');
    expect(thrownBy(() => keys.key('x')).message).toContain('id');
    expect(keys.list({ purpose: 'video' })).toEqual([]);
  });
});
