// A camera recorded into segments.
import type { NativeCamera } from './camera.js';
import type { NativeKey } from './keys.js';

/** Why a segment ended; `cut`: the next one follows without a gap. */
export type SegmentEndReason =
  | 'cut'
  | 'closed'
  | 'disconnected'
  | 'discontinuity'
  | 'parameters'
  | 'overflow'
  | 'error'
  | 'interrupted'
  | 'event-end'
  | 'stopped';

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
  endReason: Exclude<SegmentEndReason, 'interrupted'>; // that is recovery's
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

/** Counters of a writer since it was made. */
export interface SegmentWriterStats {
  framesWritten: number;
  framesDropped: number;
  audioFramesWritten: number;
  /** Sound that came while no picture was recorded, too, or that had changed its codec. */
  audioFramesDropped: number;
  bytesWritten: number;
  segmentsWritten: number;
  /** Times that the disk was too slow and whole GOPs were dropped. */
  overflows: number;
  /** Held in memory for an event. */
  preRollBytes: number;
  /** GOPs of the pre-roll that its memory did not hold. */
  preRollTrimmed: number;
  queuedBytes: number;
}

export interface NativeSegmentWriter {
  /** Makes the key of a UTC day known; segments that start on that day use it. */
  setKey(day: number, keyId: string, key: NativeKey): void;
  setMode(mode: 'continuous' | 'event' | 'off'): void;
  /** In event mode: records from the pre-roll on until this time (UTC milliseconds). */
  trigger(until: number): void;
  stats(): SegmentWriterStats;
  /** Writes what is queued, finishes the segment, resolves after its event was delivered. Idempotent. */
  close(): Promise<void>;
}

export interface SegmentWriterExports {
  SegmentWriter: new (
    camera: NativeCamera,
    options: NativeWriterOptions,
    onEvents: (events: NativeWriterEvent[]) => void,
  ) => NativeSegmentWriter;
}
