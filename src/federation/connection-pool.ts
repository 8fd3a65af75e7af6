// Keeps what is known of the nodes fresh: asks each from time to time, connects again by priority.
import { EventEmitter } from 'node:events';
import { checkOptions, instanceOf, integer, optional } from '../arguments/index.js';
import type { NodeStatus } from './answers.js';
import { FederationClient } from './federation-client.js';
import type { NodeLink } from './node-link.js';
import { NodeRegistry } from './node-registry.js';

/** Options of {@link ServerConnectionPool}. */
export interface ServerConnectionPoolOptions {
  registry: NodeRegistry;
  client: FederationClient;
  /** Between two questions to a node that somebody looks at, milliseconds. Default 5000. */
  activeMs?: number;
  /** To any other one. Default 20000. */
  backgroundMs?: number;
}

/** Events of {@link ServerConnectionPool}: how a node stands, or of which there is something new. */
export interface ServerConnectionPoolEvents {
  state: [status: NodeStatus];
  cameras: [nodeId: string];
  report: [nodeId: string];
  /** It shows another certificate, which it has proven to be its own. */
  renewed: [nodeId: string];
}

const interval = integer(10, 3_600_000, 'milliseconds');
/** Nodes that are asked at once: a hundred that come back together come one after the other. */
const AT_ONCE = 8;
/** Nodes whose answers are missing for so many polls are stale. */
const STALE_POLLS = 3;
/** How often it looks for who is due. */
const LONGEST_TICK_MS = 500;

/**
 * vms-v2-plan, "Server Connection Pool". Nodes that somebody looks at first, then by priority. A node that
 * fails is asked again after 1 s, 2 s, 4 s, 8 s, then after 30 s, doubling to 5 min; one that refuses the
 * key, shows another certificate or has another version is not asked again before 30 s.
 */
export class ServerConnectionPool extends EventEmitter<ServerConnectionPoolEvents> {
  readonly #client: FederationClient;
  readonly #activeMs: number;
  readonly #backgroundMs: number;
  readonly #timer: NodeJS.Timeout;
  #active: ReadonlySet<string> = new Set();
  #asking = 0;
  #isClosed = false;
  readonly #forwards = {
    state: (status: NodeStatus) => this.emit('state', status),
    cameras: (id: string) => this.emit('cameras', id),
    report: (id: string) => this.emit('report', id),
    renewed: (id: string) => this.emit('renewed', id),
    nodes: () => this.#tick(),
  };

  constructor(options: ServerConnectionPoolOptions) {
    super();
    const checked = checkOptions('ServerConnectionPool', options, {
      registry: instanceOf(NodeRegistry),
      client: instanceOf(FederationClient),
      activeMs: optional(interval, 5000),
      backgroundMs: optional(interval, 20_000),
    });
    this.#client = checked.client;
    this.#activeMs = checked.activeMs;
    this.#backgroundMs = checked.backgroundMs;
    const { links } = this.#client;
    links.on('state', this.#forwards.state);
    links.on('cameras', this.#forwards.cameras);
    links.on('report', this.#forwards.report);
    links.on('renewed', this.#forwards.renewed);
    links.on('nodes', this.#forwards.nodes);
    const tickMs = Math.min(LONGEST_TICK_MS, Math.ceil(this.#activeMs / 4));
    this.#timer = setInterval(() => this.#tick(), tickMs).unref();
    // Who made it listens by then.
    queueMicrotask(() => this.#tick());
  }

  /** Nodes that somebody looks at, instead of those before. */
  setActive(ids: readonly string[]): void {
    this.#active = new Set(ids);
    this.#tick();
  }

  /** At once, whatever went wrong before. `ERR_NODE_NOT_FOUND`. */
  connect(id: string): void {
    const link = this.#client.links.get(id);
    link.isPaused = false;
    link.breaker.succeed();
    link.polledAt = 0;
    this.#tick();
  }

  /** Until connect(), or until something is changed of the node. `ERR_NODE_NOT_FOUND`. */
  disconnect(id: string): void {
    this.#client.links.get(id).disconnect();
  }

  /** How each node stands. */
  statuses(): NodeStatus[] {
    return this.#client.status();
  }

  /** Idempotent. The client stays open. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    const { links } = this.#client;
    links.off('state', this.#forwards.state);
    links.off('cameras', this.#forwards.cameras);
    links.off('report', this.#forwards.report);
    links.off('renewed', this.#forwards.renewed);
    links.off('nodes', this.#forwards.nodes);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #tick(): void {
    if (this.#isClosed) return;
    const now = this.#client.links.now();
    const due = this.#client.links
      .all()
      .filter((link) => this.#isDue(link, now))
      .sort((a, b) => this.#rankOf(b) - this.#rankOf(a));
    for (const link of due) {
      if (this.#asking >= AT_ONCE) return;
      this.#asking += 1;
      void link.poll().finally(() => {
        this.#asking -= 1;
        this.#tick();
      });
    }
  }

  #isDue(link: NodeLink, now: number): boolean {
    const { id, enabled } = link.node;
    const everyMs = this.#active.has(id) ? this.#activeMs : this.#backgroundMs;
    link.staleMs = STALE_POLLS * everyMs;
    if (!enabled || link.isPaused || link.isPolling) return false;
    if (link.breaker.retryAt !== undefined) return link.breaker.isRested;
    return now - link.polledAt >= everyMs;
  }

  /** Active ones before all others. */
  #rankOf({ node }: NodeLink): number {
    return node.priority + (this.#active.has(node.id) ? 1000 : 0);
  }
}
