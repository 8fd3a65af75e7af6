// A home and its nodes: pairing without a word to the wrong one, tickets, questions, pictures, and memory of
// what is not there at present.
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { nodePath } from '../../../src/federation/index.js';
import { rejectionOf } from '../thrown.js';
import { API_KEY, certificate, openHome, problem, send, startNode, until } from './node.js';

beforeAll(() => {
  certificate(1);
});

const user = { name: 'guard', role: 'VIEWER' as const };

it('probes who is there without any credentials', async () => {
  const [home, node] = [await openHome(), await startNode({ name: 'Warehouse' })];
  const probed = await home.client.probe(`${node.url}/`);
  expect(probed).toMatchObject({
    url: node.url,
    info: { serverId: node.serverId, name: 'Warehouse', apiMin: 1, apiMax: 1 },
    ...{ fingerprint: node.fingerprint, subject: 'CN=camera', selfSigned: false },
  });
  expect(probed).not.toHaveProperty('refusal');
  expect(probed.validTo).toBeGreaterThan(Date.now());
  expect(node.requests.map(({ path, key }) => [path, key])).toEqual([
    ['/api/discovery/info', undefined],
  ]);
});

it('pairs: says who it is, keeps key and certificate, and shows the cameras', async () => {
  const [home, node] = [await openHome(), await startNode({ name: 'Warehouse' })];
  const { url, fingerprint } = node;
  const paired = await home.client.pair({ url, fingerprint, apiKey: API_KEY, group: 'south' });
  expect(paired).toMatchObject({ id: node.serverId, label: 'Warehouse', url, fingerprint });
  const [, pairing] = node.requests;
  expect([pairing?.method, pairing?.path, pairing?.key]).toEqual([
    ...['POST', '/api/federation/pair', API_KEY],
  ]);
  expect(JSON.parse(pairing?.body ?? '')).toEqual({
    ...{ homeId: home.serverId, name: 'Home', origins: ['https://home.example'] },
  });
  const { items } = await home.client.cameras();
  expect(items[0]).toMatchObject({
    id: `cam0@${node.serverId}`,
    name: 'Camera cam0',
    node: { id: node.serverId, label: 'Warehouse' },
  });
  expect((await home.client.probe(url)).refusal).toBe('known');
});

it('gives the key to no other certificate, not to itself, and to no node that it has', async () => {
  const home = await openHome();
  const [node, itself] = [await startNode(), await startNode({ serverId: home.serverId })];
  const again = await startNode({ serverId: node.serverId });
  const pair = ({ url }: { url: string }, fingerprint = node.fingerprint) =>
    rejectionOf(() => home.client.pair({ url, fingerprint, apiKey: API_KEY }));
  const other = await pair(node, certificate(1).fingerprint);
  expect([other.code, other.fingerprint]).toEqual(['ERR_NODE_IDENTITY', node.fingerprint]);
  expect(node.requests).toEqual([]);
  expect((await home.client.probe(itself.url)).refusal).toBe('self');
  expect((await pair(itself)).code).toBe('ERR_NODE_SELF');
  home.add(node, { label: 'The yard' });
  const known = await pair(again);
  expect(known.code).toBe('ERR_NODE_EXISTS');
  expect(known.message).toContain("'The yard'");
  for (const { requests } of [node, itself, again]) {
    expect(requests.filter(({ key }) => key !== undefined)).toEqual([]);
  }
});

it.each([
  ['ERR_NODE_KEY', 401, 'ERR_API_KEY'],
  ['ERR_NODE_KEY', 403, 'ERR_FORBIDDEN'],
  ['ERR_NODE_KEY_IN_USE', 409, 'ERR_NODE_KEY_IN_USE'],
  ['ERR_NODE_SELF', 409, 'ERR_NODE_SELF'],
])('adds nothing where the pairing is refused (%s, %i)', async (code, status, there) => {
  const [home, node] = [await openHome(), await startNode()];
  node.instead = (request, response) => {
    const isPair = request.url === '/api/federation/pair';
    if (isPair) send(response, status, problem(status, there));
    return isPair;
  };
  const { url, fingerprint } = node;
  const refused = await rejectionOf(() => home.client.pair({ url, fingerprint, apiKey: API_KEY }));
  expect(refused.code).toBe(code);
  expect(refused.message).not.toContain(API_KEY);
  expect([home.registry.list(), home.store.secretNames()]).toEqual([[], []]);
});

it('ends the key at both ends, or says that it could not', async () => {
  const home = await openHome();
  const [node, gone] = [await startNode(), await startNode()];
  home.add(node);
  home.add(gone);
  expect(await home.client.unpair(node.serverId)).toEqual({ revokedThere: true });
  expect(node.requests.at(-1)).toMatchObject({ method: 'DELETE', path: '/api/federation/pair' });
  await gone.close();
  const { revokedThere, reason } = await home.client.unpair(gone.serverId);
  expect([revokedThere, reason?.code]).toEqual([false, 'ERR_NODE_UNREACHABLE']);
  expect([home.registry.list(), home.store.secretNames()]).toEqual([[], []]);
});

