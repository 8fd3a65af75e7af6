// Federation: what servers say to each other with a key, and what a server says of others to its page.
import { type Static, Type } from 'typebox';
import { Role } from './accounts.js';
import { CameraView } from './cameras.js';
import { Recording } from './recordings.js';
import { DiscoveryInfo, StorageView, SystemStats } from './system.js';
import { CameraId, FederatedCameraId, Moment, NodeAnswer, pageOf, ServerId } from './values.js';

const Name = Type.String({ minLength: 1, maxLength: 100 });
/** `https://host` or `https://host:port`. */
const Origin = Type.String({ minLength: 9, maxLength: 300, pattern: '^https://[^/\\s@?#]+$' });
const Fingerprint = Type.String({
  pattern: '^[0-9A-Fa-f:]{64,95}$',
  description: 'SHA-256 of the certificate, hexadecimal with or without colons',
});

// ---- between servers, with X-NVR-Auth

/** POST /api/federation/pair: another server takes this one in. Repeated, it says what is new. */
export const PairRequest = Type.Object({
  homeId: ServerId,
  name: Name,
  /** Of its pages: they may connect to this server. */
  origins: Type.Array(Origin, { maxItems: 16 }),
});
export type PairRequest = Static<typeof PairRequest>;
export const PairAnswer = Type.Object({
  serverId: ServerId,
  name: Type.String(),
  version: Type.String(),
  apiMin: Type.Integer(),
  apiMax: Type.Integer(),
  features: Type.Array(Type.String()),
  /** What the key is good for. */
  scopes: Type.Array(Type.String()),
  /** SubjectPublicKeyInfo of ECDSA P-256, Base64: it signs which certificate the server shows. */
  identityKey: Type.String(),
});
export type PairAnswer = Static<typeof PairAnswer>;

/** POST /api/federation/identity, for anybody: whose the certificate of this connection is. */
export const IdentityRequest = Type.Object({
  nonce: Type.String({ pattern: '^[A-Za-z0-9_-]{22,86}$' }),
});
export type IdentityRequest = Static<typeof IdentityRequest>;
export const IdentityProof = Type.Object({
  serverId: ServerId,
  /** SHA-256 of the certificate, hexadecimal with colons. */
  fingerprint: Type.String(),
  /**
   * ECDSA P-256 with SHA-256 (IEEE P1363, Base64) of the JSON text of
   * `["fluxvision/identity/v1", serverId, nonce, fingerprint]`.
   */
  signature: Type.String(),
});
export type IdentityProof = Static<typeof IdentityProof>;

/** GET /api/federation/status: polled; small. */
export const NodeReport = Type.Object({
  ...Type.Pick(DiscoveryInfo, ['name', 'version']).properties,
  serverId: ServerId,
  serverTime: Moment,
  startedAt: Moment,
  /** Another one where the list of cameras, or the state of one, is another. */
  camerasVersion: Type.String(),
  ...Type.Pick(SystemStats, [
    ...(['cpuUsage', 'memoryBytes', 'clientCount', 'framesLost'] as const),
    ...(['cameraCount', 'camerasLive', 'camerasRecording'] as const),
  ]).properties,
  storage: Type.Pick(StorageView, ['totalBytes', 'freeBytes', 'recordedBytes', 'oldest']),
  /** Codes alone: what is wrong with the server and its cameras, at most 16. */
  troubles: Type.Array(
    Type.Object({
      code: Type.String(),
      severity: Type.Union([Type.Literal('warning'), Type.Literal('error')]),
    }),
  ),
});
export type NodeReport = Static<typeof NodeReport>;

/** GET /api/federation/cameras: its own, never those of its nodes. */
export const FederatedCameraInfo = Type.Object({
  ...Type.Pick(CameraView, ['id', 'name', 'group', 'enabled', 'status', 'recording', 'hasPtz'])
    .properties,
  main: Type.Object({
    codec: Type.Optional(Type.String()),
    width: Type.Optional(Type.Integer()),
    height: Type.Optional(Type.Integer()),
  }),
  hasSub: Type.Boolean(),
  /** Of its trouble. */
  trouble: Type.Optional(Type.Object({ code: Type.String(), since: Moment })),
});
export type FederatedCameraInfo = Static<typeof FederatedCameraInfo>;
export const FederatedCameras = Type.Object({
  version: Type.String(),
  items: Type.Array(FederatedCameraInfo),
});
export type FederatedCameras = Static<typeof FederatedCameras>;

/** What a page of another server may do with a camera. */
export const TicketPermission = Type.Union([
  Type.Literal('live'),
  Type.Literal('archive'),
  Type.Literal('ptz'),
]);
export type TicketPermission = Static<typeof TicketPermission>;

