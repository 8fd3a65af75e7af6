// What one other server tells of its cameras as it happens, and what it told while the line was down:
// each event once, in bounds, and of the shape that this server's own events have.
import { parseNodeJson } from '@fluxvision/core';
import { Type } from 'typebox';
import type { RawData, WebSocket } from 'ws';
import { NvrEvent, pageOf } from '../../protocol/index.js';
import { Pace } from '../sockets/pace.js';
import { eventHere } from './event-here.js';
import type { Federation } from './federation.js';
import { askNode, checked } from './node-answers.js';
import { openNodeSocket } from './node-socket.js';

/** Other messages are what a node tells its own pages: signs of life here. */
const Heard = Type.Object({ type: Type.String(), detail: Type.Optional(NvrEvent) });
const Events = pageOf(NvrEvent);
const CONNECT_MS = 5000;
const MAX_MESSAGE_BYTES = 16 * 1024;
/** Of all that it says. Who says more is left alone for a while; what it meant is listed later. */
const MESSAGES_PER_SECOND = 50;
const BURST = 500;
const PING_MS = 20_000;
/** After the first, second, ... time that it went wrong. Nodes that have no such socket stay at the last. */
const PAUSES_MS = [0, 30_000, 300_000];
/** What holds so long went right. */
const HELD_MS = 60_000;
/** Events become known some time after they began, and clocks are never quite the same. */
const OVERLAP_MS = 60_000;
const LISTED = 500;
/** Ids of events that were told already. */
const MAX_SEEN = 2000;

type Known = Pick<Federation, 'registry' | 'client'>;

export class NodeEventStream {
  readonly #known: Known;
  readonly #nodeId: string;
  readonly #tell: (event: NvrEvent) => void;
  readonly #closing = new AbortController();
  /** By id: how it stood when it was told. */
  readonly #seen = new Map<string, string>();
  #socket: WebSocket | undefined;
  #isOpening = false;
  #failures = 0;
  #openedAt = 0;
  #notBefore = 0;
  /** By the node's clock, UTC milliseconds: what was before, pages have listed themselves. */
  readonly #since: number;
  /** By the node's clock, UTC milliseconds: up to then everything was heard. */
  #heardUntil: number;

  constructor(known: Known, nodeId: string, tell: (event: NvrEvent) => void) {
    this.#known = known;
    this.#nodeId = nodeId;
    this.#tell = tell;
    this.#since = this.#nodeNow();
    this.#heardUntil = this.#since;
  }

  /** Where it is not open, and nothing went wrong a moment ago. */
  open(): void {
    const isThere = this.#socket !== undefined || this.#isOpening;
    if (isThere || this.#closing.signal.aborted || performance.now() < this.#notBefore) return;
    this.#isOpening = true;
    void this.#begin().finally(() => {
      this.#isOpening = false;
    });
  }

  close(): void {
    this.#closing.abort();
    this.#socket?.terminate();
  }

  /** The pool says what is wrong with a node; here it is only counted. */
  async #begin(): Promise<void> {
    let socket: WebSocket;
    try {
      const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(CONNECT_MS)]);
      socket = await openNodeSocket(this.#known, this.#nodeId, {
        ...{ path: '/ws/events', withKey: true, maxPayload: MAX_MESSAGE_BYTES, signal },
      });
    } catch {
      this.#failed();
      return;
    }
    this.#listenTo(socket);
    try {
      await this.#listMissed();
    } catch {
      socket.terminate();
    }
  }

  #listenTo(socket: WebSocket): void {
    this.#socket = socket;
    this.#openedAt = performance.now();
    const pace = new Pace(MESSAGES_PER_SECOND, BURST);
    let isAlive = true;
    const counted = (take: (data: RawData) => void) => (data: RawData) => {
      isAlive = true;
      if (!pace.take()) socket.terminate();
      else if (socket === this.#socket) take(data);
    };
    socket.on(
      'message',
      counted((data) => this.#hear(data as Buffer)),
    );
    for (const sign of ['ping', 'pong'] as const)
      socket.on(
        sign,
        counted(() => {}),
      );
    socket.on('error', () => socket.terminate());
    const pulse = setInterval(() => {
      if (!isAlive) socket.terminate();
      isAlive = false;
      if (socket.readyState === socket.OPEN) socket.ping();
    }, PING_MS).unref();
    socket.once('close', () => {
      clearInterval(pulse);
      this.#socket = undefined;
      if (performance.now() - this.#openedAt > HELD_MS) this.#failures = 0;
      this.#failed();
    });
    socket.resume();
    if (this.#closing.signal.aborted) socket.terminate();
  }

  #failed(): void {
    const pause = PAUSES_MS[Math.min(this.#failures, PAUSES_MS.length - 1)] as number;
    this.#failures += 1;
    this.#notBefore = performance.now() + pause;
  }

  #hear(data: Buffer): void {
    try {
      const { type, detail } = checked(Heard, parseNodeJson(data));
      if (type === 'event' && detail) this.#tellOnce(detail);
      // Later ones are listed again where this was not all.
      if (!this.#isOpening) this.#heardUntil = this.#nodeNow();
    } catch {
      this.#socket?.terminate();
    }
  }

  /** The newest of them, where they are more than a page has. */
  async #listMissed(): Promise<void> {
    const start = Math.max(0, this.#since, this.#heardUntil - OVERLAP_MS);
    const query = { start, limit: LISTED };
    const { items } = await askNode(
      this.#known,
      this.#nodeId,
      { method: 'GET', path: '/api/events', query },
      Events,
    );
    for (const event of items.slice(0, LISTED).reverse()) this.#tellOnce(event);
  }

  #tellOnce(event: NvrEvent): void {
    const here = eventHere(this.#nodeId, event);
    const stands = JSON.stringify([here?.end, here?.start]);
    if (!here || this.#seen.get(here.id) === stands || this.#closing.signal.aborted) return;
    this.#seen.delete(here.id);
    this.#seen.set(here.id, stands);
    if (this.#seen.size > MAX_SEEN) this.#seen.delete(this.#seen.keys().next().value as string);
    this.#tell(here);
  }

  #nodeNow(): number {
    const { clockOffsetMs = 0 } =
      this.#known.client.status().find(({ id }) => id === this.#nodeId) ?? {};
    return Math.round(Date.now() + clockOffsetMs);
  }
}
