// What the index knows of a segment, and the door through which a new one comes in.
import {
  cameraId,
  checkOptions,
  integer,
  invalidArgument,
  oneOf,
  optional,
  text,
  time,
  uuid,
} from '../arguments/index.js';
import type { SegmentEndReason } from '../native/index.js';
import { isSegmentPath } from './storage.js';

export type { SegmentEndReason } from '../native/index.js';

const END_REASONS = [
  'cut',
  'closed',
  'disconnected',
  'discontinuity',
  'parameters',
  'overflow',
  'error',
  'interrupted',
  'event-end',
  'stopped',
] as const satisfies readonly SegmentEndReason[];

/** Why a segment was recorded. */
export type SegmentTrigger = 'continuous' | 'scheduled' | 'event';

const TRIGGERS = ['continuous', 'scheduled', 'event'] as const satisfies readonly SegmentTrigger[];

/** A finished segment, as the index knows it. */
export interface SegmentRecord {
  /** Rises with each row. */
  id: number;
  cameraId: string;
  /** Relative to the storage directory, with forward slashes. */
  filePath: string;
  /** What is inside the sealed file. */
  actualFormat: 'mkv';
  encryptionAlgorithm: 'LEA-256-GCM';
  /** UUID of the key, see {@link KeyManager.key}. */
  keyId: string;
  /** UTC milliseconds; the interval is half open: [startTime, endTime). */
  startTime: number;
  endTime: number;
  fileSize: number;
  /** UTC milliseconds. */
  createdAt: number;
  /** 0: main stream, 1: sub stream. */
  stream: number;
  formatVersion: 1 | 2;
  frames: number;
  /** `recovered`: a crash cut it short, and its end was restored at the next start. */
  state: 'complete' | 'recovered';
  endReason: SegmentEndReason;
  /** Rises by one per segment of a camera. */
  sequence: number;
  width: number;
  height: number;
  /** RFC 6381. */
  codec: string;
  /** RFC 6381; empty where there is no sound. */
  audioCodec: string;
  trigger: SegmentTrigger;
  /**
   * The run that the segment belongs to: the start of the run's first segment, UTC milliseconds.
   * Segments of one run (of one camera and stream) follow each other without a gap.
   */
  runId: number;
}

/** A segment to insert. */
export type NewSegment = Omit<
  SegmentRecord,
  'id' | 'createdAt' | 'actualFormat' | 'encryptionAlgorithm' | 'audioCodec' | 'trigger' | 'runId'
> & {
  /** Default: none. */
  audioCodec?: string;
  /** Default `continuous`. */
  trigger?: SegmentTrigger;
  /** Default: that of the segment before, where this one follows without a gap, else its own start. */
  runId?: number;
};

/** One stream of a camera. */
export interface StreamPlace {
  cameraId: string;
  stream: number;
}

/** What {@link checkNewSegment} gives back. */
export type CheckedSegment = ReturnType<typeof checkNewSegment>;

/** The columns of a {@link SegmentRecord}. */
export const SEGMENT_COLUMNS = `id, camera_id AS cameraId, file_path AS filePath,
  actual_format AS actualFormat, encryption_algo AS encryptionAlgorithm, key_id AS keyId,
  start_time AS startTime, end_time AS endTime, file_size_bytes AS fileSize,
  CAST(strftime('%s', created_at) AS INTEGER) * 1000 AS createdAt,
  stream, format_version AS formatVersion, frames, state, end_reason AS endReason, sequence,
  width, height, codec, audio_codec AS audioCodec, trigger_kind AS "trigger", run_id AS runId`;

/** ERR_INVALID_ARGUMENT naming what is wrong. */
export function checkNewSegment(where: string, segment: NewSegment) {
  const checked = checkOptions(where, segment, {
    cameraId,
    filePath: text(1, 512),
    keyId: uuid,
    startTime: time,
    endTime: time,
    fileSize: integer(0, Number.MAX_SAFE_INTEGER, 'bytes'),
    stream: integer(0, 65_535),
    formatVersion: oneOf(1, 2),
    frames: integer(0, Number.MAX_SAFE_INTEGER),
    state: oneOf('complete', 'recovered'),
    endReason: oneOf(...END_REASONS),
    sequence: integer(0, Number.MAX_SAFE_INTEGER),
    width: integer(0, 65_535, 'pixels'),
    height: integer(0, 65_535, 'pixels'),
    codec: text(0, 64),
    audioCodec: optional(text(0, 64), ''),
    trigger: optional(oneOf(...TRIGGERS), 'continuous' as const),
    runId: optional(time),
  });
  if (!isSegmentPath(checked.filePath)) {
    throw invalidArgument(
      `${where}: filePath`,
      'camera/YYYYMMDD/name, relative to the storage directory',
      checked.filePath,
    );
  }
  if (checked.endTime < checked.startTime) {
    throw invalidArgument(
      `${where}: endTime`,
      `at least startTime (${checked.startTime})`,
      checked.endTime,
    );
  }
  return checked;
}
