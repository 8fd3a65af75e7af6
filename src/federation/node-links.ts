// The links to all nodes of a registry: one each, made anew where a node is elsewhere or shows another
// certificate.
import { EventEmitter } from 'node:events';
import type { NodeStatus } from './answers.js';
import { noNode } from './fault.js';
import { type LinkContext, NodeLink } from './node-link.js';
import type { NodeRegistry } from './node-registry.js';

interface LinkEvents {
  state: [status: NodeStatus];
  cameras: [nodeId: string];
  report: [nodeId: string];
  /** It shows another certificate, which it has proven to be its own. */
  renewed: [nodeId: string];
  /** Which there are, or what is told of one by hand. */
  nodes: [nodeId: string];
}

export class NodeLinks extends EventEmitter<LinkEvents> {
  readonly now: () => number;
  readonly #registry: NodeRegistry;
  readonly #context: LinkContext;
  readonly #links = new Map<string, NodeLink>();
  readonly #onChanged = (id: string) => this.#renew(id);

  constructor(context: Omit<LinkContext, 'changed'>) {
    super();
    this.now = context.now;
    this.#registry = context.registry;
    this.#context = {
      ...context,
      changed: (what, link) => {
        if (what === 'state') this.emit('state', link.status());
        else this.emit(what, link.node.id);
      },
    };
    for (const node of this.#registry.list()) {
      this.#links.set(node.id, new NodeLink(node, this.#context));
    }
    this.#registry.on('changed', this.#onChanged);
  }

  /** As the registry lists them. */
  all(): NodeLink[] {
    return this.#registry.list().flatMap(({ id }) => this.#links.get(id) ?? []);
  }

  /** `ERR_NODE_NOT_FOUND`. */
  get(id: string): NodeLink {
    const link = this.#links.get(id);
    if (!link) throw noNode(String(id));
    return link;
  }

  find(id: string): NodeLink | undefined {
    return this.#links.get(id);
  }

  close(): void {
    this.#registry.off('changed', this.#onChanged);
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
  }

  #renew(id: string): void {
    const link = this.#links.get(id);
    const node = this.#registry.has(id) ? this.#registry.get(id) : undefined;
    const isSame = (['url', 'fingerprint', 'enabled'] as const).every(
      (name) => link?.node[name] === node?.[name],
    );
    if (link && node && isSame) {
      link.node = node;
      link.isPaused = false;
      // Perhaps it has another key now.
      if (link.fault) link.breaker.succeed();
    } else {
      link?.close();
      this.#links.delete(id);
      if (node) this.#links.set(id, new NodeLink(node, this.#context));
    }
    this.emit('nodes', id);
  }
}
