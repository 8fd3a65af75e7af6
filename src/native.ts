// Loads the addon and declares what it exports. The only file that touches the binary; everything
// else in src/ imports `native` from here.
import { FluxError } from './errors.js';
import { loadAddon } from './native-loader.js';

/** A 256-bit key in native memory. JavaScript holds the handle, never the bytes. */
export interface NativeKey {
  readonly __nativeKey: unique symbol;
}

/** Authenticated encryption of whole messages. */
export type NativeAead =
  | 'LEA-256-GCM'
  | 'ARIA-256-GCM'
  | 'ARIA-256-CBC-HMAC-SHA-256'
  | 'ARIA-256-CTR-HMAC-SHA-256';

export interface NativeTpmOptions {
  tcti: string;
  /** SHA-256 bank, 0 to 23, ascending. */
  pcrs: number[];
}

export interface NativeTpmSealed {
  publicArea: Buffer;
  privateArea: Buffer;
}

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
  policies: NativePolicies;
}

export interface NativeCameraOptions {
  id: string;
  main: NativeStreamOptions;
  sub?: NativeStreamOptions;
  lingerMs: number;
}

/** Plain counters; see CameraStats in camera/ for what each means. */
export interface NativeCameraStats {
  bytesReceived: number;
  packetsReceived: number;
  packetsLost: number;
  packetsDuplicated: number;
  packetsMalformed: number;
  accessUnits: number;
  accessUnitsDropped: number;
  audioFrames: number;
  metadataUnits: number;
  connects: number;
  failures: number;
  receiverReports: number;
  quirks: Record<string, number>;
}

export interface NativeCamera {
  /** Streams connect as they are needed from now on; with `holdMain` main is, until close(). */
  start(holdMain: boolean): void;
  /** Undefined where the camera has no such stream. */
  stats(stream: NativeStream): NativeCameraStats | undefined;
  /** Sends TEARDOWN, closes, and resolves when no thread knows the camera any more. Idempotent. */
  close(): Promise<void>;
}

export type NativeQuality = 'PAUSED' | 'THUMBNAIL' | 'GRID_VIEW' | 'FOCUSED' | 'FULLSCREEN';

export interface NativeFrameTapOptions {
  quality: NativeQuality;
  video: boolean;
  audio: boolean;
  metadata: boolean;
  maxQueuedBytes: number;
}

export interface NativeFrame {
  kind: 'video' | 'audio' | 'metadata';
  codec: string;
  data: Buffer;
  /** Media time in microseconds. */
  timestamp: number;
  /** UTC milliseconds. */
  arrival: number;
  keyFrame: boolean;
  afterGap: boolean;
  width: number;
  height: number;
  decoderConfiguration?: Buffer;
}

export interface NativeFrameTap {
  setQuality(quality: NativeQuality): void;
  /** The oldest frames, at most `maxBytes` of them but at least one where any waits. */
  take(maxBytes: number): NativeFrame[];
  stats(): {
    framesDelivered: number;
    framesDropped: number;
    queuedBytes: number;
    switches: number;
    stream?: NativeStream;
  };
  close(): Promise<void>;
}

export interface NativePoolStats {
  name: 'network' | 'recording' | 'sync' | 'decode';
  threads: number;
  load: number[];
  rejected: number;
}

/** A segment that is complete on disk: written, fsynced, its directory fsynced. */
export interface NativeSegment {
  path: string;
  keyId: string;
  formatVersion: 1 | 2;
  /** UTC milliseconds, half open: [startTime, endTime). */
  startTime: number;
  endTime: number;
  fileSize: number;
  frames: number;
  audioFrames: number;
  sequence: number;
  /** Sequence of the first segment of the run that this one belongs to: no gap in between. */
  run: number;
  /** Recorded because of a trigger. */
  event: boolean;
  /** Why it ended. 'cut': the next segment goes on without a gap. */
  endReason:
    | 'cut'
    | 'closed'
    | 'disconnected'
    | 'discontinuity'
    | 'parameters'
    | 'overflow'
    | 'error'
    | 'event-end'
    | 'stopped';
  width: number;
  height: number;
  codec: string;
  /** Empty where there is no audio track. */
  audioCodec: string;
}