const ticketed = {
  permissions: Type.Array(TicketPermission, { minItems: 1, uniqueItems: true }),
  /** With `archive`: which footage, half open, at most 7 days. */
  start: Type.Optional(Moment),
  end: Type.Optional(Moment),
};

/** POST /api/federation/tickets: lets one page of the home at one camera. */
export const TicketRequest = Type.Object({
  cameraId: CameraId,
  ...ticketed,
  user: Type.Object({ name: Type.String({ minLength: 1, maxLength: 64 }), role: Role }),
  origin: Origin,
});
export type TicketRequest = Static<typeof TicketRequest>;
export const TicketAnswer = Type.Object({
  /** `fvt_...`, for the message `tickets` of /ws/live and /ws/playback; once. */
  ticket: Type.String(),
  /** Of those asked for, what the key and the role allow. */
  permissions: Type.Array(TicketPermission),
  /** Milliseconds until it has to be shown. */
  redeemWithinMs: Type.Integer(),
  /** Milliseconds for which it lets in from then on. */
  leaseMs: Type.Integer(),
});
export type TicketAnswer = Static<typeof TicketAnswer>;

/** DELETE /api/federation/tickets: a user of the home has lost rights, or was logged out. */
export const EndTickets = Type.Object({ user: Type.String({ minLength: 1, maxLength: 64 }) });
export type EndTickets = Static<typeof EndTickets>;

// ---- the key that other servers need, for administrators

/** A server that has this one as a node. */
export const PairedHome = Type.Object({
  homeId: ServerId,
  name: Type.String(),
  keyId: Type.String(),
  origins: Type.Array(Type.String()),
  pairedAt: Moment,
  lastSeenAt: Moment,
});
export type PairedHome = Static<typeof PairedHome>;
/** GET /api/system/federation-key; DELETE revokes it and forgets its home. */
export const FederationKey = Type.Object({
  /** Absent where there is none: POST makes one. */
  key: Type.Optional(
    Type.Object({
      id: Type.String(),
      label: Type.String(),
      scopes: Type.Array(Type.String()),
      createdAt: Moment,
      lastUsedAt: Type.Optional(Moment),
    }),
  ),
  /** Of all keys. */
  homes: Type.Array(PairedHome),
  /** To be compared with what the other server shows. */
  fingerprint: Type.String(),
  serverId: Type.String(),
});
export type FederationKey = Static<typeof FederationKey>;
/** POST /api/system/federation-key: a new one, shown this once. One that no home uses yet ends. */
export const CreatedFederationKey = Type.Object({
  ...FederationKey.properties,
  secret: Type.String(),
});
export type CreatedFederationKey = Static<typeof CreatedFederationKey>;

// ---- what a server tells its page of others

/** vms-v2-plan, "Server Connection Pool". */
export const NodeState = Type.Union([
  Type.Literal('DISCONNECTED'),
  Type.Literal('CONNECTING'),
  Type.Literal('AUTHENTICATING'),
  Type.Literal('CONNECTED'),
  Type.Literal('ERROR'),
]);
export type NodeState = Static<typeof NodeState>;

/** GET /api/system/nodes, PUT/DELETE /api/system/nodes/{id}: another server. */
export const RemoteNode = Type.Object({
  /** Its `serverId`. */
  id: ServerId,
  label: Type.String(),
  /** What it calls itself. */
  name: Type.String(),
  url: Type.String(),
  /** For browsers, where it is another one. */
  directUrl: Type.Optional(Type.String()),
  enabled: Type.Boolean(),
  favourite: Type.Boolean(),
  group: Type.Optional(Type.String()),
  /** Higher ones are connected first. */
  priority: Type.Integer(),
  fingerprint: Type.String(),
  createdAt: Moment,
  state: NodeState,
  /** Why it is not connected: `ERR_NODE_...`. */
  fault: Type.Optional(
    Type.Object({
      code: Type.String(),
      message: Type.String(),
      /** Of the certificate that it shows now (`ERR_NODE_IDENTITY`). */
      fingerprint: Type.Optional(Type.String()),
    }),
  ),
  /** Tried again then by itself. */
  retryAt: Type.Optional(Moment),
  /** Of `report`. */
  asOf: Type.Optional(Moment),
  tookMs: Type.Optional(Type.Number()),
  /** Its clock minus ours, milliseconds; footage has its own times. */
  clockOffsetMs: Type.Optional(Type.Number()),
  report: Type.Optional(NodeReport),
});
export type RemoteNode = Static<typeof RemoteNode>;

