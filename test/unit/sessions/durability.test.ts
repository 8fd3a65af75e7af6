// users.db where things go wrong: a process that dies, a file that is held, altered or foreign, keys that
// are closed.
import { statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { permissionsOf, SessionManager } from '../../../src/sessions/index.js';
import { createKeys, openKeys, passphrase } from '../keys/stores.js';
import { childProgram } from '../recording/child.js';
import { rejectionOf, thrownBy } from '../thrown.js';
import { openManager } from './managers.js';

function rawDatabase(path: string): Database.Database {
  const database = new Database(path);
  onTestFinished(() => {
    database.close();
  });
  return database;
}

it('is for its owner alone, and writes through to the disk', async () => {
  const { path } = await openManager();
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(rawDatabase(path).pragma('journal_mode', { simple: true })).toBe('wal');
});

it('says that it is held, changes nothing, and goes on afterwards', async () => {
  const { path, manager, add, login } = await openManager();
  const kim = await add('kim', 'OPERATOR');
  const { token, session } = await login('kim');
  const holder = rawDatabase(path);
  holder.exec('BEGIN IMMEDIATE');
  const demote = { permissions: permissionsOf('VIEWER') };
  const held = thrownBy(() => manager.users.update(kim.id, demote));
  expect(held.code).toBe('ERR_USERS');
  expect(held.message).toMatch(/users\.db.*locked/);
  expect((await rejectionOf(() => login('kim'))).code).toBe('ERR_USERS');
  expect((await rejectionOf(() => add('lee', 'VIEWER'))).code).toBe('ERR_USERS');
  expect(manager.users.list()).toEqual([{ ...kim, lastLoginAt: session.connectedAt }]);
  expect(manager.verify(token)).toBe(session);
  holder.exec('ROLLBACK');
  await login('kim');
  expect(manager.users.update(kim.id, demote).permissions.role).toBe('VIEWER');
});

it('ends a session that is kicked while the file is held, for good', async () => {
  const { keys, path, manager, add, login } = await openManager();
  await add('kim', 'OPERATOR');
  const { token, session } = await login('kim');
  const failures: string[] = [];
  manager.on('error', ({ code }) => failures.push(code));
  const holder = rawDatabase(path);
  holder.exec('BEGIN IMMEDIATE');
  expect(manager.terminate(session.id, 'kicked')).toBe(true);
  expect(session.ended.reason).toBe('kicked');
  expect(failures).toEqual(['ERR_USERS']);
  holder.exec('ROLLBACK');
  await manager.close();
  const again = await openManager({ keys });
  expect(thrownBy(() => again.manager.verify(token)).code).toBe('ERR_SESSION');
});

it('says that the keys are closed, and writes nothing half', async () => {
  const { keys, manager, add, login } = await openManager();
  const kim = await add('kim', 'OPERATOR');
  const { token } = await login('kim');
  await keys.close();
  expect(thrownBy(() => manager.verify(token)).code).toBe('ERR_CLOSED');
  expect((await rejectionOf(() => login('kim'))).code).toBe('ERR_CLOSED');
  expect((await rejectionOf(() => add('lee', 'VIEWER'))).code).toBe('ERR_CLOSED');
  expect(thrownBy(() => manager.users.remove(kim.id)).code).toBe('ERR_CLOSED');
  await manager.close();
  const again = await openManager({ keys: await openKeys(keys.directory) });
  expect(again.manager.users.list().map(({ username }) => username)).toEqual(['kim']);
  expect(again.manager.verify(token).userId).toBe(kim.id);
});

it('notices what was altered, moved or is of another server', async () => {
  const { keys, storage, path, manager, add } = await openManager();
  await add('admin', 'ADMIN');
  await add('kim', 'VIEWER');
  await manager.close();
  const open = (by = keys) => SessionManager.open({ storage, keys: by });
  const raw = rawDatabase(path);
  const swap = () =>
    raw.exec(`UPDATE users SET profile = (SELECT other.profile FROM users AS other
      WHERE other.id <> users.id)`);
  const profiles = raw.prepare('SELECT id, profile FROM users').all() as {
    id: string;
    profile: string;
  }[];
  swap();
  expect((await rejectionOf(() => open())).code).toBe('ERR_AUTH_TAG');
  for (const { id, profile } of profiles) {
    raw.prepare('UPDATE users SET profile = ? WHERE id = ?').run(profile, id);
  }
  const foreign = await createKeys();
  expect((await rejectionOf(() => open(foreign))).code).toBe('ERR_KEY_NOT_FOUND');
  const again = await openManager({ keys });
  expect(again.manager.users.list()).toHaveLength(2);
  const nowhere = SessionManager.open({ storage: `${storage}/none`, keys });
  expect((await rejectionOf(() => nowhere)).code).toBe('ERR_STORAGE_NOT_FOUND');
});

it('seals anew under the keys of today, so that older ones can be destroyed', async () => {
  const { keys, manager, add, login } = await openManager();
  await add('kim', 'OPERATOR');
  const { token } = await login('kim');
  const { key } = manager.apiKeys.create({ label: 'metrics', scopes: ['metrics'] });
  expect(manager.reseal()).toBe(0);
  const { id } = keys.databaseKey();
  keys.rotate({ purpose: 'database' });
  expect(manager.reseal()).toBe(5);
  keys.destroyKeys({ ids: [id], reason: 'test', rotateMaster: false });
  await manager.close();
  const again = await openManager({ keys });
  expect(again.manager.verify(token).username).toBe('kim');
  expect(again.manager.apiKeys.verify(key).label).toBe('metrics');
  await again.login('kim');
});

it('has everything that was answered before the process was killed', async () => {
  const child = childProgram('log-in-then-die', import.meta.dirname);
  onTestFinished(() => child.remove());
  const { keys, storage, manager } = await openManager();
  await manager.close();
  const { signal, stdout } = await child.run(storage, keys.directory, passphrase);
  expect(signal).toBe('SIGKILL');
  const said = JSON.parse(stdout) as {
    lasting: string[];
    kicked: string[];
    key: string;
    revoked: string;
  };
  expect(said.lasting).toHaveLength(2);
  const login = { firstDelayMs: 3_600_000, maxDelayMs: 3_600_000 };
  const again = await openManager({ keys, login });
  for (const token of said.lasting) expect(again.manager.verify(token).username).toBe('kim');
  for (const token of said.kicked) {
    expect(thrownBy(() => again.manager.verify(token)).code).toBe('ERR_SESSION');
  }
  expect(again.manager.apiKeys.verify(said.key).label).toBe('kept');
  expect(thrownBy(() => again.manager.apiKeys.verify(said.revoked)).code).toBe('ERR_API_KEY');
  const waits = await rejectionOf(() => again.login('lee', '10.0.0.3'));
  expect(waits.code).toBe('ERR_LOGIN_THROTTLED');
});
