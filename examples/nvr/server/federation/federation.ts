// Other servers as this one knows them, while its parts are open: who they are, how they do, and the
// connections to them.
import {
  FederationClient,
  NodeRegistry,
  ServerConnectionPool,
  type SessionEnd,
} from '@fluxvision/core';
import { HeldService } from '../held-service.js';
import type { Nvr } from '../nvr.js';
import { VERSION } from '../version.js';
import { NodeEvents } from './node-events.js';
import { Origins } from './origins.js';
import { RemoteExports } from './remote-exports.js';

/** Of a user who may do less from now on: what pages of theirs play at other servers ends at once. */
const TAKEN_AWAY: ReadonlySet<SessionEnd> = new Set([
  ...(['kicked', 'permissions_changed', 'user_disabled', 'password_changed'] as const),
]);

/** Anybody can say that a server is back: it is believed no more often than that. */
const HEARD_MS = 10_000;
/** Pages ask for cameras every 15 seconds. */
const WATCHED_MS = 60_000;

export class Federation {
  readonly registry: NodeRegistry;
  readonly client: FederationClient;
  readonly pool: ServerConnectionPool;
  readonly exports: RemoteExports;
  readonly events: NodeEvents;
  readonly #origins: Origins;
  readonly #nvr: Nvr;
  #unwatched: NodeJS.Timeout | undefined;
  readonly #heardAt = new Map<string, number>();
  readonly #onHeard = (serverId: string) => this.#tryAgain(serverId);
  readonly #onEnded = ({ username }: { username: string }, reason: SessionEnd) => {
    if (TAKEN_AWAY.has(reason)) void this.client.endTickets(username).catch(() => {});
  };

  private constructor(nvr: Nvr) {
    const { store, serverId } = nvr.parts;
    this.#nvr = nvr;
    this.#origins = new Origins(nvr);
    this.registry = new NodeRegistry({ store, serverId });
    this.client = new FederationClient({
      registry: this.registry,
      self: () => ({
        ...{ serverId, name: nvr.server.name, version: VERSION },
        origins: this.#origins.list(),
      }),
      allowLoopback: nvr.config.allowLoopbackCameras ?? false,
    });
    this.pool = new ServerConnectionPool({ registry: this.registry, client: this.client });
    this.exports = new RemoteExports(this, store);
    this.events = new NodeEvents(this);
    this.pool.on('state', ({ id }) => nvr.emit('changed', 'nodes', id));
    this.pool.on('renewed', (id) => this.#audit(id));
    this.pool.on('cameras', () => nvr.emit('changed', 'cameras'));
    nvr.sessions.on('ended', this.#onEnded);
    nvr.on('heard', this.#onHeard);
  }

  static async start(nvr: Nvr): Promise<Federation> {
    return new Federation(nvr);
  }

  /** Somebody looks at what the nodes tell: for a while it is fresher. */
  lookedAt(): void {
    clearTimeout(this.#unwatched);
    this.pool.setActive(this.registry.list().map(({ id }) => id));
    this.#unwatched = setTimeout(() => this.pool.setActive([]), WATCHED_MS).unref();
  }

  /** As {@link Origins.of}. */
  originFor(origin: string | undefined): string {
    return this.#origins.of(origin).origin;
  }

  /** The same, and nodes know it before the page goes there; those that cannot be told refuse it. */
  async welcome(said: string | undefined): Promise<string> {
    const { origin, isNew } = this.#origins.of(said);
    if (!isNew) return origin;
    const { id: homeId, name } = this.#nvr.server;
    const body = { homeId, name, origins: this.#origins.list() };
    const request = { method: 'POST', path: '/api/federation/pair', body } as const;
    const nodes = this.registry.list().filter(({ enabled }) => enabled);
    await Promise.allSettled(nodes.map(({ id }) => this.client.request(id, request)));
    return origin;
  }

  async close(): Promise<void> {
    clearTimeout(this.#unwatched);
    this.#nvr.sessions.off('ended', this.#onEnded);
    this.#nvr.off('heard', this.#onHeard);
    this.events.close();
    await this.pool.close();
    await this.client.close();
  }

  /** Nobody has compared the certificate: its own key has signed it. */
  #audit(id: string): void {
    try {
      this.#nvr.audit('nvr', 'node.certificate', { subject: id });
    } catch (error) {
      this.#nvr.log.error({ err: error, node: id }, 'not written down: another certificate');
    }
  }

  /** A node that was away is in the network again. */
  #tryAgain(id: string): void {
    const status = this.client.status().find((one) => one.id === id);
    const now = performance.now();
    const isSoon = now - (this.#heardAt.get(id) ?? Number.NEGATIVE_INFINITY) < HEARD_MS;
    if (status?.state !== 'ERROR' || isSoon) return;
    this.#heardAt.set(id, now);
    this.pool.connect(id);
  }
}

const held = new HeldService('federation', (nvr) => Federation.start(nvr));

/** Begins it with the open parts, now and whenever they open again. */
export const serveFederation = (nvr: Nvr): Promise<void> => held.serve(nvr);

/** Throws what keeps the parts closed (`ERR_LOCKED`, ...). */
export const federationOf = (nvr: Nvr): Federation => held.of(nvr);
