// What the answers of many nodes are made of: how each node stands, and what it added.
import type { FederatedCameraInfo, NodeInfo, NodeReport, RecordingInfo } from './wire.js';

/** vms-v2-plan, "Server Connection Pool". */
export type NodeState = 'DISCONNECTED' | 'CONNECTING' | 'AUTHENTICATING' | 'CONNECTED' | 'ERROR';

/** Why a node is not connected. */
export interface NodeFault {
  /** `ERR_NODE_...`. */
  code: string;
  message: string;
  /** With `ERR_NODE_IDENTITY`: SHA-256 of the certificate that it shows now. */
  fingerprint?: string;
}

/** How a node stands. */
export interface NodeStatus {
  id: string;
  label: string;
  state: NodeState;
  fault?: NodeFault;
  /** UTC milliseconds: it is tried again then by itself. */
  retryAt?: number;
  /** UTC milliseconds, of `report`. */
  asOf?: number;
  /** Round trip of the last answer, milliseconds. */
  tookMs?: number;
  /** Its clock minus ours, milliseconds. Its footage has its own times. */
  clockOffsetMs?: number;
  version?: string;
  report?: NodeReport;
}

/** How a node took part in an answer. */
export interface NodeAnswer {
  id: string;
  label: string;
  /** `stale`: what was known at `asOf`; `error`: nothing of it is here. */
  status: 'ok' | 'stale' | 'error';
  asOf?: number;
  /** Milliseconds. */
  tookMs: number;
  error?: { code: string; message: string };
}

/** What many nodes answered. Never rejected because of one of them. */
export interface Aggregate<T> {
  items: T[];
  /** One per node that is switched on. */
  nodes: NodeAnswer[];
}

/** Which node something is at. */
export interface NodeLabel {
  id: string;
  label: string;
}

/** A camera of a node: `id` is a federated one. */
export interface FederatedCamera extends FederatedCameraInfo {
  /** What is told of the camera was so at `asOf`. */
  node: NodeLabel & { asOf: number };
}

/** A segment of a node (`id` and `cameraId` are federated), or of this server: without `node`. */
export interface FederatedRecording extends RecordingInfo {
  node?: NodeLabel;
}

/** Which footage, half open. Of everything where nothing is said. */
export interface FederatedRecordingQuery {
  /** Federated ids, at most 1000. Default: all cameras of all nodes. */
  cameras?: readonly string[];
  /** UTC milliseconds. */
  start?: number;
  end?: number;
  /** Default `newest`. */
  first?: 'newest' | 'oldest';
  /** 1 to 1000. Default 200. */
  limit?: number;
  /** Of the page before. The rest of the query is to be the same. */
  cursor?: string;
  /** This server's own footage, to be merged with that of the nodes. */
  own?: RecordingSource;
}

/** Pages of segments by `start`, in the order of `first`; `cursor` is its own. */
export type RecordingSource = (page: {
  start?: number;
  end?: number;
  first: 'newest' | 'oldest';
  limit: number;
  cursor?: string;
}) => Promise<{ items: RecordingInfo[]; cursor?: string }>;

/** A page of {@link FederationClient.recordings}. `cursor` is absent on the last one. */
export interface FederatedRecordings extends Aggregate<FederatedRecording> {
  cursor?: string;
  /** Of the cameras that were asked for: those that their nodes do not have. Told where a node is asked. */
  missing?: string[];
}

/** Who answers at an address: {@link FederationClient.probe}. */
export interface ProbedNode {
  /** Its origin. */
  url: string;
  info: NodeInfo;
  /** SHA-256 of its certificate, hexadecimal with colons. */
  fingerprint: string;
  subject: string;
  /** UTC milliseconds. */
  validTo: number;
  selfSigned: boolean;
  tookMs: number;
  /** `self`: this server. `known`: a node that there is already. Neither can be added. */
  refusal?: 'self' | 'known';
}
