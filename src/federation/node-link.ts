// One node as its home holds it: connections, how it stands, and what it last told of itself.
import { createHash } from 'node:crypto';
import type { ClientRequest } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { GuardedLookup } from '../arguments/index.js';
import { FluxError, isFluxError } from '../errors.js';
import type { NodeFault, NodeState, NodeStatus } from './answers.js';
import { CircuitBreaker } from './circuit-breaker.js';
import { ClockOffset } from './clock-offset.js';
import { ask, type Exchange, type ExchangeAnswer, exchange } from './exchange.js';
import { disabled, faultOf, kindOf, refusalOf } from './fault.js';
import { greet, provesCertificate } from './greeting.js';
import type { FederationNode, NodeRegistry } from './node-registry.js';
import { connectPinned, late, PinnedAgent, type PinnedTarget } from './pinned-agent.js';
import { readCameras, readReport } from './read-answers.js';
import { Turns } from './turns.js';
import type { FederatedCameraInfo, NodeReport } from './wire.js';

/** What this server tells its nodes of itself. */
export interface FederationSelf {
  serverId: string;
  name: string;
  version: string;
  /** Of its pages: nodes let these connect to them. At most 16. */
  origins: readonly string[];
}

/** What all links of a client have in common. */
export interface LinkContext {
  registry: NodeRegistry;
  self: () => FederationSelf;
  guard: GuardedLookup;
  deadlineMs: number;
  /** UTC milliseconds. */
  now: () => number;
  changed: (what: 'state' | 'cameras' | 'report' | 'renewed', link: NodeLink) => void;
}

/** A question to a node, of a path that is fixed by who asks. */
export type LinkQuestion = Pick<Exchange, 'method' | 'path' | 'body'> &
  Partial<Pick<Exchange, 'deadlineMs' | 'maxBytes' | 'headers' | 'isRepeatable'>> & {
    /** False: nothing secret is sent. */
    withKey?: boolean;
  };

/** Sockets of a node: for what is asked, and for pictures and files. */
const SOCKETS = 2;
const STREAM_SOCKETS = 4;
const MAX_ANSWER_BYTES = 1024 * 1024;
const MAX_REPORT_BYTES = 64 * 1024;
/** Three polls of a node in the background. */
const STALE_MS = 60_000;
const RENAME_MS = 60_000;

export class NodeLink {
  node: FederationNode;
  /** What it told is `stale` when it is older. Milliseconds. */
  staleMs = STALE_MS;
  /** UTC milliseconds, when it was last asked how it does. */
  polledAt = 0;
  /** It is left alone until somebody connects it again. */
  isPaused = false;
  readonly breaker: CircuitBreaker;
  readonly streamTurns = new Turns(STREAM_SOCKETS);
  readonly #context: LinkContext;
  readonly #target: PinnedTarget;
  readonly #agent: PinnedAgent;
  readonly #streamAgent: PinnedAgent;
  readonly #turns = new Turns(SOCKETS);
  readonly #clock = new ClockOffset();
  #isClosed = false;
  #state: NodeState = 'DISCONNECTED';
  #fault: NodeFault | undefined;
  #polling: Promise<void> | undefined;
  /** Digest of what the node was told of this server, and with which key, since it connected. */
  #announced = '';
  #namedAt = 0;
  #version: string | undefined;
  #report: { report: NodeReport; asOf: number; tookMs: number } | undefined;
  #cameras: { version: string; items: FederatedCameraInfo[] } | undefined;

  constructor(node: FederationNode, context: LinkContext) {
    this.node = node;
    this.#context = context;
    this.breaker = new CircuitBreaker(context.now);
    const { url, fingerprint } = node;
    this.#target = { url, fingerprint, guard: context.guard, connectMs: context.deadlineMs };
    this.#agent = new PinnedAgent(this.#target, SOCKETS);
    this.#streamAgent = new PinnedAgent(this.#target, STREAM_SOCKETS);
  }

  /** What its cameras were at {@link asOf}; undefined where they are not known. */
  get cameras(): readonly FederatedCameraInfo[] | undefined {
    return this.#cameras?.items;
  }

  get asOf(): number | undefined {
    return this.#report?.asOf;
  }

  get fault(): NodeFault | undefined {
    return this.#fault;
  }

  get isPolling(): boolean {
    return this.#polling !== undefined;
  }