it('shows what it knew of a node that is gone, and since when', async () => {
  const [home, node] = [await openHome(), await startNode()];
  home.add(node);
  expect((await home.client.cameras()).nodes).toMatchObject([{ status: 'ok' }]);
  await node.close();
  home.clock.ms += 61_000;
  await home.client.cameras();
  await until(() => home.client.status()[0]?.state === 'ERROR');
  const { items, nodes } = await home.client.cameras();
  expect(items).toHaveLength(2);
  expect(nodes).toMatchObject([{ status: 'stale', error: { code: 'ERR_NODE_UNREACHABLE' } }]);
  expect(nodes[0]?.asOf).toBeLessThan(Date.now() + 61_000);
});

it('leaves nodes that are switched off alone', async () => {
  const [home, node] = [await openHome(), await startNode()];
  home.add(node, { enabled: false });
  expect(await home.client.cameras()).toEqual({ items: [], nodes: [] });
  const refused = await rejectionOf(() => home.client.connect(node.serverId));
  expect([refused.code, node.connections]).toEqual(['ERR_NODE_DISABLED', 0]);
});

it('fetches a ticket for one camera of one page, and ends those of a user', async () => {
  const [home, node] = [await openHome(), await startNode()];
  home.add(node, { directUrl: 'https://nvr.example:8443' });
  const ticket = await home.client.ticket({
    ...{ camera: `door@${node.serverId}`, permissions: ['live', 'ptz'], user },
    origin: 'https://home.example',
  });
  expect(ticket).toEqual({
    ...{ ticket: `fvt_${'t'.repeat(43)}`, permissions: ['live'], redeemWithinMs: 60_000 },
    ...{ leaseMs: 120_000, nodeId: node.serverId, cameraId: 'door' },
    directUrl: 'https://nvr.example:8443',
  });
  expect(JSON.parse(node.requests[0]?.body ?? '')).toEqual({
    ...{ cameraId: 'door', permissions: ['live', 'ptz'], user, origin: 'https://home.example' },
  });
  const gone = await startNode();
  home.add(gone);
  await gone.close();
  await home.client.endTickets('guard');
  expect(node.requests.at(-1)).toMatchObject({
    ...{ method: 'DELETE', path: '/api/federation/tickets', body: '{"user":"guard"}' },
  });
});

it.each([
  ...['/', '/apix', '/api/', '/api/../x', '/api/./x', '/api/%2e%2e/x', '/api/a%2fb', '/api/a?b'],
  ...['/api/a#b', '//evil/api', 'https://evil/api/x', '/api\\x', '/api/x y', '/api/%zz', ''],
])('asks for no path like %j', async (path) => {
  const [home, node] = [await openHome(), await startNode()];
  home.add(node);
  const refused = await rejectionOf(() =>
    home.client.request(node.serverId, { method: 'GET', path }),
  );
  expect([refused.code, node.connections]).toEqual(['ERR_INVALID_ARGUMENT', 0]);
});

it('puts ids into paths as one segment', () => {
  expect(nodePath`/api/cameras/${'a@b'}/x`).toBe('/api/cameras/a%40b/x');
  expect(nodePath`/api/exports/${'../?#'}`).toBe('/api/exports/..%2F%3F%23');
});

it('hands on what a node refuses in words of its own, and no code that means something here', async () => {
  const [home, node] = [await openHome(), await startNode()];
  home.add(node);
  const codes: string[] = [];
  for (const code of ['ERR_NO_FOOTAGE', 'ERR_STATE', 'ERR_SESSION', 'ERR_LOGIN_REFUSED']) {
    node.instead = (_, response) => {
      send(response, 409, problem(409, code));
      return true;
    };
    const asked = home.client.request(node.serverId, { method: 'POST', path: '/api/events' });
    codes.push((await rejectionOf(() => asked)).code);
  }
  expect(codes).toEqual(['ERR_NO_FOOTAGE', 'ERR_STATE', 'ERR_NODE_ANSWER', 'ERR_NODE_ANSWER']);
});

it('streams a file with its range, and passes on no header that is not of the body', async () => {
  const [home, node] = [await openHome(), await startNode()];
  home.add(node);
  node.instead = (request, response) => {
    response.writeHead(206, {
      ...{ 'content-type': 'image/jpeg', 'content-range': 'bytes 0-3/9', etag: '"1"' },
      ...{ 'set-cookie': 'session=x', 'access-control-allow-origin': '*' },
    });
    response.end(`${request.headers.range} ${request.headers.cookie}`);
    return true;
  };
  const { status, headers, body } = await home.client.stream(node.serverId, {
    path: '/api/cameras/cam0/snapshot',
    headers: { range: 'bytes=0-3', cookie: 'session=mine' },
  });
  expect(status).toBe(206);
  expect(headers).toEqual({
    ...{ 'content-type': 'image/jpeg', 'content-range': 'bytes 0-3/9', etag: '"1"' },
  });
  expect(await text(body)).toBe('bytes=0-3 undefined');
});

