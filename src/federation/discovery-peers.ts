// The servers that were heard: who is new, who says something else, and who is not heard any more.
import { EventEmitter } from 'node:events';
import { isLinkLocal, rankAddresses, Subnets } from './discovery-places.js';
import { type HeardServer, urlsOf } from './discovery-records.js';
import type { NodeInfo } from './wire.js';

/** A server in the network, by its own words, which anybody can say: a hint, and no proof. */
export interface DiscoveredServer extends NodeInfo {
  /** Another one each time that it begins; absent of older servers. */
  boot?: string;
  /** IPv4 and IPv6, best first; at most 16. */
  addresses: string[];
  /** Origins to try, best first; none of link-local addresses. */
  urls: string[];
  /** UTC milliseconds. */
  lastSeenAt: number;
}

interface PeersEvents {
  up: [server: DiscoveredServer];
  changed: [server: DiscoveredServer];
  down: [server: DiscoveredServer];
}

interface Peer {
  server: DiscoveredServer;
  /** By {@link performance.now}. */
  heardAt: number;
  expiresAt: number;
  /** When each of its addresses last sent something. */
  senders: Map<string, number>;
}

const MAX_PEERS = 256;
const MAX_SENDERS = 8;
const MAX_ADDRESSES = 16;
/** RFC 6762 §10.1: who says goodbye may take it back so long. */
const GOODBYE_MS = 1000;

export class Peers extends EventEmitter<PeersEvents> {
  readonly #expiryMs: number;
  readonly #peers = new Map<string, Peer>();
  #timer: NodeJS.Timeout | undefined;
  /** Of the interfaces of this machine. */
  subnets = new Subnets([]);

  constructor(expiryMs: number) {
    super();
    this.#expiryMs = expiryMs;
  }

  /** Copies, by name. */
  list(): DiscoveredServer[] {
    return [...this.#peers.values()]
      .map(({ server }) => structuredClone(server))
      .sort((a, b) => a.name.localeCompare(b.name) || a.serverId.localeCompare(b.serverId));
  }

  heard(answer: HeardServer): void {
    const now = performance.now();
    const before = this.#peers.get(answer.serverId);
    const senders = this.#sendersOf(before, answer.sender, now);
    const server = this.#describe(answer, [...senders.keys()]);
    const peer = { server, senders, heardAt: now, expiresAt: now + this.#expiryMs };
    if (!before) this.#makeRoom();
    this.#peers.set(answer.serverId, peer);
    this.#schedule();
    if (!before) this.emit('up', structuredClone(server));
    else if (!isSame(before.server, server)) this.emit('changed', structuredClone(server));
  }

  /** It goes down unless it is heard in the next second: anybody can say goodbye for it. */
  goodbye(serverId: string): void {
    const peer = this.#peers.get(serverId);
    if (!peer) return;
    peer.expiresAt = Math.min(peer.expiresAt, performance.now() + GOODBYE_MS);
    this.#schedule();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#peers.clear();
  }

  #sendersOf(peer: Peer | undefined, sender: string, now: number): Map<string, number> {
    const recent = [...(peer?.senders ?? [])].filter(
      ([address, at]) => address !== sender && now - at < this.#expiryMs,
    );
    return new Map([...recent.slice(1 - MAX_SENDERS), [sender, now]]);
  }

  #describe({ sender, addresses, ...told }: HeardServer, senders: string[]): DiscoveredServer {
    const ranked = rankAddresses(senders, addresses, this.subnets).slice(0, MAX_ADDRESSES);
    const reachable = ranked.filter((address) => !isLinkLocal(address));
    return {
      ...told,
      addresses: ranked,
      urls: urlsOf(reachable, told.httpPort),
      lastSeenAt: Date.now(),
    };
  }

  /** Who was not heard for the longest time goes. */
  #makeRoom(): void {
    if (this.#peers.size < MAX_PEERS) return;
    let oldest: Peer | undefined;
    for (const peer of this.#peers.values()) {
      if (!oldest || peer.heardAt < oldest.heardAt) oldest = peer;
    }
    if (oldest) this.#remove(oldest);
  }

  #remove({ server }: Peer): void {
    this.#peers.delete(server.serverId);
    this.emit('down', structuredClone(server));
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#peers.size === 0) return;
    const next = Math.min(...[...this.#peers.values()].map(({ expiresAt }) => expiresAt));
    this.#timer = setTimeout(() => this.#expire(), Math.max(0, next - performance.now()) + 1);
  }

  #expire(): void {
    const now = performance.now();
    const gone = [...this.#peers.values()].filter(({ expiresAt }) => expiresAt <= now);
    for (const peer of gone) this.#peers.delete(peer.server.serverId);
    this.#schedule();
    for (const { server } of gone) this.emit('down', structuredClone(server));
  }
}

function isSame(a: DiscoveredServer, b: DiscoveredServer): boolean {
  return JSON.stringify({ ...a, lastSeenAt: 0 }) === JSON.stringify({ ...b, lastSeenAt: 0 });
}
