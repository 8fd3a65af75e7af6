// Frames for models, and what models found: the newest picture of each camera, batches of many, and
// results that come back as boxes for a renderer and as events.
import { EventEmitter } from 'node:events';
import {
  callback,
  cameraId,
  checkOptions,
  flag,
  instanceOf,
  integer,
  invalidArgument,
  list,
  optional,
  signal,
} from '../arguments/index.js';
import { Camera } from '../camera/index.js';
import { DecoderPool, Frame } from '../decode/index.js';
import { FluxError } from '../errors.js';
import { emitError, throwIfAborted } from '../events.js';
import {
  type FrameProviderStats,
  type NativeBatchItem,
  type NativeFrameBatch,
  type NativeFrameProvider,
  native,
} from '../native/index.js';
import { type Recorder, recordObserved } from '../recording/index.js';
import type { GridRenderer } from '../render/index.js';
import {
  type BatchItem,
  FrameBatch,
  type FrameBatchOptions,
  type NextBatchOptions,
} from './batch.js';
import { DetectionEpisodes, type DetectionEvent, type EpisodeOptions } from './episodes.js';
import { FEED_OPTIONS, type Feed, type FeedOptions, openFeed } from './feed.js';
import { Overlay } from './overlay.js';
import { checkResult, type DetectionResult, type NewDetectionResult } from './result.js';

export type { FrameProviderStats } from '../native/index.js';

/** Options of {@link FrameProvider.open}. */
export interface FrameProviderOptions {
  /** Where its decoders come from. Default: a pool of its own. */
  pool?: DecoderPool;
  /** How long a result counts, from the time of its frame on. Default 2000 ms. */
  resultTtlMs?: number;
  /** Results in a row that a label has to be in before its `detection` begins. Default 2. */
  minResults?: number;
  /** A `detection` ends so long after the last result with its label. Default 3000 ms. */
  stopAfterMs?: number;
  /** A `detection` that goes on is told of this often. Default 1000 ms. */
  updateEveryMs?: number;
  /**
   * What goes on for longer is told as several events, one behind the other: each is in the index when
   * it is over, and a street is never empty. 1000 to 86,400,000; default 300,000 ms.
   */
  maxEventMs?: number;
}

/** Options of {@link FrameProvider.add}. */
export interface ProvidedCameraOptions extends FeedOptions {
  /** No frames that the decoder had to make up parts of. Default true. */
  skipConcealed?: boolean;
}

/** Events of {@link FrameProvider}, with their arguments. */
export interface FrameProviderEvents {
  /** A result was added. */
  result: [result: DetectionResult];
  /** Something begins to be seen, goes on, is over. */
  detection: [event: DetectionEvent];
  error: [error: FluxError];
}

interface Timing {
  resultTtlMs: number;
}

interface Provided {
  feed: Feed;
  episodes: DetectionEpisodes;
  result: DetectionResult | undefined;
}

/**
 * The newest frame of each camera for models that look at them at a pace of their own, and what they
 * found.
 *
 * @example
 * ```ts
 * const provider = await FrameProvider.open();
 * for (const camera of cameras) provider.add(camera, { quality: 'GRID_VIEW', maxFrameRate: 5 });
 * const batch = provider.createBatch({ width: 640, height: 640, count: 8 });
 * for (;;) {
 *   const items = await batch.next();
 *   const found = await model(batch.data, batch.dims); // boxes per item, in pixels of 640x640
 *   items.forEach((item, i) => provider.addResult(item, { boxes: found[i] }));
 * }
 * ```
 */
export class FrameProvider extends EventEmitter<FrameProviderEvents> {
  readonly #native: NativeFrameProvider;
  readonly #options: EpisodeOptions & Timing;
  readonly #pool: DecoderPool;
  readonly #ownPool: boolean;
  readonly #cameras = new Map<string, Provided>();
  readonly #waiters = new Set<() => void>();
  readonly #overlays = new Set<() => void>();
  readonly #clock: NodeJS.Timeout;
  #closing: Promise<void> | undefined;

  private constructor(pool: DecoderPool, ownPool: boolean, options: EpisodeOptions & Timing) {
    super();
    this.#options = options;
    this.#pool = pool;
    this.#ownPool = ownPool;
    this.#native = new native.FrameProvider(() => this.#wake());
    this.#clock = setInterval(() => this.#pass(), 500).unref();
  }

  /** Rejects with `ERR_INVALID_ARGUMENT` naming the option. */
  static async open(options: FrameProviderOptions = {}): Promise<FrameProvider> {
    const { pool, ...rest } = checkOptions('FrameProvider.open', options, {
      pool: optional(instanceOf(DecoderPool)),
      resultTtlMs: optional(integer(1, 3_600_000, 'milliseconds'), 2000),
      minResults: optional(integer(1, 1000), 2),
      stopAfterMs: optional(integer(0, 3_600_000, 'milliseconds'), 3000),
      updateEveryMs: optional(integer(0, 3_600_000, 'milliseconds'), 1000),
      maxEventMs: optional(integer(1000, 86_400_000, 'milliseconds'), 300_000),
    });
    return new FrameProvider(pool ?? (await DecoderPool.open()), pool === undefined, rest);
  }

