// What other servers have, as one: cameras, footage, health and tickets of the nodes of a home.
import type { TLSSocket } from 'node:tls';
import {
  type Check,
  checkOptions,
  flag,
  instanceOf,
  integer,
  invalidArgument,
  optional,
  splitFederatedId,
} from '../arguments/index.js';
import { FluxError } from '../errors.js';
import type {
  Aggregate,
  FederatedCamera,
  FederatedRecordingQuery,
  FederatedRecordings,
  NodeStatus,
  ProbedNode,
} from './answers.js';
import { collectCameras } from './collect-cameras.js';
import { faultOf } from './fault.js';
import { findRecordings } from './find-recordings.js';
import { fingerprintOf, nodeLookup } from './node-address.js';
import { parseNodeJson } from './node-json.js';
import type { FederationSelf, NodeLink } from './node-link.js';
import { NodeLinks } from './node-links.js';
import { type NodeQuery, targetOf } from './node-path.js';
import { type FederationNode, NodeRegistry } from './node-registry.js';
import { type NodeStream, type NodeStreamRequest, openStream } from './node-stream.js';
import { type PairingRequest, pairNode, probeNode } from './probe.js';
import { readTicket } from './read-answers.js';
import type { TicketPermission } from './wire.js';

/** Options of {@link FederationClient}. */
export interface FederationClientOptions {
  registry: NodeRegistry;
  /** Asked each time. */
  self: () => FederationSelf;
  /** Nodes on this machine: for tests. Default false. */
  allowLoopback?: boolean;
  /** Within which a node has to answer, milliseconds. Default 1500. */
  deadlineMs?: number;
  /** UTC milliseconds. Default: the system's clock. */
  now?: () => number;
}

/** What {@link FederationClient.ticket} takes. */
export interface CameraTicketRequest {
  /** A federated id. */
  camera: string;
  permissions: readonly TicketPermission[];
  /** With `archive`: which footage, half open, UTC milliseconds. At most 7 days. */
  start?: number;
  end?: number;
  user: { name: string; role: 'ADMIN' | 'OPERATOR' | 'VIEWER' };
  /** Of the page that will show it. */
  origin: string;
}

/** Lets one page at one camera of a node. */
export interface CameraTicket {
  /** `fvt_...`: for the page, once. */
  ticket: string;
  permissions: TicketPermission[];
  /** Milliseconds until it has to be shown. */
  redeemWithinMs: number;
  /** Milliseconds for which it lets in from then on. */
  leaseMs: number;
  nodeId: string;
  /** As the node names it. */
  cameraId: string;
  /** Origin of the node for browsers. */
  directUrl: string;
}

/** What {@link FederationClient.request} takes. */
export interface NodeRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** `/api/...`, as {@link nodePath} makes it. */
  path: string;
  query?: NodeQuery;
  /** JSON. */
  body?: unknown;
  /** Milliseconds. Default: that of the client. */
  deadlineMs?: number;
  /** Of the answer. Default 1 MiB. */
  maxBytes?: number;
}

const MAX_ORIGIN = 300;
const called: Check<() => unknown> = (name, value) => {
  if (typeof value !== 'function') throw invalidArgument(name, 'a function', value);
  return value as () => unknown;
};

/**
 * Asks the nodes of a {@link NodeRegistry}. A question goes to the pinned certificate alone, has a deadline
 * and a bound for its answer; one node never keeps the others waiting. Errors of one node are
 * `ERR_NODE_...`; docs/federation.md has the table of them.
 *
 * Bounds: 2 connections per node for questions and 4 for pictures and files, 64 that wait for one; answers
 * of 1 MiB, of which the list of cameras (at most 1000) is kept.
 *
 * @example
 * ```ts
 * const client = new FederationClient({ registry, self: () => ({ serverId, name, version, origins }) });
 * const pool = new ServerConnectionPool({ registry, client });
 * const { items, nodes } = await client.cameras();
 * ```
 */
export class FederationClient {
  readonly registry: NodeRegistry;
  /** @internal */
  readonly links: NodeLinks;
  readonly #self: () => FederationSelf;
  readonly #guard: ReturnType<typeof nodeLookup>;
  readonly #deadlineMs: number;

