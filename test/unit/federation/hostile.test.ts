// Nodes that are dead, slow, wrong or hostile: the others' cameras are there, and what is wrong is said.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { API_KEY, camera, certificate, openHome, problem, send, startNode, until } from './node.js';

beforeAll(() => {
  certificate(1);
});

type Instead = (request: IncomingMessage, response: ServerResponse) => void;

/** Bytes that come one by one. */
function drip(write: (text: string) => boolean, text: string): void {
  let at = 0;
  const timer = setInterval(() => write(text[at++ % text.length] as string), 20);
  setTimeout(() => clearInterval(timer), 4000).unref();
  timer.unref();
}

const wrong: [title: string, code: string, at: string, instead: Instead][] = [
  ['never answers', 'ERR_NODE_TIMEOUT', 'status', () => {}],
  [
    'sends its headers byte by byte',
    'ERR_NODE_TIMEOUT',
    'status',
    ({ socket }) =>
      drip((text) => socket.write(text), 'HTTP/1.1 200 OK\r\nx-slow: loris loris lor'),
  ],
  [
    'sends its body byte by byte',
    'ERR_NODE_TIMEOUT',
    'status',
    (_, response) => drip((text) => response.write(text), ' '),
  ],
  [
    'announces 10 GB',
    'ERR_NODE_ANSWER',
    'cameras',
    (_, response) => response.writeHead(200, { 'content-length': 1e10 }).write('['),
  ],
  [
    'sends without an end',
    'ERR_NODE_ANSWER',
    'cameras',
    (_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 0x20)));
      };
      response.on('drain', more);
      more();
    },
  ],
  [
    'nests its JSON',
    'ERR_NODE_ANSWER',
    'cameras',
    (_, response) => response.end(`${'['.repeat(400_000)}`),
  ],
  [
    'sends a gzip bomb',
    'ERR_NODE_ANSWER',
    'status',
    (_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(gzipSync(Buffer.alloc(2e7)));
    },
  ],
  [
    'sends headers without an end',
    'ERR_NODE_ANSWER',
    'status',
    ({ socket }) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}\r\n\r\n`),
  ],
  [
    'speaks no HTTP',
    'ERR_NODE_ANSWER',
    'status',
    ({ socket }) => socket.write('220 hello\r\n\r\n'),
  ],
  ['is a web page', 'ERR_NODE_ANSWER', 'status', (_, response) => response.end('<html>')],
  ['hangs up', 'ERR_NODE_UNREACHABLE', 'status', ({ socket }) => socket.destroy()],
  [
    'has a list of other things',
    'ERR_NODE_ANSWER',
    'cameras',
    (_, r) => send(r, 200, { items: 7 }),
  ],
  [
    'has cameras whose ids are paths',
    'ERR_NODE_ANSWER',
    'cameras',
    (_, r) => send(r, 200, { version: 'v1', items: [camera('../../etc')] }),
  ],
  ['has null for everything', 'ERR_NODE_ANSWER', 'status', (_, response) => response.end('null')],
  ['fails inside', 'ERR_NODE_ANSWER', 'status', (_, response) => send(response, 500, {})],
  ['refuses the key', 'ERR_NODE_KEY', 'pair', (_, response) => send(response, 401, problem(401))],
  [
    'has a key without that right',
    'ERR_NODE_KEY',
    'status',
    (_, r) => send(r, 403, problem(403, 'ERR_FORBIDDEN')),
  ],
  [
    'is of another home',
    'ERR_NODE_KEY_IN_USE',
    'pair',
    (_, response) => send(response, 409, problem(409, 'ERR_NODE_KEY_IN_USE')),
  ],
  ['is too old to be a node', 'ERR_NODE_VERSION', 'pair', (_, r) => send(r, 404, problem(404))],
  [
    'says that we are logged out',
    'ERR_NODE_ANSWER',
    'status',
    (_, response) => send(response, 400, problem(400, 'ERR_SESSION')),
  ],
];

it.each(wrong)('shows the others where one %s (%s)', async (_, code, at, instead) => {
  const [home, good, bad] = await started();
  bad.instead = (request, response) => {
    const isIt = request.url?.endsWith(`/${at}`) ?? false;
    if (isIt) instead(request, response);
    return isIt;
  };
  expectOthers(await home.client.cameras(), good.serverId, bad.serverId, code);
  await until(() => home.client.status()[1]?.state === 'ERROR');
  const [, status] = home.client.status();
  expect(status?.fault?.code).toBe(code);
  expect(status?.retryAt).toBeGreaterThan(Date.now() - 60_000);
});

it('shows the others where one is not there', async () => {
  const [home, good, bad] = await started();
  await bad.close();
  const all = await home.client.cameras();
  expectOthers(all, good.serverId, bad.serverId, 'ERR_NODE_UNREACHABLE');
});

it('shows the others where one takes connections and says nothing', async () => {
  const [home, good, bad] = await started();
  const mute = await listening(createServer(() => {}));
  home.registry.update(bad.serverId, { url: `https://127.0.0.1:${mute}`, acceptFingerprint: true });
  const all = await home.client.cameras();
  expectOthers(all, good.serverId, bad.serverId, 'ERR_NODE_TIMEOUT');
});

