// Decoded pictures: the pool, its decoders, and the frames that wait to be taken.
import type { NativeCamera } from './camera.js';
import type { Quality } from './frames.js';

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

/** What the decoders of a `DecoderPool` do together. */
export interface DecoderPoolStats {
  /** Decode threads at present, and at most: the machine's cores, no more than 8. */
  threads: number;
  maxThreads: number;
  /** Open decoders; those on neither have not seen a key frame yet. */
  decoders: number;
  onGpu: number;
  onCpu: number;
  gpuAvailable: boolean;
  /** Why there is no GPU, or how it was lost. */
  whyNoGpu?: string;
  /** Of the decoders, as far as they know. */
  memoryBytes: number;
  /** What all users of the GPU in this process hold of its memory. */
  deviceBytes: number;
  // Sums over all decoders, those closed included; see DecoderStats.
  unitsIn: number;
  unitsDropped: number;
  framesOut: number;
  errors: number;
  rebuilds: number;
  fallbacks: number;
  sessionsGivenUp: number;
  decodeMs: number;
}

export interface NativeDecoderPool {
  stats(): DecoderPoolStats;
  resetGpu(): void;
  close(): Promise<void>;
}

export interface NativeColourSpec {
  matrix: 'bt601' | 'bt709' | 'bt2020';
  fullRange: boolean;
}

export interface NativeDecoderOptions {
  backend: NativeBackend;
  quality: Quality;
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

/** Counters of a `Decoder` since it was made. */
export interface DecoderStats {
  /** Absent before the first key frame. */
  backend?: 'nvdec' | 'libavcodec';
  /** The camera's stream that is decoded; absent before the first key frame. */
  stream?: 'main' | 'sub';
  /** Changes between main and sub stream. */
  switches: number;
  /** Encoded frames that came. */
  unitsIn: number;
  /** Of these, dropped because decoding did not keep up. */
  unitsDropped: number;
  /** Of these, left out before decoding: not wanted, or in front of the first key frame. */
  unitsSkipped: number;
  /** Decoded. */
  framesOut: number;
  /** Of these, not delivered because of the frame rate that is wanted. */
  framesLimited: number;
  /** Decoded on a GPU, and not delivered because too many others are held. */
  framesDropped: number;
  /** Of framesOut: parts were made up. */
  framesConcealed: number;
  /** Of framesOut: took longer than a second. */
  framesSlow: number;
  /** Frames that were taken and not closed yet. */
  framesHeld: number;
  /** Frames that nobody closed: the garbage collector had to. */
  framesForgotten: number;
  /** Encoded frames that gave no picture, and decoders that failed. */
  errors: number;
  decodersMade: number;
  /** Of these, because the one before had failed. */
  rebuilds: number;
  /** Of these, on the CPU although NVDEC was wanted. */
  fallbacks: number;
  /** Of decodersMade: given up because nobody read the frames and another stream had no room on the GPU. */
  sessionsGivenUp: number;
  /** Times that a key frame was asked for. */
  keyFrameRequests: number;
  queuedUnits: number;
  queuedBytes: number;
  /** Of the decoder, as far as it knows. */
  memoryBytes: number;
  /** Spent on decoding, in all. */
  decodeMs: number;
  /** On one frame, at most. */
  maxDecodeMs: number;
  /** From the arrival of the last frame to its picture, and the mean over framesOut. */
  latencyMs: number;
  meanLatencyMs: number;
}

export interface NativeDecoder {
  setQuality(quality: Quality): void;
  setLimits(maxFrameRate: number, keyFramesOnly: boolean): void;
  /** False where the queue is full: again after 'drained'. */
  push(unit: NativeEncodedUnit): boolean;
  end(): void;
  stats(): DecoderStats;
  close(): Promise<void>;
}

/**
 * How the pixels of a copy lie: `nv12` and `i420` planes of YCbCr 4:2:0, `gray` luma of the full range,
 * the others bytes by turns. Planes and lines follow one another without padding.
 */
export type PixelFormat = 'nv12' | 'i420' | 'gray' | 'rgb' | 'bgr' | 'rgba' | 'bgra';

export interface NativeConvertOptions {
  format: PixelFormat;
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
