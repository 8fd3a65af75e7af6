// Events of cameras of other servers as they happen: one connection to each of them, and only while
// somebody here listens.
import { EventEmitter } from 'node:events';
import type { NvrEvent } from '../../protocol/index.js';
import type { Federation } from './federation.js';
import { NodeEventStream } from './node-event-stream.js';

/** `event` has ids as they are here; `node` is where it happened. */
export type NodeEventListener = (event: NvrEvent, node: { id: string; label: string }) => void;

type Known = Pick<Federation, 'registry' | 'client' | 'pool'>;

export class NodeEvents {
  readonly #known: Known;
  readonly #heard = new EventEmitter<{ event: Parameters<NodeEventListener> }>();
  readonly #streams = new Map<string, { stream: NodeEventStream; place: string }>();
  /** The pool has just reached it: whatever kept it away is over. */
  readonly #onReport = (id: string) => this.#open(id);
  readonly #onChanged = (id: string) => this.#moved(id);

  constructor(known: Known) {
    this.#known = known;
    // One per socket.
    this.#heard.setMaxListeners(0);
    known.registry.on('changed', this.#onChanged);
    known.pool.on('report', this.#onReport);
  }

  /** Nodes that are connected, now and later, until what it returns is called. */
  listen(listener: NodeEventListener): () => void {
    this.#heard.on('event', listener);
    for (const { id, state } of this.#known.client.status()) {
      if (state === 'CONNECTED') this.#open(id);
    }
    return () => {
      this.#heard.off('event', listener);
      if (!this.#isHeard) this.#closeAll();
    };
  }

  close(): void {
    this.#known.registry.off('changed', this.#onChanged);
    this.#known.pool.off('report', this.#onReport);
    this.#heard.removeAllListeners();
    this.#closeAll();
  }

  get #isHeard(): boolean {
    return this.#heard.listenerCount('event') > 0;
  }

  #open(id: string): void {
    if (!this.#isHeard) return;
    const known = this.#streams.get(id);
    if (known) {
      known.stream.open();
      return;
    }
    const stream = new NodeEventStream(this.#known, id, (event) => {
      const { registry } = this.#known;
      if (registry.has(id)) this.#heard.emit('event', event, { id, label: registry.get(id).label });
    });
    this.#streams.set(id, { stream, place: this.#placeOf(id) });
    stream.open();
  }

  /** Where it was it is not asked any more. */
  #moved(id: string): void {
    const known = this.#streams.get(id);
    if (!known || known.place === this.#placeOf(id)) return;
    known.stream.close();
    this.#streams.delete(id);
  }

  #placeOf(id: string): string {
    const { registry } = this.#known;
    if (!registry.has(id)) return '';
    const { url, fingerprint, enabled } = registry.get(id);
    return enabled ? `${url} ${fingerprint}` : '';
  }

  #closeAll(): void {
    for (const { stream } of this.#streams.values()) stream.close();
    this.#streams.clear();
  }
}
