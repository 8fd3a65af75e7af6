// The whole of recording in one object: keys, index, recovery, and a camera with its writer each.
import { EventEmitter } from 'node:events';
import { resolve } from 'node:path';
import {
  cameraId,
  checkOptions,
  decimal,
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
import { RecordingIndex, type SegmentRecord } from './recording-index.js';
import { type RecoveryReport, recoverStorage } from './recovery.js';
import { SEGMENT_FILE_NAMES, type SegmentFileNames } from './segment-files.js';
import {
  type RecordingGap,
  requireRoomForPicture,
  SegmentWriter,
  type SegmentWriterStats,
  type WrittenSegment,
} from './segment-writer.js';
import { layout, openOrCreateStorage } from './storage.js';
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
}

/** News about the connection of a recorder's camera. */
export interface RecorderCameraChange extends CameraStateChange {
  cameraId: string;
}

/** Events of {@link Recorder}, with their arguments. */
export interface RecorderEvents {
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
  writer: SegmentWriter;
}

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
  readonly #channels = new Map<string, Channel>();
  readonly #removing = new Map<string, Promise<void>>();
  #notIndexed: WrittenSegment[] = [];
  #closing: Promise<void> | undefined;

  private constructor(parts: Parts, recovery: RecoveryReport, settings: WriterSettings) {
    super();
    this.storage = parts.index.storage;
    this.recovery = recovery;
    this.#parts = parts;
    this.#settings = settings;
  }

  /**
   * `ERR_INVALID_ARGUMENT`; `ERR_STORAGE_LOCKED` where another recorder has the storage;
   * `ERR_KEY_PASSPHRASE`; `ERR_SCHEMA_VERSION` where a newer release wrote the storage.
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
    });
    requireOneKeySource('Recorder.open', checked);
    requireRoomForPicture('Recorder.open', checked);
    const storage = resolve(checked.storage);
    await openOrCreateStorage(storage);

    const parts: Partial<Parts> = {};
    try {
      parts.lock = native.lockStorage(layout.lock(storage));
      parts.openKeys = await openStorageKeys(storage, checked, 'openOrCreate');
      parts.index = await RecordingIndex.open({ storage });
      const recovery = await recoverStorage(parts.openKeys.keys, parts.index);
      const recorder = new Recorder(parts as Parts, recovery, {
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
    let writer: SegmentWriter;
    try {
      if (this.#channels.has(camera.id) || this.#removing.has(camera.id)) {
        throw new FluxError(
          'ERR_CAMERA_EXISTS',
          `There is a camera '${camera.id}' already. Remove it first, or use another id.`,
        );
      }
      writer = new SegmentWriter({
        camera,
        storage: this.storage,
        keys: this.#parts.openKeys.keys,
        ...this.#settings,
        firstSequence: this.#parts.index.nextSequence(camera.id),
      });
    } catch (error) {
      void camera.close();
      throw error;
    }
    camera.on('state', (change) => this.emit('camera', { cameraId: camera.id, ...change }));
    writer.on('segment', (segment) => this.#addToIndex(segment));
    writer.on('gap', (gap) => this.emit('gap', gap));
    writer.on('error', (error) => emitError(this, error));
    this.#channels.set(camera.id, { camera, writer });
    camera.start();
    return camera;
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
    for (const [id, { camera, writer }] of this.#channels) {
      cameras[id] = {
        state: camera.state,
        ...(camera.parameters && { parameters: camera.parameters }),
        ...(camera.lastError && { lastError: camera.lastError }),
        camera: camera.stats(),
        writer: writer.stats(),
      };
    }
    return { cameras, segmentsNotIndexed: this.#notIndexed.length };
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
    const channels = [...this.#channels.values()];
    const closed = await Promise.allSettled([
      ...channels.map(closeChannel),
      ...this.#removing.values(),
    ]);
    this.#retryIndex();
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
      row = this.#parts.index.insert(segment);
    } catch (error) {
      this.#notIndexed.push(segment);
      const failure = asFluxError(error, 'ERR_INDEX', 'index.db');
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
    this.emit('segment', row);
  }

  /** What still fails here is found by the recovery of the next start. */
  #retryIndex(): void {
    const waiting = this.#notIndexed;
    this.#notIndexed = [];
    const rows: SegmentRecord[] = [];
    for (const segment of waiting) {
      try {
        rows.push(this.#parts.index.insert(segment));
      } catch {
        this.#notIndexed.push(segment);
      }
    }
    deliver(rows, (row) => this.emit('segment', row));
  }
}

type WriterSettings = Required<
  Pick<RecorderOptions, 'segmentDuration' | 'formatVersion' | 'fileNames' | 'maxQueuedBytes'>
>;

interface Parts {
  lock: NativeStorageLock;
  openKeys: OpenKeys;
  index: RecordingIndex;
}

/** The writer first, so that the last segment ends as `closed` and not as `disconnected`. */
async function closeChannel({ camera, writer }: Channel): Promise<void> {
  try {
    await writer.close();
  } finally {
    await camera.close();
  }
}

async function letGo(parts: Partial<Parts>): Promise<void> {
  await parts.index?.close();
  await parts.openKeys?.release();
  parts.lock?.release();
}
