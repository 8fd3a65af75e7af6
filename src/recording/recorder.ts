// The whole of recording in one object: keys, index, recovery, and a camera with its writer each.
import { EventEmitter } from 'node:events';
import {
  cameraId,
  checkOptions,
  decimal,
  invalidArgument,
  isCameraId,
  optional,
  text,
  time,
} from '../arguments/index.js';
import type { Camera } from '../camera/index.js';
import { aboutCamera, FluxError } from '../errors.js';
import { asFluxError, deliver, emitError } from '../events.js';
import type { FootageEvent, NewFootageEvent } from './footage-events.js';
import { IndexIntake } from './index-intake.js';
import { RecordedCamera, type RecordedCameraOptions } from './recorded-camera.js';
import { letGo, openForRecording, type StorageParts } from './recorder-opening.js';
import {
  type CheckedRecorderOptions,
  checkRecorderOptions,
  type RecorderEvents,
  type RecorderOptions,
  type RecorderStats,
  type RecordingTrigger,
} from './recorder-options.js';
import type { RecordingIndex } from './recording-index.js';
import { type RecoveryProblem, type RecoveryReport, recoverStorage } from './recovery.js';
import type { RetentionReport } from './retention.js';
import { checkRetention, type RetentionOptions } from './retention-policy.js';
import type { StorageMarker } from './storage.js';
import { StorageCare } from './storage-care.js';
import { lockStorage } from './storage-lock.js';

/** Of the problems that recovery found, this many become events of their own. */
const MAX_ANNOUNCED = 20;

