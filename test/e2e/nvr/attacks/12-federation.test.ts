// Attacks on servers that know each other: relays, tickets, ids of what is elsewhere, and what a home and a
// node do for who has no right to it.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { permissionsOf } from '@fluxvision/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { federationOf } from '../../../../examples/nvr/server/federation/federation.js';
import type { Client, Headers, Socket } from '../support/client.js';
import { until } from '../support/journey.js';
import type { TestNvr } from '../support/nvr.js';
import { heldServer, openAt, originOf, PairedNvrs, rawUpgrade } from '../support/paired-nvrs.js';

let pair: PairedNvrs;
let home: TestNvr;
let node: TestNvr;
let nodeId: string;
let door: string;
let vault: string;
let admin: Client;
/** May see `door`. */
let guest: Client;

beforeAll(async () => {
  pair = await PairedNvrs.start();
  ({ home, node, nodeId, door, vault, admin } = pair);
});
afterAll(() => pair?.close());
beforeEach(async () => {
  guest = await home.loginAs('guest');
});

const relay = (client = guest, kind?: string, id?: string) => pair.relay(client, kind, id);
const direct = (kind?: string, headers?: Headers) => pair.direct(kind, headers);
const watching = (socket: Socket) => pair.watching(socket, guest);
const subscribe = (id: string) => ({ type: 'subscribe', cameras: [{ id }] });
/** It was not let in. */
async function expectRefused(socket: Socket, code = 'ERR_TICKET'): Promise<void> {
  expect(await socket.closed).toBe(4401);
  expect(socket.messages).toEqual([expect.objectContaining({ type: 'error', code })]);
  expect(socket.pictures).toEqual([]);
}

