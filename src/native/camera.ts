// A camera and its connections.

export type NativeStream = 'main' | 'sub';

/** What happened to one of a camera's connections. */
export type NativeCameraEvent =
  | {
      type: 'state';
      stream: NativeStream;
      state: 'idle' | 'connecting' | 'playing' | 'waiting' | 'closed';
      at: number;
      code?: string;
      message?: string;
      retryInMs?: number;
    }
  | {
      type: 'parameters';
      stream: NativeStream;
      at: number;
      width: number;
      height: number;
      codec: string;
      frameRate: number;
    };

/** See CameraPolicies in camera/ for what each means. */
export interface NativePolicies {
  keepAlive: 'auto' | 'options' | 'get-parameter' | 'set-parameter' | 'none';
  keepAliveSeconds: number;
  digest: 'auto' | 'md5' | 'sha-256';
  teardown: 'always' | 'never';
  staleSessionWaitSeconds: number;
  unassignedChannel: 'ignore' | 'fail';
  unknownRtcpSsrc: 'ignore' | 'fail';
  sessionIdChange: 'ignore' | 'fail';
  maxForwardJumpSeconds: number;
  control: 'append' | 'rfc3986';
  avSync: 'rtcp' | 'arrival';
}

export interface NativeStreamOptions {
  url: string;
  username: string;
  password: string;
  connectTimeoutMs: number;
  stallTimeoutMs: number;
  reconnectMinMs: number;
  reconnectMaxMs: number;
  transport: 'tcp' | 'udp' | 'auto';
  audio: boolean;
  metadata: boolean;
  tlsFingerprint: string;
  tlsVerify: boolean;
  /** PEM; empty: the system's. */
  tlsAuthorities: string;
  tlsServerName: string;
  /** Addresses and blocks of them in CIDR notation. */
  refusedAddresses: readonly string[];
  policies: NativePolicies;
}

export interface NativeCameraOptions {
  id: string;
  main: NativeStreamOptions;
  sub?: NativeStreamOptions;
  lingerMs: number;
}

/** Counters of a camera's connection since it was made. */
export interface CameraStats {
  bytesReceived: number;
  packetsReceived: number;
  /** Gaps in the RTP sequence numbers. */
  packetsLost: number;
  /** Came twice or too late, and were dropped. */
  packetsDuplicated: number;
  packetsMalformed: number;
  /** Whole video frames. */
  accessUnits: number;
  /** Frames that were incomplete or too large. */
  accessUnitsDropped: number;
  audioFrames: number;
  /** ONVIF metadata documents. */
  metadataUnits: number;
  /** Times that the camera began to play. */
  connects: number;
  /** Times that a connection failed or ended. */
  failures: number;
  /** RTCP receiver reports sent. */
  receiverReports: number;
  /**
   * What the camera does that no RFC allows, and how often: names as in docs/camera-oddities.md.
   * Only what was met is there.
   */
  quirks: Record<string, number>;
}

export interface NativeCamera {
  /** Streams connect as they are needed from now on; with `holdMain` main is, until close(). */
  start(holdMain: boolean): void;
  /** Undefined where the camera has no such stream. */
  stats(stream: NativeStream): CameraStats | undefined;
  /** Sends TEARDOWN, closes, and resolves when no thread knows the camera any more. Idempotent. */
  close(): Promise<void>;
}

export interface NativeSnapshotRequest {
  stream: NativeStream;
  /** Of a key frame that came before. */
  maxAgeMs: number;
  /** Pixels; 0: as it comes. */
  width: number;
  height: number;
  enlarge: boolean;
  quality: number;
}

/** The newest key frame of a camera as a JPEG, made on the decode threads. */
export interface NativeSnapshotJob {
  /** Once. Waits for a key frame until it is aborted. Rejects with ERR_ABORTED, ERR_BUSY, ERR_DECODE, ... */
  run(): Promise<{
    /** UTC milliseconds. */
    time: number;
    data: Buffer;
    width: number;
    height: number;
  }>;
  abort(): void;
}

export interface CameraExports {
  SnapshotJob: new (camera: NativeCamera, request: NativeSnapshotRequest) => NativeSnapshotJob;
  Camera: new (
    options: NativeCameraOptions,
    onEvents: (events: NativeCameraEvent[]) => void,
  ) => NativeCamera;
}
