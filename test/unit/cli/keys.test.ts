import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { KeyManager, RecordingIndex } from '../../../src/index.js';
import { startTpm } from '../../support/tpm.js';
import { iterations, NOON, passphrase } from '../keys/stores.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { fluxvision } from './run.js';

/** A storage with two keys of a camera, and none recorded. */
async function makeStorage() {
  const storage = temporaryDirectory();
  await (await RecordingIndex.open({ storage })).close();
  const keys = await KeyManager.create({
    directory: join(storage, 'keys'),
    passphrase,
    iterations,
  });
  const old = keys.videoKey('door', NOON).id;
  const today = keys.videoKey('door', Date.now()).id;
  await keys.close();
  const run = async (...argv: string[]) => {
    const [command = '', ...rest] = argv;
    const words = ['keys', ...command.split(' '), '--storage', storage, ...rest];
    const outcome = await fluxvision(...words);
    return { ...outcome, json: () => JSON.parse(outcome.stdout) };
  };
  return { storage, old, today, run };
}

const administrator = 'the administrator’s password';

beforeEach(() => {
  vi.stubEnv('FLUXVISION_PASSPHRASE', passphrase);
  vi.stubEnv('FLUXVISION_ADMIN_PASSWORD', administrator);
  vi.stubEnv('FLUXVISION_NEW_ADMIN_PASSWORD', administrator);
  vi.stubEnv('FLUXVISION_PACKAGE_PASSPHRASE', 'on its way');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('fluxvision keys', () => {
  it('list shows roots, master key, keys and locks', async () => {
    const { run, old, today } = await makeStorage();
    await run(
      'lock',
      '--camera',
      'door',
      '--from',
      '2026-01-26T12:00Z',
      '--to',
      '2026-01-26T12:01Z',
      '--reason',
      'case 7',
    );
    const { stdout, code } = await run('list');
    expect(code).toBe(0);
    for (const word of ['passphrase', 'Master key', old, today, 'retired', 'active', 'case 7']) {
      expect(stdout).toContain(word);
    }
    const listed = (await run('list', '--json')).json();
    expect(listed.keys.find(({ id }: { id: string }) => id === old)).toMatchObject({
      purpose: 'video',
      subject: 'door',
    });
  });

  it('rotate puts a new key in the place of a camera’s', async () => {
    const { run, today } = await makeStorage();
    const made = (await run('rotate', '--purpose', 'video', '--camera', 'door', '--json')).json();
    const { keys } = (await run('list', '--json')).json();
    const states = new Map(keys.map(({ id, state }: { id: string; state: string }) => [id, state]));
    expect([states.get(today), states.get(made.id)]).toEqual(['retired', 'active']);
    expect((await run('rotate', '--purpose', 'video')).code).toBe(2);
    expect((await run('rotate', '--purpose', 'config', '--camera', 'door')).code).toBe(2);
    expect((await run('rotate', '--purpose', 'config')).stdout).toContain('seals from now on');
  });

  it('rewrap puts a new master key in the place of the old one', async () => {
    const { run } = await makeStorage();
    const before = (await run('list', '--json')).json().masterKeys[0].id;
    const { from, to } = (await run('rewrap', '--json')).json();
    expect(from).toBe(before);
    expect((await run('list', '--json')).json().masterKeys).toMatchObject([{ id: to }]);
    expect((await run('rewrap')).stdout).toContain('Back up');
  });

  it('destroy says what it would do, and does it with --yes alone', async () => {
    const { run, old, today } = await makeStorage();
    const choice = ['--before', '2026-02-01', '--reason', 'retention'];
    const dry = await run('destroy', ...choice);
    expect(dry.code).toBe(0);
    expect(dry.stdout).toContain(old);
    expect(dry.stdout).not.toContain(today);
    expect(dry.stderr).toContain('--yes');
    expect((await run('destroy', ...choice, '--json')).json()).toMatchObject({ dryRun: true });
    expect((await run('destroy', ...choice, '--yes')).stdout).toContain('1 keys destroyed');
    const { keys } = (await run('list', '--json')).json();
    expect(keys.find(({ id }: { id: string }) => id === old).state).toBe('destroyed');
    const refused = await run('destroy', '--id', today, '--reason', 'x', '--yes');
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('ERR_KEY_IN_USE')]);
    expect((await run('destroy', '--reason', 'x')).code).toBe(2);
  });

  it('lock and unlock pin evidence and let it go', async () => {
    const { run, old } = await makeStorage();
    const lock = (
      await run(
        'lock',
        '--camera',
        'door',
        '--from',
        '2026-01-26T12:00Z',
        '--to',
        '2026-01-26T12:01Z',
        '--reason',
        'case',
        '--json',
      )
    ).json();
    const refused = await run('destroy', '--id', old, '--reason', 'x', '--yes');
    expect(refused.stderr).toContain('ERR_EVIDENCE_LOCKED');
    expect((await run('unlock', '--lock', lock.id, '--reason', 'over')).code).toBe(0);
    expect((await run('destroy', '--id', old, '--reason', 'x', '--yes')).code).toBe(0);
  });

  it('export and import bring keys to another storage', async () => {
    const [here, there] = [await makeStorage(), await makeStorage()];
    const out = join(temporaryDirectory(), 'door.keys');
    const denied = await here.run('export', '--camera', 'door', '--out', out);
    expect(denied.stderr).toContain('ERR_ADMINISTRATOR_NOT_SET');
    await here.run('password');
    vi.stubEnv('FLUXVISION_ADMIN_PASSWORD', 'guess');
    expect((await here.run('export', '--camera', 'door', '--out', out)).stderr).toContain(
      'ERR_PASSWORD',
    );
    expect(existsSync(out)).toBe(false);
    vi.stubEnv('FLUXVISION_ADMIN_PASSWORD', administrator);
    const range = ['--from', '2026-01-26', '--to', '2026-01-27'];
    expect(
      (await here.run('export', '--camera', 'door', ...range, '--out', out, '--json')).json(),
    ).toEqual({ out, keys: 1 });
    expect(statSync(out).mode & 0o777).toBe(0o600);
    expect((await here.run('export', '--camera', 'door', '--out', out)).stderr).toContain(
      'ERR_EXPORT',
    );
    expect((await there.run('import', out, '--json')).json()).toEqual({
      imported: [here.old],
      known: [],
    });
    expect((await there.run('import', join(here.storage, 'storage.json'))).stderr).toContain(
      'ERR_KEY_PACKAGE',
    );
    const log = await fluxvision(
      'audit',
      'list',
      '--storage',
      here.storage,
      '--action',
      'key.export',
      '--json',
    );
    expect(log.stdout).toContain('denied');
    expect(log.stdout).toContain('cli:');
  });

  it('asks for the administrator’s password before anything that cannot be undone', async () => {
    const { run, old } = await makeStorage();
    await run('password');
    vi.stubEnv('FLUXVISION_ADMIN_PASSWORD', 'guess');
    const none = '00000000-0000-4000-8000-000000000000';
    vi.stubEnv('FLUXVISION_NEW_PASSPHRASE', 'intruder');
    for (const argv of [
      ['destroy', '--id', old, '--reason', 'x', '--yes'],
      ['unlock', '--lock', none, '--reason', 'x'],
      ['roots add', '--type', 'passphrase'],
      ['roots remove', none],
      ['recovery create'],
      ['export', '--id', old, '--out', 'never.keys'],
      ['password'],
    ]) {
      const { code, stderr } = await run(...argv);
      expect([code, stderr]).toEqual([1, expect.stringContaining('ERR_PASSWORD')]);
    }
    expect(existsSync('never.keys')).toBe(false);
    expect((await run('roots list', '--json')).json()).toHaveLength(1);
  });

  it('refuses without the passphrase', async () => {
    const { run, old } = await makeStorage();
    vi.stubEnv('FLUXVISION_PASSPHRASE', 'guess');
    for (const argv of [
      ['rotate', '--purpose', 'config'],
      ['rewrap'],
      ['destroy', '--id', old, '--reason', 'x', '--yes'],
      ['lock', '--camera', 'door', '--from', '0', '--to', '1', '--reason', 'x'],
      ['roots add', '--type', 'passphrase'],
      ['recovery create'],
      ['password'],
      ['export', '--id', old, '--out', 'never.keys'],
    ]) {
      const { code, stderr } = await run(...argv);
      expect([code, stderr]).toEqual([1, expect.stringContaining('ERR_KEY_PASSPHRASE')]);
    }
  });

  it('recovery create prints a key once, which recovery check and every command take', async () => {
    const { storage, run } = await makeStorage();
    const made = await run('recovery create', '--label', 'safe');
    const recoveryKey = made.stdout.trim();
    expect(recoveryKey).toMatch(/^FVRK1-/);
    expect(made.stderr).toContain('only time');
    const file = join(temporaryDirectory(), 'paper');
    writeFileSync(file, `${recoveryKey.toLowerCase()}\n`, { mode: 0o600 });
    vi.stubEnv('FLUXVISION_PASSPHRASE', '');
    expect((await run('recovery check', '--recovery-key-file', file)).stdout).toContain(
      'opens the store',
    );
    expect((await run('rewrap', '--root', 'recovery', '--recovery-key-file', file)).code).toBe(0);
    vi.stubEnv('FLUXVISION_RECOVERY_KEY', recoveryKey);
    expect((await fluxvision('verify', '--storage', storage, '--root', 'recovery')).code).toBe(0);
    for (const name of ['root.json', 'keys.db', 'audit.db']) {
      expect(readFileSync(join(storage, 'keys', name)).includes(recoveryKey.slice(6, 19))).toBe(
        false,
      );
    }
  });

  it('roots add and remove other ways in; a TPM opens the storage unasked', async () => {
    const { storage, run } = await makeStorage();
    vi.stubEnv('FLUXVISION_NEW_PASSPHRASE', 'second');
    const { id } = (
      await run('roots add', '--type', 'passphrase', '--label', 'guard', '--json')
    ).json();
    vi.stubEnv('FLUXVISION_PASSPHRASE', 'second');
    expect((await run('rewrap')).code).toBe(0);
    vi.stubEnv('FLUXVISION_PASSPHRASE', passphrase);
    expect((await run('roots list')).stdout).toContain('guard');
    expect((await run('roots remove', id)).stdout).toContain('gone');
    vi.stubEnv('FLUXVISION_PASSPHRASE', 'second');
    expect((await run('rewrap')).stderr).toContain('ERR_KEY_PASSPHRASE');
    vi.stubEnv('FLUXVISION_PASSPHRASE', passphrase);

    const tpm = await startTpm();
    onTestFinished(() => tpm.stop());
    const added = await run('roots add', '--type', 'tpm2', '--new-tcti', tpm.tcti, '--pcrs', '0,7');
    expect(added.code).toBe(0);
    vi.stubEnv('FLUXVISION_PASSPHRASE', '');
    const verified = await fluxvision('verify', '--storage', storage, '--tcti', tpm.tcti);
    expect([verified.code, verified.stderr]).toEqual([0, '']);
    await tpm.extendPcr(7);
    const locked = await fluxvision('verify', '--storage', storage, '--tcti', tpm.tcti);
    expect(locked.stderr).toContain('ERR_ROOT_LOCKED');
    expect(locked.stderr).toContain('also opens with the passphrase');
    expect((await run('roots add', '--type', 'tpm2', '--pcrs', '24')).code).toBe(2);
  });
});

describe('fluxvision cameras', () => {
  it('keeps cameras with their passwords, and shows none', async () => {
    const storage = join(temporaryDirectory(), 'new');
    vi.stubEnv('FLUXVISION_CAMERA_PASSWORD', 'a password to be found');
    const url = 'rtsp://nvr:in-the-url@127.0.0.1/stream1';
    const added = await fluxvision(
      'cameras',
      'add',
      '--storage',
      storage,
      '--id',
      'door',
      '--url',
      url,
      '--username',
      'nvr',
    );
    expect(added.code).toBe(0);
    for (const format of [[], ['--json']]) {
      const { stdout } = await fluxvision('cameras', 'list', '--storage', storage, ...format);
      expect(stdout).toContain('rtsp://***@127.0.0.1/stream1');
      expect(stdout).not.toMatch(/in-the-url|to be found/);
    }
    expect((await fluxvision('cameras', 'remove', 'door', '--storage', storage)).code).toBe(0);
    expect((await fluxvision('cameras', 'remove', 'door', '--storage', storage)).stderr).toContain(
      'ERR_CAMERA_NOT_FOUND',
    );
    expect((await fluxvision('record', '--storage', storage, '--duration', '1')).code).toBe(2);
  });
});