export type NativeWriterEvent =
  | ({ type: 'segment' } & NativeSegment)
  /** Frames could not be recorded (memory cap, disk error): wall-clock interval and count. */
  | { type: 'gap'; from: number; to: number; frames: number; reason: string }
  /** A file operation failed; the writer goes on with a new file where it can. */
  | { type: 'error'; at: number; code: string; message: string }
  /** The writer needs the key of this UTC day (number of days since 1970-01-01), sent ahead of midnight. */
  | { type: 'keyNeeded'; day: number };

export interface NativeWriterOptions {
  storage: string;
  cameraId: string;
  stream: number;
  segmentDurationMs: number;
  formatVersion: 1 | 2;
  maxQueuedBytes: number;
  firstSequence: number;
  fileNames: 'seconds' | 'fvd' | 'hash' | 'jpeg';
  /** The first segment of a run is longer by this. */
  staggerMs: number;
  audio: boolean;
  mode: 'continuous' | 'event' | 'off';
  preRollMs: number;
  maxPreRollBytes: number;
  /** 0: only at the end of a segment. */
  syncIntervalMs: number;
}

export interface NativeWriterStats {
  framesWritten: number;
  framesDropped: number;
  audioFramesWritten: number;
  audioFramesDropped: number;
  bytesWritten: number;
  segmentsWritten: number;
  overflows: number;
  preRollBytes: number;
  preRollTrimmed: number;
  queuedBytes: number;
}

export interface NativeSegmentWriter {
  /** Makes the key of a UTC day known; segments that start on that day use it. */
  setKey(day: number, keyId: string, key: NativeKey): void;
  setMode(mode: 'continuous' | 'event' | 'off'): void;
  /** In event mode: records from the pre-roll on until this time (UTC milliseconds). */
  trigger(until: number): void;
  stats(): NativeWriterStats;
  /** Writes what is queued, finishes the segment, resolves after its event was delivered. Idempotent. */
  close(): Promise<void>;
}

export interface NativeSegmentHeader {
  version: 1 | 2;
  algorithm: 'LEA-256-GCM';
  keyId: string;
  headerSize: number;
  /** Bytes of the picture in front of the header; 0 where there is none. */
  coverSize: number;
  /** Version 2 only. */
  cameraId?: string;
  startTime?: number;
  sequence?: number;
  stream?: number;
  chunkSize?: number;
}

export interface NativeVerification {
  chunks: number;
  plaintextBytes: number;
  finished: boolean;
  verifiedFileBytes: number;
}

export interface NativeRecovery extends NativeVerification {
  frames: number;
  durationMs: number;
  width: number;
  height: number;
  codec: string;
}

export interface NativeReaderOptions {
  path: string;
  cameraId: string;
  /** 0: take the header's (version 2). */
  startTime: number;
  allowUnfinished: boolean;
  /** Reads the sound too; absent: only the picture. */
  audio?: boolean;
}

export interface NativePacket {
  kind: 'video' | 'audio';
  /** 0: the video. */
  track: number;
  codec: string;
  /** NAL units, each behind its length as a 4-byte big-endian integer; a JPEG; an audio frame. */
  data: Buffer;
  /** Microseconds from the segment's start. */
  timestamp: number;
  decodeTimestamp: number;
  keyFrame: boolean;
  width: number;
  height: number;
  decoderConfiguration?: Buffer;
}

export interface NativeSegmentReader {
  readonly header: NativeSegmentHeader;
  readonly finished: boolean;
  readonly plaintextSize: number;
  /** As verify(), but what is wrong is in the result, beside what of the file is authentic. */
  inspect(): Promise<NativeVerification & { code?: string; message?: string }>;
  verify(): Promise<NativeVerification>;
  /** The verified Matroska bytes [offset, offset + length). */
  read(offset: number, length: number): Promise<Buffer>;
  /** The next packets, at most `max`, up to the one that reaches `maxBytes`; empty at the end. */
  nextPackets(max: number, maxBytes?: number): Promise<NativePacket[]>;
  close(): void;
}

