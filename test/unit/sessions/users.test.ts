import { describe, expect, it } from 'vitest';
import { DEFAULT_QUOTA, permissionsOf } from '../../../src/sessions/index.js';
import { type createKeys, openKeys } from '../keys/stores.js';
import { rejectionOf, thrownBy } from '../thrown.js';
import { address, openManager, password } from './managers.js';

describe('a user', () => {
  it('is found by id and by name, and again after a restart', async () => {
    const { keys, manager, add } = await openManager();
    const kim = await add('Kim', 'VIEWER', { allowedCameras: ['door'] });
    await add('adam', 'ADMIN');
    expect(kim).toMatchObject({ username: 'Kim', disabled: false, mustChangePassword: false });
    expect(kim.quota).toEqual(DEFAULT_QUOTA);
    expect(manager.users.byName('KIM')).toEqual(kim);
    expect(manager.users.list().map(({ username }) => username)).toEqual(['adam', 'Kim']);
    await manager.close();
    const again = await openManager({ keys });
    expect(again.manager.users.get(kim.id)).toEqual(kim);
  });

  it('is a copy: what is done to it changes nobody’s rights', async () => {
    const { manager, add } = await openManager();
    const kim = await add('kim', 'VIEWER', { allowedCameras: ['door'] });
    (kim.permissions.allowedCameras as string[]).push('gate');
    kim.permissions.role = 'ADMIN';
    expect(manager.users.get(kim.id)?.permissions).toMatchObject({
      role: 'VIEWER',
      allowedCameras: ['door'],
    });
  });

  it('has a name that nobody else has, in whatever case or composition', async () => {
    const { add } = await openManager();
    await add('\uD55C\uACB0', 'VIEWER');
    await add('Stra\u00DFe', 'VIEWER');
    for (const same of ['\u1112\u1161\u11AB\u1100\u1167\u11AF', 'STRASSE', 'stra\u00DFe']) {
      expect((await rejectionOf(() => add(same, 'VIEWER'))).code).toBe('ERR_USER_EXISTS');
    }
    const twice = await Promise.allSettled([add('lee', 'VIEWER'), add('LEE', 'VIEWER')]);
    expect(twice.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    for (const bad of ['', ' kim', 'a\0b', '<b>', 'a/b', 'x'.repeat(65), '=cmd|a', '\u202Ekim']) {
      expect((await rejectionOf(() => add(bad, 'VIEWER'))).code).toBe('ERR_INVALID_ARGUMENT');
    }
  });

  it('may be called what objects call their own', async () => {
    const { manager, add, login } = await openManager();
    const names = ['__proto__', 'constructor', 'hasOwnProperty', 'toString'];
    for (const name of names) {
      expect(manager.users.byName(name)).toBeUndefined();
      expect(manager.users.get(name)).toBeUndefined();
      expect(manager.session(name)).toBeUndefined();
      expect(manager.terminate(name, 'kicked')).toBe(false);
      expect(thrownBy(() => manager.users.remove(name)).code).toBe('ERR_USER_NOT_FOUND');
      expect(thrownBy(() => manager.users.update(name, {})).code).toBe('ERR_USER_NOT_FOUND');
      expect((await rejectionOf(() => login(name))).code).toBe('ERR_LOGIN_REFUSED');
      const user = await add(name, 'VIEWER');
      expect(manager.users.byName(name)).toEqual(user);
      expect((await login(name)).session).toMatchObject({ userId: user.id, username: name });
    }
  });

  it('needs a password of 12 to 256 characters that is not the name', async () => {
    const { manager, add } = await openManager();
    const create = (secret: unknown) =>
      rejectionOf(() =>
        manager.users.create({
          username: 'Kim.the.operator',
          password: secret as string,
          permissions: permissionsOf('VIEWER'),
        }),
      );
    for (const bad of ['', 'short', 'x'.repeat(11), '🔑'.repeat(11), 'x'.repeat(257)]) {
      const error = await create(bad);
      expect(error.code).toBe('ERR_POLICY');
      if (bad) expect(error.message).not.toContain(bad);
    }
    expect((await create('kim.THE.operator')).code).toBe('ERR_POLICY');
    expect((await create(undefined)).code).toBe('ERR_INVALID_ARGUMENT');
    expect((await create({ length: 20 })).message).not.toContain('20');
    const lee = await add('lee', 'VIEWER');
    const short = await rejectionOf(() => manager.users.setPassword(lee.id, 'short'));
    expect(short.code).toBe('ERR_POLICY');
  });
});

describe('the last ADMIN', () => {
  it('cannot be removed, disabled or demoted', async () => {
    const { manager, add } = await openManager();
    const admin = await add('admin', 'ADMIN');
    const second = await add('second', 'ADMIN');
    const operator = await add('kim', 'OPERATOR');
    manager.users.update(second.id, { disabled: true });
    const { users } = manager;
    for (const change of [
      () => users.remove(admin.id),
      () => users.update(admin.id, { disabled: true }),
      () => users.update(admin.id, { permissions: permissionsOf('OPERATOR') }),
    ]) {
      expect(thrownBy(change).code).toBe('ERR_LAST_ADMIN');
      expect(users.get(admin.id)).toEqual(admin);
    }
    users.update(operator.id, { permissions: permissionsOf('ADMIN') });
    users.remove(admin.id);
    users.remove(second.id);
    expect(users.list()).toHaveLength(1);
  });

  it('keeps the sessions where the attempt fails', async () => {
    const { manager, add, login } = await openManager();
    const admin = await add('admin', 'ADMIN');
    const { token, session } = await login('admin');
    thrownBy(() => manager.users.remove(admin.id));
    thrownBy(() => manager.users.update(admin.id, { disabled: true }));
    expect(manager.verify(token)).toBe(session);
  });
});

describe('the first user', () => {
  it('is an ADMIN, and one alone though two come at once', async () => {
    const { manager } = await openManager();
    const first = (username: string) => manager.users.createFirst({ username, password });
    const both = await Promise.allSettled([first('kim'), first('lee')]);
    const [made, ...more] = both.filter(({ status }) => status === 'fulfilled');
    expect(made).toMatchObject({ value: { permissions: permissionsOf('ADMIN') } });
    expect(more).toEqual([]);
    expect((await rejectionOf(() => first('mallory'))).code).toBe('ERR_STATE');
    expect(manager.users.list()).toHaveLength(1);
  });
});

describe('a password', () => {
  const openAt = (keys: Awaited<ReturnType<typeof createKeys>>, passwordIterations: number) =>
    openManager({ keys, passwordIterations });

  it('is brought up to the cost of today when its user logs in', async () => {
    const { keys, manager, add, login } = await openManager();
    const kim = await add('kim', 'OPERATOR');
    const { token } = await login('kim');
    await manager.close();
    const later = await openAt(keys, 120_000);
    expect(later.manager.users.passwordOf(kim.id)?.iterations).toBe(100_000);
    const wrong = { username: 'kim', password: 'something wrong', address };
    await rejectionOf(() => later.manager.login(wrong));
    expect(later.manager.users.passwordOf(kim.id)?.iterations).toBe(100_000);
    await later.login('kim');
    expect(later.manager.users.passwordOf(kim.id)?.iterations).toBe(120_000);
    expect(later.manager.verify(token).username).toBe('kim');
    await later.manager.close();
    const cheaper = await openAt(keys, 100_000);
    await cheaper.login('kim');
    expect(cheaper.manager.users.passwordOf(kim.id)?.iterations).toBe(120_000);
  });

  it('is the same typed composed and decomposed', async () => {
    const { manager } = await openManager();
    await manager.users.createFirst({ username: 'kim', password: 'caf\u00E9 au lait, bitte' });
    const decomposed = 'cafe\u0301 au lait, bitte';
    const { session } = await manager.login({ username: 'kim', password: decomposed, address });
    expect(session.username).toBe('kim');
  });
});

describe('what is done to users', () => {
  it('is on the audit log with who did it, or is not done', async () => {
    const { keys, manager, add } = await openManager();
    const by = { by: 'admin' };
    const admin = await manager.users.createFirst({ username: 'admin', password }, by);
    const kim = await add('kim', 'OPERATOR');
    manager.users.update(kim.id, { permissions: permissionsOf('VIEWER') }, by);
    await manager.users.setPassword(kim.id, 'another good password', by);
    manager.users.remove(kim.id, by);
    const entries = keys.audit.list().filter(({ action }) => action.startsWith('user.'));
    expect(entries.map(({ actor, action, subject }) => [actor, action, subject])).toEqual([
      ['admin', 'user.create', 'admin'],
      [expect.any(String), 'user.create', 'kim'],
      ['admin', 'user.change', 'kim'],
      ['admin', 'user.password', 'kim'],
      ['admin', 'user.remove', 'kim'],
    ]);
    await keys.audit.close();
    expect(() => manager.users.update(admin.id, { quota: { maxCamerasTotal: 1 } })).toThrow();
    expect((await rejectionOf(() => add('lee', 'VIEWER'))).code).toMatch(/^ERR_/);
    expect(manager.users.list()).toEqual([admin]);
  });

  it('is known to another process at once', async () => {
    const { keys, manager, add } = await openManager();
    const other = await openManager({ keys: await openKeys(keys.directory) });
    const kim = await add('kim', 'VIEWER');
    expect(other.manager.users.list()).toEqual([kim]);
    expect((await rejectionOf(() => other.add('Kim', 'VIEWER'))).code).toBe('ERR_USER_EXISTS');
    other.manager.users.remove(kim.id);
    expect(manager.users.list()).toEqual([]);
  });
});
