import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { KeyManager } from '../../../src/keys/index.js';
import { startTpm } from '../../support/tpm.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { rejectionOf, thrownBy } from '../thrown.js';
import {
  createKeys,
  iterations,
  makeVersion1Store,
  NOON,
  openKeys,
  passphrase,
  readRoot,
} from './stores.js';

/** The ids of the video keys that a store opens. */
function opens(keys: KeyManager): string[] {
  const ids = keys.list({ purpose: 'video' }).map(({ id }) => id);
  for (const id of ids) keys.key(id);
  return ids;
}

describe('a second passphrase', () => {
  it('opens the store alone, and the first goes on to', async () => {
    const keys = await createKeys();
    const { id } = keys.videoKey('door', NOON);
    await keys.addRoot({
      type: 'passphrase',
      passphrase: 'night shift',
      iterations,
      label: 'guard',
    });
    await keys.close();
    for (const word of ['night shift', passphrase]) {
      const again = await openKeys(keys.directory, { type: 'passphrase', passphrase: word });
      expect(opens(again)).toEqual([id]);
    }
    const error = await rejectionOf(() =>
      openKeys(keys.directory, { type: 'passphrase', passphrase: 'x' }),
    );
    expect(error.code).toBe('ERR_KEY_PASSPHRASE');
  });

  it('opens nothing once it was removed, not even with an old root.json of before', async () => {
    const keys = await createKeys();
    const { id } = keys.videoKey('door', NOON);
    const { root } = await keys.addRoot({ type: 'passphrase', passphrase: 'leaver', iterations });
    const old = readFileSync(join(keys.directory, 'root.json'));
    keys.removeRoot(root.id);
    expect(opens(keys)).toEqual([id]);
    const leaver = { type: 'passphrase', passphrase: 'leaver' } as const;
    expect((await rejectionOf(() => openKeys(keys.directory, leaver))).code).toBe(
      'ERR_KEY_PASSPHRASE',
    );
    writeFileSync(join(keys.directory, 'root.json'), old);
    expect((await rejectionOf(() => openKeys(keys.directory, leaver))).code).toBe('ERR_AUTH_TAG');
  });

  it('may be removed, but not the last one', async () => {
    const keys = await createKeys();
    const [first] = keys.roots();
    await keys.addRoot({ type: 'recovery' });
    expect(thrownBy(() => keys.removeRoot(first?.id as string)).code).toBe('ERR_ROOT_LAST');
    const { root } = await keys.addRoot({ type: 'passphrase', passphrase: 'new', iterations });
    keys.removeRoot(first?.id as string);
    expect(keys.roots().map(({ id }) => id)).toContain(root.id);
    const other = '00000000-0000-4000-8000-000000000000';
    expect(thrownBy(() => keys.removeRoot(other)).code).toBe('ERR_ROOT_NOT_FOUND');
  });
});

