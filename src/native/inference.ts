// The newest frames of cameras, batches of them for models, and motion.
import type { NativeDecoder, NativeFrameInfo } from './decode.js';

export interface NativeFrameBatchOptions {
  format: 'float32' | 'float16' | 'rgb' | 'rgba' | 'gray';
  width: number;
  height: number;
  count: number;
  fit: 'stretch' | 'letterbox' | 'cover';
  /** R, G, B, 0 to 255. */
  fill: readonly number[];
  bgr: boolean;
  scale: number;
  mean: readonly number[];
  deviation: readonly number[];
  /** In the memory of this GPU. */
  gpu?: number | undefined;
}

export interface NativeRect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface NativeBatchItem {
  cameraId: string;
  number: number;
  /** Media time in microseconds. */
  timestamp: number;
  /** UTC milliseconds. */
  arrival: number;
  keyFrame: boolean;
  /** As it is shown. */
  width: number;
  height: number;
  storedWidth: number;
  storedHeight: number;
  /** This part of the stored picture ... */
  source: NativeRect;
  /** ... went here. */
  target: NativeRect;
}

export interface NativeFrameBatch {
  /** The same memory each time; undefined where it is a GPU's. */
  buffer(): ArrayBuffer | undefined;
  /** CUdeviceptr; 0 where it is the machine's. */
  deviceAddress(): bigint;
}

/** Counters of a `FrameProvider`, or of one of its cameras. */
export interface FrameProviderStats {
  framesIn: number;
  /** Went into batches. */
  framesTaken: number;
  /** A newer one came before a batch took them: the model is slower than the camera, as it may be. */
  framesReplaced: number;
  /** Damaged, and left out. */
  framesDamaged: number;
}

export interface NativeFrameProvider {
  add(cameraId: string, decoder: NativeDecoder, options: { skipConcealed: boolean }): void;
  remove(cameraId: string): void;
  /** Are there frames that fill() would take? Where not, onReady is called when there are. */
  arm(cameras: readonly string[]): boolean;
  /** ERR_STATE while the batch is being filled. */
  fill(batch: NativeFrameBatch, cameras: readonly string[]): Promise<NativeBatchItem[]>;
  newest(
    cameraId: string,
    options: { after: number },
  ): { number: number; frame: NativeFrameInfo } | undefined;
  stats(cameraId?: string): FrameProviderStats;
  close(): Promise<void>;
}

export interface NativeMotionZone {
  name: string;
  polygon: { x: number; y: number }[];
  exclude: boolean;
  sensitivity: number;
}

export interface NativeMotionOptions {
  sensitivity: number;
  minRegion: number;
  zones: NativeMotionZone[];
  framesPerSecond: number;
  cells: number;
  stopAfterMs: number;
  updateEveryMs: number;
  maxEventMs: number;
}

export interface NativeMotionEvent {
  phase: 'start' | 'update' | 'end';
  from: number;
  to: number;
  score: number;
  box: NativeRect;
  /** Bit N: zone N. */
  zones: number;
  regions: { box: NativeRect; score: number; area: number; zones: number }[];
}

/** Counters of a watched camera. */
export interface MotionStats {
  /** Looked at. */
  frames: number;
  /** Not needed at that rate. */
  framesPassed: number;
  /** Damaged, or decoded from such: left out up to the next key frame. */
  framesDamaged: number;
  /** Could not be read. */
  framesFailed: number;
  /** Times that motion began. */
  events: number;
  /** Times that the light of most of the picture changed so that the background was learned anew. */
  lightChanges: number;
  /** Mean time that looking at a frame took, microseconds. */
  microsPerFrame: number;
  moving: boolean;
  /** Is the background being learned, so that no motion is found yet? */
  learning: boolean;
}

export interface NativeMotionWatcher {
  /** The time, for motion whose camera is lost. */
  pass(now: number): void;
  stats(): MotionStats;
  /** Motion that goes on ends, and its event comes, before it resolves. */
  close(): Promise<void>;
}

export interface InferenceExports {
  FrameBatch: new (options: NativeFrameBatchOptions) => NativeFrameBatch;
  FrameProvider: new (onReady: () => void) => NativeFrameProvider;
  MotionWatcher: new (
    decoder: NativeDecoder,
    options: NativeMotionOptions,
    onEvents: (events: NativeMotionEvent[]) => void,
  ) => NativeMotionWatcher;
}
