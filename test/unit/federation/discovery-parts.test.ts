// The parts of discovery: names, texts, the order of addresses, and the list of who was heard.
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Peers } from '../../../src/federation/discovery-peers.js';
import { rankAddresses, Subnets } from '../../../src/federation/discovery-places.js';
import {
  type HeardServer,
  instanceName,
  txtOf,
} from '../../../src/federation/discovery-records.js';
import { cutToBytes, plainLines, plainText } from '../../../src/federation/plain-text.js';

const id = '0f0e0d0c-0b0a-4908-8706-050403020100';

describe('what a server is called', () => {
  it('is its name with the start of its UUID, in one label of 63 bytes', () => {
    expect(instanceName('North gate', id)).toBe('North gate-0f0e0d0c');
    expect(instanceName('a.b', id, 2)).toBe('a-b-0f0e0d0c-2');
    const long = instanceName('정문'.repeat(40), id, 9);
    expect(Buffer.byteLength(long)).toBeLessThanOrEqual(63);
    expect(long).toMatch(/^(정문)+정?-0f0e0d0c-9$/);
    expect(instanceName('x'.repeat(100), id, 10)).toBe(`${'x'.repeat(26)}-${id}`);
  });

  it('fits into the strings of a TXT record', () => {
    const server = {
      ...{ name: '😀'.repeat(400), version: 'v'.repeat(300), cameraCount: 100_000 },
      ...{ httpPort: 65_535, wsPort: 65_535, apiMin: 1, apiMax: 9999, tls: true as const },
    };
    for (const [key, value] of Object.entries(txtOf(id, server, '0123abcd'))) {
      expect(Buffer.byteLength(`${key}=${value}`)).toBeLessThanOrEqual(255);
      expect(value).not.toContain('\ufffd');
    }
  });

  it('has no half characters', () => {
    expect(cutToBytes('a😀', 4)).toBe('a');
    expect(plainText('a😀', 2)).toBe('a');
    expect(plainText(7, 10)).toBe('');
    expect(plainText('\u{e0041}a\ud800\u200d\u2028b\n\u202e\ufffd ', 10)).toBe('a\u200db');
    expect(plainLines('a\n\tb\u0007', 10)).toBe('a\n\tb');
  });
});

it('offers first what has answered, then its own networks, and link-local addresses last', () => {
  const subnets = new Subnets([
    { name: 'eth0', address: '10.0.0.2', cidr: '10.0.0.2/24', mac: '' },
  ]);
  const others = ['fe80::1', '2001:db8::1', '192.0.2.1', '10.0.0.9', '169.254.1.1', '10.0.0.10'];
  expect(rankAddresses(['192.0.2.7'], others, subnets)).toEqual([
    ...['192.0.2.7', '10.0.0.9', '10.0.0.10', '192.0.2.1', '2001:db8::1'],
    ...['169.254.1.1', 'fe80::1'],
  ]);
});

describe('who was heard', () => {
  let peers: Peers;
  let events: string[];

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
    peers = new Peers(75_000);
    events = [];
    for (const event of ['up', 'changed', 'down'] as const) {
      peers.on(event, ({ name }) => events.push(`${event} ${name}`));
    }
  });
  afterEach(() => {
    peers.close();
    vi.useRealTimers();
  });

  function answer(change: Partial<HeardServer> = {}): HeardServer {
    return {
      ...{ serverId: id, name: 'Gate', version: '1', cameraCount: 1, httpPort: 1, wsPort: 1 },
      ...{ apiMin: 1, apiMax: 1, addresses: [], sender: '10.0.0.2', ...change },
    };
  }

  it('is gone after 75 seconds of silence', () => {
    peers.heard(answer());
    vi.advanceTimersByTime(70_000);
    peers.heard(answer());
    vi.advanceTimersByTime(74_000);
    expect(events).toEqual(['up Gate']);
    vi.advanceTimersByTime(1100);
    expect(events).toEqual(['up Gate', 'down Gate']);
    expect(peers.list()).toEqual([]);
  });

  it('is gone a second after its goodbye, unless it comes back', () => {
    peers.heard(answer());
    peers.goodbye(id);
    vi.advanceTimersByTime(900);
    peers.heard(answer());
    vi.advanceTimersByTime(10_000);
    expect(events).toEqual(['up Gate']);
    peers.goodbye(id);
    peers.goodbye(randomUUID());
    vi.advanceTimersByTime(1100);
    expect(events).toEqual(['up Gate', 'down Gate']);
  });

  it('has the addresses of all its interfaces, in one order', () => {
    for (const sender of ['10.0.0.3', '10.0.0.2', '10.0.0.3', '10.0.0.2']) {
      peers.heard(answer({ sender, addresses: ['192.0.2.1'] }));
    }
    expect(peers.list()[0]?.addresses).toEqual(['10.0.0.2', '10.0.0.3', '192.0.2.1']);
    expect(events).toEqual(['up Gate', 'changed Gate']);
  });

  it('is at most 256 servers, of which the longest unheard goes', () => {
    for (let n = 0; n < 300; n++) {
      vi.advanceTimersByTime(10);
      peers.heard(answer({ serverId: randomUUID(), name: `n${n}` }));
      peers.heard(answer({ name: 'Gate' }));
    }
    expect(peers.list()).toHaveLength(256);
    expect(peers.list().some(({ serverId }) => serverId === id)).toBe(true);
    expect(events.filter((event) => event === 'down n0')).toHaveLength(1);
  });

  it('has at most 16 addresses', () => {
    const addresses = Array.from({ length: 100 }, (_, n) => `192.0.2.${n}`);
    for (let n = 1; n < 50; n++) peers.heard(answer({ sender: `10.0.0.${n}`, addresses }));
    expect(peers.list()[0]?.addresses).toHaveLength(16);
  });
});