describe('12: the relay of a home', () => {
  it('is there for who has a session at this home, on a page of its own, and for nobody else', async () => {
    const { key } = home.nvr.homes.createKey();
    const atNode = await node.login('ADMIN');
    const cookie = { cookie: home.cookie(guest.token) };
    const asked: [Client, Headers, number[]][] = [
      [home.anonymous, pair.headers, [401]],
      [home.anonymous, { 'x-nvr-auth': key }, [401, 403]],
      [home.anonymous, { authorization: `Bearer ${atNode.token}` }, [401]],
      [home.anonymous, { ...cookie, origin: 'https://evil.example' }, [403]],
      [home.anonymous, { ...cookie, origin: 'null' }, [403]],
      [home.anonymous, { ...cookie, origin: originOf(node) }, [403]],
    ];
    const before = pair.upgrades.length;
    for (const [client, headers, refused] of asked) {
      for (const kind of ['live', 'playback']) {
        const socket = client.socket(`/ws/relay/${nodeId}/${kind}`, headers);
        expect(refused, JSON.stringify(headers)).toContain(await socket.opened);
      }
    }
    expect(pair.upgrades.length).toBe(before);
  });

  it('leads to servers of its list alone, whatever stands in their place', async () => {
    const names = [
      ...[randomUUID(), nodeId.toUpperCase(), `${nodeId}.`, `%20${nodeId}`, `${nodeId}%00`],
      ...['..%2fapi', `${nodeId}%2f..%2f${nodeId}`, '%2f', '%5c', '%00', '%ff', '*', '%252e%252e'],
      ...[`door@${nodeId}`, `${nodeId}@127.0.0.1`, '127.0.0.1:80', 'localhost', '[::1]'],
      ...['__proto__', 'constructor', '%F0%9F%92%A3', 'x'.repeat(501), 'x'.repeat(15_000)],
    ];
    const before = pair.upgrades.length;
    for (const name of names) {
      const socket = guest.socket(`/ws/relay/${name}/live`, pair.headers);
      const status = await socket.opened;
      const end = status === 101 ? await socket.closed : status;
      // 1005: of what no route answers.
      expect([1005, 1008, 400, 404, 414, 431], name.slice(0, 50)).toContain(end);
      expect(socket.messages).toEqual([]);
    }
    for (const path of ['events', 'live/', 'live/x', '..%2fevents', 'Live', '']) {
      const socket = guest.socket(`/ws/relay/${nodeId}/${path}`, pair.headers);
      if ((await socket.opened) === 101) await socket.closed;
      expect(socket.messages).toEqual([]);
    }
    // Browsers and this client make another path of those before they send it.
    const dots = ['..', '.', '%2e%2e', '../live/..', `${nodeId}/../${nodeId}`];
    const answers = await Promise.all(
      dots.map((name) => rawUpgrade(home, `/ws/relay/${name}/live`, guest)),
    );
    // A close frame before all else is of what no route answers, too.
    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 4\d\d |\r\n\r\n\x88/);
    expect(pair.upgrades.length).toBe(before);
  });

  it('shows nothing without a ticket, nor to a token or a ticket of another server', async () => {
    for (const kind of ['live', 'playback']) {
      const nobody = await relay(guest, kind);
      nobody.send(kind === 'live' ? subscribe('door') : { type: 'ping' });
      await expectRefused(nobody, 'ERR_SESSION');
      for (const tickets of [[`fvt_${'A'.repeat(43)}`], ['__proto__'], ['']]) {
        const guess = await relay(guest, kind);
        guess.send({ type: 'tickets', tickets });
        guess.send({ type: 'ping' });
        expect(await guess.closed).toBe(4401);
      }
      const token = await relay(guest, kind);
      token.send({ type: 'ping', sessionToken: guest.token });
      await expectRefused(token, 'ERR_SESSION');
      const elsewhere = await relay(guest, kind, pair.other.nvr.server.id);
      elsewhere.send({ type: 'tickets', tickets: [await pair.ticketFor(guest)] });
      await expectRefused(elsewhere);
    }
  });

  it('tells the node nothing of who sits at the home', async () => {
    pair.upgrades.length = 0;
    const socket = await watching(await relay());
    const [headers = {}] = pair.upgrades;
    const told = ['cookie', 'authorization', 'x-nvr-auth', 'x-forwarded-for', 'forwarded'];
    expect(told.filter((name) => headers[name] !== undefined)).toEqual([]);
    expect(headers.origin).toBe(originOf(home));
    socket.end();
  });

  it('ends with messages that are too large, no text, or too many', async () => {
    const tooLarge = await relay();
    tooLarge.send(JSON.stringify({ type: 'ping', sessionToken: 'x'.repeat(65_537) }));
    expect(await tooLarge.closed).toBe(1009);
    const fragments = await relay();
    for (let i = 0; i < 70; i++) fragments.ws.send('x'.repeat(1024), { fin: false });
    expect(await fragments.closed).toBe(1009);
    const early = await relay();
    for (let i = 0; i < 20; i++) early.send(JSON.stringify({ type: 'x'.repeat(60_000) }));
    expect([1008, 1014]).toContain(await early.closed);
    const bytes = await watching(await relay());
    for (let i = 0; i < 12; i++) bytes.ws.send(Buffer.from([i]));
    expect(await bytes.closed).toBe(1008);
    const flood = await watching(await relay());
    for (let i = 0; i < 5000; i++) flood.send({ type: 'ping' });
    expect(await flood.closed).toBe(1008);
  });

  it('holds no more connections than a session may have, also where they come and go', async () => {
    const many = Array.from({ length: 40 }, () =>
      guest.socket(`/ws/relay/${nodeId}/live`, pair.headers),
    );
    await Promise.all(many.map(({ opened }) => opened));
    expect(await Promise.any(many.map(({ closed }) => closed))).toBe(1013);
    for (const socket of many) socket.end();
    await Promise.all(many.map(({ closed }) => closed));
    await until(() => pair.holders === 0, 'the end of all of them');
    (await watching(await relay())).end();
  });

  it('keeps no connection to a server that never answers when its page is gone', async () => {
    const held = await heldServer();
    const { registry, pool } = federationOf(home.nvr);
    const polled = held.connection();
    const { url, fingerprint } = held;
    const about = { id: randomUUID(), name: 'Mute', url, fingerprint };
    const { id } = registry.add({ ...about, apiKey: `fvk_mute_${'s'.repeat(43)}` });
    const poll = await polled;
    pool.disconnect(id);
    poll.destroy();
    const before = await openAt(home);
    const came = held.connection();
    const page = await relay(guest, 'live', id);
    const connection = await came;
    page.end();
    await until(async () => (await openAt(home)) <= before, 'its end at the home');
    const ended = once(connection, 'close');
    held.shakeHands(connection);
    await ended;
    registry.remove(id);
    held.close();
  });
});

