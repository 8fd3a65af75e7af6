// What a recorder does for its storage beside recording: it watches that the disk is there, deletes what
// need not be kept, and keeps the mark that makes the next start quick.
import { statSync } from 'node:fs';
import { FluxError } from '../errors.js';
import type { KeyManager } from '../keys/index.js';
import { Deletion } from './deletion.js';
import { DeletionLog } from './deletion-log.js';
import type { RecordingIndex } from './recording-index.js';
import {
  type DeletedSegment,
  type FailedDeletion,
  Retention,
  type RetentionReport,
  type StorageFull,
  storageFull,
} from './retention.js';
import { isLocked } from './retention-candidates.js';
import type { RetentionOptions } from './retention-policy.js';
import type { SegmentRecord } from './segment-record.js';
import { measureSpace } from './space.js';
import { type StorageMarker, segmentFile } from './storage.js';
import { StorageWatch } from './storage-watch.js';

/** Nothing is recorded at present, and why. */
export interface RecordingBlocked {
  /** `storage`: the disk is gone, or it is another one. `full`: it has no room. */
  reason: 'storage' | 'full';
  error: FluxError;
}

/** Events of a {@link Recorder} about its storage, with their arguments. */
export interface StorageEvents {
  /** Retention took a segment away. */
  deleted: [segment: DeletedSegment];
  /** It tried to, and will try again. */
  deleteFailed: [failure: FailedDeletion];
  /** A round of retention that deleted something, or tried to. */
  retention: [report: RetentionReport];
  /** There is too little room, and nothing that may be deleted. Recording goes on as far as it can. */
  storageFull: [state: StorageFull];
  /** Frames are not being recorded from now on ... */
  recordingBlocked: [blocked: RecordingBlocked];
  /** ... and now they are again. `from`: since when they were not, UTC milliseconds. */
  recordingResumed: [resumed: { reason: RecordingBlocked['reason']; from: number }];
}

export interface StorageCareParts {
  index: RecordingIndex;
  keys: KeyManager;
  marker: StorageMarker;
  retention: RetentionOptions | undefined;
  segmentDurationMs: number;
  emit: <Name extends keyof StorageEvents>(name: Name, ...args: StorageEvents[Name]) => void;
  error: (error: FluxError) => void;
  /** Takes the lock of the disk that is there now. ERR_STORAGE_LOCKED where another recorder has it. */
  relock: () => void;
  /** Writers end here and begin again: the disk is gone, the disk is back. */
  suspend: () => void;
  resume: (from: number) => void;
}

const WATCH_MS = 2000;
const RETENTION_MS = 10_000;
const HEARTBEAT_MS = 60_000;

export class StorageCare {
  readonly #parts: StorageCareParts;
  readonly #watch: StorageWatch;
  readonly #retention: Retention | undefined;
  readonly #deletions: DeletionLog;
  #heartbeat: NodeJS.Timeout | undefined;
  #lostAt = 0;
  #fullAt: number | undefined;
  /** A file may lie on the disk that has no row. */
  #unsettled = false;

