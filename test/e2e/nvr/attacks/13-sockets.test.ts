// Attacks 12 and 13: sockets that flood, never read, or outlive their session.
import { setTimeout as after } from 'node:timers/promises';
import { permissionsOf } from '@fluxvision/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client, Socket } from '../support/client.js';
import { type Footage, type GuardedNvr, startGuardedNvr } from '../support/guarded-nvr.js';
import { PASSWORD, type TestNvr } from '../support/nvr.js';

let guarded: GuardedNvr;
let nvr: TestNvr;
let admin: Client;
let viewer: Client;
let vault: Footage;

beforeAll(async () => {
  guarded = await startGuardedNvr();
  ({ nvr, admin, viewer, vault } = guarded);
});
afterAll(() => guarded?.close());

describe('13: sockets that flood, never read, or do not know how to talk', () => {
  const open = async (client: Client, path: string, headers = {}): Promise<Socket> => {
    const socket = client.socket(path, headers);
    expect(await socket.opened).toBe(101);
    return socket;
  };

  it.each(['/ws/live', '/ws/playback', '/ws/events'])(
    '%s lets nobody in without a session of its own',
    async (path) => {
      const { key } = nvr.nvr.sessions.apiKeys.create({ label: 'x', scopes: ['metrics'] });
      for (const headers of [
        { authorization: 'Bearer fvt1.x' },
        { cookie: nvr.cookie('x') },
        { 'x-nvr-auth': key },
        { 'x-nvr-auth': '__proto__' },
      ]) {
        const socket = nvr.anonymous.socket(path, headers as never);
        expect([401, 403]).toContain(await socket.opened);
      }
      const silent = await open(nvr.anonymous, path);
      silent.send({ type: 'ping' });
      expect(await silent.closed).toBe(4401);
      expect(silent.pictures).toEqual([]);
      const wrong = await open(nvr.anonymous, path);
      wrong.send({ type: 'ping', sessionToken: '__proto__' });
      expect(await wrong.closed).toBe(4401);
    },
  );

  it('let nobody in who has to change the password first, by whatever way the token comes', async () => {
    const permissions = permissionsOf('OPERATOR');
    const user = {
      username: 'newcomer',
      password: PASSWORD,
      permissions,
      mustChangePassword: true,
    };
    await admin.post('/api/users', user);
    const newcomer = await nvr.loginAs('newcomer');
    expect(await newcomer.socket('/ws/live').opened).toBe(403);
    const socket = await open(nvr.anonymous, '/ws/live');
    socket.send({ type: 'subscribe', sessionToken: newcomer.token, cameras: [{ id: 'door' }] });
    expect(await socket.closed).toBe(4401);
    expect(socket.messages.some(({ type }) => type === 'stream')).toBe(false);
  });

  it('tell no more of a forbidden camera than of one that there is not', async () => {
    const live = await open(viewer, '/ws/live');
    const playback = await open(viewer, '/ws/playback');
    const answers = [];
    for (const id of ['vault', 'nobody']) {
      live.send({ type: 'subscribe', cameras: [{ id }] });
      playback.send({ type: 'open', cameras: [id], position: vault.start });
      for (const socket of [live, playback]) {
        await socket.until(() => socket.messages.some(({ cameraId }) => cameraId === id));
        answers.push(
          JSON.stringify(socket.messages.filter(({ cameraId }) => cameraId === id)).replaceAll(
            id,
            'ID',
          ),
        );
      }
      live.send({ type: 'ptz', cameraId: id, action: 'stop' });
    }
    expect(answers.slice(0, 2)).toEqual(answers.slice(2));
    expect(answers[0]).toContain('ERR_CAMERA_NOT_FOUND');
    live.send({ type: 'ping' });
    await live.message('pong');
    const said = JSON.stringify([...live.messages, ...playback.messages]);
    expect(said).not.toMatch(/"stream"|rtsp:/);
    for (const socket of [live, playback]) socket.end();
  });

  it('end with messages that are too large, not JSON, or too many', async () => {
    const tooLarge = await open(viewer, '/ws/live');
    tooLarge.send(JSON.stringify({ type: 'ping', sessionToken: 'x'.repeat(65_537) }));
    expect(await tooLarge.closed).toBe(1009);
    const fragments = await open(viewer, '/ws/live');
    for (let i = 0; i < 70; i++) fragments.ws.send('x'.repeat(1024), { fin: false });
    expect(await fragments.closed).toBe(1009);
    const bad = await open(viewer, '/ws/live');
    for (const text of [
      ...['{', '[]', 'null', '1', '""', '{"type":"__proto__"}', '{"type":["ping"]}', '[[[[[['],
      ...[
        '{"type":"subscribe","cameras":"door"}',
        '{"type":"subscribe","cameras":[{"id":"../x"}]}',
      ],
      ...['{"__proto__":{"type":"ping"}}', '{"type":"constructor"}'],
    ]) {
      bad.send(text);
    }
    expect(await bad.closed).toBe(1008);
    expect(bad.messages.every(({ type, code }) => type === 'error' && code === 'ERR_MESSAGE')).toBe(
      true,
    );
    const flood = await open(viewer, '/ws/live');
    for (let i = 0; i < 10_000; i++) {
      flood.send({
        type: 'subscribe',
        cameras: [{ id: 'door', quality: i % 2 ? 'GRID_VIEW' : 'PAUSED' }],
      });
    }
    expect(await flood.closed).toBe(1008);
    expect((await viewer.get('/api/account')).status).toBe(200);
  });

  it('compress nothing, and so unpack no bomb', async () => {
    const socket = viewer.socket('/ws/live', { 'sec-websocket-extensions': 'permessage-deflate' });
    await socket.opened;
    expect(socket.ws.extensions).toBe('');
    socket.end();
  });

  it('are not more than a session may have', async () => {
    const many = Array.from({ length: 20 }, () => viewer.socket('/ws/events'));
    await Promise.all(many.map(({ opened }) => opened));
    const closed = await Promise.race([
      Promise.any(many.map(({ closed: one }) => one)),
      after(3000),
    ]);
    expect(closed).toBe(1013);
    for (const socket of many) socket.end();
  });

  it('that never read cost little, and hold nobody else', async () => {
    const deaf = await open(viewer, '/ws/live');
    deaf.send({ type: 'subscribe', cameras: [{ id: 'door', quality: 'FULLSCREEN' }] });
    deaf.ws.pause();
    const hearing = await open(await nvr.login('OPERATOR'), '/ws/live');
    hearing.send({ type: 'subscribe', cameras: [{ id: 'door', quality: 'FULLSCREEN' }] });
    await hearing.until(() => hearing.pictures.length > 25, 10_000);
    for (const socket of [deaf, hearing]) socket.end();
  });

  it('are nothing where no socket is', async () => {
    for (const path of ['/api/users', '/api/cameras', '/ws', '/ws/live/x', '/%77s/live%00']) {
      const socket = nvr.anonymous.socket(path);
      if ((await socket.opened) === 101) await socket.closed;
      expect([...socket.messages, ...socket.pictures]).toEqual([]);
    }
    expect((await nvr.anonymous.get('/api/setup')).status).toBe(200);
  });
});

