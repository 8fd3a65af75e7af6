// What is known of nodes stays fresh: who is asked when, and what becomes of one that fails.
import { expect, it, onTestFinished } from 'vitest';
import { CircuitBreaker } from '../../../src/federation/circuit-breaker.js';
import { ClockOffset } from '../../../src/federation/clock-offset.js';
import { ServerConnectionPool } from '../../../src/federation/index.js';
import { openHome, problem, type SeenRequest, send, startNode, until } from './node.js';

async function pooled(count: number, intervals = { activeMs: 20, backgroundMs: 20 }) {
  const home = await openHome();
  const nodes = await Promise.all(Array.from({ length: count }, () => startNode()));
  for (const node of nodes) home.add(node);
  const { registry, client } = home;
  const pool = new ServerConnectionPool({ registry, client, ...intervals });
  onTestFinished(() => pool.close());
  const states: string[] = [];
  pool.on('state', ({ state, fault }) => states.push(fault ? `${state} ${fault.code}` : state));
  return { ...home, pool, nodes, node: nodes[0] as (typeof nodes)[0], states };
}

it('connects by itself, says each state, and fetches the cameras once', async () => {
  const { pool, node, states } = await pooled(1);
  const changed: string[] = [];
  pool.on('cameras', (id) => changed.push(id));
  let reports = 0;
  pool.on('report', () => {
    reports += 1;
  });
  await until(() => reports >= 4);
  expect(states).toEqual(['CONNECTING', 'AUTHENTICATING', 'CONNECTED']);
  expect(changed).toEqual([node.serverId]);
  const paths = node.requests.map(({ path }) => path);
  expect(paths.slice(0, 4)).toEqual([
    ...['/api/discovery/info', '/api/federation/pair'],
    ...['/api/federation/status', '/api/federation/cameras'],
  ]);
  expect(new Set(paths.slice(4))).toEqual(new Set(['/api/federation/status']));
  expect(node.connections).toBe(1);
  node.cameraCount = 3;
  node.camerasVersion = 'v2';
  await until(() => changed.length === 2);
});

it('tells a node what is new of its home', async () => {
  const { node, self, pool } = await pooled(1);
  await until(() => pool.statuses()[0]?.state === 'CONNECTED');
  self.origins.push('https://other.example');
  const pairings = () => node.requests.filter(({ path }) => path === '/api/federation/pair');
  await until(() => pairings().length === 2);
  expect(JSON.parse(pairings()[1]?.body ?? '').origins).toContain('https://other.example');
});

it('comes to a node anew with another key, also where the one before is still good', async () => {
  const { node, registry, pool } = await pooled(1);
  await until(() => pool.statuses()[0]?.state === 'CONNECTED');
  const apiKey = `fvk_next_${'s'.repeat(43)}`;
  registry.update(node.serverId, { apiKey });
  const isPairing = ({ path, key }: SeenRequest) =>
    path === '/api/federation/pair' && key === apiKey;
  await until(() => node.requests.some(isPairing));
});

it('keeps what a node calls itself, and the label that it was given here', async () => {
  const { node, registry, pool } = await pooled(1);
  await until(() => pool.statuses()[0]?.state === 'CONNECTED');
  node.name = 'North gate';
  await until(() => registry.get(node.serverId).name === 'North gate');
  expect(registry.get(node.serverId).label).toBe('Node');
  expect(pool.statuses()[0]?.state).toBe('CONNECTED');
});

it('comes back by itself to a node that flaps', async () => {
  const { clock, pool, node, states } = await pooled(1);
  for (let i = 0; i < 3; i++) {
    await until(() => pool.statuses()[0]?.state === 'CONNECTED');
    node.instead = ({ socket }) => {
      socket.destroy();
      return true;
    };
    await until(() => pool.statuses()[0]?.fault?.code === 'ERR_NODE_UNREACHABLE');
    node.instead = undefined;
    clock.ms += 20_000;
  }
  await until(() => pool.statuses()[0]?.state === 'CONNECTED');
  expect(states.filter((state) => state === 'CONNECTED')).toHaveLength(4);
  expect(pool.statuses()[0]).not.toHaveProperty('fault');
});

it('stops asking after five failures, and says at once what is wrong meanwhile', async () => {
  const { clock, client, pool, node } = await pooled(1);
  await until(() => pool.statuses()[0]?.state === 'CONNECTED');
  node.instead = (_, response) => {
    send(response, 500, {});
    return true;
  };
  let failures = 0;
  pool.on('state', ({ state }) => {
    if (state === 'ERROR') failures += 1;
  });
  while (failures < 5) {
    const before = failures;
    await until(() => failures > before);
    if (failures < 5) clock.ms += 12_000;
  }
  const asked = node.requests.length;
  const request = client.request(node.serverId, { method: 'GET', path: '/api/events' });
  await expect(request).rejects.toMatchObject({ code: 'ERR_NODE_ANSWER' });
  expect(node.requests.length).toBe(asked);
  const [status] = pool.statuses();
  expect((status?.retryAt ?? 0) - Date.now() - clock.ms).toBeGreaterThan(10_000);
  node.instead = undefined;
  pool.connect(node.serverId);
  await until(() => pool.statuses()[0]?.state === 'CONNECTED');
});

