// Discovery on the loopback interface: servers that find each other, and strangers that say anything.
import { randomUUID } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { Discovery, type DiscoveryOptions, type PublishedServer } from '../../../src/index.js';
import { thrownBy } from '../thrown.js';
import {
  announcement,
  freePort,
  name,
  packet,
  record,
  SERVICE,
  Stranger,
  string,
  type Told,
  words,
} from './mdns-packets.js';

const lo = Object.entries(networkInterfaces()).find(
  ([, addresses]) => addresses?.[0]?.internal,
)?.[0];
const interfaces = [lo ?? 'lo'];
let port: number;

beforeEach(async () => {
  port = await freePort();
});

function discovery(options: Partial<DiscoveryOptions> = {}): Discovery {
  const one = new Discovery({
    ...{ serverId: randomUUID(), interfaces, port, queryMs: 200, expiryMs: 5000 },
    ...options,
  });
  onTestFinished(() => one.close());
  return one;
}

function server(change: Partial<PublishedServer> = {}): PublishedServer {
  return {
    ...{ name: 'Gate', version: '1.2.3', cameraCount: 4, httpPort: 8443, wsPort: 8444 },
    ...{ apiMin: 1, apiMax: 1, tls: true, ...change },
  };
}

async function stranger(): Promise<Stranger> {
  const one = await Stranger.on(port);
  onTestFinished(() => one.close());
  return one;
}

/** All events, as `up Gate`. */
function eventsOf(one: Discovery): string[] {
  const events: string[] = [];
  for (const event of ['up', 'changed', 'down'] as const) {
    one.on(event, ({ name }) => events.push(`${event} ${name}`));
  }
  return events;
}

const namesOf = (one: Discovery) => one.servers().map(({ name }) => name);

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(10);
}

it('finds another server with all that it says, and never itself', async () => {
  const [a, b] = [discovery({ serverId: randomUUID() }), discovery()];
  a.publish(server({ name: '정문' }));
  a.browse();
  b.publish(server({ name: 'Yard', cameraCount: 0 }));
  b.browse();
  await until(() => a.servers().length === 1 && b.servers().length === 1);
  expect(b.servers()).toEqual([
    {
      serverId: expect.stringMatching(/^[\da-f-]{36}$/),
      ...{ name: '정문', version: '1.2.3', cameraCount: 4, httpPort: 8443, wsPort: 8444 },
      ...{ apiMin: 1, apiMax: 1, lastSeenAt: expect.any(Number) },
      boot: expect.stringMatching(/^[\da-f]{8}$/),
      addresses: expect.arrayContaining(['127.0.0.1']),
      urls: expect.arrayContaining(['https://127.0.0.1:8443']),
    },
  ]);
  expect(b.servers()[0]?.urls[0]).toBe('https://127.0.0.1:8443');
  expect(namesOf(a)).toEqual(['Yard']);
});

it('is told of changes without a goodbye, and of the goodbye', async () => {
  const [a, b] = [discovery(), discovery()];
  const events = eventsOf(b);
  a.publish(server());
  b.browse();
  await until(() => b.servers().length === 1);
  a.update({ cameraCount: 5 });
  await until(() => b.servers()[0]?.cameraCount === 5);
  a.update({ name: 'Other gate' });
  await until(() => namesOf(b)[0] === 'Other gate');
  // Longer than a goodbye takes to be believed.
  await sleep(1200);
  expect(events).toEqual(['up Gate', 'changed Gate', 'changed Other gate']);
  await a.close();
  await until(() => b.servers().length === 0);
  expect(events.at(-1)).toBe('down Other gate');
});

it('is told at once of a server that was killed and is back', async () => {
  const [a, other] = [discovery(), await stranger()];
  const events = eventsOf(a);
  a.browse();
  for (const boot of ['00000001', '00000002', 'not one']) {
    await until(() => {
      void other.say(announcement({ id, txt: { boot } }));
      return a.servers()[0]?.boot === /^\d+$/.exec(boot)?.[0] && a.servers().length === 1;
    });
  }
  expect(events).toEqual(['up Server', 'changed Server', 'changed Server']);
});