  /** Ids of the cameras, in the order in which they were added. */
  get cameras(): string[] {
    return [...this.#cameras.keys()];
  }

  /**
   * From now on the camera's frames are to be had. They come from a decoder of its own unless
   * `decoder` names one that is there already, which then stays open. Default: sub stream, 5 frames
   * per second (`quality: 'GRID_VIEW'`, `maxFrameRate: 5`).
   *
   * @throws FluxError `ERR_CAMERA_EXISTS`, `ERR_CLOSED`, `ERR_INVALID_ARGUMENT`.
   */
  add(camera: Camera, options: ProvidedCameraOptions = {}): void {
    this.#requireOpen();
    instanceOf(Camera)('FrameProvider.add: camera', camera);
    const { skipConcealed, ...from } = checkOptions('FrameProvider.add', options, {
      ...FEED_OPTIONS,
      skipConcealed: optional(flag, true),
    });
    if (this.#cameras.has(camera.id)) {
      throw new FluxError(
        'ERR_CAMERA_EXISTS',
        `There is a camera '${camera.id}' already. Remove it first, or use another id.`,
      );
    }
    const feed = openFeed(this.#pool, camera, from);
    try {
      this.#native.add(camera.id, feed.native, { skipConcealed });
    } catch (error) {
      void feed.close();
      throw error;
    }
    const episodes = new DetectionEpisodes(this.#options, (event) => this.emit('detection', event));
    this.#cameras.set(camera.id, { feed, episodes, result: undefined });
  }

  /** Forgets a camera; its detections end. Resolves when its decoder is closed. */
  async remove(id: string): Promise<void> {
    const provided = this.#cameras.get(id);
    if (!provided) return;
    this.#cameras.delete(id);
    this.#native.remove(id);
    this.#wake();
    provided.episodes.end();
    await provided.feed.close();
  }

  /**
   * The camera's newest frame, whether or not a batch had it; undefined where there is none, or none
   * newer than number `after`. Close it soon: on a GPU there are only a few.
   *
   * @throws FluxError `ERR_CAMERA_NOT_FOUND`.
   */
  newest(
    id: string,
    options: { after?: number } = {},
  ): { number: number; frame: Frame } | undefined {
    this.#requireOpen();
    const checked = checkOptions('FrameProvider.newest', options, {
      after: optional(integer(0, Number.MAX_SAFE_INTEGER), 0),
    });
    const newest = this.#native.newest(cameraId('FrameProvider.newest: id', id), checked);
    return newest && { number: newest.number, frame: new Frame(newest.frame) };
  }

  /**
   * Memory for `count` pictures as a tensor.
   *
   * @throws FluxError `ERR_LIMIT` where it would take more than 2 GiB; `ERR_INVALID_ARGUMENT`.
   */
  createBatch(options: FrameBatchOptions): FrameBatch {
    this.#requireOpen();
    return new FrameBatch({ next: (batch, next) => this.#next(batch, next) }, options);
  }

  /**
   * What a model found in a batch's item, with boxes in the batch's pixels (bars and all); or, with
   * the camera's id, in any frame of it, with boxes in shares of the picture (0 to 1). Boxes are cut
   * at the picture's edges; those that lie outside are left out. A result of an older frame than the
   * last is dropped.
   *
   * @throws FluxError `ERR_CAMERA_NOT_FOUND`, `ERR_INVALID_ARGUMENT`.
   */
  addResult(of: BatchItem | string, result: NewDetectionResult): DetectionResult {
    this.#requireOpen();
    const item = typeof of === 'string' ? undefined : of;
    const id = typeof of === 'string' ? of : itemOf(of).cameraId;
    const checked = checkResult('FrameProvider.addResult', result);
    const provided = this.#camera(id);
    const added: DetectionResult = {
      cameraId: id,
      timestamp: checked.timestamp ?? item?.timestamp ?? 0,
      at: checked.at ?? item?.arrival ?? Date.now(),
      inferenceMs: checked.inferenceMs,
      boxes: checked.boxes
        .map((box) => ({ ...box, ...(item ? item.toPicture(box) : cut(box)) }))
        .filter((box) => box.width > 0 && box.height > 0),
    };
    // Two models, or two calls of one, may overtake each other; a clock that was set back is no reason.
    const ahead = (provided.result?.at ?? added.at) - added.at;
    if (ahead > 0 && ahead < this.#options.resultTtlMs) return added;
    provided.result = added;
    this.emit('result', added);
    provided.episodes.see(added);
    return added;
  }

  /**
   * The camera's last result; undefined where there is none, or its frame is older than
   * `resultTtlMs`. @throws FluxError `ERR_CAMERA_NOT_FOUND`.
   */
  result(id: string): DetectionResult | undefined {
    const { result } = this.#camera(id);
    return result && Date.now() - result.at <= this.#options.resultTtlMs ? result : undefined;
  }

  /**
   * Each `detection` is recorded: where the camera is in mode `event` its footage is, and when it is
   * over it goes into the index, with its label as type. Returns what ends that.
   */
  recordInto(recorder: Recorder): () => void {
    const record = ({ label, count, box, ...event }: DetectionEvent) => {
      try {
        recordObserved(recorder, { ...event, type: label, data: { box, count } });
      } catch (error) {
        emitError(this, error as FluxError);
      }
    };
    this.on('detection', record);
    return () => this.off('detection', record);
  }

  /**
   * Draws each result over the tile that shows its camera, until it is older than `resultTtlMs`.
   * `tileOf` says which tile that is, and may be asked again at any time. Returns what ends that.
   *
   * @example
   * ```ts
   * provider.drawInto(renderer, (id) => cameras.findIndex((camera) => camera.id === id));
   * ```
   */
  drawInto(
    renderer: Pick<GridRenderer, 'setBoxes'>,
    tileOf: (id: string) => number | undefined,
  ): () => void {
    callback()('FrameProvider.drawInto: tileOf', tileOf);
    const overlay = new Overlay(renderer, tileOf, this.#options.resultTtlMs);
    const draw = (result: DetectionResult) => {
      try {
        overlay.draw(result);
      } catch (error) {
        emitError(this, error as FluxError);
      }
    };
    const pass = setInterval(() => overlay.pass(Date.now()), 250).unref();
    const end = () => {
      clearInterval(pass);
      this.off('result', draw);
      this.#overlays.delete(end);
    };
    this.on('result', draw);
    this.#overlays.add(end);
    return end;
  }

  /** Counters of all cameras, or of one. @throws FluxError `ERR_CAMERA_NOT_FOUND`. */
  stats(id?: string): FrameProviderStats {
    return id === undefined ? this.#native.stats() : this.#native.stats(id);
  }

  /** Ends what waits with `ERR_CLOSED`, and closes its decoders. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    clearInterval(this.#clock);
    for (const end of [...this.#overlays]) end();
    this.#wake();
    await Promise.all(this.cameras.map((id) => this.remove(id)));
    await this.#native.close();
    if (this.#ownPool) await this.#pool.close();
  }

  async #next(batch: NativeFrameBatch, options: NextBatchOptions): Promise<NativeBatchItem[]> {
    const checked = checkOptions('FrameBatch.next', options, {
      cameras: optional(cameraIds, []),
      timeoutMs: optional(integer(1, 0x7fffffff, 'milliseconds')),
      signal: optional(signal),
    });
    const action = 'Waiting for a frame';
    const deadline =
      checked.timeoutMs === undefined ? undefined : performance.now() + checked.timeoutMs;
    for (;;) {
      this.#requireOpen();
      throwIfAborted(checked.signal, action);
      if (this.#native.arm(checked.cameras)) {
        const items = await this.#native.fill(batch, checked.cameras);
        // None where another batch was quicker, or a frame could not be read.
        if (items.length > 0) return items;
        continue;
      }
      const left = deadline === undefined ? undefined : deadline - performance.now();
      if (left !== undefined && left <= 0) {
        throw new FluxError(
          'ERR_TIMEOUT',
          `No camera had a new frame within ${checked.timeoutMs} ms: look at their state and decoders.`,
        );
      }
      await this.#woken(left, checked.signal);
    }
  }

  /** A frame may have come, time is over, or nobody wants it any more. */
  #woken(timeoutMs: number | undefined, aborted: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        aborted?.removeEventListener('abort', done);
        this.#waiters.delete(done);
        resolve();
      };
      const timer = timeoutMs === undefined ? undefined : setTimeout(done, Math.ceil(timeoutMs));
      aborted?.addEventListener('abort', done, { once: true });
      this.#waiters.add(done);
    });
  }

  #wake(): void {
    for (const done of [...this.#waiters]) done();
  }

  #pass(): void {
    const now = Date.now();
    for (const { episodes } of this.#cameras.values()) episodes.pass(now);
  }

  #camera(id: string): Provided {
    const provided = this.#cameras.get(cameraId('FrameProvider: cameraId', id));
    if (provided) return provided;
    throw new FluxError('ERR_CAMERA_NOT_FOUND', `There is no camera '${id}' here. Add it first.`);
  }

  #requireOpen(): void {
    if (this.#closing) {
      throw new FluxError('ERR_CLOSED', 'The FrameProvider is closed. Make a new one.');
    }
  }
}

function itemOf(value: BatchItem): BatchItem {
  if (typeof value === 'object' && typeof value?.toPicture === 'function') return value;
  throw invalidArgument(
    'FrameProvider.addResult: of',
    "an item of a batch, or a camera's id",
    value,
  );
}

function cut(box: { x: number; y: number; width: number; height: number }) {
  const within = (value: number) => Math.min(1, Math.max(0, value));
  const [x, y] = [within(box.x), within(box.y)];
  return { x, y, width: within(box.x + box.width) - x, height: within(box.y + box.height) - y };
}

function cameraIds(name: string, value: unknown): string[] {
  return list(name, value).map((id, i) => cameraId(`${name}[${i}]`, id));
}