/** Fractions of it lie far from each other however many there are. */
const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

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
  readonly #parts: StorageParts;
  readonly #settings: WriterSettings;
  readonly #stagger: boolean;
  readonly #care: StorageCare;
  readonly #intake: IndexIntake;
  readonly #cameras = new Map<string, RecordedCamera>();
  readonly #removing = new Map<string, Promise<void>>();
  #camerasAdded = 0;
  /** After the disk was away: until its files and the index agree again. */
  #resuming: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  private constructor(parts: StorageParts, recovery: RecoveryReport, settings: Settings) {
    super();
    const { retention, marker, stagger, ...writer } = settings;
    this.storage = parts.index.storage;
    this.recovery = recovery;
    this.#parts = parts;
    this.#settings = writer;
    this.#stagger = stagger;
    this.#care = new StorageCare({
      ...{ index: parts.index, keys: parts.openKeys.keys, marker, retention },
      segmentDurationMs: writer.segmentDuration * 1000,
      emit: (name, ...args) => this.emit(name, ...(args as never)),
      error: (error) => emitError(this, error),
      relock: () => this.#relock(),
      suspend: () => this.#suspend(),
      resume: (from) => this.#resume(from),
    });
    this.#intake = new IndexIntake(
      parts.index,
      this.#care,
      (segment) => this.emit('segment', segment),
      (error) => emitError(this, error),
    );
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
    const checked = checkRecorderOptions(options);
    const { storage, create, passphrase, keys, cameras, ...settings } = checked;
    const opened = await openForRecording(storage, { passphrase, keys }, create);
    const { parts, recovery, marker } = opened;
    const recorder = new Recorder(parts, recovery, { ...settings, marker });
    try {
      for (const camera of cameras) recorder.addCamera(camera as RecordedCameraOptions);
    } catch (error) {
      await recorder.close();
      throw error;
    }
    recorder.#care.start();
    recorder.#announceRecovery();
    return recorder;
  }

  /**
   * Begins to record a camera, as {@link RecordedCameraOptions.recording} says. `ERR_CAMERA_EXISTS`
   * where one has its id.
   */
  addCamera(options: RecordedCameraOptions): Camera {
    if (this.#closing) throw new FluxError('ERR_CLOSED', 'The Recorder is closed.');
    const stagger = this.#stagger ? (this.#camerasAdded * GOLDEN_RATIO) % 1 : 0;
    const added = new RecordedCamera(
      options,
      {
        settings: {
          storage: this.storage,
          keys: this.#parts.openKeys.keys,
          ...this.#settings,
        },
        nextSequence: (id) => this.#parts.index.nextSequence(id),
        onSegment: (segment) => this.#intake.add(segment),
        onGap: (gap) => {
          this.#intake.addGap(gap);
          this.emit('gap', gap);
        },
        onError: (error) => {
          emitError(this, aboutCamera(error, added.camera.id));
          void this.#care.failed(error, error.code === 'ERR_STORAGE_FULL');
        },
      },
      stagger * this.#settings.segmentDuration,
    );
    const { camera } = added;
    try {
      if (this.#cameras.has(camera.id) || this.#removing.has(camera.id)) {
        throw new FluxError(
          'ERR_CAMERA_EXISTS',
          `There is a camera '${camera.id}' already. Remove it first, or use another id.`,
        );
      }
      if (this.#care.usable && !this.#resuming) added.startWriting();
    } catch (error) {
      void added.close();
      throw error;
    }
    this.#camerasAdded++;
    camera.on('state', (change) => this.emit('camera', { cameraId: camera.id, ...change }));
    this.#cameras.set(camera.id, added);
    camera.start();
    return camera;
  }

  /**
   * Something happened at a camera: it goes into the index, and where the camera is in mode `event`,
   * its footage is recorded from the pre-roll to the post-roll. `ERR_CAMERA_NOT_FOUND`.
   */
  trigger(trigger: RecordingTrigger): FootageEvent {
    const now = Date.now();
    const checked = checkOptions('Recorder.trigger', trigger, {
      cameraId,
      type: optional(text(1, 64), 'trigger'),
      from: optional(time, now),
      to: optional(time),
      score: optional(decimal(0, 1)),
      data: (_name, value) => value,
    });
    const { cameraId: id, from, to = from + 1 } = checked;
    if (to <= from) throw invalidArgument('Recorder.trigger: to', `later than from (${from})`, to);
    const camera = this.#cameras.get(id);
    if (!camera) throw noCamera(id);
    // Recording comes first: an index that cannot be written must not keep it.
    camera.trigger(to + camera.postRollMs);
    const { type, score, data } = checked;
    return this.#parts.index.addEvent({
      ...{ cameraId: id, type, from, to, data },
      ...(score !== undefined && { score }),
    });
  }

  /**
   * Something goes on at a camera: where it is in mode `event`, its footage is recorded from the
   * pre-roll until this time (UTC milliseconds) and the post-roll. Nothing goes into the index: that
   * is for {@link trigger} or {@link note}, when it is over. `ERR_CAMERA_NOT_FOUND`.
   */
  prolong(id: string, until: number): void {
    const camera = this.#cameras.get(cameraId('Recorder.prolong: id', id));
    if (!camera) throw noCamera(id);
    camera.trigger(time('Recorder.prolong: until', until) + camera.postRollMs);
  }

  /**
   * Something is over: it goes into the index, now, or as soon as that can be written, where another
   * program holds it or its disk is away (an `error` event says so). For listeners, which have nobody to
   * throw to. The camera may be gone. `ERR_INVALID_ARGUMENT`; `ERR_CLOSED`.
   */
  note(event: NewFootageEvent): void {
    this.#intake.addEvent(event);
  }

  /** The disk is gone: whatever is written now would land in the folder that it leaves behind. */
  #suspend(): void {
    for (const camera of this.#cameras.values()) camera.suspend();
  }

  /** The lock of a device that is gone keeps nobody out of the one that is there now. */
  #relock(): void {
    this.#parts.lock.release();
    this.#parts.lock = lockStorage(this.storage);
  }

  #resume(from: number): void {
    const to = Date.now();
    for (const { camera, streamNumbers } of this.#cameras.values()) {
      for (const stream of streamNumbers) {
        const gap = { cameraId: camera.id, stream, from, to, frames: 0, reason: 'storage' };
        this.#intake.addGap(gap);
      }
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
    const endings = [...this.#cameras.values()].map(({ settled }) => settled);
    await Promise.allSettled([...endings, ...this.#removing.values()]);
    if (this.#closing) return;
    this.#intake.flush();
    try {
      const { openKeys, index } = this.#parts;
      await openKeys.keys.followDisk();
      const { recovered, problems } = await recoverStorage(openKeys.keys, index);
      deliver(recovered, (segment) => this.emit('recovered', segment));
      for (const problem of problems.slice(0, MAX_ANNOUNCED)) {
        emitError(this, errorOf(problem));
      }
    } catch (error) {
      emitError(
        this,
        asFluxError(error, 'ERR_STORAGE', 'What was left unfinished is not recovered'),
      );
    }
    for (const recorded of this.#cameras.values()) {
      if (this.#closing || !this.#care.usable) continue;
      try {
        recorded.startWriting();
      } catch (error) {
        const what = `Camera '${recorded.camera.id}' is not recorded`;
        const failure = asFluxError(error, 'ERR_STORAGE', what);
        emitError(this, aboutCamera(failure, recorded.camera.id));
      }
    }
  }

  /** Finishes the camera's segment and lets the camera go. `ERR_CAMERA_NOT_FOUND`. */
  async removeCamera(id: string): Promise<void> {
    cameraId('Recorder.removeCamera: id', id);
    const removing = this.#removing.get(id);
    if (removing) return removing;
    const camera = this.#cameras.get(id);
    if (!camera) throw noCamera(id);
    this.#cameras.delete(id);
    const removal = camera.close().finally(() => {
      this.#removing.delete(id);
      this.#intake.flush();
    });
    this.#removing.set(id, removal);
    return removal;
  }

  /** The cameras that are being recorded. */
  get cameras(): Camera[] {
    return [...this.#cameras.values()].map(({ camera }) => camera);
  }

  /** The index of this storage. Belongs to the recorder: do not close it. */
  get index(): RecordingIndex {
    return this.#parts.index;
  }

  stats(): RecorderStats {
    const cameras: RecorderStats['cameras'] = {};
    for (const [id, recorded] of this.#cameras) {
      const { camera } = recorded;
      cameras[id] = {
        state: camera.state,
        ...(camera.parameters && { parameters: camera.parameters }),
        ...(camera.lastError && { lastError: camera.lastError }),
        camera: camera.stats(),
        ...(camera.hasSubStream && { sub: camera.stats('sub') }),
        mode: recorded.mode,
        writer: recorded.stats(),
      };
    }
    return { cameras, segmentsNotIndexed: this.#intake.waiting };
  }

  /**
   * Deletes a segment, by its {@link SegmentRecord.id}, for ever; what was announced in the audit log
   * before (`footage.delete`, with `by`: for whom). `ERR_NOT_FOUND`; `ERR_EVIDENCE_LOCKED`; `ERR_AUDIT`
   * where the log cannot be written: then it stays. Where its file cannot be deleted now, the row is
   * gone, `deleteFailed` says so, and it is tried again.
   */
  async deleteSegment(id: number, options: { by?: string } = {}): Promise<void> {
    if (this.#closing) throw new FluxError('ERR_CLOSED', 'The Recorder is closed.');
    const { by } = checkOptions('Recorder.deleteSegment', options, { by: optional(text(1, 256)) });
    const segment = this.index.segment(id);
    if (!segment) {
      throw new FluxError('ERR_NOT_FOUND', `There is no segment ${id}: perhaps it was deleted.`);
    }
    await this.#care.deleteSegment(segment, by);
  }

  /**
   * Other limits from now on, in place of {@link RecorderOptions.retention}; they hold until it is
   * closed. `ERR_INVALID_ARGUMENT`; `ERR_STATE` where it was opened without retention.
   */
  setRetention(retention: RetentionOptions): void {
    if (this.#closing) throw new FluxError('ERR_CLOSED', 'The Recorder is closed.');
    this.#care.setRetention(checkRetention('Recorder.setRetention', retention));
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
    const cameras = [...this.#cameras.values()];
    const closed = await Promise.allSettled([
      ...cameras.map((camera) => camera.close()),
      ...this.#removing.values(),
    ]);
    this.#intake.flush();
    await this.#care.stop();
    const lost = this.#intake.end();
    if (lost > 0) {
      const what = `index.db could not be written: ${lost} events are not in it.`;
      emitError(this, new FluxError('ERR_INDEX', what));
    }
    try {
      if (this.#intake.waiting > 0) this.#care.unsettle();
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
      for (const problem of problems.slice(0, MAX_ANNOUNCED)) {
        emitError(this, errorOf(problem));
      }
      // A disk that lost a day folder has thousands.
      const more = problems.length - MAX_ANNOUNCED;
      if (more > 0) {
        const message = `There are ${more} more problems like these; see Recorder.recovery.`;
        emitError(this, new FluxError('ERR_RECOVERY', message));
      }
    });
  }
}

type Settings = Omit<
  CheckedRecorderOptions,
  'storage' | 'create' | 'passphrase' | 'keys' | 'cameras'
> & { marker: StorageMarker };

type WriterSettings = Omit<Settings, 'marker' | 'stagger' | 'retention'>;

function noCamera(id: string): FluxError {
  return new FluxError('ERR_CAMERA_NOT_FOUND', `There is no camera '${id}'.`);
}

/** Below the storage each camera has a folder of its own. */
function errorOf({ code, message, file }: RecoveryProblem): FluxError {
  const error = new FluxError(code, message);
  const [camera = '', rest] = file.split('/');
  return rest !== undefined && isCameraId(camera) ? aboutCamera(error, camera) : error;
}
