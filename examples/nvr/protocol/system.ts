// The server itself: what it is, how it does, its storage, keys, audit log and logs.
import { type Static, Type } from 'typebox';
import { CameraId, Moment, Trouble } from './values.js';

/** GET /api/discovery/info, without login: what mDNS tells, too. */
export const DiscoveryInfo = Type.Object({
  serverId: Type.String(),
  name: Type.String(),
  version: Type.String(),
  cameraCount: Type.Integer(),
  httpPort: Type.Integer(),
  wsPort: Type.Integer(),
  apiMin: Type.Integer(),
  apiMax: Type.Integer(),
});
export type DiscoveryInfo = Static<typeof DiscoveryInfo>;

/** GET /api/system/info */
export const SystemInfo = Type.Intersect([
  DiscoveryInfo,
  Type.Object({
    features: Type.Array(Type.String()),
    startedAt: Moment,
    serverTime: Moment,
    node: Type.String(),
    certificate: Type.Object({
      fingerprint: Type.String({ description: 'SHA-256, hexadecimal with colons' }),
      subject: Type.String(),
      validTo: Moment,
      selfSigned: Type.Boolean(),
    }),
    gpu: Type.Optional(Type.String()),
  }),
]);
export type SystemInfo = Static<typeof SystemInfo>;

/** GET /api/system/stats; `/api/system/stats/history?minutes` has them by time, for plots. */
export const SystemStats = Type.Object({
  at: Moment,
  /** Per cent of all processors, of this process and of the machine. */
  cpuUsage: Type.Number(),
  machineCpuUsage: Type.Number(),
  gpuUsage: Type.Optional(Type.Number()),
  memoryBytes: Type.Integer(),
  machineMemoryBytes: Type.Integer(),
  machineMemoryTotalBytes: Type.Integer(),
  cameraCount: Type.Integer(),
  camerasLive: Type.Integer(),
  camerasRecording: Type.Integer(),
  clientCount: Type.Integer(),
  receivedBitsPerSecond: Type.Number(),
  writtenBytesPerSecond: Type.Number(),
  sentBitsPerSecond: Type.Number(),
  framesPerSecond: Type.Number(),
  framesDropped: Type.Integer({ description: 'of viewers, since the start' }),
  framesLost: Type.Integer({ description: 'of recordings, since the start; should stay 0' }),
  eventLoopLagMs: Type.Number(),
  storageFreeBytes: Type.Integer(),
  storageUsedBytes: Type.Integer(),
  troubles: Type.Array(Trouble),
});
export type SystemStats = Static<typeof SystemStats>;

/** GET/PUT /api/system/storage */
export const StorageView = Type.Object({
  path: Type.String(),
  totalBytes: Type.Integer(),
  freeBytes: Type.Integer(),
  recordedBytes: Type.Integer(),
  oldest: Type.Optional(Moment),
  /** When what is recorded now will be deleted, at the present rate. */
  estimatedDays: Type.Optional(Type.Number()),
  retention: Type.Object({
    maxDays: Type.Optional(Type.Number({ minimum: 0.01, maximum: 36_500 })),
    maxBytes: Type.Optional(Type.Integer({ minimum: 1_000_000 })),
    minFreeBytes: Type.Optional(Type.Integer({ minimum: 0 })),
    eventDays: Type.Optional(Type.Number({ minimum: 0.01, maximum: 36_500 })),
  }),
  cameras: Type.Array(
    Type.Object({
      cameraId: CameraId,
      name: Type.String(),
      bytes: Type.Integer(),
      segments: Type.Integer(),
      oldest: Type.Optional(Moment),
      newest: Type.Optional(Moment),
    }),
  ),
});
export type StorageView = Static<typeof StorageView>;
export const StorageChange = Type.Object({ retention: StorageView.properties.retention });
export type StorageChange = Static<typeof StorageChange>;

/** GET /api/system/keys; POST /api/system/keys/rotate, /lock, /unlock (with the passphrase). */
export const KeysView = Type.Object({
  locked: Type.Boolean(),
  roots: Type.Array(
    Type.Object({
      id: Type.String(),
      type: Type.String(),
      label: Type.String(),
      createdAt: Type.Optional(Moment),
    }),
  ),
  keys: Type.Array(
    Type.Object({
      id: Type.String(),
      purpose: Type.String(),
      subject: Type.String(),
      period: Type.String(),
      state: Type.String(),
      createdAt: Moment,
    }),
  ),
});
export type KeysView = Static<typeof KeysView>;

/** GET /api/system/audit?from&to&actor&action&cursor; POST /api/system/audit/verify */
export const AuditRecord = Type.Object({
  sequence: Type.Integer(),
  at: Moment,
  actor: Type.String(),
  action: Type.String(),
  subject: Type.String(),
  outcome: Type.String(),
  detail: Type.Optional(Type.Unknown()),
});
export type AuditRecord = Static<typeof AuditRecord>;
export const AuditVerdict = Type.Object({
  ok: Type.Boolean(),
  entries: Type.Integer(),
  firstBad: Type.Optional(Type.Object({ sequence: Type.Integer(), reason: Type.String() })),
});
export type AuditVerdict = Static<typeof AuditVerdict>;

/** GET /api/system/logs?level&limit */
export const LogLine = Type.Object({
  at: Moment,
  level: Type.String(),
  message: Type.String(),
  detail: Type.Optional(Type.Unknown()),
});
export type LogLine = Static<typeof LogLine>;
