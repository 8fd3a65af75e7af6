// The whole of recording in one object: keys, index, recovery, and a camera with its writer each.
import { EventEmitter } from 'node:events';
import { resolve } from 'node:path';
import {
  cameraId,
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
import {
  Camera,
  type CameraOptions,
  type CameraParameters,
  type CameraState,
  type CameraStateChange,
  type CameraStats,
} from '../camera/index.js';
import { FluxError } from '../errors.js';
import { asFluxError, deliver, emitError } from '../events.js';
import { KeyManager } from '../keys/index.js';
import { type NativeStorageLock, native } from '../native.js';
import { isIndexFull } from './index-connection.js';
import { countOpening, requireSameHistory } from './interlock.js';
import { RecordingIndex, type SegmentRecord } from './recording-index.js';
import { type RecoveryReport, recoverStorage } from './recovery.js';
import type { RetentionReport } from './retention.js';
import { checkRetention, type RetentionOptions } from './retention-policy.js';
import { SEGMENT_FILE_NAMES, type SegmentFileNames } from './segment-files.js';
import {
  type RecordingGap,
  requireRoomForPicture,
  SegmentWriter,
  type SegmentWriterStats,
  type WrittenSegment,
} from './segment-writer.js';
import { layout, openOrCreateStorage, readMarkerSync, type StorageMarker } from './storage.js';
import { requireStorage, StorageCare, type StorageEvents } from './storage-care.js';
import {
  type OpenKeys,
  openStorageKeys,
  requireOneKeySource,
  type StorageKeys,
} from './storage-keys.js';

/** Options of {@link Recorder.open}: `passphrase` or `keys`, and where and how to record. */
export interface RecorderOptions extends StorageKeys {
  /** Directory for segments, index and keys; made where it is missing. */
  storage: string;
  /** Recorded from the start; more with {@link Recorder.addCamera}. */
  cameras?: readonly CameraOptions[];
  /** Seconds, from 2 to 3600. Default 10. */
  segmentDuration?: number;
  /** Default 2. See {@link SegmentWriterOptions.formatVersion}. */
  formatVersion?: 1 | 2;
  /** What segment files are called; a storage may hold all kinds. Default `seconds`. */
  fileNames?: SegmentFileNames;
  /** Per camera, in bytes. Default 64 MiB. */
  maxQueuedBytes?: number;
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
  /** Something failed and recording goes on. Without a listener: a process warning. */
  error: [error: FluxError];
}

/** State and counters of one camera of a recorder. */
export interface RecorderCameraStats {
  state: CameraState;
  parameters?: CameraParameters;
  lastError?: FluxError;
  camera: CameraStats;
  writer: SegmentWriterStats;
}

/** Counters of a recorder. */
export interface RecorderStats {
  cameras: Record<string, RecorderCameraStats>;
  /** Finished segments whose rows could not be written yet. */
  segmentsNotIndexed: number;
}

/** Of the problems that recovery found, this many become events of their own. */
const MAX_ANNOUNCED = 20;

interface Channel {
  camera: Camera;
  /** Undefined while the disk is away. */
  writer: SegmentWriter | undefined;
  /** Of writers that ended before, because the disk went away. */
  earlier: SegmentWriterStats;
  /** The writer that ends. */
  ending: Promise<void>;
}

const NOTHING_WRITTEN: SegmentWriterStats = {
  framesWritten: 0,
  framesDropped: 0,
  audioFramesWritten: 0,
  audioFramesDropped: 0,
  bytesWritten: 0,
  segmentsWritten: 0,
  overflows: 0,
  preRollBytes: 0,
  preRollTrimmed: 0,
  queuedBytes: 0,
};

/**
 * Records cameras into a storage directory, encrypted. One recorder owns a storage at a time
 * (`ERR_STORAGE_LOCKED`); opening it first brings the index and the files into agreement.
 *
 * @example
 * ```ts
 * const recorder = await Recorder.open({
 *   storage: 'storage',
 *   passphrase: process.env.PASSPHRASE,
 *   cameras: [{ id: 'door', url: 'rtsp://192.168.1.20/stream1' }],
 * });
 * recorder.on('segment', ({ cameraId, filePath }) => console.log(cameraId, filePath));
 * // ... later
 * await recorder.close();
 * ```
 */
export class Recorder extends EventEmitter<RecorderEvents> {
  /** Absolute path of the storage directory. */
  readonly storage: string;
  /** What the start found left over from a crash, and did about it. */
  readonly recovery: RecoveryReport;
  readonly #parts: Parts;
  readonly #settings: WriterSettings;
  readonly #care: StorageCare;
  readonly #channels = new Map<string, Channel>();
  readonly #removing = new Map<string, Promise<void>>();
  #notIndexed: WrittenSegment[] = [];
  /** After the disk was away: until its files and the index agree again. */
  #resuming: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  private constructor(parts: Parts, recovery: RecoveryReport, settings: Settings) {
    super();
    const { retention, marker, ...writer } = settings;
    this.storage = parts.index.storage;
    this.recovery = recovery;
    this.#parts = parts;
    this.#settings = writer;
    this.#care = new StorageCare({
      ...{ index: parts.index, keys: parts.openKeys.keys, marker, retention },
      segmentDurationMs: writer.segmentDuration * 1000,
      emit: (name, ...args) => this.emit(name, ...(args as never)),
      error: (error) => emitError(this, error),
      suspend: () => this.#suspend(),
      resume: (from) => this.#resume(from),
    });
    // A file that could not be looked at now will have to be, at the next start.
    const open = recovery.problems.some(({ code }) => code !== 'ERR_SEGMENT_MISSING');
    if (open) this.#care.unsettle();
  }

  /**
   * `ERR_INVALID_ARGUMENT`; `ERR_STORAGE_LOCKED` where another recorder has the storage;
   * `ERR_KEY_PASSPHRASE`; `ERR_SCHEMA_VERSION` where a newer release wrote the storage.
   * `ERR_STORAGE_MISSING`, `ERR_STORAGE_MISMATCH`, `ERR_STORAGE_SUSPECT`, and nothing is changed, where
   * the disk is not there, is another one, or lacks most of the footage.
   */
  static async open(options: RecorderOptions): Promise<Recorder> {
    const checked = checkOptions('Recorder.open', options, {
      storage: path,
      passphrase: optional(passphrase),
      keys: optional(instanceOf(KeyManager)),
      cameras: optional(list, []),
      segmentDuration: optional(decimal(2, 3600, 'seconds'), 10),
      formatVersion: optional(oneOf(1, 2), 2 as const),
      fileNames: optional(oneOf(...SEGMENT_FILE_NAMES), 'seconds' as const),
      maxQueuedBytes: optional(integer(1 << 20, 2 ** 40, 'bytes'), 64 << 20),
      retention: optional(checkRetention),
      create: optional(flag, true),
    });
    requireOneKeySource('Recorder.open', checked);
    requireRoomForPicture('Recorder.open', checked);
    const storage = resolve(checked.storage);
    if (!checked.create) requireStorage(storage, readMarkerSync(storage));
    await openOrCreateStorage(storage);

    const parts: Partial<Parts> = {};
    try {
      parts.lock = native.lockStorage(layout.lock(storage));
      parts.openKeys = await openStorageKeys(storage, checked, 'openOrCreate');
      parts.index = await RecordingIndex.open({ storage });
      const { index } = parts;
      const marker = await openOrCreateStorage(storage);
      requireSameHistory(index.storageRow, marker, storage);
      const recovery = await recoverStorage(parts.openKeys.keys, index);
      const recorder = new Recorder(parts as Parts, recovery, {
        marker: countOpening(index.storageRow, marker, storage),
        retention: checked.retention,
        segmentDuration: checked.segmentDuration,
        formatVersion: checked.formatVersion,
        fileNames: checked.fileNames,
        maxQueuedBytes: checked.maxQueuedBytes,
      });
      try {
        for (const camera of checked.cameras) recorder.addCamera(camera as CameraOptions);
      } catch (error) {
        await recorder.close();
        throw error;
      }
      recorder.#care.start();
      recorder.#announceRecovery();
      return recorder;
    } catch (error) {
      await letGo(parts);
      throw error;
    }
  }

  /** Begins to record a camera. `ERR_CAMERA_EXISTS` where one has its id. */
  addCamera(options: CameraOptions): Camera {
    if (this.#closing) throw new FluxError('ERR_CLOSED', 'The Recorder is closed.');
    const camera = new Camera(options);
    const channel: Channel = {
      ...{ camera, writer: undefined, earlier: NOTHING_WRITTEN, ending: Promise.resolve() },
    };
    try {
      if (this.#channels.has(camera.id) || this.#removing.has(camera.id)) {
        throw new FluxError(
          'ERR_CAMERA_EXISTS',
          `There is a camera '${camera.id}' already. Remove it first, or use another id.`,
        );
      }
      if (this.#care.usable && !this.#resuming) channel.writer = this.#makeWriter(camera);
    } catch (error) {
      void camera.close();
      throw error;
    }
    camera.on('state', (change) => this.emit('camera', { cameraId: camera.id, ...change }));
    this.#channels.set(camera.id, channel);
    camera.start();
    return camera;
  }

  #makeWriter(camera: Camera): SegmentWriter {
    const writer = new SegmentWriter({
      camera,
      storage: this.storage,
      keys: this.#parts.openKeys.keys,
      ...this.#settings,
      firstSequence: this.#parts.index.nextSequence(camera.id),
    });
    writer.on('segment', (segment) => this.#addToIndex(segment));
    writer.on('gap', (gap) => this.#addGap(gap));
    writer.on('error', (error) => {
      emitError(this, error);
      void this.#care.failed(error, error.code === 'ERR_STORAGE_FULL');
    });
    return writer;
  }

  /** The disk is gone: whatever is written now would land in the folder that it leaves behind. */
  #suspend(): void {
    for (const channel of this.#channels.values()) {
      const { writer } = channel;
      if (!writer) continue;
      channel.writer = undefined;
      const { earlier } = channel;
      channel.earlier = added(earlier, writer.stats());
      channel.ending = channel.ending
        .then(() => writer.close())
        .catch((error) => emitError(this, asFluxError(error, 'ERR_IO', 'A segment cannot end')))
        .finally(() => {
          channel.earlier = added(earlier, writer.stats());
        });
    }
  }

  #resume(from: number): void {
    const to = Date.now();
    for (const { camera } of this.#channels.values()) {
      this.#noteGap({ cameraId: camera.id, stream: 0, from, to, frames: 0, reason: 'storage' });
    }
    const resuming = (this.#resuming ?? Promise.resolve())
      .then(() => this.#recoverAndResume())
      .finally(() => {
        if (this.#resuming === resuming) this.#resuming = undefined;
      });
    this.#resuming = resuming;
  }

  /** Files that could not end properly get their rows while nothing is being written, then all goes on. */
  async #recoverAndResume(): Promise<void> {
    const endings = [...this.#channels.values()].map(({ ending }) => ending);
    await Promise.allSettled([...endings, ...this.#removing.values()]);
    if (this.#closing) return;
    this.#retryIndex();
    try {
      const { openKeys, index } = this.#parts;
      const { recovered, problems } = await recoverStorage(openKeys.keys, index);
      deliver(recovered, (segment) => this.emit('recovered', segment));
      for (const { code, message } of problems.slice(0, MAX_ANNOUNCED)) {
        emitError(this, new FluxError(code, message));
      }
    } catch (error) {
      emitError(
        this,
        asFluxError(error, 'ERR_STORAGE', 'What was left unfinished is not recovered'),
      );
    }
    for (const channel of this.#channels.values()) {
      if (this.#closing || channel.writer || !this.#care.usable) continue;
      try {
        channel.writer = this.#makeWriter(channel.camera);
      } catch (error) {
        const what = `Camera '${channel.camera.id}' is not recorded`;
        emitError(this, asFluxError(error, 'ERR_STORAGE', what));
      }
    }
  }

  /** Finishes the camera's segment and lets the camera go. `ERR_CAMERA_NOT_FOUND`. */
  async removeCamera(id: string): Promise<void> {
    cameraId('Recorder.removeCamera: id', id);
    const removing = this.#removing.get(id);
    if (removing) return removing;
    const channel = this.#channels.get(id);
    if (!channel) throw new FluxError('ERR_CAMERA_NOT_FOUND', `There is no camera '${id}'.`);
    this.#channels.delete(id);
    const removal = closeChannel(channel).finally(() => this.#removing.delete(id));
    this.#removing.set(id, removal);
    return removal;
  }

  /** The cameras that are being recorded. */
  get cameras(): Camera[] {
    return [...this.#channels.values()].map(({ camera }) => camera);
  }

  /** The index of this storage. Belongs to the recorder: do not close it. */
  get index(): RecordingIndex {
    return this.#parts.index;
  }

  stats(): RecorderStats {
    const cameras: RecorderStats['cameras'] = {};
    for (const [id, { camera, writer, earlier }] of this.#channels) {
      cameras[id] = {
        state: camera.state,
        ...(camera.parameters && { parameters: camera.parameters }),
        ...(camera.lastError && { lastError: camera.lastError }),
        camera: camera.stats(),
        writer: writer ? added(earlier, writer.stats()) : earlier,
      };
    }
    return { cameras, segmentsNotIndexed: this.#notIndexed.length };
  }

  /**
   * Runs retention now and not at its next turn (every 10 s, and when a write fails for lack of room).
   * Resolves to undefined where retention is off.
   */
  async applyRetention(): Promise<RetentionReport | undefined> {
    if (this.#closing) throw new FluxError('ERR_CLOSED', 'The Recorder is closed.');
    return this.#care.applyRetention();
  }

  /** Finishes all segments, says goodbye to the cameras, releases the storage. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await this.#resuming;
    const channels = [...this.#channels.values()];
    const closed = await Promise.allSettled([
      ...channels.map(closeChannel),
      ...this.#removing.values(),
    ]);
    await this.#care.stop();
    this.#retryIndex();
    try {
      if (this.#notIndexed.length > 0) this.#care.unsettle();
      this.#care.markClean();
    } catch (error) {
      emitError(this, asFluxError(error, 'ERR_INDEX', 'index.db'));
    }
    await letGo(this.#parts);
    const failed = closed.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  #announceRecovery(): void {
    // After the caller of open() could add its listeners.
    setImmediate(() => {
      for (const segment of this.recovery.recovered) this.emit('recovered', segment);
      const problems = [...this.recovery.quarantined, ...this.recovery.problems];
      for (const { code, message } of problems.slice(0, MAX_ANNOUNCED)) {
        emitError(this, new FluxError(code, message));
      }
      // A disk that lost a day folder has thousands.
      const more = problems.length - MAX_ANNOUNCED;
      if (more > 0) {
        const message = `There are ${more} more problems like these; see Recorder.recovery.`;
        emitError(this, new FluxError('ERR_RECOVERY', message));
      }
    });
  }

  /** File, fsync and directory fsync are done; the row comes last. */
  #addToIndex(segment: WrittenSegment): void {
    this.#retryIndex();
    let row: SegmentRecord;
    try {
      // Where the disk just went away, the file may lie in the folder below it.
      if (!this.#care.present()) throw new FluxError('ERR_STORAGE_MISSING', 'the disk is away');
      row = this.#parts.index.insert(segment);
    } catch (error) {
      this.#notIndexed.push(segment);
      const failure = asFluxError(error, 'ERR_INDEX', 'index.db');
      void this.#care.failed(failure, isIndexFull(failure));
      emitError(
        this,
        new FluxError(
          failure.code,
          `${segment.filePath} is recorded, but not in the index yet: ${failure.message}`,
          { cause: error },
        ),
      );
      return;
    }
    this.#care.succeeded(row);
    this.emit('segment', row);
  }

  /** What still fails here is found by the recovery of the next start. */
  #retryIndex(): void {
    if (this.#notIndexed.length === 0 || !this.#care.present()) return;
    const waiting = this.#notIndexed;
    this.#notIndexed = [];
    const rows: SegmentRecord[] = [];
    for (const segment of waiting) {
      if (!this.#care.holds(segment)) {
        const { cameraId: camera, stream, startTime: from, endTime: to, frames } = segment;
        this.#noteGap({ cameraId: camera, stream, from, to, frames, reason: 'lost' });
        continue;
      }
      try {
        rows.push(this.#parts.index.insert(segment));
      } catch {
        this.#notIndexed.push(segment);
      }
    }
    deliver(rows, (row) => this.emit('segment', row));
  }

  #addGap(gap: RecordingGap): void {
    this.#noteGap({ stream: 0, ...gap });
    this.emit('gap', gap);
  }

  #noteGap(gap: Parameters<RecordingIndex['addGap']>[0]): void {
    try {
      this.#parts.index.addGap(gap);
    } catch (error) {
      emitError(this, asFluxError(error, 'ERR_INDEX', 'A gap is not in the index'));
    }
  }
}

type WriterSettings = Required<
  Pick<RecorderOptions, 'segmentDuration' | 'formatVersion' | 'fileNames' | 'maxQueuedBytes'>
>;

type Settings = WriterSettings & {
  marker: StorageMarker;
  retention: RetentionOptions | undefined;
};

interface Parts {
  lock: NativeStorageLock;
  openKeys: OpenKeys;
  index: RecordingIndex;
}

/** The writer first, so that the last segment ends as `closed` and not as `disconnected`. */
async function closeChannel({ camera, writer, ending }: Channel): Promise<void> {
  try {
    await ending;
    await writer?.close();
  } finally {
    await camera.close();
  }
}

/** Counters over two writers, one behind the other; what is held in memory is the second one's. */
function added(a: SegmentWriterStats, b: SegmentWriterStats): SegmentWriterStats {
  const sum = { ...b };
  const names = Object.keys(b) as (keyof SegmentWriterStats)[];
  for (const name of names) {
    if (name !== 'queuedBytes' && name !== 'preRollBytes') sum[name] = a[name] + b[name];
  }
  return sum;
}

async function letGo(parts: Partial<Parts>): Promise<void> {
  await parts.index?.close();
  await parts.openKeys?.release();
  parts.lock?.release();
}