it('ends a stream with its caller, and lets the next one in', async () => {
  const [home, node] = [await openHome(), await startNode()];
  home.add(node);
  node.instead = (_, response) => {
    response.writeHead(200).write('x');
    return true;
  };
  for (let i = 0; i < 6; i++) {
    const ends = new AbortController();
    const { body } = await home.client.stream(node.serverId, {
      ...{ path: '/api/exports/1/files/a', signal: ends.signal },
    });
    body.on('error', () => {});
    if (i % 2 === 0) ends.abort();
    else body.destroy();
    await until(() => body.closed);
  }
  const late = new AbortController();
  late.abort();
  const stopped = await rejectionOf(() =>
    home.client.stream(node.serverId, { path: '/api/x', signal: late.signal }),
  );
  expect(stopped.code).toBe('ERR_ABORTED');
  await until(() => node.sockets.size === 0);
});

it('gives up a stream whose caller goes before the node answers', async () => {
  const [home, node] = [await openHome(), await startNode()];
  home.add(node);
  node.instead = () => true;
  const ends = new AbortController();
  const path = '/api/cameras/cam0/snapshot';
  const stopped = rejectionOf(() =>
    home.client.stream(node.serverId, { path, signal: ends.signal }),
  );
  await until(() => node.requests.some((seen) => seen.path === path));
  ends.abort();
  expect((await stopped).code).toBe('ERR_ABORTED');
  await until(() => node.sockets.size === 0);
});

it('refuses a stream that is refused, redirected or compressed', async () => {
  const [home, node] = [await openHome(), await startNode()];
  home.add(node);
  const codes: string[] = [];
  for (const [status, headers] of [
    [404, {}],
    [302, { location: 'https://127.0.0.1/' }],
    [200, { 'content-encoding': 'gzip' }],
    [401, {}],
  ] as const) {
    node.instead = (_, response) => {
      response.writeHead(status, headers).end(JSON.stringify(problem(status)));
      return true;
    };
    const streamed = home.client.stream(node.serverId, { path: '/api/x' });
    codes.push((await rejectionOf(() => streamed)).code);
  }
  expect(codes).toEqual(['ERR_NOT_FOUND', 'ERR_NODE_ANSWER', 'ERR_NODE_ANSWER', 'ERR_NODE_KEY']);
});

it('gives a pinned connection for a relay, and uses at most two for what it asks', async () => {
  const [home, node] = [await openHome(), await startNode()];
  home.add(node);
  const paths = Array.from({ length: 20 }, (_, i) => nodePath`/api/cameras/${`c${i}`}`);
  node.instead = (_, response) => {
    send(response, 200, {});
    return true;
  };
  await Promise.all(
    paths.map((path) => home.client.request(node.serverId, { method: 'GET', path })),
  );
  expect(node.connections).toBeLessThanOrEqual(2);
  const socket = await home.client.connect(node.serverId);
  socket.write(`GET /api/x HTTP/1.1\r\nhost: node\r\nconnection: close\r\n\r\n`);
  expect(await text(socket)).toContain('200 OK');
});

it('goes on where a node closed a kept connection, and closes all of its own at the end', async () => {
  const [home, node] = [await openHome(), await startNode()];
  home.add(node);
  await home.client.cameras();
  for (const socket of node.sockets) socket.destroy();
  const asked = { method: 'GET', path: '/api/federation/status' } as const;
  expect(await home.client.request(node.serverId, asked)).toMatchObject({ name: 'Node' });
  await home.client.close();
  await until(() => node.sockets.size === 0);
});

it('waits for a reader that rests, and not for a node that says no more', async () => {
  const [home, node] = [await openHome(), await startNode()];
  home.add(node);
  const bytes = 1 << 20;
  node.instead = (_, response) => {
    response.writeHead(200, { 'content-type': 'video/mp4' });
    response.write(Buffer.alloc(bytes));
    return true;
  };
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const { body } = await home.client.stream(node.serverId, { path: '/api/x' });
  body.read(0);
  while (body.readableLength < body.readableHighWaterMark) await setImmediate();
  vi.advanceTimersByTime(600_000);
  expect(body.destroyed).toBe(false);
  const reader = body[Symbol.asyncIterator]();
  for (let read = 0; read < bytes; ) read += (await reader.next()).value.length;
  const silence = rejectionOf(() => reader.next());
  vi.advanceTimersByTime(30_000);
  expect(await silence).toMatchObject({ code: 'ERR_NODE_TIMEOUT' });
});
