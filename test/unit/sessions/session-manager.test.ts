import { afterEach, describe, expect, it, vi } from 'vitest';
import { permissionsOf, SessionKey } from '../../../src/sessions/index.js';
import { openKeys } from '../keys/stores.js';
import { rejectionOf, thrownBy } from '../thrown.js';
import { address, openManager, password } from './managers.js';

afterEach(() => {
  vi.useRealTimers();
});

describe('a login', () => {
  it('gives a token that stands for the session, and says who, where and until when', async () => {
    const { manager, add, login } = await openManager();
    const kim = await add('Kim', 'OPERATOR');
    const before = Date.now();
    const { token, session } = await login('kim');
    expect(manager.verify(token)).toBe(session);
    expect(manager.sessions()).toEqual([session]);
    expect(session).toMatchObject({ userId: kim.id, username: 'Kim', address });
    expect(session.permissions).toEqual(permissionsOf('OPERATOR'));
    expect(session.expiresAt - session.connectedAt).toBe(24 * 3_600_000);
    expect(manager.users.get(kim.id)?.lastLoginAt).toBeGreaterThanOrEqual(before);
  });

  it('has a new id each time, so that nobody can choose one for somebody else', async () => {
    const { manager, add, login } = await openManager();
    await add('kim', 'OPERATOR');
    const [first, second] = [await login('kim'), await login('kim')];
    const third = manager.refresh(second.token);
    expect(new Set([first, second, third].map(({ session }) => session.id)).size).toBe(3);
    expect(new Set([first, second, third].map(({ token }) => token)).size).toBe(3);
  });

  it('agrees on a key where the client gives its own', async () => {
    const { manager, add } = await openManager();
    await add('kim', 'OPERATOR');
    const client = new SessionKey('client');
    const { token, session, serverPublicKey } = await manager.login({
      ...{ username: 'kim', password, address },
      clientPublicKey: client.publicKey,
    });
    client.agree(serverPublicKey as Buffer);
    expect(client.open(session.key?.seal(Buffer.from('frame')) as Buffer).toString()).toBe('frame');
    const { session: next } = manager.refresh(token);
    expect(next.key).toBe(session.key);
    manager.terminate(next.id, 'kicked');
    expect(thrownBy(() => session.key?.seal(Buffer.from('frame'))).code).toBe('ERR_SESSION');
    const request = { username: 'kim', password, address, clientPublicKey: Buffer.alloc(65) };
    expect((await rejectionOf(() => manager.login(request))).code).toBe('ERR_PEER_KEY');
    expect(manager.sessions()).toEqual([]);
  });

  it('ends the session of a user that was idle longest where there are too many', async () => {
    const { manager, add, login } = await openManager({ maxSessionsPerUser: 2, maxSessions: 3 });
    await add('kim', 'OPERATOR');
    await add('lee', 'OPERATOR');
    const [a, b] = [await login('kim'), await login('kim')];
    b.session.lastActivity = a.session.lastActivity - 1;
    const c = await login('kim');
    expect(b.session.ended.reason).toBe('replaced');
    expect(manager.sessions()).toEqual([a.session, c.session]);
    await login('lee');
    expect((await rejectionOf(() => login('lee'))).code).toBe('ERR_LIMIT');
    expect(manager.verify(a.token)).toBe(a.session);
  });

  it('is on the audit log, with the password of nobody', async () => {
    const { keys, manager, add, login } = await openManager();
    await add('kim', 'OPERATOR');
    const { session } = await login('kim');
    const wrong = { username: 'kim', password: 'not the right one', address };
    await rejectionOf(() => manager.login(wrong));
    await rejectionOf(() => manager.login({ ...wrong, username: 'mistaken-secret' }));
    manager.terminate(session.id, 'kicked', { by: 'admin' });
    const entries = keys.audit.list().filter(({ action }) => action.startsWith('session.'));
    expect(entries).toMatchObject([
      { actor: 'kim', action: 'session.login', outcome: 'ok', detail: { address } },
      { action: 'session.login', outcome: 'denied', subject: 'kim' },
      { action: 'session.login', outcome: 'denied', detail: { reason: 'unknown_user' } },
      { actor: 'admin', action: 'session.end', detail: { username: 'kim', reason: 'kicked' } },
    ]);
    expect(JSON.stringify(entries)).not.toMatch(/secret|not the right one|green iron/);
  });
});