describe('12: cameras of other servers that a user may not know of', () => {
  it('are answered as those that there are not, on every route', async () => {
    const nowhere = `door@${randomUUID()}`;
    const asks = (camera: string): [string, string, object?][] => [
      ['POST', `/api/cameras/${camera}/ticket`, { permissions: ['live'] }],
      ['GET', `/api/cameras/${camera}/snapshot`],
      ['GET', `/api/cameras/${camera}/thumbnail?time=1`],
      ['POST', `/api/cameras/${camera}/ptz`, { action: 'stop' }],
      ['GET', `/api/timeline?cameras=${camera}&start=0&end=1`],
      ['GET', `/api/recordings?cameras=${camera}`],
      ['GET', `/api/recordings/days?cameras=${camera}&month=2026-11`],
      ['GET', `/api/events?cameras=${camera}`],
    ];
    const told = async (camera: string) => {
      const answers: string[] = [];
      for (const [method, path, body] of asks(camera)) {
        const { status, json } = await guest.send(method, path, { body, headers: pair.headers });
        answers.push(`${method} ${status} ${json.code} ${json.detail}`.replaceAll(camera, 'ID'));
      }
      return answers;
    };
    const of = await told(vault);
    expect(of).toEqual(await told(nowhere));
    expect(of.filter((one) => !/ 40[034] ERR_/.test(one))).toEqual([]);
    expect((await guest.get('/api/cameras')).json.items).toMatchObject([{ id: door }]);
    const events = await guest.get(`/api/events?node=${nodeId}`);
    expect(events.text).not.toContain('vault');
  });

  it('are named by whole ids alone', async () => {
    const here = [
      '',
      '.',
      '..',
      '%2e%2e',
      '..%2fvault',
      'door%2f..%2fvault',
      'door%00',
      'door%3fx',
    ];
    const there = ['', '..', nodeId.toUpperCase(), `${nodeId}@${nodeId}`, `${nodeId}%2f..`];
    for (const id of [
      ...[...here, 'door%23', 'door%20', 'd%C3%B6r', 'x'.repeat(65)].map(
        (one) => `${one}@${nodeId}`,
      ),
      ...there.map((one) => `door@${one}`),
    ]) {
      for (const [method, end] of [
        ['POST', 'ticket'],
        ['GET', 'snapshot'],
        ['POST', 'ptz'],
      ] as const) {
        const body = end === 'ticket' ? { permissions: ['live'] } : { action: 'stop' };
        const { status, text } = await admin.send(method, `/api/cameras/${id}/${end}`, {
          ...(method === 'POST' && { body }),
        });
        expect([400, 404], `${id} ${end} ${text}`).toContain(status);
      }
    }
  });

  it('are not had by saying that one is somebody else', async () => {
    for (const more of [
      { user: { name: 'admin', role: 'ADMIN' } },
      { origin: 'https://evil.example' },
      { cameraId: 'vault' },
      { permissions: ['admin'] },
      { __proto__: null, nodeId: pair.other.nvr.server.id },
    ]) {
      const { status } = await pair.ask(guest, door, { permissions: ['live'], ...more });
      expect([more, status]).toEqual([more, 400]);
    }
    for (const permission of ['archive', 'ptz']) {
      const asked = { permissions: ['live', permission], start: 1, end: 2 };
      const { status, json } = await pair.ask(guest, door, asked);
      expect([permission, status, json.code]).toEqual([permission, 403, 'ERR_FORBIDDEN']);
    }
  });
});