  constructor(parts: StorageCareParts) {
    this.#parts = parts;
    const { index, keys, emit, error } = parts;
    this.#watch = new StorageWatch(index.storage, parts.marker, {
      lost: (lost) => this.#onLost(lost),
      back: () => this.#onBack(),
    });
    this.#deletions = new DeletionLog((detail) => keys.recordFootageDeletion(detail), error);
    this.#retention =
      parts.retention &&
      new Retention({
        index,
        locks: () => keys.evidenceLocks(),
        policy: parts.retention,
        present: async () => this.#watch.check(),
        events: {
          deleted: (segment) => {
            this.#deletions.add(segment);
            emit('deleted', segment);
          },
          deleteFailed: (failure) => emit('deleteFailed', failure),
          storageFull: (state) => emit('storageFull', state),
          retention: (report) => {
            this.#deletions.roundEnded();
            emit('retention', report);
          },
          error,
        },
      });
  }

  start(): void {
    this.#watch.start(WATCH_MS);
    this.#retention?.start(RETENTION_MS);
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  /** True where the disk is there, looked at now. */
  present(): boolean {
    return this.#watch.check();
  }

  /** True where the disk was there when it was looked at last. */
  get usable(): boolean {
    return this.#watch.lost === undefined;
  }

  /** True where the segment's file is there, whole. */
  holds(segment: { filePath: string; fileSize: number }): boolean {
    try {
      return (
        statSync(segmentFile(this.#parts.index.storage, segment.filePath)).size === segment.fileSize
      );
    } catch {
      return false;
    }
  }

  /** From the next round on. ERR_STATE where retention is off. */
  setRetention(policy: RetentionOptions): void {
    if (!this.#retention) {
      const message = 'This Recorder was opened without retention. Open it with retention: {}.';
      throw new FluxError('ERR_STATE', message);
    }
    this.#retention.policy = policy;
  }

  /** One round of retention now; undefined where it is off. */
  applyRetention(): Promise<RetentionReport> | undefined {
    return this.#retention?.run();
  }

  /** Deletes what somebody wants deleted; retention deletes the rest. */
  async deleteSegment(segment: SegmentRecord, by: string | undefined): Promise<void> {
    const { index, keys, emit } = this.#parts;
    const { cameraId, filePath, fileSize, startTime: from, endTime: to } = segment;
    const footage = { ...segment, from, to, size: fileSize };
    if (isLocked(footage, keys.evidenceLocks())) {
      const message = `Segment ${segment.id} of camera '${cameraId}' is under an evidence lock. Release the lock first, where that is right.`;
      throw new FluxError('ERR_EVIDENCE_LOCKED', message);
    }
    keys.recordFootageDeletion({
      ...{ segments: 1, bytes: fileSize, byReason: { request: 1 }, from, to },
      ...{ cameraCount: 1, cameras: { [cameraId]: 1 }, ...(by !== undefined && { by }) },
    });
    const deletion = new Deletion(index, {
      deleted: () => emit('deleted', { cameraId, filePath, fileSize, reason: 'request', from, to }),
      failed: ({ attempts }, error) =>
        emit('deleteFailed', {
          ...{ cameraId, filePath, fileSize, reason: 'request', attempts },
          error: error as FluxError,
        }),
    });
    await deletion.delete([segment.id], 'request');
    index.forgetBeforeOldest(cameraId);
  }

  /** A file could not be written, or a row. */
  async failed(error: FluxError, full: boolean): Promise<void> {
    this.#unsettled = true;
    if (!this.#watch.check() || !full) return;
    const { index, emit } = this.#parts;
    if (this.#fullAt === undefined) {
      this.#fullAt = Date.now();
      emit('recordingBlocked', { reason: 'full', error });
      if (!this.#retention) {
        const { freeBytes } = await measureSpace(index.storage);
        emit('storageFull', storageFull(freeBytes, freeBytes + 1, 'off'));
      }
    }
    this.#retention?.urgent();
  }

  /** A segment made it to the disk and into the index. */
  succeeded(segment: { startTime: number }): void {
    if (this.#fullAt === undefined || segment.startTime < this.#fullAt) return;
    const from = this.#fullAt;
    this.#fullAt = undefined;
    this.#parts.emit('recordingResumed', { reason: 'full', from });
  }

  /** The next start must look again at what lies on the disk. */
  unsettle(): void {
    this.#unsettled = true;
  }

  async stop(): Promise<void> {
    this.#watch.stop();
    clearInterval(this.#heartbeat);
    await this.#retention?.stop();
    this.#deletions.flush();
  }

  /** The last words, after the last row. */
  markClean(): void {
    if (!this.usable) return;
    const now = Date.now();
    this.#parts.index.storageRow.seen(now, this.#unsettled ? undefined : now);
  }

  #beat(): void {
    if (!this.usable) return;
    const now = Date.now();
    // Open files are younger than this.
    const settled = now - 2 * this.#parts.segmentDurationMs - HEARTBEAT_MS;
    try {
      this.#parts.index.storageRow.seen(now, this.#unsettled ? undefined : Math.max(0, settled));
    } catch {
      // The next beat writes it, or the next start takes longer.
    }
  }

  #onLost(error: FluxError): void {
    this.#lostAt = Date.now();
    this.#unsettled = true;
    this.#parts.error(error);
    this.#parts.emit('recordingBlocked', { reason: 'storage', error });
    this.#parts.suspend();
  }

  #onBack(): void {
    const { index, emit, relock, resume } = this.#parts;
    // Files that were open on a device that went away stay dead when it comes back as another one.
    if (index.connection.isReplaced) {
      relock();
      index.connection.reopen();
    }
    const from = this.#lostAt;
    resume(from);
    emit('recordingResumed', { reason: 'storage', from });
  }
}