it('shows the others where one is of another version, and says who is older', async () => {
  for (const [range, older] of [
    [{ apiMin: 2, apiMax: 3 }, 'Update this server'],
    [{ apiMin: 0, apiMax: 0 }, 'Update that one'],
  ] as const) {
    const [home, good, bad] = await started();
    bad.says['/api/discovery/info'] = range;
    const all = await home.client.cameras();
    expectOthers(all, good.serverId, bad.serverId, 'ERR_NODE_VERSION');
    expect(all.nodes[1]?.error?.message).toContain(older);
    expect(bad.requests.filter(({ key }) => key !== undefined)).toEqual([]);
  }
});

it('sends no key to a server of another id, nor to itself', async () => {
  for (const code of ['ERR_NODE_IDENTITY', 'ERR_NODE_SELF']) {
    const [home, good, bad] = await started();
    const serverId = code === 'ERR_NODE_SELF' ? home.serverId : randomUUID();
    bad.says['/api/discovery/info'] = { serverId };
    expectOthers(await home.client.cameras(), good.serverId, bad.serverId, code);
    expect(bad.requests.map(({ path, key }) => [path, key])).toEqual([
      ['/api/discovery/info', undefined],
    ]);
  }
});

it('stops where the certificate is another one, before a byte of HTTP', async () => {
  const [home, good, bad] = await started();
  const { cert, key, fingerprint } = certificate(1);
  let [connections, bytes] = [0, 0];
  const other = createTlsServer({ cert, key }, (socket) => {
    socket.on('data', (data) => {
      bytes += data.length;
    });
    socket.on('error', () => {});
  });
  other.on('connection', () => {
    connections += 1;
  });
  const port = await listening(other);
  home.registry.update(bad.serverId, { url: `https://127.0.0.1:${port}`, acceptFingerprint: true });
  expectOthers(await home.client.cameras(), good.serverId, bad.serverId, 'ERR_NODE_IDENTITY');
  const [, status] = home.client.status();
  expect(status?.fault).toMatchObject({ code: 'ERR_NODE_IDENTITY', fingerprint });
  for (const call of [
    () => home.client.request(bad.serverId, { method: 'GET', path: '/api/events' }),
    () => home.client.stream(bad.serverId, { path: '/api/events' }),
    () => home.client.connect(bad.serverId),
    () => home.client.unpair(bad.serverId).then(({ reason }) => Promise.reject(reason)),
  ]) {
    await expect(call()).rejects.toMatchObject({ code: 'ERR_NODE_IDENTITY' });
  }
  expect(connections).toBeGreaterThan(1);
  expect(bytes).toBe(0);
});

