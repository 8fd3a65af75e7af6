// Servers of one network find each other by multicast DNS: one announces itself, and hears who else does.
import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import {
  checkOptions,
  integer,
  invalidArgument,
  list,
  optional,
  text,
  uuid,
} from '../arguments/index.js';
import { FluxError } from '../errors.js';
import { type Announcement, Link, type LinkListener } from './discovery-link.js';
import { type DiscoveredServer, Peers } from './discovery-peers.js';
import { identityOf, type Place, presentPlaces, Subnets } from './discovery-places.js';
import {
  type HeardServer,
  instanceName,
  type PublishedServer,
  SERVICE_TYPE,
  txtOf,
} from './discovery-records.js';

/** Options of {@link Discovery}. */
export interface DiscoveryOptions {
  /** UUID of this server, which it never finds itself. */
  serverId: string;
  /** Names (`eth0`) or IPv4 addresses of interfaces. Default: all with IPv4 that are not internal. */
  interfaces?: readonly string[];
  /** How often the network is asked, milliseconds. Default 30,000. */
  queryMs?: number;
  /** Who is not heard for so long is gone, milliseconds. Default 75,000. */
  expiryMs?: number;
  /** How often is looked for new interfaces, milliseconds. Default 5000. */
  interfacesMs?: number;
  /** UDP port. Default 5353, where everybody else is. */
  port?: number;
}

/** An interface that discovery cannot use; it is tried again every `interfacesMs`. */
export interface DiscoveryFailure {
  /** `eth0` */
  interface: string;
  reason: string;
}

/** Events of {@link Discovery}. */
export interface DiscoveryEvents {
  /** A server is heard for the first time. */
  up: [server: DiscoveredServer];
  /** It says something else, or from other addresses; or has begun anew. */
  changed: [server: DiscoveredServer];
  /** It said goodbye, or was not heard for `expiryMs`. */
  down: [server: DiscoveredServer];
  /** Another server has the name of this one; from now on it is announced as `instance`. */
  renamed: [instance: string];
  /** Once per interface, until it works. */
  failed: [failure: DiscoveryFailure];
}

const serverChecks = {
  name: text(1, 1000),
  version: text(1, 100),
  cameraCount: integer(0, 100_000),
  httpPort: integer(1, 65_535),
  wsPort: integer(1, 65_535),
  apiMin: integer(0, 9999),
  apiMax: integer(0, 9999),
  tls: (name: string, value: unknown): true => {
    if (value !== true) throw invalidArgument(name, 'true', value);
    return value;
  },
};

/**
 * Announces this server as `_fluxvision._tcp.local` and hears others. Everything that is heard is what
 * strangers say: cut, cleaned, and a hint where to look; who answers there is for TLS to prove.
 *
 * Interfaces may come and go. Where there is no multicast nothing is found, and nothing is thrown.
 *
 * @example
 * ```ts
 * const discovery = new Discovery({ serverId });
 * discovery.on('up', ({ name, urls }) => console.log(name, urls[0]));
 * discovery.publish({ name: 'Gate', version: '1.0.0', cameraCount: 4, httpPort: 8443, wsPort: 8443,
 *   apiMin: 1, apiMax: 1, tls: true });
 * discovery.browse();
 * ```
 */
