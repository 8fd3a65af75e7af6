// Connects a camera to sealed files. Frames go from one native object to the other; here arrive the
// news of finished segments, and from here go the keys.
import { EventEmitter } from 'node:events';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  cameraId,
  checkOptions,
  decimal,
  flag,
  instanceOf,
  integer,
  invalidArgument,
  oneOf,
  optional,
  path,
  time,
} from '../arguments/index.js';
import { Camera, nativeCameraOf } from '../camera/index.js';
import { FluxError } from '../errors.js';
import { asFluxError, deliver, emitError } from '../events.js';
import { KeyManager } from '../keys/index.js';
import {
  type NativeKey,
  type NativeSegment,
  type NativeSegmentWriter,
  type NativeWriterEvent,
  native,
  type SegmentWriterStats,
} from '../native/index.js';
import { DAY_MS, utcDay } from '../utc-day.js';
import type { NewSegment } from './recording-index.js';
import { SEGMENT_FILE_NAMES, type SegmentFileNames } from './segment-files.js';
import { relativeSegmentPath } from './storage.js';

export type { SegmentWriterStats } from '../native/index.js';

/** Options of {@link SegmentWriter}. */
export interface SegmentWriterOptions {
  camera: Camera;
  /** Files go to `<storage>/<camera id>/<YYYYMMDD>/`. */
  storage: string;
  keys: KeyManager;
  /** Seconds, from 2 to 3600; segments are cut at the first key frame after it. Default 10. */
  segmentDuration?: number;
  /** 2 (default): chunked, survives a power cut. 1: sealed as a whole, as in the specification. */
  formatVersion?: 1 | 2;
  /** What files are called. Default `seconds`. */
  fileNames?: SegmentFileNames;
  /** Memory for frames that wait for the disk; beyond it whole GOPs are dropped. Default 64 MiB. */
  maxQueuedBytes?: number;
  /** 0: main stream (default), 1: sub stream. Written into the files. */
  stream?: number;
  /** Records the camera's sound beside the picture. Default true. */
  audio?: boolean;
  /** `event`: only around {@link SegmentWriter.trigger}. Default `continuous`. */
  mode?: RecordingMode;
  /** Seconds before a trigger that an event recording begins with, 0 to 300. Default 5. */
  preRoll?: number;
  /** Memory for the pre-roll, in bytes. Default 32 MiB; where it does not suffice it is shorter. */
  maxPreRollBytes?: number;
  /** Seconds by which the first segment is longer, so that many cameras do not all cut at once. */
  stagger?: number;
  /**
   * At most how often the file that is being written is made durable, in milliseconds. Frames are
   * sealed every 500 ms, and a sync follows: below that each seal has its own, and a power cut costs
   * less than a second. Default 400; 0: only at its end.
   */
  syncIntervalMs?: number;
  /** Number of the first segment; see {@link RecordingIndex.nextSequence}. Default 0. */
  firstSequence?: number;
}

/** When frames are recorded: always, around triggers, never. */
export type RecordingMode = 'continuous' | 'event' | 'off';

/** A segment that is complete on disk, ready for {@link RecordingIndex.insert}. */
export type WrittenSegment = NewSegment;

/** Frames that are not in the recording. */
export interface RecordingGap {
  cameraId: string;
  /** 0: main stream, 1: sub stream. */
  stream: number;
  /** UTC milliseconds. */
  from: number;
  to: number;
  frames: number;
  /** `overflow`: the disk was too slow. `storage`: it failed. `no-key`: there was no key. */
  reason: string;
}

/** Events of {@link SegmentWriter}, with their arguments. */
export interface SegmentWriterEvents {
  segment: [segment: WrittenSegment];
  gap: [gap: RecordingGap];
  /** Something failed; the writer goes on as far as it can. Without a listener: a process warning. */
  error: [error: FluxError];
}

