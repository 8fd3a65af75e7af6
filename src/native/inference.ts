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

export interface NativeFrameProviderStats {
  framesIn: number;
  framesTaken: number;
  framesReplaced: number;
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
  stats(cameraId?: string): NativeFrameProviderStats;
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

export interface NativeMotionStats {
  frames: number;
  framesPassed: number;
  framesDamaged: number;
  framesFailed: number;
  events: number;
  lightChanges: number;
  microsPerFrame: number;
  moving: boolean;
  learning: boolean;
}

export interface NativeMotionWatcher {
  /** The time, for motion whose camera is lost. */
  pass(now: number): void;
  stats(): NativeMotionStats;
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
