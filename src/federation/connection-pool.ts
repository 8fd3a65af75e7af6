// Keeps what is known of the nodes fresh: asks each from time to time, connects again by priority.
import { EventEmitter } from 'node:events';
import type { NodeStatus } from './answers.js';
import type { FederationClient } from './federation-client.js';
import type { NodeRegistry } from './node-registry.js';

/** Options of {@link ServerConnectionPool}. */
export interface ServerConnectionPoolOptions {
  registry: NodeRegistry;
  client: FederationClient;
  /** Between two questions to a node that somebody looks at, milliseconds. Default 5000. */
  activeMs?: number;
  /** To any other one. Default 20000. */
  backgroundMs?: number;
}

/** Events of {@link ServerConnectionPool}: ids of nodes, or how one stands. */
export interface ServerConnectionPoolEvents {
  state: [status: NodeStatus];
  cameras: [nodeId: string];
  report: [nodeId: string];
}

/** vms-v2-plan, "Server Connection Pool". */
export class ServerConnectionPool extends EventEmitter<ServerConnectionPoolEvents> {
  readonly #client: FederationClient;

  constructor(options: ServerConnectionPoolOptions) {
    super();
    this.#client = options.client;
  }

  /** Nodes that somebody looks at. */
  setActive(_ids: readonly string[]): void {}

  /** At once, whatever went wrong before. */
  connect(_id: string): void {}

  /** Until connect(), or until the node changes. */
  disconnect(_id: string): void {}

  statuses(): NodeStatus[] {
    return this.#client.status();
  }

  async close(): Promise<void> {}
}