it('does not hammer a node that refuses the key, until another one is entered', async () => {
  const { registry, pool, node } = await pooled(1);
  await until(() => pool.statuses()[0]?.state === 'CONNECTED');
  node.instead = (_, response) => {
    send(response, 401, problem(401));
    return true;
  };
  await until(() => pool.statuses()[0]?.fault?.code === 'ERR_NODE_KEY');
  const asked = node.requests.length;
  const retryAt = pool.statuses()[0]?.retryAt ?? 0;
  expect(retryAt - Date.now()).toBeGreaterThan(15_000);
  expect(node.requests.length).toBe(asked);
  node.instead = undefined;
  registry.update(node.serverId, { apiKey: registry.keyOf(node.serverId) });
  await until(() => pool.statuses()[0]?.state === 'CONNECTED');
});

it('asks again where the changed certificate was accepted', async () => {
  const { registry, pool, node } = await pooled(1);
  await until(() => pool.statuses()[0]?.state === 'CONNECTED');
  const other = Array(32).fill('AA').join(':');
  registry.update(node.serverId, { fingerprint: other, acceptFingerprint: true });
  await until(() => pool.statuses()[0]?.fault?.code === 'ERR_NODE_IDENTITY');
  const shown = pool.statuses()[0]?.fault?.fingerprint as string;
  registry.update(node.serverId, { fingerprint: shown, acceptFingerprint: true });
  await until(() => pool.statuses()[0]?.state === 'CONNECTED');
});

it('leaves a disconnected node alone until it is connected', async () => {
  const { pool, node, client } = await pooled(1);
  await until(() => pool.statuses()[0]?.state === 'CONNECTED');
  pool.disconnect(node.serverId);
  await until(() => !client.links.get(node.serverId).isPolling);
  const asked = node.requests.length;
  const { nodes } = await client.cameras();
  expect([pool.statuses()[0]?.state, node.requests.length]).toEqual(['DISCONNECTED', asked]);
  expect(nodes).toHaveLength(1);
  pool.connect(node.serverId);
  await until(() => pool.statuses()[0]?.state === 'CONNECTED');
});

it('asks those that somebody looks at more often than the others', async () => {
  const { pool, nodes } = await pooled(2, { activeMs: 20, backgroundMs: 3_600_000 });
  const [watched, other] = nodes as [(typeof nodes)[0], (typeof nodes)[0]];
  pool.setActive([watched.serverId]);
  const polls = ({ requests }: typeof watched) =>
    requests.filter(({ path }) => path === '/api/federation/status').length;
  await until(() => polls(watched) >= 5 && polls(other) === 1);
});

it('connects at once at most eight, by priority', async () => {
  const home = await openHome();
  const node = await startNode();
  for (let i = 0; i < 12; i++) {
    const url = node.url.replace('127.0.0.1', `127.0.0.${i + 1}`);
    home.add(node, { id: `${node.serverId.slice(0, -2)}${10 + i}`, priority: i, url });
  }
  const tried: string[] = [];
  let most = 0;
  home.client.links.on('state', ({ id, state }) => {
    if (state === 'CONNECTING') tried.push(id);
    most = Math.max(most, home.client.links.all().filter(({ isPolling }) => isPolling).length);
  });
  const { registry, client } = home;
  const pool = new ServerConnectionPool({ registry, client });
  onTestFinished(() => pool.close());
  await until(() => tried.length === 12);
  const order = tried.map((id) => Number(id.slice(-2)) - 10);
  expect(order.slice(0, 8)).toEqual([11, 10, 9, 8, 7, 6, 5, 4]);
  expect(most).toBe(8);
});

it('opens after five failures for 30 s, doubling to 5 min, and lets one question in then', () => {
  let now = 1_000_000;
  const breaker = new CircuitBreaker(
    () => now,
    () => 0.5,
  );
  const pauses: number[] = [];
  for (let i = 0; i < 10; i++) {
    breaker.fail(false);
    pauses.push((breaker.retryAt ?? 0) - now);
    expect(breaker.isOpen).toBe(i >= 4);
    now = breaker.retryAt ?? 0;
    expect(breaker.enter()).toBe(true);
    expect(breaker.enter()).toBe(i < 4);
  }
  expect(pauses.slice(0, 4)).toEqual([1000, 2000, 4000, 8000]);
  expect(pauses.slice(4)).toEqual([30_000, 60_000, 120_000, 240_000, 300_000, 300_000]);
  breaker.succeed();
  expect([breaker.enter(), breaker.enter(), breaker.retryAt]).toEqual([true, true, undefined]);
});

it('takes the offset of a clock from the quickest of the last answers', () => {
  const offset = new ClockOffset();
  expect(offset.ms).toBeUndefined();
  offset.add(5000, 1000, 4000);
  offset.add(3010, 1000, 20);
  offset.add(9000, 1000, 3000);
  expect(offset.ms).toBe(2000);
  for (let i = 0; i < 8; i++) offset.add(1500, 1000, 100);
  expect(offset.ms).toBe(450);
});