describe('a session', () => {
  it('ends with a kick: at once, for its sockets, and for every later start', async () => {
    const { keys, manager, add, login } = await openManager();
    await add('kim', 'OPERATOR');
    const [kicked, other] = [await login('kim'), await login('kim')];
    const heard: unknown[] = [];
    manager.on('ended', (session, reason) => heard.push([session.id, reason]));
    kicked.session.subscriptions.set('door', 'FOCUSED');
    expect(manager.subscribers('door')).toEqual([kicked.session]);
    expect(manager.terminate(kicked.session.id, 'kicked')).toBe(true);
    expect(kicked.session.ended).toMatchObject({ aborted: true, reason: 'kicked' });
    expect(kicked.session.may('live')).toBe(false);
    expect(heard).toEqual([[kicked.session.id, 'kicked']]);
    expect(manager.terminate(kicked.session.id, 'kicked')).toBe(false);
    expect(thrownBy(() => manager.verify(kicked.token)).code).toBe('ERR_SESSION');
    await manager.close();

    const again = await openManager({ keys });
    expect(thrownBy(() => again.manager.verify(kicked.token)).code).toBe('ERR_SESSION');
    expect(again.manager.verify(other.token)).toMatchObject({ id: other.session.id, address });
  });

  it('is found again after a restart, but for one whose key went with the process', async () => {
    const { keys, manager, add, login } = await openManager();
    await add('kim', 'VIEWER', { allowedCameras: ['door'] });
    const plain = await login('kim');
    const { publicKey: clientPublicKey } = new SessionKey('client');
    const sealed = await manager.login({ username: 'kim', password, address, clientPublicKey });
    await manager.close();
    expect(thrownBy(() => manager.verify(plain.token)).code).toBe('ERR_SESSION');
    const again = await openManager({ keys: await openKeys(keys.directory) });
    const session = again.manager.verify(plain.token);
    expect(session.may('live', 'door')).toBe(true);
    expect(session.may('live', 'gate')).toBe(false);
    expect(thrownBy(() => again.manager.verify(sealed.token)).code).toBe('ERR_SESSION');
  });

  it('does not come back with an old token', async () => {
    const { manager, add, login } = await openManager();
    await add('kim', 'OPERATOR');
    const first = await login('kim');
    const second = manager.refresh(first.token);
    expect(first.session.ended.reason).toBe('refreshed');
    manager.terminate(second.session.id, 'logout');
    for (const { token } of [first, second]) {
      expect(thrownBy(() => manager.verify(token)).code).toBe('ERR_SESSION');
      expect(thrownBy(() => manager.refresh(token)).code).toBe('ERR_SESSION');
    }
    const elsewhere = await openManager();
    const third = await login('kim');
    expect(thrownBy(() => elsewhere.manager.verify(third.token)).code).toBe('ERR_SESSION');
  });

  it('expires, and holds no process up for that', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
    const { keys, manager, add, login } = await openManager({ lifetimeSeconds: 60 });
    await add('kim', 'OPERATOR');
    const { token, session } = await login('kim');
    vi.advanceTimersByTime(59_000);
    expect(manager.verify(token)).toBe(session);
    vi.advanceTimersByTime(1000);
    expect(session.ended.reason).toBe('expired');
    expect(thrownBy(() => manager.verify(token)).code).toBe('ERR_SESSION');
    await manager.close();
    expect((await openManager({ keys })).manager.sessions()).toEqual([]);
  });

  it('keeps to limits that are changed while it is open', async () => {
    const { manager, add, login } = await openManager({ maxSessionsPerUser: 2 });
    await add('kim', 'VIEWER');
    const [first, second] = [await login('kim'), await login('kim')];
    manager.setLimits({
      maxSessionsPerUser: 1,
      lifetimeSeconds: 60,
      quota: { maxBandwidthMbps: 7 },
    });
    expect(manager.sessions()).toHaveLength(2);
    const third = await login('kim');
    expect(manager.sessions()).toEqual([third.session]);
    for (const { session } of [first, second]) expect(session.ended.aborted).toBe(true);
    expect(third.session.expiresAt - Date.now()).toBeLessThanOrEqual(60_000);
    expect((await add('lee', 'VIEWER')).quota.maxBandwidthMbps).toBe(7);
    expect(() => manager.setLimits({ maxSessions: 0 })).toThrow(/maxSessions/);
  });

  it('takes a quota of its own, or the one that its user is given', async () => {
    const { manager, add, login } = await openManager({ quota: { maxBandwidthMbps: 25 } });
    const kim = await add('kim', 'OPERATOR');
    const { session } = await login('kim');
    const told: number[] = [];
    manager.on('quota', ({ quota }) => told.push(quota.maxBandwidthMbps));
    expect(session.quota).toMatchObject({ maxBandwidthMbps: 25, maxCamerasTotal: 42 });
    manager.setQuota(session.id, { maxBandwidthMbps: 3 });
    expect(session.quota).toMatchObject({ maxBandwidthMbps: 3, maxCamerasTotal: 42 });
    manager.users.update(kim.id, { quota: { maxBandwidthMbps: 8 } });
    expect(told).toEqual([3, 8]);
    expect(session.ended.aborted).toBe(false);
    expect(thrownBy(() => manager.setQuota(session.id, { maxCamerasTotal: -1 })).code).toBe(
      'ERR_INVALID_ARGUMENT',
    );
  });
});

