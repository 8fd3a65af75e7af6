import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { streamingOf } from '../../../../examples/nvr/server/streaming.js';
import { HOME_ORIGIN, pairHome } from '../server/home.js';
import { type Served, serve, userOf } from '../server/served.js';

/** The server's sockets, as programs and pages reach them. */
async function listen({ app }: Served) {
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  return (path: string, headers: Record<string, string>) =>
    new WebSocket(`wss://127.0.0.1:${port}${path}`, { rejectUnauthorized: false, headers });
}

/** The status of the answer that is no upgrade. */
async function refusal(socket: WebSocket): Promise<number> {
  socket.on('error', () => {});
  const [, response] = await once(socket, 'unexpected-response');
  socket.terminate();
  response.destroy();
  return response.statusCode;
}

it.each(['/ws/live', '/ws/playback', '/ws/events'])(
  '%s is closed for who is kicked, and for pages of others',
  async (path) => {
    const served = await serve();
    const admin = await served.setUp();
    const token = await userOf(served, 'OPERATOR');
    const open = await listen(served);

    expect(await refusal(open(path, { authorization: 'Bearer nothing' }))).toBe(401);
    const cookie = served.cookie(token);
    for (const origin of ['https://evil.example', 'null']) {
      expect(await refusal(open(path, { cookie, origin }))).toBe(403);
    }
    const socket = open(path, { authorization: `Bearer ${token}` });
    const told: { type: string; code?: string }[] = [];
    socket.on('message', (data) => told.push(JSON.parse(String(data))));
    await once(socket, 'open');

    const list = (await served.ask('GET', '/api/system/sessions', { token: admin })).json();
    const { id, connections } = list.items.find((one: { own: boolean }) => !one.own);
    expect(connections).toBe(1);
    const kicked = await served.ask('DELETE', `/api/system/sessions/${id}`, { token: admin });
    expect(kicked.statusCode).toBe(204);
    const [code] = await once(socket, 'close');
    expect(code).toBe(4401);
    expect(told.at(-1)).toMatchObject({ type: 'session_expired', code: 'kicked' });
    expect(await refusal(open(path, { cookie }))).toBe(401);
  },
);

it('hears of a quota as soon as an administrator changes it', async () => {
  const served = await serve();
  const admin = await served.setUp();
  const token = await userOf(served, 'OPERATOR');
  const session = served.nvr.sessions.verify(token);
  const heard = once(streamingOf(served.nvr).bus, 'quota');
  const quota = { ...session.quota, maxBandwidthMbps: 3 };
  const changed = await served.ask('PUT', `/api/users/${session.userId}`, {
    token: admin,
    body: { quota },
  });
  expect(changed.statusCode).toBe(200);
  expect(await heard).toEqual([session.id]);
  expect(session.quota).toEqual(quota);
});

it('lets pages of paired homes in by tickets, and shows administrators who they are', async () => {
  const served = await serve();
  const admin = await served.setUp();
  const body = { id: 'mine', name: 'mine', url: 'rtsp://192.0.2.1/a', enabled: false };
  await served.ask('POST', '/api/cameras', { token: admin, body });
  const home = await pairHome(served);
  const open = await listen(served);
  for (const origin of [
    'https://evil.example',
    'null',
    `${HOME_ORIGIN}0`,
    'https://home.example',
  ]) {
    expect(await refusal(open('/ws/live', { origin }))).toBe(403);
  }
  // Whoever is logged in here is nobody on pages of others.
  const cookie = served.cookie(admin);
  const page = open('/ws/live', { origin: HOME_ORIGIN, cookie });
  await once(page, 'open');
  page.send(JSON.stringify({ type: 'hello' }));
  expect((await once(page, 'close'))[0]).toBe(4401);

  const sockets = ['/ws/live', '/ws/playback'].map((path) => open(path, { origin: HOME_ORIGIN }));
  const range = { permissions: ['live', 'archive'], start: 1, end: 2 };
  await Promise.all(sockets.map((socket) => once(socket, 'open')));
  for (const socket of sockets) {
    const said = once(socket, 'message');
    socket.send(JSON.stringify({ type: 'tickets', tickets: [await home.ticket(range)] }));
    socket.send(JSON.stringify({ type: 'ping' }));
    expect(JSON.parse(String((await said)[0])).type).toBe('pong');
  }
  const list = (await served.ask('GET', '/api/system/sessions', { token: admin })).json();
  const viewer = list.items.find((one: { own: boolean }) => !one.own);
  expect(viewer).toMatchObject({ username: 'kim (Head office)', role: 'OPERATOR', connections: 2 });
  expect(viewer.address).toMatch(/127\.0\.0\.1$/);
  const watched = served.nvr.keys.audit.list({ action: 'federation.watch' });
  expect(watched).toHaveLength(2);
  expect(watched[0]).toMatchObject({
    ...{ actor: `key:${home.keyId}`, subject: 'mine' },
    detail: { user: 'kim', home: 'Head office', from: 1, to: 2 },
  });
  const closed = sockets.map((socket) => once(socket, 'close'));
  const path = `/api/system/sessions/${viewer.id}`;
  expect((await served.ask('DELETE', path, { token: admin })).statusCode).toBe(204);
  expect((await Promise.all(closed)).map(([code]) => code)).toEqual([4401, 4401]);
  expect((await served.ask('DELETE', path, { token: admin })).statusCode).toBe(404);
});
