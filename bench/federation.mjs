// What a home costs its nodes and itself while nothing happens, and how long all cameras take where a node is
// dead or slow: 8 servers of 42 cameras in a process of their own, against asking for full lists each time.
import { execFileSync, fork } from 'node:child_process';
import { randomUUID, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import {
  ConfigStore,
  FederationClient,
  KeyManager,
  NodeRegistry,
  ServerConnectionPool,
} from '../dist/index.js';

const USAGE = `npm run bench -- federation [--nodes N] [--cameras N] [--seconds S] [--json]
  --nodes N    other servers (default 8); somebody looks at the first half of them
  --cameras N  of each (default 42)
  --seconds S  of the measurement of traffic (default 60)`;

const API_KEY = `fvk_bench_${'s'.repeat(43)}`;
const POLL_MS = 5000;

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      nodes: { type: 'string', default: '8' },
      cameras: { type: 'string', default: '42' },
      seconds: { type: 'string', default: '60' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [count, cameras, seconds] = [values.nodes, values.cameras, values.seconds].map(Number);
  if (values.help || !(count >= 2 && count <= 100 && cameras >= 1 && seconds >= 5)) {
    console[values.help ? 'log' : 'error'](USAGE);
    return values.help ? 0 : 2;
  }
  const folder = mkdtempSync(join(tmpdir(), 'fluxvision-bench-'));
  const nodes = await startNodes(folder, count, cameras);
  try {
    const home = await openHome(folder, nodes.list);
    const idle = await measureIdle(home, nodes, seconds);
    const naive = await measureNaive(nodes, seconds);
    const answers = await measureAnswers(home, nodes, count * cameras);
    await home.close();
    report({ idle, naive, answers, nodes: count, cameras, seconds, json: values.json });
    return Math.max(idle.watched, idle.others) < 20 ? 0 : 1;
  } finally {
    nodes.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function startNodes(folder, count, cameras) {
  const [key, cert] = ['node.key', 'node.crt'].map((name) => join(folder, name));
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-days', '2', '-subj', '/CN=node', '-keyout', key, '-out', cert],
    ],
    { stdio: 'ignore' },
  );
  const { fingerprint256 } = new X509Certificate(readFileSync(cert));
  const file = new URL('./federation/nodes.mjs', import.meta.url).pathname;
  const child = fork(file, [String(count), String(cameras), folder]);
  const [list] = await once(child, 'message');
  const ask = async (what, node) => {
    child.send({ what, node });
    return (await once(child, 'message'))[0];
  };
  return {
    list: list.map((node) => ({
      ...{ id: node.serverId, fingerprint: fingerprint256 },
      url: `https://127.0.0.1:${node.port}`,
    })),
    ask,
    close: () => child.kill(),
  };
}

async function openHome(folder, list) {
  const keys = await KeyManager.create({ directory: join(folder, 'keys'), passphrase: 'a gate' });
  const store = await ConfigStore.open({ storage: folder, keys });
  const serverId = randomUUID();
  const registry = new NodeRegistry({ store, serverId });
  for (const node of list) registry.add({ ...node, name: 'A recorder', apiKey: API_KEY });
  const self = () => ({ serverId, name: 'Home', version: '0.1.0', origins: ['https://home'] });
  const openClient = () => new FederationClient({ registry, self, allowLoopback: true });
  const client = openClient();
  return {
    ...{ registry, client, openClient },
    close: async () => {
      await client.close();
      await store.close();
      await keys.close();
    },
  };
}

/** Once all is known: kbit/s of a node that is looked at and of others, and what it costs the home. */
async function measureIdle({ registry, client }, nodes, seconds) {
  const pool = new ServerConnectionPool({ registry, client, activeMs: POLL_MS });
  const half = Math.ceil(nodes.list.length / 2);
  pool.setActive(nodes.list.slice(0, half).map(({ id }) => id));
  while (pool.statuses().some(({ state }) => state !== 'CONNECTED')) await sleep(50);
  await sleep(2000);
  const [before, cpu, start] = [await nodes.ask('bytes'), process.cpuUsage(), performance.now()];
  const rss = process.memoryUsage.rss();
  await sleep(seconds * 1000);
  const took = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  const after = await nodes.ask('bytes');
  const rates = after.map((bytes, i) => ((bytes - before[i]) * 8) / took);
  const grown = process.memoryUsage.rss() - rss;
  await pool.close();
  return {
    watched: mean(rates.slice(0, half)),
    others: mean(rates.slice(half)),
    cpu: (user + system) / 10 / took,
    grown: grown / 1e6,
  };
}

/** All cameras of each node each time, over a kept connection. */
async function measureNaive(nodes, seconds) {
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
  const [before, cpu, start] = [await nodes.ask('bytes'), process.cpuUsage(), performance.now()];
  while (performance.now() - start < Math.min(seconds, 20) * 1000) {
    await Promise.all(nodes.list.map(({ url }) => fetchAll(`${url}/api/cameras`, agent)));
    await sleep(POLL_MS);
  }
  const took = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  agent.destroy();
  const after = await nodes.ask('bytes');
  return {
    rate: mean(after.map((bytes, i) => ((bytes - before[i]) * 8) / took)),
    cpu: (user + system) / 10 / took,
  };
}

async function fetchAll(url, agent) {
  const [response] = await once(get(url, { agent }), 'response');
  const chunks = await response.toArray();
  return JSON.parse(Buffer.concat(chunks).toString());
}

/** Milliseconds until all cameras are there: of a home that knows nothing yet, and of one that does. */
async function measureAnswers(home, nodes, expected) {
  const timed = async (client) => {
    const start = performance.now();
    const { items, nodes: answers } = await client.cameras();
    const failed = answers.filter(({ status }) => status === 'error').length;
    return { ms: performance.now() - start, missing: expected - items.length, failed };
  };
  const fresh = async () => {
    const client = home.openClient();
    const answer = await timed(client);
    await client.close();
    return answer;
  };
  const last = nodes.list.length - 1;
  const answers = [['all are well', await fresh(), await timed(home.client)]];
  for (const mood of ['dead', 'slow']) {
    await nodes.ask(mood, last);
    answers.push([`one is ${mood}`, await fresh(), await timed(home.client)]);
  }
  return answers;
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function report({ idle, naive, answers, nodes, cameras, seconds, json }) {
  const print = (row) => {
    const ratio = row.peerValue === undefined ? {} : { ratio: row.value / row.peerValue };
    const about = { bench: 'federation', nodes, cameras, seconds };
    if (json) return console.log(JSON.stringify({ ...about, ...row, ...ratio }));
    const peer = row.peer ? `${row.peerValue.toFixed(2).padStart(9)}  ${row.peer}` : '';
    console.log(`${row.case.padEnd(52)} ${row.value.toFixed(2).padStart(9)} ${row.unit}  ${peer}`);
  };
  const lists = { peer: 'full lists every 5 s', peerValue: naive.rate };
  const unit = 'kbit/s';
  print({ case: 'idle, of a node that somebody looks at', value: idle.watched, unit, ...lists });
  print({ case: 'idle, of any other node', value: idle.others, unit, ...lists });
  const cpu = { peer: lists.peer, peerValue: naive.cpu };
  print({ case: 'idle, processor of the home', value: idle.cpu, unit: '%', ...cpu });
  print({ case: 'idle, growth of the home’s memory', value: idle.grown, unit: 'MB' });
  for (const [title, fresh, known] of answers) {
    const missing = { missing: fresh.missing, failed: fresh.failed };
    print({ case: `all cameras, first time, ${title}`, value: fresh.ms, unit: 'ms', ...missing });
    print({ case: `all cameras, known, ${title}`, value: known.ms, unit: 'ms' });
  }
}
