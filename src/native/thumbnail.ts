// Pictures of segments.
import type { FluxError } from '../errors.js';
import type { NativeExportSegment } from './export.js';

export interface NativeThumbnailRequest {
  segment: NativeExportSegment;
  /** UTC, rising. */
  timesMicros: number[];
  /** Pixels; 0: as it comes. */
  width: number;
  height: number;
  enlarge: boolean;
  quality: number;
}

export interface NativeThumbnails {
  pictures: {
    /** Index of the first of the times that it is for. */
    wanted: number;
    /** UTC milliseconds, with a fraction. */
    time: number;
    data: Buffer;
    width: number;
    height: number;
  }[];
  /** UTC milliseconds of the last frame that was read. */
  lastTime: number;
  /** Why there are no further pictures. */
  error?: FluxError;
}

/** Pictures of one segment, on the decode threads. */
export interface NativeThumbnailJob {
  /** Once. Rejects with ERR_BUSY, ERR_ABORTED. */
  run(): Promise<NativeThumbnails>;
  abort(): void;
}

export interface ThumbnailExports {
  ThumbnailJob: new (request: NativeThumbnailRequest) => NativeThumbnailJob;
}