it('checks the certificate of each connection anew', async () => {
  const [home, , bad] = await started();
  await home.client.cameras();
  expect(bad.connections).toBeGreaterThan(0);
  const port = Number(new URL(bad.url).port);
  const before = bad.requests.length;
  await bad.close();
  const impostor = await startNode({ serverId: bad.serverId, certificate: 1, port });
  const asked = home.client.request(bad.serverId, { method: 'GET', path: '/api/events' });
  await expect(asked).rejects.toMatchObject({
    code: 'ERR_NODE_IDENTITY',
    fingerprint: impostor.fingerprint,
  });
  expect([impostor.requests.length, bad.requests.length]).toEqual([0, before]);
});

it('follows no redirect', async () => {
  const [home, good, bad] = await started();
  const target = await startNode();
  bad.instead = (_, response) => {
    response.writeHead(302, { location: `${target.url}/api/federation/status` }).end();
    return true;
  };
  expectOthers(await home.client.cameras(), good.serverId, bad.serverId, 'ERR_NODE_ANSWER');
  expect(target.connections).toBe(0);
});

it('connects to no loopback and to no metadata service, whatever is in the list', async () => {
  const node = await startNode();
  const home = await openHome({ allowLoopback: false });
  home.add(node);
  home.add(node, { id: randomUUID(), url: 'https://169.254.169.254' });
  home.add(node, { id: randomUUID(), url: 'https://localhost:1' });
  const { nodes } = await home.client.cameras();
  expect(nodes.map(({ error }) => error?.code)).toEqual(Array(3).fill('ERR_ADDRESS_REFUSED'));
  expect(node.connections).toBe(0);
});

it('takes what is text for text, without what reverses or hides it', async () => {
  const [home, , bad] = await started();
  const name = '<img src=x onerror=alert(1)>\u202egpj.exe\u0000\u0007\u2066 \ud800';
  bad.says['/api/federation/cameras'] = {
    items: [
      { ...camera('cam0'), name, group: 'x'.repeat(5000), extra: { deep: [[1]] } },
      { ...camera('cam0'), name: 'the same id' },
      ...Array.from({ length: 1500 }, (_, i) => camera(`more${i}`)),
    ],
  };
  const { items } = await home.client.cameras();
  const [first, ...others] = items.filter(({ node }) => node.id === bad.serverId);
  expect(first?.name).toBe('<img src=x onerror=alert(1)>gpj.exe');
  expect(first?.group).toHaveLength(100);
  expect(first).not.toHaveProperty('extra');
  expect(others).toHaveLength(998);
});

it('measures how wrong a clock is, and takes the footage as it is', async () => {
  const [home, , bad] = await started();
  bad.clockOffsetMs = -3_600_000;
  const { nodes } = await home.client.cameras();
  expect(nodes[1]?.status).toBe('ok');
  const [good, late] = home.client.status();
  expect(Math.abs((late?.clockOffsetMs ?? 0) + 3_600_000)).toBeLessThan(30_000);
  expect(Math.abs(good?.clockOffsetMs ?? 1e9)).toBeLessThan(30_000);
});

it('keeps no connection to nodes that misbehave', async () => {
  const [home, , bad] = await started();
  bad.instead = () => true;
  await home.client.cameras();
  await new Promise<void>((resolve) => {
    if (bad.sockets.size === 0) return resolve();
    for (const socket of bad.sockets) socket.on('close', () => bad.sockets.size === 0 && resolve());
  });
  expect(bad.requests.some(({ key }) => key === API_KEY)).toBe(false);
});

async function started() {
  const [good, bad] = await Promise.all([startNode({ name: 'A' }), startNode({ name: 'B' })]);
  const home = await openHome();
  home.add(good);
  home.add(bad);
  return [home, good, bad] as const;
}

type Aggregate = Awaited<ReturnType<Awaited<ReturnType<typeof openHome>>['client']['cameras']>>;

function expectOthers({ items, nodes }: Aggregate, good: string, bad: string, code: string) {
  expect(items.map(({ id }) => id)).toEqual([`cam0@${good}`, `cam1@${good}`]);
  expect(nodes).toMatchObject([
    { id: good, status: 'ok' },
    { id: bad, label: 'B', status: 'error', error: { code } },
  ]);
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const open = new Set<Socket>();
  server.on('connection', (socket) => open.add(socket));
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