describe('12: sockets of a session that is over', () => {
  it('close within two seconds of a kick, a new role, a new password', async () => {
    const id = await nvr.addUser('watcher', permissionsOf('OPERATOR'));
    const ends: [string, string, (session: string) => Promise<unknown>][] = [
      ['kick', 'kicked', (session) => admin.delete(`/api/system/sessions/${session}`)],
      [
        ...(['role', 'permissions_changed'] as const),
        () => admin.put(`/api/users/${id}`, { permissions: permissionsOf('VIEWER') }),
      ],
      [
        ...(['password', 'password_changed'] as const),
        () => admin.put(`/api/users/${id}`, { password: 'another long password' }),
      ],
    ];
    for (const [name, code, end] of ends) {
      const watcher = await nvr.loginAs('watcher');
      const later = nvr.anonymous.socket('/ws/live');
      const sockets = ['/ws/live', '/ws/playback', '/ws/events'].map((path) =>
        watcher.socket(path),
      );
      await Promise.all([later, ...sockets].map(({ opened }) => opened));
      later.send({ type: 'ping', sessionToken: watcher.token });
      await later.message('pong');
      const before = performance.now();
      await end(watcher.sessionId as string);
      const all = [later, ...sockets];
      expect([name, await Promise.all(all.map(({ closed }) => closed))]).toEqual([
        ...[name, [4401, 4401, 4401, 4401]],
      ]);
      const since = performance.now() - before;
      // It hashes a password first; on a busy machine that takes a while.
      if (name !== 'password') expect(since).toBeLessThan(2000);
      for (const { messages } of all) {
        expect(messages.at(-1)).toMatchObject({ type: 'session_expired', code });
      }
    }
  });
});
