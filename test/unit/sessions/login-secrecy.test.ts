// What an attacker learns from a login, and what a thief of users.db finds in it.
import { existsSync, readFileSync } from 'node:fs';
import { afterEach, expect, it, vi } from 'vitest';
import { native } from '../../../src/native/index.js';
import type { RefusedLogin } from '../../../src/sessions/index.js';
import { rejectionOf } from '../thrown.js';
import { address, openManager, password } from './managers.js';

afterEach(() => {
  vi.restoreAllMocks();
});

it('answers an unknown, a wrong and a disabled one in the same words after the same work', async () => {
  const { manager, add } = await openManager();
  await add('kim', 'OPERATOR');
  const off = await add('off', 'OPERATOR');
  manager.users.update(off.id, { disabled: true });
  const derive = vi.spyOn(native, 'deriveKey');
  const refusals: RefusedLogin[] = [];
  manager.on('refused', (refusal) => refusals.push(refusal));
  const attempts = [
    { username: 'nobody', password: 'some wrong password' },
    { username: 'kim', password: 'some wrong password' },
    { username: 'off', password },
    { username: '__proto__', password: '' },
  ];
  const answers: unknown[] = [];
  for (const each of attempts) {
    derive.mockClear();
    const error = await rejectionOf(() => manager.login({ ...each, address }));
    answers.push([error.code, error.message, derive.mock.calls.map((call) => call[2])]);
  }
  expect(answers[0]).toEqual(['ERR_LOGIN_REFUSED', expect.any(String), [100_000]]);
  for (const answer of answers) expect(answer).toEqual(answers[0]);
  expect(refusals.map(({ reason }) => reason)).toEqual([
    ...['unknown_user', 'wrong_password', 'disabled', 'unknown_user'],
  ]);
});

it('hashes nothing for one who has to wait', async () => {
  const { manager, add } = await openManager({ login: { freeAttempts: 2 } });
  await add('kim', 'OPERATOR');
  const wrong = () => manager.login({ username: 'kim', password: 'some wrong one', address });
  await Promise.allSettled([wrong(), wrong()]);
  const derive = vi.spyOn(native, 'deriveKey');
  for (const username of ['kim', 'KIM']) {
    const error = await rejectionOf(() => manager.login({ username, password, address }));
    expect(error.code).toBe('ERR_LOGIN_THROTTLED');
    expect(error.retryAfterMs).toBeGreaterThan(0);
  }
  expect(derive).not.toHaveBeenCalled();
});

it('lets a bounded number of logins wait, and counts no attempt for the others', async () => {
  const { add, login } = await openManager({ login: { maxWaiting: 2, freeAttempts: 3 } });
  await add('kim', 'OPERATOR');
  const all = await Promise.allSettled(Array.from({ length: 10 }, () => login('kim')));
  const codes = all.map((one) => (one.status === 'rejected' ? one.reason.code : 'ok'));
  expect(codes).toEqual([...Array(3).fill('ok'), ...Array(7).fill('ERR_BUSY')]);
  expect((await login('kim')).session.username).toBe('kim');
});

it('keeps no name, password, address, token or key that a thief of the file could read', async () => {
  const { path, manager, add, login } = await openManager();
  await add('guard-of-the-gate', 'VIEWER', { allowedCameras: ['camera-in-the-vault'] });
  const { token } = await login('guard-of-the-gate');
  const { key } = manager.apiKeys.create({ label: 'monitoring', scopes: ['metrics'] });
  await rejectionOf(() => manager.login({ username: 'my-password', password: 'x', address }));
  const files = ['', '-wal', '-shm'].map((end) => path + end).filter((file) => existsSync(file));
  const content = Buffer.concat(files.map((file) => readFileSync(file))).toString('latin1');
  expect(content.length).toBeGreaterThan(10_000);
  const [, , secret = ''] = key.split('_');
  const [, , sealed = ''] = token.split('.');
  for (const text of [
    ...['guard-of-the-gate', password, address, 'my-password', 'monitoring', 'VIEWER', 'OPERATOR'],
    ...['camera-in-the-vault', key, secret.slice(0, 20), sealed.slice(0, 40)],
  ]) {
    expect(content).not.toContain(text);
  }
});
