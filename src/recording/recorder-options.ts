// What a recorder is told, and what it tells: options, events and counters.
import { resolve } from 'node:path';
import {
  checkOptions,
  decimal,
  flag,
  instanceOf,
  integer,
  list,
  oneOf,
  optional,
  passphrase,
  path,
} from '../arguments/index.js';
import type {
  CameraParameters,
  CameraState,
  CameraStateChange,
  CameraStats,
} from '../camera/index.js';
import type { FluxError } from '../errors.js';
import { KeyManager } from '../keys/index.js';
import type { RecordedCameraOptions } from './recorded-camera.js';
import type { SegmentRecord } from './recording-index.js';
import { checkRetention, type RetentionOptions } from './retention-policy.js';
import { SEGMENT_FILE_NAMES, type SegmentFileNames } from './segment-files.js';
import {
  type RecordingGap,
  type RecordingMode,
  requireRoomForPicture,
  type SegmentWriterStats,
} from './segment-writer.js';
import type { StorageEvents } from './storage-care.js';
import { requireOneKeySource, type StorageKeys } from './storage-keys.js';

/** Options of {@link Recorder.open}: `passphrase` or `keys`, and where and how to record. */
export interface RecorderOptions extends StorageKeys {
  /** Directory for segments, index and keys; made where it is missing. */
  storage: string;
  /** Recorded from the start; more with {@link Recorder.addCamera}. */
  cameras?: readonly RecordedCameraOptions[];
  /** Seconds, from 2 to 3600. Default 10. */
  segmentDuration?: number;
  /** Default 2. See {@link SegmentWriterOptions.formatVersion}. */
  formatVersion?: 1 | 2;
  /** What segment files are called; a storage may hold all kinds. Default `seconds`. */
  fileNames?: SegmentFileNames;
  /** Memory for frames that wait for the disk, per camera and stream, in bytes. Default 64 MiB. */
  maxQueuedBytes?: number;
  /** Records sound beside the picture. Default true. */
  audio?: boolean;
  /** Cameras cut their segments at different moments, not all at once. Default true. */
  stagger?: boolean;
  /** See {@link SegmentWriterOptions.syncIntervalMs}. Default 400. */
  syncIntervalMs?: number;
  /** What is deleted, and when. Default: nothing ever; then a full disk ends recording. */
  retention?: RetentionOptions;
  /**
   * False: the storage must be there already, `ERR_STORAGE_MISSING` otherwise. For storages on disks of
   * their own, where an empty folder means that the disk is not mounted. Default true.
   */
  create?: boolean;
}

/** News about the connection of a recorder's camera. */
export interface RecorderCameraChange extends CameraStateChange {
  cameraId: string;
}

/** Events of {@link Recorder}, with their arguments. */
export interface RecorderEvents extends StorageEvents {
  /** A segment is on disk and in the index. */
  segment: [segment: SegmentRecord];
  /** Frames are not in the recording. */
  gap: [gap: RecordingGap];
  camera: [change: RecorderCameraChange];
  /** A segment that a crash had left out of the index; these come right after opening. */
  recovered: [segment: SegmentRecord];
  /**
   * Something failed and recording goes on; `error.cameraId` names the camera where it is about one.
   * Without a listener: a process warning.
   */
  error: [error: FluxError];
}

/** State and counters of one camera of a recorder. */
export interface RecorderCameraStats {
  state: CameraState;
  parameters?: CameraParameters;
  lastError?: FluxError;
  camera: CameraStats;
  /** Of the sub stream, where there is one. */
  sub?: CameraStats;
  /** Whether it is recorded at this moment, by its plan. */
  mode: RecordingMode;
  /** Of all its recorded streams together. */
  writer: SegmentWriterStats;
}

/** Counters of a recorder. */
export interface RecorderStats {
  cameras: Record<string, RecorderCameraStats>;
  /** Finished segments whose rows could not be written yet. */
  segmentsNotIndexed: number;
}

/** Something that happened at a camera, for {@link Recorder.trigger}. */
export interface RecordingTrigger {
  cameraId: string;
  /** What happened, for example `motion` or `doorbell`. Default `trigger`. */
  type?: string;
  /** UTC milliseconds, half open. Default: now, for a moment. */
  from?: number;
  to?: number;
  /** From 0 to 1. */
  score?: number;
  /** What else there is to say; stored as JSON. */
  data?: unknown;
}

export type CheckedRecorderOptions = ReturnType<typeof checkRecorderOptions>;

/** ERR_INVALID_ARGUMENT naming the option. Cameras are checked where they are added. */
export function checkRecorderOptions(options: RecorderOptions) {
  const checked = checkOptions('Recorder.open', options, {
    storage: path,
    passphrase: optional(passphrase),
    keys: optional(instanceOf(KeyManager)),
    cameras: optional(list, []),
    segmentDuration: optional(decimal(2, 3600, 'seconds'), 10),
    formatVersion: optional(oneOf(1, 2), 2 as const),
    fileNames: optional(oneOf(...SEGMENT_FILE_NAMES), 'seconds' as const),
    maxQueuedBytes: optional(integer(1 << 20, 2 ** 40, 'bytes'), 64 << 20),
    audio: optional(flag, true),
    stagger: optional(flag, true),
    syncIntervalMs: optional(integer(0, 3_600_000, 'milliseconds'), 400),
    retention: optional(checkRetention),
    create: optional(flag, true),
  });
  requireOneKeySource('Recorder.open', checked);
  requireRoomForPicture('Recorder.open', checked);
  return { ...checked, storage: resolve(checked.storage) };
}