/** POST /api/system/nodes */
export const NewRemoteNode = Type.Object({
  /** Default: what it calls itself. */
  label: Type.Optional(Name),
  /** https only, no path, no credentials. */
  url: Type.String({ minLength: 1, maxLength: 300 }),
  directUrl: Type.Optional(Type.String({ minLength: 1, maxLength: 300 })),
  /** `fvk_...`, made there. */
  apiKey: Type.String({ minLength: 20, maxLength: 200 }),
  /** As the probe showed it: the key goes to nobody else. */
  fingerprint: Fingerprint,
  favourite: Type.Optional(Type.Boolean()),
  group: Type.Optional(Type.String({ maxLength: 100 })),
  priority: Type.Optional(Type.Integer({ minimum: -100, maximum: 100 })),
});
export type NewRemoteNode = Static<typeof NewRemoteNode>;
/** PUT /api/system/nodes/{id}. Another `url` needs the key again; `''` removes a text. */
export const RemoteNodeChange = Type.Partial(
  Type.Object({
    ...NewRemoteNode.properties,
    directUrl: Type.String({ maxLength: 300 }),
    enabled: Type.Boolean(),
  }),
);
export type RemoteNodeChange = Static<typeof RemoteNodeChange>;
/** DELETE /api/system/nodes/{id} */
export const RemovedNode = Type.Object({
  /** The key ended there, too. Otherwise somebody has to revoke it there. */
  revokedThere: Type.Boolean(),
  reason: Type.Optional(Type.String()),
});
export type RemovedNode = Static<typeof RemovedNode>;

/** POST /api/system/nodes/probe { url }: who answers there. No credentials are sent. */
export const ProbedNode = Type.Object({
  url: Type.String(),
  info: DiscoveryInfo,
  fingerprint: Type.String(),
  subject: Type.String(),
  validTo: Moment,
  selfSigned: Type.Boolean(),
  tookMs: Type.Number(),
  /** `self`, `known`: it cannot be added. */
  refusal: Type.Optional(Type.Union([Type.Literal('self'), Type.Literal('known')])),
});
export type ProbedNode = Static<typeof ProbedNode>;

/** GET /api/system/nodes/discovered: what mDNS tells, which anybody in the network can say. */
export const DiscoveredNode = Type.Object({
  ...Type.Omit(DiscoveryInfo, ['apiMin', 'apiMax']).properties,
  /** Origins to try, best first. */
  urls: Type.Array(Type.String()),
  lastSeenAt: Moment,
  /** It is in the list already. */
  known: Type.Boolean(),
});
export type DiscoveredNode = Static<typeof DiscoveredNode>;

/** GET /api/cameras: those of the nodes, too; for other servers only one's own. */
export const CameraList = Type.Object({
  items: Type.Array(CameraView),
  nodes: Type.Optional(Type.Array(NodeAnswer)),
});
export type CameraList = Static<typeof CameraList>;

/** GET /api/federation/recordings. */
export const NodeRecordings = Type.Object({
  ...pageOf(Recording).properties,
  /** Of the cameras that were named: those that there are not. */
  missing: Type.Optional(Type.Array(Type.String())),
});
/** GET /api/recordings without `camera`: footage of all cameras of all nodes by time. */
export const FoundRecording = Type.Object({
  ...Recording.properties,
  cameraId: FederatedCameraId,
  cameraName: Type.String(),
  node: Type.Optional(Type.Object({ id: ServerId, label: Type.String() })),
  /** Of this server's page. */
  playbackUrl: Type.String(),
});
export type FoundRecording = Static<typeof FoundRecording>;
export const RecordingSearch = Type.Object({
  items: Type.Array(FoundRecording),
  cursor: Type.Optional(Type.String()),
  nodes: Type.Array(NodeAnswer),
  /** Of `cameras`: those that their servers have none of. */
  missing: Type.Optional(Type.Array(FederatedCameraId)),
});
export type RecordingSearch = Static<typeof RecordingSearch>;

/** POST /api/cameras/{id}/ticket, for a camera of another server. */
export const BrowserTicketRequest = Type.Object(ticketed);
export type BrowserTicketRequest = Static<typeof BrowserTicketRequest>;
export const BrowserTicket = Type.Object({
  ...TicketAnswer.properties,
  nodeId: ServerId,
  /** As the node names it. */
  cameraId: CameraId,
  /** Origin of the node for browsers; the relay is at /ws/relay/{nodeId}/live and /playback. */
  directUrl: Type.String(),
});
export type BrowserTicket = Static<typeof BrowserTicket>;