describe('a recovery key', () => {
  async function withRecovery() {
    const keys = await createKeys();
    const { id } = keys.videoKey('door', NOON);
    const { recoveryKey = '', root } = await keys.addRoot({ type: 'recovery', label: 'safe' });
    return { keys, id, recoveryKey, root };
  }

  it('opens the store, as it is typed from paper', async () => {
    const { keys, id, recoveryKey } = await withRecovery();
    expect(recoveryKey).toMatch(/^FVRK1(-[0-9A-HJKMNP-TV-Z]{6}){12}$/);
    for (const typed of [
      recoveryKey,
      recoveryKey.toLowerCase().replaceAll('-', ' '),
      recoveryKey.replaceAll('-', '').replaceAll('0', 'O').replaceAll('1', 'l'),
    ]) {
      const again = await openKeys(keys.directory, { type: 'recovery', recoveryKey: typed });
      expect(opens(again)).toEqual([id]);
      await again.close();
    }
  });

  it('goes on opening after rotations that happened while it lay in the safe', async () => {
    const { keys, id, recoveryKey } = await withRecovery();
    keys.rotateMaster();
    const later = keys.videoKey('yard', NOON);
    const again = await openKeys(keys.directory, { type: 'recovery', recoveryKey });
    expect(opens(again).sort()).toEqual([id, later.id].sort());
  });

  it('is stored nowhere', async () => {
    const { keys, recoveryKey } = await withRecovery();
    const plain = recoveryKey.slice(6).replaceAll('-', '');
    for (const name of ['root.json', 'keys.db', 'keys.db-wal', 'audit.db', 'audit.db-wal']) {
      const file = join(keys.directory, name);
      if (!existsSync(file)) continue;
      const content = readFileSync(file).toString('latin1');
      for (let at = 0; at + 12 <= plain.length; at++) {
        expect(content.includes(plain.slice(at, at + 12))).toBe(false);
      }
    }
  });

  it('is refused where it is mistyped, another store’s, or was removed', async () => {
    const { keys, recoveryKey, root } = await withRecovery();
    const open = (typed: string) =>
      rejectionOf(() => openKeys(keys.directory, { type: 'recovery', recoveryKey: typed }));
    const last = recoveryKey.at(-1) === 'A' ? 'B' : 'A';
    const swapped = recoveryKey.replace(/-(.)(.)/, '-$2$1');
    for (const typed of [
      '',
      'FVRK1',
      recoveryKey.slice(0, -1),
      recoveryKey.slice(0, -1) + last,
      `${recoveryKey}U`,
    ]) {
      expect((await open(typed)).code).toBe('ERR_RECOVERY_KEY');
    }
    if (swapped !== recoveryKey) expect((await open(swapped)).code).toBe('ERR_RECOVERY_KEY');
    const other = await withRecovery();
    const foreign = await open(other.recoveryKey);
    expect(foreign.code).toBe('ERR_RECOVERY_KEY');
    expect(foreign.message).toContain("'safe'");
    expect(foreign.message).not.toContain(other.recoveryKey.slice(6, 20));
    keys.removeRoot(root.id);
    expect((await open(recoveryKey)).code).toBe('ERR_RECOVERY_KEY');
  });

  it('cannot be what a new store begins with', async () => {
    const directory = join(temporaryDirectory(), 'keys');
    const root = { type: 'recovery', recoveryKey: 'x' } as const;
    expect((await rejectionOf(() => KeyManager.create({ directory, root }))).code).toBe(
      'ERR_INVALID_ARGUMENT',
    );
    expect(existsSync(directory)).toBe(false);
  });
});

describe('a TPM', () => {
  it('opens the store without anyone typing, and misuse 30: once a PCR changed, the recovery key does', async () => {
    const tpm = await startTpm();
    onTestFinished(() => tpm.stop());
    const keys = await createKeys();
    const { id } = keys.videoKey('door', NOON);
    await keys.addRoot({ type: 'tpm2', tcti: tpm.tcti, pcrs: [7] });
    const { recoveryKey = '' } = await keys.addRoot({ type: 'recovery', label: 'bank vault' });
    await keys.close();

    const root = { type: 'tpm2', tcti: tpm.tcti } as const;
    const unattended = await openKeys(keys.directory, root);
    expect(opens(unattended)).toEqual([id]);
    unattended.rotateMaster();
    await unattended.close();

    await tpm.extendPcr(7);
    const error = await rejectionOf(() => openKeys(keys.directory, root));
    expect(error.code).toBe('ERR_ROOT_LOCKED');
    expect(error.message).toContain('TPM');
    expect(error.message).toMatch(/passphrase.*recovery key 'bank vault'/);
    expect(opens(await openKeys(keys.directory, { type: 'recovery', recoveryKey }))).toEqual([id]);
    expect(opens(await openKeys(keys.directory))).toEqual([id]);
  });

  it('misuse 30: that is absent leaves the other roots, and says which', async () => {
    const tpm = await startTpm();
    const directory = join(temporaryDirectory(), 'keys');
    const root = { type: 'tpm2', tcti: tpm.tcti } as const;
    const keys = await KeyManager.create({ directory, root });
    await keys.addRoot({ type: 'passphrase', passphrase, iterations, label: 'office' });
    await keys.close();
    await tpm.stop();
    const error = await rejectionOf(() => openKeys(directory, root));
    expect(error.code).toBe('ERR_ROOT_LOCKED');
    expect(error.message).toContain("passphrase 'office'");
    await openKeys(directory);
  });

  it('of another machine does not open the store', async () => {
    const [mine, other] = [await startTpm(), await startTpm()];
    onTestFinished(async () => {
      await mine.stop();
      await other.stop();
    });
    const directory = join(temporaryDirectory(), 'keys');
    await (await KeyManager.create({ directory, root: { type: 'tpm2', tcti: mine.tcti } })).close();
    const error = await rejectionOf(() => openKeys(directory, { type: 'tpm2', tcti: other.tcti }));
    expect(error.code).toBe('ERR_ROOT_LOCKED');
    expect(error.message).toContain('no other root');
  });
});