  /** True where the last poll failed, or is too long ago. */
  get isStale(): boolean {
    return this.#fault !== undefined || this.#context.now() - (this.asOf ?? 0) > this.staleMs;
  }

  status(): NodeStatus {
    const { id, label, enabled } = this.node;
    const offset = this.#clock.ms;
    const { retryAt } = this.breaker;
    return {
      ...{ id, label, state: this.#state },
      ...(this.#fault && { fault: this.#fault }),
      ...(enabled && this.#fault && retryAt !== undefined && { retryAt }),
      ...(this.#report && { asOf: this.#report.asOf, tookMs: this.#report.tookMs }),
      ...(offset !== undefined && { clockOffsetMs: offset }),
      ...(this.#version !== undefined && { version: this.#version }),
      ...(this.#report && { report: this.#report.report }),
    };
  }

  /** Asks how it does, and what cameras it has where they are others. One at a time; never rejects. */
  poll(): Promise<void> {
    this.#polling ??= this.#poll().finally(() => {
      this.#polling = undefined;
    });
    return this.#polling;
  }

  /** What it answers with a status below 400. `ERR_NODE_...`, and what it refuses it for. */
  async ask(question: LinkQuestion): Promise<ExchangeAnswer> {
    this.requireAskable();
    try {
      const answer = await this.send(question);
      this.answered();
      return answer;
    } catch (error) {
      this.failed(error);
      throw error;
    }
  }

  /** As {@link ask}, whatever went wrong before. */
  async send(question: LinkQuestion): Promise<ExchangeAnswer> {
    const { deadlineMs = this.#context.deadlineMs, maxBytes = MAX_ANSWER_BYTES } = question;
    const { method, path, body, isRepeatable } = question;
    const { url } = this.node;
    const until = performance.now() + deadlineMs;
    const back = await this.#turns.take(AbortSignal.timeout(deadlineMs)).catch((error: unknown) => {
      throw isFluxError(error) ? error : late(url, deadlineMs);
    });
    try {
      const answer = await exchange({
        ...{ agent: this.#agent, url, method, path, body, maxBytes, isRepeatable },
        headers: question.withKey === false ? {} : { ...question.headers, ...this.#key() },
        deadlineMs: Math.max(1, Math.round(until - performance.now())),
      });
      const refusal = refusalOf(url, answer);
      if (refusal) throw refusal;
      return answer;
    } finally {
      back();
    }
  }

  /** A request whose answer the caller reads. */
  startStream(path: string, headers: Readonly<Record<string, string>>): ClientRequest {
    return ask({
      ...{ agent: this.#streamAgent, url: this.node.url, method: 'GET', path },
      headers: { ...headers, accept: '*/*', ...this.#key() },
    });
  }

  /** A connection for whatever the caller speaks over it. */
  async connect(): Promise<TLSSocket> {
    this.requireAskable();
    try {
      const socket = await connectPinned(this.#target);
      this.answered();
      return socket;
    } catch (error) {
      this.failed(error);
      throw error;
    }
  }

  /** `ERR_NODE_DISABLED`; what went wrong last, where it is not to be asked yet. */
  requireAskable(): void {
    if (!this.node.enabled) throw disabled(this.node.label);
    if (this.breaker.enter()) return;
    const { code = 'ERR_NODE_UNREACHABLE', message = 'It does not answer.' } = this.#fault ?? {};
    throw new FluxError(code, message);
  }

  /** After {@link requireAskable}: it did answer. */
  answered(): void {
    if (this.breaker.isOpen) this.breaker.succeed();
  }

  /** After {@link requireAskable}: only what is wrong with the way counts against it. */
  failed(error: unknown): void {
    const isWay = ['ERR_NODE_UNREACHABLE', 'ERR_NODE_TIMEOUT', 'ERR_NODE_IDENTITY'].some((code) =>
      isFluxError(error, code),
    );
    if (!isWay) {
      this.breaker.leave();
      return;
    }
    this.breaker.fail(kindOf(error) === 'lasting');
    if (this.breaker.isOpen) this.#stand('ERROR', faultOf(error));
  }

  /** Nothing is asked until it is polled again. */
  disconnect(): void {
    this.isPaused = true;
    this.#announced = '';
    this.#agent.destroyIdle();
    this.#stand('DISCONNECTED', undefined);
  }

  /** Idempotent. What is under way ends. */
  close(): void {
    this.#isClosed = true;
    this.#agent.destroy();
    this.#streamAgent.destroy();
  }

  async #poll(): Promise<void> {
    if (!this.node.enabled || this.isPaused || this.#isClosed) return;
    if (!this.breaker.enter()) return;
    this.polledAt = this.#context.now();
    try {
      await this.#greetOnce();
      await this.#readReport();
      if (this.#isClosed || this.isPaused) {
        this.breaker.leave();
        return;
      }
      this.breaker.succeed();
      this.#stand('CONNECTED', undefined);
      this.#keepName();
    } catch (error) {
      if (this.#isClosed || this.isPaused) {
        this.breaker.leave();
        return;
      }
      if (await this.#renews(error)) return;
      this.#announced = '';
      this.breaker.fail(kindOf(error) === 'lasting');
      this.#stand('ERROR', faultOf(error));
    }
  }

  /** Where another certificate is proven to be the node's own it is pinned from now on, by another link. */
  async #renews(error: unknown): Promise<boolean> {
    const fingerprint = isFluxError(error, 'ERR_NODE_IDENTITY') ? error.fingerprint : undefined;
    const { id, identityKey } = this.node;
    const { registry, deadlineMs } = this.#context;
    if (fingerprint === undefined || identityKey === undefined) return false;
    const isOwn = await provesCertificate({
      ...{ target: { ...this.#target, fingerprint }, deadlineMs, serverId: id, identityKey },
    });
    if (!isOwn || this.#isClosed || !registry.has(id)) return false;
    this.breaker.leave();
    this.#context.changed('renewed', this);
    registry.update(id, { fingerprint, acceptFingerprint: true });
    return true;
  }

  async #greetOnce(): Promise<void> {
    const self = this.#context.self();
    const announced = this.#digestOf(self);
    if (this.#announced === announced) return;
    const paired = await greet(this, self, (state) => this.#stand(state, this.#fault));
    const { version, identityKey } = paired;
    const { registry } = this.#context;
    const { id } = this.node;
    if (identityKey !== undefined && identityKey !== this.node.identityKey && registry.has(id)) {
      registry.update(id, { identityKey });
    }
    this.#version = version;
    this.#announced = announced;
  }

  /** A node knows a home by its key: with another one it is told anew. */
  #digestOf(self: FederationSelf): string {
    const key = this.#context.registry.keyOf(this.node.id);
    return createHash('sha256')
      .update(JSON.stringify([self, key]))
      .digest('base64');
  }

  /** What it calls itself may be another name than when it was added. */
  #keepName(): void {
    const { registry } = this.#context;
    const name = this.#report?.report.name;
    if (!name || name === this.node.name || !registry.has(this.node.id)) return;
    // Each name is written to the disk.
    const now = this.#context.now();
    if (now - this.#namedAt < RENAME_MS) return;
    this.#namedAt = now;
    registry.update(this.node.id, { name });
  }

  async #readReport(): Promise<void> {
    const answer = await this.send({
      ...{ method: 'GET', path: '/api/federation/status', maxBytes: MAX_REPORT_BYTES },
    });
    const report = readReport(answer.body);
    if (report.serverId !== this.node.id) {
      throw new FluxError('ERR_NODE_IDENTITY', `At ${this.node.url} another server answers now.`);
    }
    this.#clock.add(report.serverTime, answer.askedAt, answer.roundTripMs);
    const isKnown = this.#cameras?.version === report.camerasVersion;
    const cameras = isKnown ? undefined : await this.#readCameras();
    if (this.#isClosed) return;
    this.#version = report.version;
    const tookMs = Math.round(answer.roundTripMs);
    this.#report = { report, asOf: this.#context.now(), tookMs };
    // Under the version of the report: where both differ the next report says so again.
    if (cameras) this.#cameras = { version: report.camerasVersion, items: cameras };
    this.#context.changed('report', this);
    if (cameras) this.#context.changed('cameras', this);
  }

  async #readCameras(): Promise<FederatedCameraInfo[]> {
    const answer = await this.send({ method: 'GET', path: '/api/federation/cameras' });
    return readCameras(answer.body).items;
  }

  #stand(state: NodeState, fault: NodeFault | undefined): void {
    const isSame = this.#state === state && this.#fault?.code === fault?.code;
    this.#state = state;
    this.#fault = fault;
    if (!isSame && !this.#isClosed) this.#context.changed('state', this);
  }

  #key(): Record<string, string> {
    return { 'x-nvr-auth': this.#context.registry.keyOf(this.node.id) };
  }
}
