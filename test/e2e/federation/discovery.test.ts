// Servers on machines of their own find each other, in a network that nothing leads out of: they come,
// go, die, are renamed, and are plugged in late.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DiscoveredServer } from '../../../src/index.js';
import { until } from '../support/folder.js';
import { canMakeNetworks, type Machine, TestNetwork } from '../support/network.js';

interface News {
  event: string;
  at: number;
  server?: DiscoveredServer;
  instance?: string;
  sockets?: number;
}

const CHILD = join(import.meta.dirname, 'discovery-child.mjs');
const timing = { queryMs: 500, expiryMs: 2500, interfacesMs: 200 };

/** A server on a machine. */
class Server {
  readonly id: string;
  readonly news: News[] = [];
  readonly process: ChildProcess;
  readonly ended: Promise<unknown>;
  stderr = '';

  /** The first bytes of all UUIDs are the same: so are the names in the network. */
  constructor(machine: Machine, number: number) {
    this.id = `0badcafe-0000-4000-8000-00000000000${number}`;
    const options = JSON.stringify({ serverId: this.id, name: 'Server', ...timing });
    this.process = machine.spawn(process.execPath, [CHILD, options]);
    this.ended = once(this.process, 'close');
    this.process.stderr?.on('data', (chunk) => {
      this.stderr += chunk;
    });
    createInterface({ input: this.process.stdout as NodeJS.ReadableStream }).on('line', (line) =>
      this.news.push(JSON.parse(line)),
    );
  }

  say(line: string): void {
    this.process.stdin?.write(`${line}\n`);
  }

  all(event: string): News[] {
    return this.news.filter((one) => one.event === event);
  }

  /** The newest word of `other`. */
  last(other: Server): News | undefined {
    return this.news.filter(({ server }) => server?.serverId === other.id).at(-1);
  }

  knows(other: Server): boolean {
    const { event } = this.last(other) ?? {};
    return event === 'up' || event === 'changed';
  }
}

/** Milliseconds from when the later one of each two is published to when both know each other. */
function foundAfter(servers: readonly Server[]): number {
  const publishedAt = (server: Server) => server.all('published')[0]?.at ?? 0;
  const upAt = (server: Server, other: Server) =>
    server.news.find((one) => one.event === 'up' && one.server?.serverId === other.id)?.at ?? 0;
  const times = servers.flatMap((a) =>
    servers
      .filter((b) => b !== a)
      .map((b) => upAt(a, b) - Math.max(publishedAt(a), publishedAt(b))),
  );
  return Math.max(...times);
}

// In this order: each test begins with what the one before left.
describe.runIf(canMakeNetworks)('servers in one network', () => {
  let network: TestNetwork;
  let a: Server;
  let b: Server;
  let c: Server;
  let late: Server;

  function machine(name: string, address?: string): Machine {
    const one = network.addMachine(name);
    if (address) one.plug('eth0', address);
    return one;
  }

  beforeAll(async () => {
    network = await TestNetwork.start();
  });
  afterAll(() => network?.close());

  it('find each other, all with the same name', async () => {
    a = new Server(machine('a', '10.77.0.1/24'), 1);
    b = new Server(machine('b', '10.77.0.2/24'), 2);
    await until(() => a.knows(b) && b.knows(a));
    console.log(`2 servers found each other in ${foundAfter([a, b])} ms`);
    c = new Server(machine('c', '10.77.0.3/24'), 3);
    const all = [a, b, c];
    await until(() => all.every((one) => all.every((other) => other === one || one.knows(other))));
    console.log(`3 servers found each other in ${foundAfter(all)} ms`);
    expect(a.last(b)?.server?.urls).toEqual(['https://10.77.0.2:8443']);
    expect(a.last(a)).toBeUndefined();
    const names = () => [b, c].map((one) => one.all('renamed').at(-1)?.instance).sort();
    const expected = ['Server-0badcafe-2', 'Server-0badcafe-3'];
    await until(() => names().join() === expected.join());
    expect(a.all('renamed')).toEqual([]);
  });

  it('tell what is new without being gone meanwhile', async () => {
    b.say(JSON.stringify({ name: 'Harbour', cameraCount: 7 }));
    await until(() => a.last(b)?.server?.name === 'Harbour');
    expect(a.last(b)?.server?.cameraCount).toBe(7);
    expect(a.all('down')).toEqual([]);
  });

  it('are found on two interfaces of one network as one server', async () => {
    const two = machine('two', '10.77.0.4/24');
    two.plug('eth1', '10.77.0.5/24');
    const both = new Server(two, 4);
    const urls = ['https://10.77.0.4:8443', 'https://10.77.0.5:8443'];
    await until(() => b.last(both)?.server?.urls.join() === urls.join());
    await until(() => both.knows(a) && both.knows(b));
    const renamed = both.all('renamed').length;
    both.say('close');
    await until(() => b.last(both)?.event === 'down');
    // Once for each server that had the name before, and never because of itself.
    expect(renamed).toBeLessThanOrEqual(3);
    await both.ended;
    expect(both.stderr).toBe('');
  });

  it('are gone when they say goodbye', async () => {
    c.say('close');
    await until(() => a.last(c)?.event === 'down' && b.last(c)?.event === 'down');
    expect(await c.ended).toEqual([0, null]);
  });

  it('are gone some time after they were killed', async () => {
    b.process.kill('SIGKILL');
    await until(() => a.last(b)?.event === 'down');
  });

  it('are found when their machine is plugged in later, and again after it was pulled out', async () => {
    const slow = machine('late');
    late = new Server(slow, 5);
    await until(() => late.all('published').length > 0);
    for (const round of [1, 2]) {
      slow.plug('eth0', '10.77.0.9/24');
      await until(() => a.knows(late) && late.knows(a));
      late.say('sockets');
      await until(() => late.all('sockets').length === round);
      if (round === 2) break;
      slow.unplug('eth0');
      await until(() => a.last(late)?.event === 'down' && late.last(a)?.event === 'down');
    }
    // One per interface: those of interfaces that are gone are closed.
    expect(late.all('sockets').map(({ sockets }) => sockets)).toEqual([1, 1]);
    expect(late.stderr).toBe('');
  });

  it('end with nothing to complain about', async () => {
    for (const one of [a, late]) one.say('close');
    for (const one of [a, late]) expect(await one.ended).toEqual([0, null]);
    expect(a.stderr).toBe('');
  });
});