describe('a change of a user', () => {
  it('ends its sessions, and no others', async () => {
    const { manager, add, login } = await openManager();
    const kim = await add('kim', 'OPERATOR');
    await add('lee', 'OPERATOR');
    const other = await login('lee');
    const changes = [
      [() => manager.users.setPassword(kim.id, password), 'password_changed'],
      [
        () => manager.users.update(kim.id, { permissions: permissionsOf('VIEWER') }),
        'permissions_changed',
      ],
      [() => manager.users.update(kim.id, { disabled: true }), 'user_disabled'],
    ] as const;
    for (const [change, reason] of changes) {
      const { token, session } = await login('kim');
      await change();
      expect(session.ended.reason).toBe(reason);
      expect(thrownBy(() => manager.verify(token)).code).toBe('ERR_SESSION');
    }
    expect((await rejectionOf(() => login('kim'))).code).toBe('ERR_LOGIN_REFUSED');
    manager.users.update(kim.id, { disabled: false });
    const last = await login('kim');
    manager.users.remove(kim.id);
    expect(last.session.ended.reason).toBe('user_disabled');
    expect(manager.verify(other.token)).toBe(other.session);
  });

  it('ends its sessions where another process makes it', async () => {
    const { keys, manager, add, login } = await openManager();
    const kim = await add('kim', 'OPERATOR');
    const { token, session } = await login('kim');
    const other = await openManager({ keys: await openKeys(keys.directory) });
    other.manager.users.update(kim.id, { permissions: permissionsOf('VIEWER') });
    expect(thrownBy(() => manager.verify(token)).code).toBe('ERR_SESSION');
    expect(session.ended.reason).toBe('permissions_changed');
  });

  it('of the own password gives a new session, and ends all others', async () => {
    const { manager, add, login } = await openManager();
    const kim = await add('kim', 'OPERATOR');
    await manager.users.setPassword(kim.id, password, { by: 'admin' });
    const [first, second] = [await login('kim'), await login('kim')];
    expect(first.session).toMatchObject({ mustChangePassword: true });
    expect(first.session.may('live')).toBe(false);
    const change = (current: string, next: string) =>
      rejectionOf(() => manager.changePassword(first.session, current, next));
    expect((await change('wrong', 'another good one')).code).toBe('ERR_PASSWORD');
    expect((await change(password, password)).code).toBe('ERR_POLICY');
    const { token, session } = await manager.changePassword(
      first.session,
      password,
      'another good one',
    );
    expect(session).toMatchObject({ mustChangePassword: false });
    expect(session.may('live')).toBe(true);
    for (const old of [first, second]) expect(old.session.ended.reason).toBe('password_changed');
    expect(manager.verify(token)).toBe(session);
    expect((await change('another good one', 'yet another one')).code).toBe('ERR_SESSION');
    expect((await rejectionOf(() => login('kim'))).code).toBe('ERR_LOGIN_REFUSED');
  });
});
