// Decoded pictures: the pool, its decoders, and the frames that wait to be taken.
import type { NativeCamera, NativeStream } from './camera.js';
import type { NativeQuality } from './frames.js';

export type NativeBackend = 'auto' | 'nvdec' | 'libavcodec';

export interface NativeDecoderPoolOptions {
  backend: NativeBackend;
  device: number;
  /** 0: most of the device. */
  memoryBytes: number;
  reserveBytes: number;
  /** Of the whole device, at least 0 and less than 1. */
  reserveShare: number;
}

export interface NativeDecoderPool {
  stats(): {
    threads: number;
    maxThreads: number;
    decoders: number;
    onGpu: number;
    onCpu: number;
    gpuAvailable: boolean;
    whyNoGpu?: string;
    memoryBytes: number;
    deviceBytes: number;
    unitsIn: number;
    unitsDropped: number;
    framesOut: number;
    errors: number;
    rebuilds: number;
    fallbacks: number;
    decodeMs: number;
  };
  resetGpu(): void;
  close(): Promise<void>;
}

export interface NativeColourSpec {
  matrix: 'bt601' | 'bt709' | 'bt2020';
  fullRange: boolean;
}

export interface NativeDecoderOptions {
  backend: NativeBackend;
  quality: NativeQuality;
  /** Negative: the quality's; 0: no limit. */
  maxFrameRate: number;
  keyFramesOnly: boolean;
  colour?: NativeColourSpec | undefined;
  threads: number;
  maxQueuedBytes: number;
}

export type NativeDecoderEvent =
  | { type: 'backend'; backend: 'nvdec' | 'libavcodec'; reason?: string }
  | { type: 'error'; code: string; message: string }
  | { type: 'parameters'; width: number; height: number; codec: string; frameRate: number }
  | { type: 'gap'; from: number; to: number; units: number }
  | { type: 'keyFrameWanted' }
  /** The queue of what was pushed has room again. */
  | { type: 'drained' }
  /** All that was pushed before end() is decoded. */
  | { type: 'ended' };

export interface NativeEncodedUnit {
  codec: string;
  data: Uint8Array;
  /** Microseconds. */
  timestamp: number;
  keyFrame: boolean;
  afterGap: boolean;
  /** Decoded for the sake of others. */
  hidden: boolean;
  width: number;
  height: number;
  decoderConfiguration?: Uint8Array | undefined;
}

export interface NativeDecoderStats {
  backend?: 'nvdec' | 'libavcodec';
  stream?: NativeStream;
  switches: number;
  unitsIn: number;
  unitsDropped: number;
  unitsSkipped: number;
  framesOut: number;
  framesLimited: number;
  framesDropped: number;
  framesConcealed: number;
  framesSlow: number;
  framesHeld: number;
  framesForgotten: number;
  errors: number;
  decodersMade: number;
  rebuilds: number;
  fallbacks: number;
  keyFrameRequests: number;
  queuedUnits: number;
  queuedBytes: number;
  memoryBytes: number;
  decodeMs: number;
  maxDecodeMs: number;
  latencyMs: number;
  meanLatencyMs: number;
}

export interface NativeDecoder {
  setQuality(quality: NativeQuality): void;
  setLimits(maxFrameRate: number, keyFramesOnly: boolean): void;
  /** False where the queue is full: again after 'drained'. */
  push(unit: NativeEncodedUnit): boolean;
  end(): void;
  stats(): NativeDecoderStats;
  close(): Promise<void>;
}

export interface NativeConvertOptions {
  format: 'nv12' | 'i420' | 'gray' | 'rgb' | 'bgr' | 'rgba' | 'bgra';
  /** 0: the picture's. */
  width: number;
  height: number;
  fit: 'stretch' | 'letterbox' | 'cover';
  fill: readonly number[];
}

export interface NativeRectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface NativeCopied {
  width: number;
  height: number;
  bytes: number;
  source: NativeRectangle;
  target: NativeRectangle;
}

/** The picture itself, in native memory or on a GPU. */
export interface NativeFrameHandle {
  copyTo(
    buffer: NodeJS.TypedArray | ArrayBuffer,
    options: NativeConvertOptions,
  ): Promise<NativeCopied>;
  allocationSize(options: NativeConvertOptions): number;
  close(): void;
}

export interface NativeFrameInfo {
  width: number;
  height: number;
  displayWidth: number;
  displayHeight: number;
  format: string;
  bitDepth: number;
  colour: NativeColourSpec;
  /** Microseconds. */
  timestamp: number;
  /** UTC milliseconds. */
  arrival: number;
  latencyMs: number;
  keyFrame: boolean;
  concealed: boolean;
  backend: 'nvdec' | 'libavcodec';
  devicePointer?: { device: number; planes: { address: bigint; pitch: number }[] };
  picture: NativeFrameHandle;
}

export interface NativeDecodedFrames {
  /** The oldest that waits. */
  take(): NativeFrameInfo | undefined;
  stats(): { framesDelivered: number; framesDropped: number; queuedFrames: number };
  close(): Promise<void>;
}

export interface DecodeExports {
  openDecoderPool(options: NativeDecoderPoolOptions): Promise<NativeDecoderPool>;
  /** Without a camera it decodes what is pushed. */
  Decoder: new (
    pool: NativeDecoderPool,
    camera: NativeCamera | undefined,
    options: NativeDecoderOptions,
    onEvents: (events: NativeDecoderEvent[]) => void,
  ) => NativeDecoder;
  DecodedFrames: new (
    decoder: NativeDecoder,
    options: { maxQueued: number },
    onReady: () => void,
  ) => NativeDecodedFrames;
}
