// Many servers as one: which there are, what they have, and what they are asked.
export { type FederatedId, federatedId, splitFederatedId } from '../arguments/index.js';
export type {
  Aggregate,
  FederatedCamera,
  FederatedRecording,
  FederatedRecordingQuery,
  FederatedRecordings,
  NodeAnswer,
  NodeFault,
  NodeLabel,
  NodeState,
  NodeStatus,
  ProbedNode,
  RecordingSource,
} from './answers.js';
export {
  ServerConnectionPool,
  type ServerConnectionPoolEvents,
  type ServerConnectionPoolOptions,
} from './connection-pool.js';
export {
  Discovery,
  type DiscoveryEvents,
  type DiscoveryFailure,
  type DiscoveryOptions,
} from './discovery.js';
export type { DiscoveredServer } from './discovery-peers.js';
export type { PublishedServer } from './discovery-records.js';
export {
  FederationAuth,
  type FederationAuthEvents,
  type FederationAuthOptions,
} from './federation-auth.js';
export {
  type CameraTicket,
  type CameraTicketRequest,
  FederationClient,
  type FederationClientOptions,
  type NodeRequest,
} from './federation-client.js';
export { nodeOrigin } from './node-address.js';
export { parseNodeJson } from './node-json.js';
export type { FederationSelf } from './node-link.js';
export { type NodeQuery, nodePath } from './node-path.js';
export {
  type FederationNode,
  type FederationNodeChange,
  type NewFederationNode,
  NodeRegistry,
  type NodeRegistryOptions,
} from './node-registry.js';
export type { NodeStream, NodeStreamRequest } from './node-stream.js';
export type { HomePairing, PairedHome } from './paired-homes.js';
export { plainLines } from './plain-text.js';
export type { PairingRequest } from './probe.js';
export {
  type IdentityClaim,
  isProven,
  ServerIdentity,
  type ServerIdentityOptions,
} from './server-identity.js';
export type { MadeTicket, TicketGrant, TicketTerms } from './ticket.js';
export { type TicketEnd, TicketHolder, type TicketHolderEvents } from './ticket-holder.js';
export type {
  FederatedCameraInfo,
  NodeInfo,
  NodeReport,
  PairedNode,
  RecordingInfo,
  TicketPermission,
} from './wire.js';