/** `ERR_INVALID_ARGUMENT` where version 1 files shall have pictures, which they cannot authenticate. */
export function requireRoomForPicture(
  where: string,
  { fileNames, formatVersion }: { fileNames: SegmentFileNames; formatVersion: 1 | 2 },
): void {
  if (fileNames !== 'jpeg' || formatVersion === 2) return;
  const expected =
    "'seconds', 'fvd' or 'hash' with formatVersion 1, which has no place that authenticates a picture";
  throw invalidArgument(`${where}: fileNames`, expected, fileNames);
}

const KEY_RETRY_MS = 5000;

/**
 * Records one camera into sealed segment files. It keeps no index; {@link Recorder} does.
 *
 * @example
 * ```ts
 * const writer = new SegmentWriter({ camera, storage: 'storage', keys });
 * writer.on('segment', (segment) => index.insert(segment));
 * camera.start();
 * ```
 */
export class SegmentWriter extends EventEmitter<SegmentWriterEvents> {
  readonly cameraId: string;
  /** Absolute path of the storage directory. */
  readonly storage: string;
  readonly #keys: KeyManager;
  readonly #stream: number;
  readonly #native: NativeSegmentWriter;
  /** By UTC day: which key native code has. */
  readonly #keyIds = new Map<number, string>();
  /** The day and the revision of the keys that the key in use was looked up at. */
  #keysSeen = '';
  #keyRetry: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  /** @throws FluxError `ERR_INVALID_ARGUMENT` naming the option; what {@link KeyManager.videoKey} throws. */
  constructor(options: SegmentWriterOptions) {
    super();
    const checked = checkOptions('SegmentWriter', options, {
      camera: instanceOf(Camera),
      storage: path,
      keys: instanceOf(KeyManager),
      segmentDuration: optional(decimal(2, 3600, 'seconds'), 10),
      formatVersion: optional(oneOf(1, 2), 2 as const),
      fileNames: optional(oneOf(...SEGMENT_FILE_NAMES), 'seconds' as const),
      maxQueuedBytes: optional(integer(1 << 20, 2 ** 40, 'bytes'), 64 << 20),
      stream: optional(integer(0, 65_535), 0),
      audio: optional(flag, true),
      mode: optional(oneOf('continuous', 'event', 'off'), 'continuous' as const),
      preRoll: optional(decimal(0, 300, 'seconds'), 5),
      maxPreRollBytes: optional(integer(1 << 20, 2 ** 40, 'bytes'), 32 << 20),
      stagger: optional(decimal(0, 3600, 'seconds'), 0),
      syncIntervalMs: optional(integer(0, 3_600_000, 'milliseconds'), 400),
      firstSequence: optional(integer(0, Number.MAX_SAFE_INTEGER), 0),
    });
    requireRoomForPicture('SegmentWriter', checked);
    this.cameraId = cameraId('SegmentWriter: camera.id', checked.camera.id);
    this.storage = resolve(checked.storage);
    this.#keys = checked.keys;
    this.#stream = checked.stream;

    // Both keys are made before the first frame comes, so that midnight needs no key store.
    const today = utcDay(Date.now());
    const keys = [today, today + 1].map((day) => ({ day, ...this.#keyOf(day) }));
    try {
      mkdirSync(this.storage, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw asFluxError(error, 'ERR_STORAGE', `${this.storage} cannot be made`);
    }
    this.#native = new native.SegmentWriter(
      nativeCameraOf(checked.camera),
      {
        storage: this.storage,
        cameraId: this.cameraId,
        stream: checked.stream,
        segmentDurationMs: Math.round(checked.segmentDuration * 1000),
        formatVersion: checked.formatVersion,
        maxQueuedBytes: checked.maxQueuedBytes,
        firstSequence: checked.firstSequence,
        fileNames: checked.fileNames,
        staggerMs: Math.round(checked.stagger * 1000),
        audio: checked.audio,
        mode: checked.mode,
        preRollMs: Math.round(checked.preRoll * 1000),
        maxPreRollBytes: checked.maxPreRollBytes,
        syncIntervalMs: checked.syncIntervalMs,
      },
      (events) => deliver(events, (event) => this.#onEvent(event)),
    );
    for (const { day, id, key } of keys) this.#setKey(day, id, key);
  }

  /** Changes when frames are recorded; `off` finishes the segment. */
  setMode(mode: RecordingMode): void {
    oneOf('continuous', 'event', 'off')('SegmentWriter.setMode: mode', mode);
    this.#native.setMode(mode);
  }

  /**
   * Something happened: in mode `event` this records from the pre-roll on until `until` (UTC
   * milliseconds), or later where another trigger says so.
   */
  trigger(until: number): void {
    time('SegmentWriter.trigger: until', until);
    this.#native.trigger(until);
  }

  stats(): SegmentWriterStats {
    return this.#native.stats();
  }

  /** Writes what is queued, finishes the segment; its event comes before this resolves. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#native.close().finally(() => clearTimeout(this.#keyRetry));
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #onEvent(event: NativeWriterEvent): void {
    switch (event.type) {
      case 'segment':
        this.emit('segment', this.#segmentOf(event));
        this.#followRotation();
        break;
      case 'gap': {
        const { type: _, ...gap } = event;
        this.emit('gap', { cameraId: this.cameraId, stream: this.#stream, ...gap });
        break;
      }
      case 'error':
        emitError(this, new FluxError(event.code, `Camera '${this.cameraId}': ${event.message}`));
        break;
      case 'keyNeeded':
        this.#provideKey(event.day);
        break;
    }
  }

  #segmentOf(segment: NativeSegment): WrittenSegment {
    return {
      cameraId: this.cameraId,
      filePath: relativeSegmentPath(this.storage, segment.path),
      keyId: segment.keyId,
      startTime: segment.startTime,
      endTime: segment.endTime,
      fileSize: segment.fileSize,
      stream: this.#stream,
      formatVersion: segment.formatVersion,
      frames: segment.frames,
      state: 'complete',
      endReason: segment.endReason,
      sequence: segment.sequence,
      width: segment.width,
      height: segment.height,
      codec: segment.codec,
      audioCodec: segment.audioCodec,
      trigger: segment.event ? 'event' : 'continuous',
    };
  }

  #keyOf(day: number) {
    return this.#keys.videoKey(this.cameraId, day * DAY_MS);
  }

  /** Takes up a key that someone, perhaps in another process, put in the place of today's. */
  #followRotation(): void {
    const today = utcDay(Date.now());
    try {
      const seen = `${today} ${this.#keys.revision}`;
      if (seen === this.#keysSeen) return;
      const { id, key } = this.#keyOf(today);
      if (this.#keyIds.get(today) !== id) this.#setKey(today, id, key);
      this.#keysSeen = seen;
    } catch {
      // Today's key is there already, and goes on sealing. Midnight, which needs a new one, reports.
    }
  }

  #setKey(day: number, id: string, key: NativeKey): void {
    this.#native.setKey(day, id, key);
    this.#keyIds.set(day, id);
    for (const old of this.#keyIds.keys()) if (old < day - 1) this.#keyIds.delete(old);
  }

  /**
   * Native code goes on with the latest key it has until this one comes, so a key store that is away
   * for a while costs nothing; it is asked again until it answers.
   */
  #provideKey(day: number): void {
    if (this.#closing) return;
    clearTimeout(this.#keyRetry);
    try {
      const { id, key } = this.#keyOf(day);
      this.#setKey(day, id, key);
    } catch (error) {
      this.#keyRetry = setTimeout(() => this.#provideKey(day), KEY_RETRY_MS);
      this.#keyRetry.unref();
      emitError(
        this,
        asFluxError(error, 'ERR_KEY_STORE', `Camera '${this.cameraId}': no key for a new day`),
      );
    }
  }
}