export interface NativeExportSegment {
  path: string;
  key: NativeKey;
  cameraId: string;
  startTime: number;
  /** A recovered segment, which has no final chunk. */
  allowUnfinished: boolean;
}

/** What a segment is copied to, under another key. */
export interface NativeResealTarget {
  path: string;
  keyId: string;
  key: NativeKey;
  /** For a source of version 1; of version 2 its header's count. */
  sequence: number;
  stream: number;
}

export interface NativeExportOptions {
  segments: NativeExportSegment[];
  from: number;
  to: number;
  out: string;
  format: 'mp4' | 'mkv';
  audio: boolean;
}

export interface NativeExportResult {
  frames: number;
  bytes: number;
  /** Wall time of the first and just after the last exported frame. */
  from: number;
  to: number;
  /** Wall-clock intervals inside [from, to) for which no footage exists. */
  gaps: { from: number; to: number }[];
  /** Absent where the clip has no audio track. */
  audio?: { codec: string; packets: number; transcoded: boolean };
  /** Recorded, but not in the clip. */
  leftOut: {
    track: 'video' | 'audio';
    from: number;
    to: number;
    reason: 'codec' | 'parameters' | 'format';
  }[];
}

/** One export on a thread of its own. */
export interface NativeExportJob {
  /** `onProgress` gets done in [0, 1], at most ten times a second. */
  run(onProgress: (done: number) => void): Promise<NativeExportResult>;
  abort(): void;
}

export interface NativeSimulatorOptions {
  host: string;
  port: number;
  cameras: number;
  clip: string;
  subClip: string;
  pacing: 'frame' | 'packet';
  username: string;
  password: string;
  sentLogCapacity: number;
}

export interface NativeStreamStats {
  path: string;
  sessions: number;
  sessionsTotal: number;
  framesSent: number;
  framesDropped: number;
  packetsSent: number;
  bytesSent: number;
  receiverReports: number;
}

export interface NativeSentFrame {
  sentAt: number;
  rtpTimestamp: number;
  clipIndex: number;
  keyFrame: boolean;
}

export interface NativeSimulator {
  readonly port: number;
  stats(): NativeStreamStats[];
  sentFrames(path: string): NativeSentFrame[];
  disconnectAll(): void;
  close(): Promise<void>;
}

/** An exclusive lock on a storage directory, held until release() or the process's end. */
export interface NativeStorageLock {
  release(): void;
}

export interface NativeHardware {
  cpu: { model: string; cores: number; features: string[] };
  libraries: { name: string; version: string; license?: string }[];
  openssl: string;
  cipherLevel: string;
  decoders: { name: string; available: boolean }[];
  encoders: { name: string; available: boolean }[];
  gpus: { name: string; memoryBytes: number }[];
  components: { name: 'CUDA' | 'NVDEC' | 'NVENC' | 'EGL'; available: boolean; detail: string }[];
}

export interface NativeBinding {
  /** Native errors are made with this constructor: new FluxError(code, message). */
  setErrorConstructor(errorClass: new (code: string, message: string) => Error): void;

  generateKey(): NativeKey;
  /** PBKDF2-HMAC-SHA-256 on a thread of the pool. */
  deriveKey(passphrase: Uint8Array, salt: Uint8Array, iterations: number): Promise<NativeKey>;
  /** ARIA-256-GCM; 60 bytes: nonce, ciphertext, tag. */
  wrapKey(wrapping: NativeKey, key: NativeKey, context: Uint8Array): Buffer;
  unwrapKey(wrapping: NativeKey, wrapped: Uint8Array, context: Uint8Array): NativeKey;
  /** 32 bytes that came from outside (an HSM, a recovery key), copied; wipe them right after. */
  importKey(bytes: Uint8Array): NativeKey;
  /** HKDF-Expand-SHA-256 (a KBKDF) to another 256-bit key, for the purpose that `info` names. */
  deriveSubkey(key: NativeKey, info: Uint8Array): NativeKey;
  hmacSha256(key: NativeKey, data: Uint8Array): Buffer;
  /** Compares in time that depends on the lengths alone. */
  equalConstantTime(a: Uint8Array, b: Uint8Array): boolean;

