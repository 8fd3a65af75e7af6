// Events of another server as they happen: once each, in bounds, and only while somebody listens.
import { describe, expect, it, onTestFinished } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import type { NvrEvent } from '../../../../examples/nvr/protocol/index.js';
import { NodeEvents } from '../../../../examples/nvr/server/federation/node-events.js';
import { openNodeSocket } from '../../../../examples/nvr/server/federation/node-socket.js';
import { ServerConnectionPool } from '../../../../src/federation/index.js';
import { API_KEY, openHome, send, startNode, until } from '../../federation/node.js';

function happening(id: string, change: Partial<NvrEvent> = {}): NvrEvent {
  return { id, cameraId: 'door', event: 'motion', start: Date.now(), hasFootage: true, ...change };
}

function eventsOf({ registry, client }: Awaited<ReturnType<typeof openHome>>) {
  const pool = new ServerConnectionPool({ registry, client, activeMs: 20, backgroundMs: 20 });
  const events = new NodeEvents({ registry, client, pool });
  onTestFinished(async () => {
    events.close();
    await pool.close();
  });
  return { pool, events };
}

/** A home that listens to a node, and what the node has in its hands. */
async function connected() {
  const node = await startNode({ name: 'Warehouse' });
  const listed: NvrEvent[] = [];
  const queries: URLSearchParams[] = [];
  node.instead = (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', node.url);
    if (pathname !== '/api/events') return false;
    queries.push(searchParams);
    send(response, 200, { items: listed });
    return true;
  };
  const sockets = new WebSocketServer({ noServer: true });
  const lines: WebSocket[] = [];
  const keys: unknown[] = [];
  node.server.on('upgrade', (request, socket, head) => {
    keys.push([request.url, request.headers['x-nvr-auth'], request.headers.origin]);
    sockets.handleUpgrade(request, socket, head, (line) => lines.push(line));
  });
  const home = await openHome();
  home.add(node);
  const { events } = eventsOf(home);
  const told: NvrEvent[] = [];
  const labels = new Set<string>();
  const listen = () =>
    events.listen((event, { label }) => {
      told.push(event);
      labels.add(label);
    });
  const say = (what: unknown) => lines.at(-1)?.send(JSON.stringify(what));
  const tell = (event: NvrEvent) => say({ type: 'event', detail: event });
  /** So often the node has said since how it does. */
  const polled = () => node.requests.filter(({ path }) => path.endsWith('/status')).length;
  const polls = async (count: number) => {
    const until_ = polled() + count;
    await until(() => polled() >= until_);
  };
  return {
    ...{ node, home, lines, keys, listed, queries, told, labels, listen, say, tell },
    polls,
  };
}

describe('events of a node', () => {
  it('come over one connection, which is there while somebody listens', async () => {
    const { node, lines, keys, told, labels, listen, tell, polls } = await connected();
    await polls(2);
    expect(lines).toEqual([]);
    const [first, second] = [listen(), listen()];
    await until(() => lines.length === 1);
    expect(keys).toEqual([['/ws/events', API_KEY, undefined]]);
    tell(happening('onvif:motion-door-1', { metadata: { note: 'a' } }));
    await until(() => told.length === 2);
    expect(told[0]).toMatchObject({
      ...{ id: `onvif:motion-door-1@${node.serverId}`, cameraId: `door@${node.serverId}` },
      metadata: { note: 'a' },
    });
    expect([...labels]).toEqual(['Warehouse']);
    first();
    await polls(2);
    expect(lines.map(({ readyState }) => readyState)).toEqual([1]);
    second();
    await until(() => lines[0]?.readyState === 3);
    await polls(2);
    expect(lines).toHaveLength(1);
  });

  it('that were missed are listed when the line is there again, and none comes twice', async () => {
    const { lines, listed, queries, told, listen, tell } = await connected();
    const began = Date.now();
    listen();
    await until(() => queries.length === 1);
    const known = happening('known');
    tell(known);
    await until(() => told.length === 1);
    listed.push(happening('missed', { end: Date.now() }), { ...known, end: Date.now() }, known);
    lines[0]?.terminate();
    await until(() => queries.length === 2 && told.length === 3);
    expect(told.map(({ id, end }) => [id.split('@')[0], end === undefined])).toEqual([
      ['known', true],
      ['known', false],
      ['missed', false],
    ]);
    const since = queries.map((query) => Number(query.get('start')));
    expect(since).toHaveLength(2);
    for (const start of since) expect(Math.abs(start - began)).toBeLessThan(30_000);
  });

  it.each<[string, (line: WebSocket) => void]>([
    ['too large', (line) => line.send(JSON.stringify({ type: 'x', more: 'x'.repeat(20_000) }))],
    [
      'too deep',
      (line) => line.send(`{"type":"event","detail":${'['.repeat(40)}${']'.repeat(40)}}`),
    ],
    ['no JSON', (line) => line.send('<script>alert(1)</script>')],
    ['of another shape', (line) => line.send('{"type":"event","detail":{"id":1}}')],
    ['a flood', (line) => Array.from({ length: 5000 }, () => line.send('{"type":"x"}'))],
    ['a flood of pings', (line) => Array.from({ length: 5000 }, () => line.ping())],
  ])(
    'that are %s end the connection, and the second time the node is left alone',
    async (...to) => {
      const { lines, told, listen, polls } = await connected();
      listen();
      for (const count of [1, 2]) {
        await until(() => lines.length >= count);
        const line = lines[count - 1] as WebSocket;
        to[1](line);
        await until(() => line.readyState === 3);
      }
      await polls(3);
      expect(lines).toHaveLength(2);
      expect(told).toEqual([]);
    },
  );

  it('have harmless texts, small extras, and cameras of that server alone', async () => {
    const { node, lines, told, listen, tell } = await connected();
    listen();
    await until(() => lines.length === 1);
    tell(happening('1', { cameraId: `door@${node.serverId}` }));
    tell(
      happening('2', {
        event: 'a\u202eb\u0007',
        metadata: { a: 'x'.repeat(1999), b: 'x'.repeat(99) },
      }),
    );
    await until(() => told.length === 1);
    expect(told).toMatchObject([{ cameraId: `door@${node.serverId}`, event: 'ab' }]);
    expect(told[0]).not.toHaveProperty('metadata');
  });

  it('are none where a node offers none, which is fine', async () => {
    const node = await startNode();
    const home = await openHome();
    home.add(node);
    let asked = 0;
    node.server.on('upgrade', (_request, socket) => {
      asked += 1;
      socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n');
    });
    const { pool, events } = eventsOf(home);
    events.listen(() => {});
    let polled = 0;
    pool.on('report', () => {
      polled += 1;
    });
    await until(() => polled > 5);
    expect(asked).toBe(2);
    expect(home.client.status()).toMatchObject([{ state: 'CONNECTED' }]);
  });
});

it('keeps a connection to a node after the time in which it had to open', async () => {
  const { home, node, lines } = await connected();
  const opening = new AbortController();
  const socket = await openNodeSocket(home, node.serverId, {
    ...{ path: '/ws/live', maxPayload: 1000, signal: opening.signal },
  });
  onTestFinished(() => socket.terminate());
  socket.resume();
  opening.abort();
  const heard = new Promise((resolve) => socket.once('message', resolve));
  lines[0]?.send('still there');
  expect(String(await heard)).toBe('still there');
});