describe('a PKCS#11 token', () => {
  const LIBRARY = '/usr/lib/softhsm/libsofthsm2.so';

  // The library reads its configuration once per process, so all tests share a folder of tokens.
  const directory = mkdtempSync(join(tmpdir(), 'fluxvision-softhsm-'));
  beforeAll(() => {
    const conf = join(directory, 'softhsm2.conf');
    writeFileSync(conf, `directories.tokendir = ${directory}\nlog.level = ERROR\n`);
    vi.stubEnv('SOFTHSM2_CONF', conf);
    // The library looks for tokens when it is loaded.
    makeToken('recorder');
    makeToken('other');
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    rmSync(directory, { recursive: true });
  });

  function makeToken(label: string): void {
    const made = spawnSync(
      'softhsm2-util',
      ['--init-token', '--free', '--label', label, '--so-pin', '12345678', '--pin', '4711'],
      { encoding: 'utf8' },
    );
    expect(made.stderr + made.stdout).toContain('initialized');
  }

  it('opens the store with its PIN, and its key never leaves it', async () => {
    const [library, pin, token] = [LIBRARY, '4711', 'recorder'];
    const directory = join(temporaryDirectory(), 'keys');
    const keys = await KeyManager.create({
      directory,
      root: { type: 'pkcs11', library, pin, token },
    });
    const { id } = keys.videoKey('door', NOON);
    await keys.addRoot({ type: 'recovery' });
    await keys.close();
    expect(readRoot(directory).roots[0].parameters).toMatchObject({ library, tokenLabel: token });
    expect(opens(await openKeys(directory, { type: 'pkcs11', pin }))).toEqual([id]);

    const wrong = await rejectionOf(() => openKeys(directory, { type: 'pkcs11', pin: '0000' }));
    expect(wrong.code).toBe('ERR_ROOT_LOCKED');
    expect(wrong.message).toMatch(/PIN.*wrong.*recovery key/);
    expect(wrong.message).not.toContain('0000');
  });

  it('is missed by name', async () => {
    const [library, pin] = [LIBRARY, '4711'];
    const keys = await createKeys();
    const add = (options: { library?: string; token?: string }) =>
      rejectionOf(() => keys.addRoot({ type: 'pkcs11', pin, ...options }));
    expect((await add({})).message).toContain('library');
    expect((await add({ library: '/no/such.so' })).code).toBe('ERR_PKCS11_UNAVAILABLE');
    const missing = await add({ library, token: 'lost' });
    expect(missing.code).toBe('ERR_PKCS11_UNAVAILABLE');
    expect(missing.message).toContain("'other'");
    expect((await add({ library })).message).toContain('several tokens');
  });
});

describe('a store that an earlier release made', () => {
  it('is opened with its passphrase, gets the new form, and keeps its keys', async () => {
    const directory = join(temporaryDirectory(), 'keys');
    await makeVersion1Store(directory);
    const store = await KeyManager.inspect({ directory }).catch((error) => error);
    expect(store.code).toBe('ERR_SCHEMA_VERSION');
    expect(
      (await rejectionOf(() => openKeys(directory, { type: 'passphrase', passphrase: 'x' }))).code,
    ).toBe('ERR_KEY_PASSPHRASE');
    expect((await rejectionOf(() => openKeys(directory, { type: 'tpm2' }))).code).toBe(
      'ERR_ROOT_NOT_FOUND',
    );

    const keys = await openKeys(directory);
    expect(keys.list({ purpose: 'video' })).toHaveLength(2);
    expect(opens(keys)).toHaveLength(2);
    expect(readRoot(directory).version).toBe(2);
    keys.rotateMaster();
    expect(opens(keys)).toHaveLength(2);
    await keys.close();
    expect(opens(await openKeys(directory))).toHaveLength(2);
  });
});

it('names what is wrong with a root', async () => {
  const keys = await createKeys();
  const add = async (root: unknown) =>
    (await rejectionOf(() => keys.addRoot(root as never))).message;
  expect(await add(undefined)).toContain('object');
  expect(await add({ type: 'paper' })).toContain('type');
  expect(await add({ type: 'passphrase' })).toContain('passphrase');
  expect(await add({ type: 'tpm2', pcrs: [24] })).toContain('pcrs');
  expect(await add({ type: 'pkcs11' })).toContain('pin');
  expect(
    (
      await rejectionOf(() =>
        keys.addRoot({ type: 'passphrase', passphrase: 'x', iterations: 1000 }),
      )
    ).code,
  ).toBe('ERR_POLICY');
});