export class Discovery extends EventEmitter<DiscoveryEvents> {
  readonly #options: Required<Omit<DiscoveryOptions, 'interfaces'>>;
  readonly #boot = randomBytes(4).toString('hex');
  readonly #wanted: readonly string[] | undefined;
  readonly #peers: Peers;
  /** By {@link identityOf}; undefined while it opens. */
  readonly #links = new Map<string, Link | undefined>();
  readonly #opening = new Set<Promise<void>>();
  readonly #failing = new Set<string>();
  #subnets = new Subnets([]);
  #server: PublishedServer | undefined;
  #attempt = 1;
  #isBrowsing = false;
  #poll: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: DiscoveryOptions) {
    super();
    const { interfaces, ...checked } = checkOptions('Discovery', options, {
      serverId: uuid,
      interfaces: optional(list),
      queryMs: optional(integer(100, 3_600_000, 'milliseconds'), 30_000),
      expiryMs: optional(integer(100, 86_400_000, 'milliseconds'), 75_000),
      interfacesMs: optional(integer(100, 3_600_000, 'milliseconds'), 5000),
      port: optional(integer(1, 65_535), 5353),
    });
    const checkName = text(1, 64);
    this.#options = checked;
    this.#wanted = interfaces?.map((name) => checkName('Discovery: interfaces', name));
    this.#peers = new Peers(checked.expiryMs);
    for (const event of ['up', 'changed', 'down'] as const) {
      this.#peers.on(event, (server) => this.emit(event, server));
    }
  }

  /** The name in the network, `<name>-<first 8 of the UUID>`; undefined where nothing is published. */
  get instance(): string | undefined {
    return this.#server && this.#announcement(this.#server).instance;
  }

  /** Begins to announce this server. `ERR_STATE` where it does already, `ERR_CLOSED`. */
  publish(server: PublishedServer): void {
    this.#requireOpen();
    const checked = checkOptions('Discovery.publish', server, serverChecks);
    if (this.#server) {
      throw new FluxError('ERR_STATE', 'The server is published already: use update().');
    }
    this.#server = checked;
    this.#announce();
    this.#start();
  }

  /** Says what is new about this server, without a goodbye. `ERR_STATE` before {@link publish}. */
  update(change: Partial<PublishedServer>): void {
    this.#requireOpen();
    const { name, version, cameraCount, httpPort, wsPort, apiMin, apiMax, tls } = serverChecks;
    const checked = checkOptions('Discovery.update', change, {
      ...{ name: optional(name), version: optional(version), cameraCount: optional(cameraCount) },
      ...{ httpPort: optional(httpPort), wsPort: optional(wsPort), tls: optional(tls) },
      ...{ apiMin: optional(apiMin), apiMax: optional(apiMax) },
    });
    if (!this.#server) {
      throw new FluxError('ERR_STATE', 'There is nothing to update: publish() the server first.');
    }
    const before = this.#announcement(this.#server);
    const given = Object.entries(checked).filter(([, value]) => value !== undefined);
    this.#server = { ...this.#server, ...Object.fromEntries(given) };
    const after = this.#announcement(this.#server);
    if (JSON.stringify(after) === JSON.stringify(before)) return;
    if (after.instance !== before.instance) this.#retract();
    this.#announce();
  }

  /** Begins to list other servers. Again, it does nothing. `ERR_CLOSED`. */
  browse(): void {
    this.#requireOpen();
    this.#isBrowsing = true;
    this.#start();
    for (const link of this.#links.values()) link?.askAgain();
  }

  /** Those that are heard now, by name; at most 256. */
  servers(): DiscoveredServer[] {
    return this.#peers.list();
  }

  /** Says goodbye, and ends. Idempotent; no event follows. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    clearInterval(this.#poll);
    this.#peers.close();
    await Promise.all(this.#opening);
    await Promise.all([...this.#links.values()].map((link) => link?.close()));
    this.#links.clear();
  }

  #requireOpen(): void {
    if (this.#closing) throw new FluxError('ERR_CLOSED', 'Discovery is closed.');
  }

  // ---- interfaces

  #start(): void {
    if (this.#poll) return;
    this.#poll = setInterval(() => this.#followInterfaces(), this.#options.interfacesMs);
    this.#followInterfaces();
  }

  #followInterfaces(): void {
    const places = presentPlaces(this.#wanted);
    this.#subnets = new Subnets(places);
    this.#peers.subnets = this.#subnets;
    const present = new Set(places.map(identityOf));
    for (const [identity, link] of this.#links) {
      if (!present.has(identity)) this.#drop(identity, link);
    }
    for (const place of places) {
      if (this.#links.has(identityOf(place))) continue;
      const opening = this.#open(place);
      this.#opening.add(opening);
      void opening.then(() => this.#opening.delete(opening));
    }
  }

  async #open(place: Place): Promise<void> {
    const identity = identityOf(place);
    const { port, queryMs, serverId } = this.#options;
    this.#links.set(identity, undefined);
    try {
      const listener = this.#listenerOf(place);
      const link = await Link.open(place, { port, queryMs, serverId, listener });
      // The interface may have gone meanwhile, and discovery have ended.
      if (this.#closing || !this.#links.has(identity)) return await link.close();
      this.#links.set(identity, link);
      this.#failing.delete(place.name);
      if (this.#server) link.publish(this.#announcement(this.#server));
    } catch (error) {
      this.#links.delete(identity);
      this.#failed(place, error as Error);
    }
  }

  #drop(identity: string, link: Link | undefined): void {
    this.#links.delete(identity);
    void link?.close();
  }

  #failed({ name }: Place, { message }: Error): void {
    if (this.#closing || this.#failing.has(name)) return;
    this.#failing.add(name);
    this.emit('failed', { interface: name, reason: message });
  }

  #listenerOf(place: Place): LinkListener {
    return {
      heard: (fqdn, server) => this.#heard(fqdn, server),
      goodbye: (serverId) => this.#peers.goodbye(serverId),
      failed: (error) => {
        this.#drop(identityOf(place), this.#links.get(identityOf(place)));
        this.#failed(place, error);
      },
      // The system gives every socket what any interface hears.
      isOurs: (sender) => {
        const homes = this.#subnets.of(sender);
        return homes.length === 0 || homes.includes(place.name);
      },
    };
  }

  // ---- what is said and heard

  #announcement(server: PublishedServer): Announcement {
    const { serverId } = this.#options;
    return {
      instance: instanceName(server.name, serverId, this.#attempt),
      host: `${serverId}.local`,
      port: server.httpPort,
      txt: txtOf(serverId, server, this.#boot),
    };
  }

  #announce(): void {
    if (!this.#server) return;
    const announcement = this.#announcement(this.#server);
    for (const link of this.#links.values()) link?.publish(announcement);
  }

  #retract(): void {
    this.#attempt = 1;
    for (const link of this.#links.values()) link?.retract();
  }

  #heard(fqdn: string, server: HeardServer | undefined): void {
    const { serverId } = this.#options;
    if (server?.serverId === serverId) return;
    this.#yieldName(fqdn, server);
    if (server && this.#isBrowsing) this.#peers.heard(server);
  }

  /** Of two servers with one name that of the greater UUID takes another; strangers always keep it. */
  #yieldName(fqdn: string, server: HeardServer | undefined): void {
    const { instance } = this;
    if (instance === undefined) return;
    if (fqdn.toLowerCase() !== `${instance}._${SERVICE_TYPE}._tcp.local`.toLowerCase()) return;
    if (server && server.serverId > this.#options.serverId) return;
    // Who says every name to be theirs gets no more out of it than this.
    if (this.#attempt > MAX_ATTEMPTS) return;
    this.#attempt++;
    this.#announce();
    this.emit('renamed', this.instance as string);
  }
}

const MAX_ATTEMPTS = 9;