it('lets who is not heard any more go, by its own clock', async () => {
  const [a, other] = [discovery({ expiryMs: 300 }), await stranger()];
  const events = eventsOf(a);
  a.browse();
  await until(() => {
    // The first ones may come before it listens.
    void other.say(announcement({}));
    return a.servers().length > 0;
  });
  await until(() => a.servers().length === 0);
  expect(events).toContain('up Server');
  expect(events.at(-1)).toBe('down Server');
});

it('does not believe a goodbye that somebody else says for a server', async () => {
  const serverId = randomUUID();
  const [a, b, other] = [discovery({ serverId }), discovery(), await stranger()];
  const events = eventsOf(b);
  a.publish(server());
  b.browse();
  await until(() => b.servers().length === 1);
  const instance = a.instance as string;
  await other.say(announcement({ instance, id: serverId, ttl: 0 }));
  await sleep(1300);
  expect(events.filter((event) => event.startsWith('down'))).toEqual([]);
});

it('takes another name where another server has its own', async () => {
  const log = vi.spyOn(console, 'log');
  const [low, high] = ['11111111-1111', '11111111-2222'].map(
    (start) => `${start}-4111-8111-111111111111`,
  );
  const [a, b, watching] = [
    discovery({ serverId: low as string }),
    discovery({ serverId: high as string }),
    discovery(),
  ];
  const renamed: string[] = [];
  for (const one of [a, b]) one.on('renamed', (instance) => renamed.push(instance));
  a.publish(server());
  b.publish(server());
  watching.browse();
  await until(() => watching.servers().length === 2 && renamed.length > 0);
  expect(renamed).toEqual(['Gate-11111111-2']);
  expect([a.instance, b.instance]).toEqual(['Gate-11111111', 'Gate-11111111-2']);
  expect(log).not.toHaveBeenCalled();
});

const id = '0f0e0d0c-0b0a-4908-8706-050403020100';
const wrong: [string, Told][] = [
  ['no UUID', { txt: { id: '../../etc/passwd' } }],
  ['a UUID in capitals', { txt: { id: id.toUpperCase() } }],
  ['no TLS', { txt: { tls: '0' } }],
  ['port 0', { txt: { port: '0' } }],
  ['port 65536', { txt: { ws: '65536' } }],
  ['a port with more in it', { txt: { port: '8443@evil' } }],
  ['no version of the interface', { txt: { api: 'all' } }],
];

it.each(wrong)('takes no server that tells %s', async (_, told) => {
  const [a, other] = [discovery(), await stranger()];
  a.browse();
  await until(() => {
    void other.say(announcement(told));
    void other.say(announcement({ txt: { name: 'Right' } }));
    return a.servers().length > 0;
  });
  expect(new Set(namesOf(a))).toEqual(new Set(['Right']));
});

it('cuts and cleans what strangers say', async () => {
  const [a, other] = [discovery(), await stranger()];
  a.browse();
  const told = announcement({
    id,
    txt: {
      ...{ name: `\u202e<img src=x onerror=1>\u0007\u200f${'n'.repeat(180)}`, cams: '-7' },
      ...{ v: `9\u001b[31m${'9'.repeat(100)}`, __proto__: 'x', constructor: 'y' },
    },
    addresses: ['127.0.0.1', '224.0.0.1', '0.0.0.0', '169.254.169.254', '192.0.2.9'],
  });
  await until(() => {
    void other.say(told);
    return a.servers().length > 0;
  });
  const [found] = a.servers();
  expect(found?.name).toBe(`<img src=x onerror=1>${'n'.repeat(79)}`);
  expect(found?.version).toBe(`9[31m${'9'.repeat(35)}`);
  expect(found?.cameraCount).toBe(0);
  expect(found?.addresses).toEqual(['127.0.0.1', '192.0.2.9', '169.254.169.254']);
  expect(found?.urls).toEqual(['https://127.0.0.1:8443', 'https://192.0.2.9:8443']);
});

