// What servers say to each other (docs/federation.md), as a home holds it once it was read and checked.

/** What a server says of itself to anybody: `GET /api/discovery/info`. */
export interface NodeInfo {
  /** UUID. */
  serverId: string;
  name: string;
  version: string;
  cameraCount: number;
  /** Of HTTPS. */
  httpPort: number;
  /** Of secure WebSockets. */
  wsPort: number;
  /** Oldest and newest version of the interface that it speaks. */
  apiMin: number;
  apiMax: number;
}

/** What takes part in a pairing says: `POST /api/federation/pair`. */
export interface PairedNode
  extends Pick<NodeInfo, 'serverId' | 'name' | 'version' | 'apiMin' | 'apiMax'> {
  features: string[];
  /** What the key is good for. */
  scopes: string[];
  /** With which it proves another certificate to be its own ({@link ServerIdentity}); absent of older ones. */
  identityKey?: string;
}

/** How a server does: `GET /api/federation/status`. Times are UTC milliseconds of its own clock. */
export interface NodeReport
  extends Pick<NodeInfo, 'serverId' | 'name' | 'version' | 'cameraCount'> {
  serverTime: number;
  startedAt: number;
  /** Another one where the list of cameras, or the state of one, is another. */
  camerasVersion: string;
  /** Per cent of all processors of the machine. */
  cpuUsage: number;
  memoryBytes: number;
  camerasLive: number;
  camerasRecording: number;
  clientCount: number;
  framesLost: number;
  storage: { totalBytes: number; freeBytes: number; recordedBytes: number; oldest?: number };
  /** What is wrong there, at most 16. */
  troubles: { code: string; severity: 'warning' | 'error' }[];
}

/** A camera as its server tells of it: `GET /api/federation/cameras`. */
export interface FederatedCameraInfo {
  id: string;
  name: string;
  group?: string;
  enabled: boolean;
  status: 'LIVE' | 'CONNECTING' | 'OFFLINE' | 'STOPPED';
  recording: boolean;
  hasPtz: boolean;
  main: { codec?: string; width?: number; height?: number };
  hasSub: boolean;
  trouble?: { code: string; since: number };
}

/** A segment as its server tells of it: `GET /api/federation/recordings`. UTC milliseconds of its clock. */
export interface RecordingInfo {
  id: string;
  cameraId: string;
  stream: 'main' | 'sub';
  start: number;
  end: number;
  bytes: number;
  frames: number;
  codec: string;
  width: number;
  height: number;
  trigger?: string;
}

/** What a page may do with a camera of another server. */
export type TicketPermission = 'live' | 'archive' | 'ptz';
