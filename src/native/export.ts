// Segments copied: into a clip, and into a segment under another key.
import type { NativeKey } from './keys.js';

export interface NativeExportSegment {
  path: string;
  key: NativeKey;
  cameraId: string;
  startTime: number;
  /** A recovered segment, which has no final chunk. */
  allowUnfinished: boolean;
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

/** What a segment is copied to, under another key. */
export interface NativeResealTarget {
  path: string;
  keyId: string;
  key: NativeKey;
  /** For a source of version 1; of version 2 its header's count. */
  sequence: number;
  stream: number;
}

export interface ExportExports {
  ExportJob: new (options: NativeExportOptions) => NativeExportJob;
  /**
   * Copies the verified content of a segment into a new one of version 2 under another key, on a
   * thread of the pool. `finished` is false where the source had no authentic end.
   */
  resealSegment(
    source: NativeExportSegment & { keyId: string },
    target: NativeResealTarget,
  ): Promise<{ fileSize: number; plaintextBytes: number; finished: boolean }>;
}