  /** nonce || ciphertext || tag; the nonce is made there. Throws ERR_LIMIT, ERR_CRYPTO. */
  sealMessage(
    algorithm: NativeAead,
    key: NativeKey,
    associatedData: Uint8Array,
    plaintext: Uint8Array,
  ): Buffer;
  /** Throws ERR_AUTH_TAG, whatever it is that does not fit. */
  openMessage(
    algorithm: NativeAead,
    key: NativeKey,
    associatedData: Uint8Array,
    sealed: Uint8Array,
  ): Buffer;

  /** Once per process, before the first use. Throws ERR_STATE, ERR_CRYPTO_MODULE. */
  configureCryptoModules(modules: { path: string; algorithms?: NativeAead[] }[]): void;
  /** Throws ERR_CRYPTO_MODULE where a configured module does not work. */
  cryptoModules(): {
    algorithm: NativeAead;
    module: string;
    version?: string;
    validation?: string;
    path?: string;
  }[];

  /** A P-256 private key. */
  generateP256(): NativeKey;
  /** 65 bytes: 04, X, Y. */
  p256PublicKey(privateKey: NativeKey): Buffer;
  /** ECDH, then HKDF-SHA-256 bound to `info`. Throws ERR_PEER_KEY. */
  agreeP256(privateKey: NativeKey, peer: Uint8Array, info: Uint8Array): NativeKey;
  /** ECDSA with SHA-256: 64 bytes, r and s. */
  signP256(privateKey: NativeKey, message: Uint8Array): Buffer;
  verifyP256(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** The one way for a private key out of native memory: to print a recovery key. 32 bytes. */
  revealRecoveryKey(privateKey: NativeKey): Buffer;

  /** Throws ERR_TPM_UNAVAILABLE. An empty tcti is the kernel's resource manager. */
  inspectTpm(options: NativeTpmOptions): Promise<{ manufacturer: string; firmware: string }>;
  sealToTpm(options: NativeTpmOptions, key: NativeKey): Promise<NativeTpmSealed>;
  /** Throws ERR_ROOT_LOCKED, ERR_TPM_UNAVAILABLE. */
  unsealFromTpm(options: NativeTpmOptions, sealed: NativeTpmSealed): Promise<NativeKey>;

  Camera: new (
    options: NativeCameraOptions,
    onEvents: (events: NativeCameraEvent[]) => void,
  ) => NativeCamera;
  qualityForTile(width: number, height: number): NativeQuality;
  FrameTap: new (
    camera: NativeCamera,
    options: NativeFrameTapOptions,
    onReady: () => void,
  ) => NativeFrameTap;
  SegmentWriter: new (
    camera: NativeCamera,
    options: NativeWriterOptions,
    onEvents: (events: NativeWriterEvent[]) => void,
  ) => NativeSegmentWriter;
  readSegmentHeader(path: string): NativeSegmentHeader;
  openSegment(options: NativeReaderOptions, key: NativeKey): Promise<NativeSegmentReader>;
  /**
   * Cuts a version 2 file that a crash left behind to its authentic whole chunks and counts its
   * frames, on a thread of the pool; a version 1 file is verified and counted as it stands.
   * `durationMs` reaches to the end of the last frame.
   */
  recoverSegment(options: NativeReaderOptions, key: NativeKey): Promise<NativeRecovery>;
  /**
   * Copies the verified content of a segment into a new one of version 2 under another key, on a
   * thread of the pool. `finished` is false where the source had no authentic end.
   */
  resealSegment(
    source: NativeExportSegment & { keyId: string },
    target: NativeResealTarget,
  ): Promise<{ fileSize: number; plaintextBytes: number; finished: boolean }>;
  ExportJob: new (options: NativeExportOptions) => NativeExportJob;
  startSimulator(options: NativeSimulatorOptions): Promise<NativeSimulator>;
  /** Throws ERR_STORAGE_LOCKED. */
  lockStorage(path: string): NativeStorageLock;
  probeHardware(): Promise<NativeHardware>;
  /** Empty where no camera was made yet. */
  engineStats(): NativePoolStats[];
}

export const native: NativeBinding = loadAddon() as NativeBinding;
native.setErrorConstructor(FluxError);