describe('12: a ticket', () => {
  it('of one camera is for no other one, and not for what it does not name', async () => {
    for (const socket of [await relay(), await direct()]) {
      await watching(socket);
      const told = async (id: string) => {
        socket.send(subscribe(id));
        const { code, message } = await socket.message(({ cameraId }) => cameraId === id);
        return [code, String(message).replaceAll(id, 'ID')];
      };
      expect(await told('vault')).toEqual(await told('nobody'));
      socket.send({ type: 'ptz', cameraId: 'door', action: 'stop' });
      await socket.message(({ code }) => code === 'ERR_FORBIDDEN');
      socket.end();
    }
    const playback = await direct('playback');
    playback.send({ type: 'tickets', tickets: [await pair.ticketFor(guest)] });
    playback.send({ type: 'open', cameras: ['door'], position: 1 });
    await playback.message(({ type, code }) => type === 'error' && code !== 'ERR_TICKET');
    expect(playback.pictures).toEqual([]);
    playback.end();
  });

  it('for some footage shows none before and none after it', async () => {
    const [start, end] = [1_000_000, 2_000_000];
    const asked = { permissions: ['archive'], start, end };
    const socket = await direct('playback');
    socket.send({ type: 'tickets', tickets: [await pair.ticketFor(admin, vault, asked)] });
    for (const position of [start - 1, end, 0, end + 1]) {
      const before = socket.messages.length;
      socket.send({ type: 'open', cameras: ['vault'], position });
      await socket.until(() => socket.messages.length > before);
      expect([position, socket.messages.at(-1)?.code]).toEqual([position, 'ERR_TICKET_RANGE']);
    }
    expect(socket.pictures).toEqual([]);
    socket.end();
  });

  it('is good once, also when its connection is over, and whichever way it came', async () => {
    const ticket = await pair.ticketFor(guest);
    const first = await relay();
    first.send({ type: 'tickets', tickets: [ticket] });
    first.send({ type: 'ping' });
    await first.message('pong');
    for (const again of [await relay(), await direct()]) {
      again.send({ type: 'tickets', tickets: [ticket] });
      await expectRefused(again);
    }
    first.end();
    const late = await direct();
    late.send({ type: 'tickets', tickets: [ticket] });
    await expectRefused(late);
  });

  it('is for pages of one origin; who else shows it uses it up', async () => {
    for (const origin of ['https://evil.example', 'null', `${originOf(home)}.evil.example`]) {
      const socket = node.anonymous.socket('/ws/live', { origin });
      expect([origin, await socket.opened]).toEqual([origin, 403]);
    }
    const stolen = await pair.ticketFor(guest);
    // A program, and a page of the node itself: both may connect.
    for (const headers of [{}, { origin: originOf(node) }] as Headers[]) {
      const thief = await direct('live', headers);
      thief.send({ type: 'tickets', tickets: [stolen] });
      await expectRefused(thief);
    }
    const owner = await direct();
    owner.send({ type: 'tickets', tickets: [stolen] });
    await expectRefused(owner);
  });

  it('does not become more in a connection of somebody else', async () => {
    const socket = await watching(await direct());
    const ofAdmin = await pair.ticketFor(admin, vault);
    socket.send({ type: 'tickets', tickets: [ofAdmin] });
    await socket.message(({ code }) => code === 'ERR_TICKET');
    socket.send(subscribe('vault'));
    await socket.message(({ cameraId, code }) => cameraId === 'vault' && code !== undefined);
    socket.send({ type: 'ping', sessionToken: (await node.login('ADMIN')).token });
    expect(await socket.closed).toBe(4401);
  });
});

describe('12: what runs when a right ends', () => {
  const both = async () => Promise.all([watching(await relay()), watching(await direct())]);
  /** Both ways are over, and nothing is left of them at the node. */
  async function expectEnded(sockets: readonly Socket[]): Promise<void> {
    expect(await Promise.all(sockets.map(({ closed }) => closed))).toEqual([4401, 4401]);
    await until(() => pair.holders === 0, 'the end of all of them');
  }

  it('ends with the session: the relay at home, the direct way at the node', async () => {
    const sockets = await both();
    const session = guest.sessionId;
    await admin.delete(`/api/system/sessions/${session}`);
    await expectEnded(sockets);
  });

  it('ends with the right for the camera', async () => {
    const sockets = await both();
    const user = home.nvr.sessions.users.list().find(({ username }) => username === 'guest');
    const permissions = { ...permissionsOf('VIEWER'), allowedCameras: [`yard@${nodeId}`] };
    await admin.put(`/api/users/${user?.id}`, { permissions });
    await expectEnded(sockets);
    guest = await home.loginAs('guest');
    expect((await pair.ask(guest, door)).status).toBe(404);
    await admin.put(`/api/users/${user?.id}`, {
      permissions: { ...permissions, allowedCameras: [door] },
    });
  });

  it('ends where the node revokes the key, which lets nobody in from then on', async () => {
    const sockets = await both();
    const waiting = await pair.ticketFor(guest);
    const { homes } = node.nvr;
    const operator = await node.login('ADMIN');
    const { status } = await operator.delete(`/api/system/api-keys/${homes.homes()[0]?.keyId}`);
    expect(status).toBe(204);
    await expectEnded(sockets);
    expect(homes.homes()).toEqual([]);
    const { json } = await pair.ask(guest, door);
    expect(json.code).toBe('ERR_NODE_KEY');
    expect(await node.anonymous.socket('/ws/live', pair.headers).opened).toBe(403);
    const program = await direct('live', {});
    program.send({ type: 'tickets', tickets: [waiting] });
    await expectRefused(program);
  });

  it('ends where the home removes the server', async () => {
    const { key: apiKey } = node.nvr.homes.createKey();
    const { status } = await admin.put(`/api/system/nodes/${nodeId}`, { apiKey });
    expect(status).toBe(200);
    await until(async () => (await pair.ask(guest, door)).status === 200, 'the other key');
    const sockets = await both();
    expect((await admin.delete(`/api/system/nodes/${nodeId}`)).json).toEqual({
      revokedThere: true,
    });
    await expectEnded(sockets);
    expect((await pair.ask(guest, door)).status).toBe(404);
  });
});