it('stands what is no packet of DNS at all', async () => {
  const [a, other] = [discovery(), await stranger()];
  a.publish(server());
  a.browse();
  const loop = Buffer.of(0xc0, 12);
  const pointer = (offset: number) => words(0xc000 | offset);
  const mark = record(SERVICE, 'PTR', name(`x.${SERVICE}`));
  const garbage = [
    Buffer.alloc(0),
    Buffer.from('_fluxvision'),
    Buffer.concat([words(0, 0x8400, 0, 1, 0, 0), Buffer.from('_fluxvision')]),
    packet([record(loop, 'PTR', loop), mark]),
    packet([mark, record(pointer(12), 'PTR', pointer(0x3fff))]),
    packet([mark], 65_535),
    packet([mark, record(`x.${SERVICE}`, 'SRV', Buffer.of(1))]),
    packet([mark, record(`x.${SERVICE}`, 'TXT', Buffer.of(255, 1, 2))]),
    packet([mark, record(`x.${SERVICE}`, 'A', Buffer.of(1))]),
    packet([record(SERVICE, 'PTR', name(`${'a'.repeat(63)}.`.repeat(4) + SERVICE))]),
    packet([
      mark,
      record(`x.${SERVICE}`, 'TXT', Buffer.concat(Array(30).fill(string('k='.repeat(127))))),
    ]),
    packet(Array(256).fill(record(SERVICE, 'PTR', name(`y.${SERVICE}`)))),
    // Questions: nobody is to be answered a thousand times for one packet.
    Buffer.concat([
      words(0, 0, 1000, 0, 0, 0),
      ...Array(400)
        .fill([name(SERVICE), words(12, 1)])
        .flat(),
    ]),
    Buffer.concat([words(0, 0, 1, 0, 0, 0), name(SERVICE)]),
  ];
  // The same from the same seed: what fails can be tried again.
  let seed = 1;
  const random = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed;
  };
  const whole = announcement({ id });
  for (let i = 0; i < 80; i++) {
    const bytes = Buffer.from(whole);
    for (let n = random() % 8; n >= 0; n--) bytes[random() % bytes.length] = random() >> 8;
    garbage.push(bytes.subarray(0, i % 3 === 0 ? random() % bytes.length : bytes.length));
  }
  for (const bytes of garbage) await other.say(bytes);
  const told = announcement({ txt: { name: 'After it all' } });
  await until(() => {
    void other.say(told);
    return namesOf(a).includes('After it all');
  });
});

it('goes on without an interface, and ends once', async () => {
  const failures: string[] = [];
  const nowhere = discovery({ interfaces: ['none-such'], interfacesMs: 100 });
  nowhere.on('failed', ({ interface: name }) => failures.push(name));
  nowhere.publish(server());
  nowhere.browse();
  await sleep(250);
  expect(nowhere.servers()).toEqual([]);
  expect(failures).toEqual([]);
  await nowhere.close();
  await nowhere.close();
  expect(thrownBy(() => nowhere.browse())).toMatchObject({ code: 'ERR_CLOSED' });
});

it('checks what it is given', () => {
  const one = discovery();
  const invalid = { code: 'ERR_INVALID_ARGUMENT' };
  expect(thrownBy(() => new Discovery({ serverId: 'x' }))).toMatchObject(invalid);
  expect(thrownBy(() => one.publish(server({ httpPort: 0 })))).toMatchObject(invalid);
  expect(thrownBy(() => one.publish(server({ tls: false as never })))).toMatchObject(invalid);
  expect(thrownBy(() => one.update({ name: 'x' }))).toMatchObject({ code: 'ERR_STATE' });
  one.publish(server());
  expect(thrownBy(() => one.publish(server()))).toMatchObject({ code: 'ERR_STATE' });
});
