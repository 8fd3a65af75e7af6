// Pages of other servers at the sockets, by tickets: what they may, for how long, and what they may not.
import { describe, expect, it } from 'vitest';
import { LiveSocket } from '../../../../examples/nvr/server/sockets/live-socket.js';
import { TicketDoor } from '../../../../examples/nvr/server/sockets/ticket-door.js';
import { DEFAULT_QUOTA, FluxError } from '../../../../src/index.js';
import { ORIGIN, openNode, terms } from '../../federation/auth.js';
import { until } from '../../recording/recorded.js';
import { callerOf, connect, openHost } from './socket-host.js';

/** A server with cameras, a home that is paired with it, and connections of the home's pages. */
async function openHome(cameras: number) {
  const [host, node] = [await openHost(cameras), await openNode()];
  const { key } = node.pair();
  const audited: unknown[] = [];
  let isAudited = true;
  const ticket = (cameraId = 'cam1', change: object = {}) =>
    node.auth.issueTicket(key, terms({ cameraId, ...change })).ticket;
  const arrive = (origin: string = ORIGIN) => {
    const door = new TicketDoor({
      address: '192.0.2.7',
      ...{ homes: node.auth, origin, quota: () => DEFAULT_QUOTA },
      audit: (_actor, subject, detail) => {
        if (!isAudited) throw new FluxError('ERR_AUDIT', 'The disk is full.');
        audited.push([subject, detail.user]);
      },
    });
    const served = { ...host, redeem: door.redeem.bind(door) };
    return connect((socket) => new LiveSocket(served, socket, undefined, () => {}));
  };
  const failAudit = () => {
    isAudited = false;
  };
  return { ...node, host, key, ticket, arrive, audited, failAudit };
}

const subscribe = (...ids: string[]) => ({
  type: 'subscribe',
  cameras: ids.map((id) => ({ id, quality: 'FULLSCREEN' })),
});
const tickets = (...list: string[]) => ({ type: 'tickets', tickets: list });

