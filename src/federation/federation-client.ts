// What other servers have, as one: cameras, footage, health and tickets of the nodes of a home.
import type { Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { FluxError } from '../errors.js';
import type {
  Aggregate,
  FederatedCamera,
  FederatedRecordingQuery,
  FederatedRecordings,
  NodeStatus,
  ProbedNode,
} from './answers.js';
import type { FederationNode, NodeRegistry } from './node-registry.js';
import type { TicketPermission } from './wire.js';

/** What this server tells its nodes of itself. */
export interface FederationSelf {
  serverId: string;
  name: string;
  version: string;
  /** Of its pages: nodes let these connect to them. At most 16. */
  origins: readonly string[];
}

/** Options of {@link FederationClient}. */
export interface FederationClientOptions {
  registry: NodeRegistry;
  /** Asked each time. */
  self: () => FederationSelf;
  /** Nodes on this machine: for tests. Default false. */
  allowLoopback?: boolean;
  /** Within which a node has to answer, milliseconds. Default 1500. */
  deadlineMs?: number;
}

/** What {@link FederationClient.pair} takes. */
export interface PairingRequest {
  url: string;
  /** As the probe showed it: the key goes to nobody else. */
  fingerprint: string;
  apiKey: string;
  label?: string;
  directUrl?: string;
  group?: string;
  favourite?: boolean;
  priority?: number;
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
  query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** JSON. */
  body?: unknown;
  /** Milliseconds. Default: that of the client. */
  deadlineMs?: number;
  /** Of the answer. Default 1 MiB. */
  maxBytes?: number;
}

/** What {@link FederationClient.stream} takes. */
export interface NodeStreamRequest {
  path: string;
  query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** `range`, `if-range`, `if-none-match`. */
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
}

/** What {@link FederationClient.stream} gives. */
export interface NodeStream {
  /** 200, 206, 304 or 416. */
  status: number;
  /** What describes the body. The node's word: set the content type yourself. */
  headers: Record<string, string>;
  /** Ends with an error where nothing comes for 30 s. Destroy it where it is not wanted any more. */
  body: Readable;
}

/** A path of a node's interface: what is put in is one segment each. */
export function nodePath(parts: TemplateStringsArray, ...ids: readonly string[]): string {
  return parts.reduce((path, part, at) => `${path}${encodeURIComponent(ids[at - 1] ?? '')}${part}`);
}

/** Asks the nodes of a {@link NodeRegistry}, each within its deadline, and only the pinned ones. */
export class FederationClient {
  readonly registry: NodeRegistry;

  constructor(options: FederationClientOptions) {
    this.registry = options.registry;
  }

  probe(_url: string): Promise<ProbedNode> {
    return Promise.reject(notYet());
  }

  pair(_request: PairingRequest): Promise<FederationNode> {
    return Promise.reject(notYet());
  }

  unpair(_id: string): Promise<{ revokedThere: boolean; reason?: FluxError }> {
    return Promise.reject(notYet());
  }

  status(): NodeStatus[] {
    throw notYet();
  }

  cameras(): Promise<Aggregate<FederatedCamera>> {
    return Promise.reject(notYet());
  }

  recordings(_query: FederatedRecordingQuery): Promise<FederatedRecordings> {
    return Promise.reject(notYet());
  }

  ticket(_request: CameraTicketRequest): Promise<CameraTicket> {
    return Promise.reject(notYet());
  }

  /** Ends what a user of this server has at all nodes; best effort. */
  endTickets(_user: string): Promise<void> {
    return Promise.reject(notYet());
  }

  request<T>(_nodeId: string, _request: NodeRequest): Promise<T> {
    return Promise.reject(notYet());
  }

  stream(_nodeId: string, _request: NodeStreamRequest): Promise<NodeStream> {
    return Promise.reject(notYet());
  }

  connect(_nodeId: string): Promise<TLSSocket> {
    return Promise.reject(notYet());
  }

  async close(): Promise<void> {}
}

function notYet(): FluxError {
  return new FluxError('ERR_STATE', 'Not there yet.');
}