  constructor(options: FederationClientOptions) {
    const checked = checkOptions('FederationClient', options, {
      registry: instanceOf(NodeRegistry),
      self: called as Check<() => FederationSelf>,
      allowLoopback: optional(flag, false),
      deadlineMs: optional(integer(50, 60_000, 'milliseconds'), 1500),
      now: optional(called as Check<() => number>, Date.now),
    });
    const { registry, self, deadlineMs, now } = checked;
    this.registry = registry;
    this.#self = self;
    this.#deadlineMs = deadlineMs;
    this.#guard = nodeLookup(checked.allowLoopback);
    this.links = new NodeLinks({ registry, self, deadlineMs, now, guard: this.#guard });
  }

  // ---- which nodes there are

  /**
   * Who answers at an address. Sends no credentials. `ERR_ADDRESS_REFUSED`, `ERR_NODE_UNREACHABLE`,
   * `ERR_NODE_TIMEOUT`, `ERR_NODE_ANSWER`, `ERR_NODE_VERSION`.
   */
  async probe(url: string): Promise<ProbedNode> {
    return probeNode(url, this.#asking());
  }

  /**
   * Makes a server a node: where it shows `fingerprint`, is neither this server nor one of the list, and
   * takes the key. As {@link probe}, and `ERR_NODE_IDENTITY`, `ERR_NODE_SELF`, `ERR_NODE_EXISTS`,
   * `ERR_NODE_KEY`, `ERR_NODE_KEY_IN_USE`, `ERR_LIMIT`.
   */
  async pair(request: PairingRequest): Promise<FederationNode> {
    const fingerprint = fingerprintOf(String(request.fingerprint));
    if (fingerprint === undefined) {
      throw invalidArgument('pair: fingerprint', 'a SHA-256 in hexadecimal', request.fingerprint);
    }
    return this.registry.add(await pairNode({ ...request, fingerprint }, this.#asking()));
  }

  /** Removes a node here in any case, and ends the key there where the node can be reached. */
  async unpair(id: string): Promise<{ revokedThere: boolean; reason?: FluxError }> {
    const link = this.links.get(id);
    let reason: FluxError | undefined;
    try {
      await link.send({ method: 'DELETE', path: '/api/federation/pair' });
    } catch (error) {
      const { code, message } = faultOf(error);
      reason = new FluxError(code, message, { cause: error });
    }
    if (this.registry.has(id)) this.registry.remove(id);
    return reason ? { revokedThere: false, reason } : { revokedThere: true };
  }

  // ---- what they tell

  /** How each node stands, as {@link NodeRegistry.list} orders them. */
  status(): NodeStatus[] {
    return this.links.all().map((link) => link.status());
  }

  /** What is known of all cameras, at once; nodes of which nothing is known are asked, within the deadline. */
  cameras(): Promise<Aggregate<FederatedCamera>> {
    return collectCameras(this.links, this.#deadlineMs);
  }

  /**
   * A page of the footage of all nodes by time. There is no total. A node that fails is left out of this
   * page and all further ones, and `nodes` says so. `ERR_INVALID_ARGUMENT`; what `own` throws.
   */
  recordings(query: FederatedRecordingQuery): Promise<FederatedRecordings> {
    return findRecordings(this.links, query, this.#deadlineMs);
  }

  // ---- what they are asked for

  /** Asks the node of a camera to let one page at it. `ERR_NODE_...`, `ERR_CAMERA_NOT_FOUND`. */
  async ticket(request: CameraTicketRequest): Promise<CameraTicket> {
    const { camera, permissions, start, end, user, origin } = request;
    const { nodeId, id } = splitFederatedId(String(camera)) ?? {};
    if (nodeId === undefined || id === undefined || String(origin).length > MAX_ORIGIN) {
      throw invalidArgument('ticket: camera', 'the id of a camera of a node', camera);
    }
    const link = this.links.get(nodeId);
    const body = { cameraId: id, permissions, start, end, user, origin };
    const { body: answer } = await link.ask({
      ...{ method: 'POST', path: '/api/federation/tickets', body, maxBytes: 4096 },
      isRepeatable: true,
    });
    const { url, directUrl = url } = link.node;
    return { ...readTicket(answer), nodeId, cameraId: id, directUrl };
  }

  /** Ends what a user of this server has at all nodes, as far as they can be reached. */
  async endTickets(user: string): Promise<void> {
    const question = { method: 'DELETE', path: '/api/federation/tickets', body: { user } } as const;
    await Promise.allSettled(this.#enabled().map((link) => link.ask(question)));
  }

  /**
   * Asks one node for JSON of a path of its interface. What comes back is bounded and no more: check its
   * shape. `ERR_NODE_...`, `ERR_INVALID_ARGUMENT` for a path that could lead elsewhere, and what the node
   * refuses it for where that is a code of this package.
   */
  async request<T>(nodeId: string, request: NodeRequest): Promise<T> {
    const { method, path, query, body, deadlineMs, maxBytes } = request;
    const target = targetOf(path, query);
    const answer = await this.links.get(nodeId).ask({
      ...{ method, path: target, body },
      ...(deadlineMs !== undefined && { deadlineMs }),
      ...(maxBytes !== undefined && { maxBytes }),
    });
    return (answer.body.length > 0 ? parseNodeJson(answer.body) : undefined) as T;
  }

  /** Pictures and files of a node, as they come. Errors as those of a request; `ERR_ABORTED`. */
  async stream(nodeId: string, request: NodeStreamRequest): Promise<NodeStream> {
    return openStream(this.links.get(nodeId), request);
  }

  /** A connection to the pinned certificate, for a relay. `ERR_NODE_...`. */
  async connect(nodeId: string): Promise<TLSSocket> {
    return this.links.get(nodeId).connect();
  }

  /** Idempotent. What is under way ends with `ERR_NODE_UNREACHABLE` or `ERR_CLOSED`. */
  async close(): Promise<void> {
    this.links.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #enabled(): NodeLink[] {
    return this.links.all().filter(({ node }) => node.enabled);
  }

  #asking() {
    const { registry } = this;
    return { guard: this.#guard, deadlineMs: this.#deadlineMs, registry, self: this.#self() };
  }
}