describe('a page that shows a ticket', () => {
  it('sees that camera, and learns of no other', async () => {
    const { arrive, ticket, audited, auth } = await openHome(2);
    const client = await arrive();
    client.send(tickets(ticket()));
    client.send({ type: 'hello' });
    client.send(subscribe('cam2', 'nothere', 'cam1'));
    await until(() => client.pictures.length > 2);
    const refused = client.messages.filter(({ type }) => type === 'error');
    expect(refused.map(({ code, cameraId }) => [code, cameraId])).toEqual([
      ['ERR_CAMERA_NOT_FOUND', 'cam2'],
      ['ERR_CAMERA_NOT_FOUND', 'nothere'],
    ]);
    client.send({ type: 'ptz', cameraId: 'cam1', action: 'stop' });
    await until(() => client.messages.some(({ code }) => code === 'ERR_FORBIDDEN'));
    expect(audited).toEqual([['cam1', 'kim']]);
    client.socket.close();
    await until(() => auth.holders().length === 0);
  });

  it('may add cameras and rights, and is told of tickets that are not good', async () => {
    const { arrive, ticket, host, audited } = await openHome(2);
    const client = await arrive();
    const first = ticket();
    client.send(tickets(first));
    client.send(tickets(ticket('cam2', { permissions: ['live', 'ptz'] }), first, ticket()));
    client.send(subscribe('cam2'));
    client.send({ type: 'ptz', cameraId: 'cam2', action: 'stop' });
    await until(() => host.moves.length > 0 && client.pictures.length > 0);
    expect(client.messages.filter(({ type }) => type === 'error')).toMatchObject([
      { code: 'ERR_TICKET' },
    ]);
    // The renewed one is not news.
    expect(audited).toEqual([
      ['cam1', 'kim'],
      ['cam2', 'kim'],
    ]);
  });

  it('is not let in by one that is not good, in the same words whatever is wrong', async () => {
    const { arrive, ticket, auth, clock, apiKeys, key } = await openHome(1);
    const [used, late, revoked] = [ticket(), ticket(), ticket()];
    auth.redeem([used], { origin: ORIGIN }).close();
    const told: unknown[] = [];
    const show = async (one: string, origin?: string) => {
      const client = await arrive(origin);
      client.send(tickets(one));
      told.push([await client.closed, client.messages]);
    };
    await show(used);
    await show(ticket(), 'https://evil.example');
    await show(ticket(), '');
    await show(`fvt_${'A'.repeat(43)}`);
    clock.ms += 60_000;
    await show(late);
    apiKeys.revoke(key.id);
    await show(revoked);
    expect(told[0]).toEqual([4401, [expect.objectContaining({ code: 'ERR_TICKET' })]]);
    for (const each of told) expect(each).toEqual(told[0]);
  });

  it('has no camera any more where its lease ends, and no connection where all end', async () => {
    const { arrive, ticket, auth, clock } = await openHome(2);
    const client = await arrive();
    client.send(tickets(ticket('cam1'), ticket('cam2')));
    client.send(subscribe('cam1', 'cam2'));
    await until(() => client.messages.filter(({ type }) => type === 'stream').length === 2);
    clock.ms = 100_000;
    client.send(tickets(ticket('cam2')));
    client.send({ type: 'ping' });
    await client.message('pong');
    clock.ms = 120_000;
    auth.expire();
    expect(await client.message('stopped')).toMatchObject({ cameraId: 'cam1', code: 'ERR_TICKET' });
    client.send(subscribe('cam1'));
    await client.message('error');
    expect(client.messages.at(-1)).toMatchObject({ code: 'ERR_CAMERA_NOT_FOUND' });
    clock.ms = 220_000;
    auth.expire();
    expect(await client.closed).toBe(4401);
    expect(client.messages.at(-1)).toMatchObject({ type: 'session_expired', code: 'expired' });
  });

  it.each([
    ['the key', ({ apiKeys, key }: Awaited<ReturnType<typeof openHome>>) => apiKeys.revoke(key.id)],
    ['the home', ({ auth, key }: Awaited<ReturnType<typeof openHome>>) => auth.unpair(key.id)],
    [
      'the user',
      ({ auth, key }: Awaited<ReturnType<typeof openHome>>) => auth.endTickets(key.id, 'kim'),
    ],
  ])('is cut off at once where %s ends', async (_what, end) => {
    const home = await openHome(1);
    const client = await home.arrive();
    client.send(tickets(home.ticket()));
    client.send(subscribe('cam1'));
    await client.message('stream');
    end(home);
    expect(await client.closed).toBe(4401);
    expect(client.messages.at(-1)).toMatchObject({ type: 'session_expired', code: 'revoked' });
  });

  it('sees nothing that is not on the audit log', async () => {
    const { arrive, ticket, failAudit, auth } = await openHome(1);
    const client = await arrive();
    failAudit();
    client.send(tickets(ticket()));
    expect(await client.closed).toBe(4401);
    expect(auth.holders()).toEqual([]);
  });

  it('is let go where it goes on with bad ones, and has none where it has a session', async () => {
    const { arrive, ticket, host, auth } = await openHome(1);
    const client = await arrive();
    client.send(tickets(ticket()));
    for (let i = 0; i < 10; i++) client.send(tickets(`fvt_${'A'.repeat(43)}`));
    expect(await client.closed).toBe(1008);

    const door = new TicketDoor({
      address: '192.0.2.7',
      ...{ homes: auth, origin: ORIGIN, quota: () => DEFAULT_QUOTA, audit: () => {} },
    });
    const both = await connect((socket) => {
      const served = { ...host, redeem: door.redeem.bind(door) };
      return new LiveSocket(served, socket, callerOf().caller, () => {});
    });
    both.send(tickets(ticket()));
    expect(await both.message('error')).toMatchObject({ code: 'ERR_STATE' });
  });
});
