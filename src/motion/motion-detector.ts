// Motion without a model: which cameras are watched, how, and what comes of it.
import { EventEmitter } from 'node:events';
import {
  type Check,
  cameraId,
  checkOptions,
  decimal,
  instanceOf,
  integer,
  optional,
} from '../arguments/index.js';
import { Camera } from '../camera/index.js';
import { DecoderPool } from '../decode/index.js';
import { FluxError } from '../errors.js';
import { deliver, emitError } from '../events.js';
import { FEED_OPTIONS, type Feed, type FeedOptions, openFeed } from '../inference/index.js';
import {
  type MotionStats,
  type NativeMotionEvent,
  type NativeMotionWatcher,
  type NativeMotionZone,
  native,
} from '../native/index.js';
import { type Recorder, recordObserved } from '../recording/index.js';
import { checkZones, type MotionZone } from './zone.js';

export type { MotionStats } from '../native/index.js';

/** How a camera is watched; of a {@link MotionDetector} for all, of {@link MotionDetector.add} for one. */
export interface MotionOptions {
  /**
   * 0 (only the strongest contrasts) to 100 (whatever rises above the noise). Default 50: an object
   * has to differ from its background by 14 of 255 grey levels.
   */
  sensitivity?: number;
  /** The smallest object, as a share of the picture. Default 0.002. */
  minRegion?: number;
  /** Pictures that are looked at, 1 to 30. Default 5. */
  framesPerSecond?: number;
  /** Motion is over after so long without any. Default 2000 ms. */
  stopAfterMs?: number;
  /** Motion that goes on is told of this often. Default 1000 ms. */
  updateEveryMs?: number;
  /**
   * What goes on for longer is told as several events, one behind the other: each is in the index when
   * it is over, and a street is never empty. 1000 to 86,400,000; default 300,000 ms.
   */
  maxEventMs?: number;
  /**
   * Cells along the longer side of the picture, 32 to 640. Default 160: an object has to be about
   * a fiftieth of the picture's width. More find smaller objects and cost more.
   */
  cells?: number;
}

/** Options of {@link MotionDetector.open}. */
export interface MotionDetectorOptions extends MotionOptions {
  /** Where its decoders come from. Default: a pool of its own. */
  pool?: DecoderPool;
}

/** Options of {@link MotionDetector.add}. */
export interface WatchedCameraOptions extends MotionOptions, FeedOptions {
  /** At most 32. Without one that includes, the whole picture counts. */
  zones?: readonly MotionZone[];
}

/** One thing that moves. */
export interface MotionRegion {
  /** In shares of the picture, 0 to 1. */
  box: { x: number; y: number; width: number; height: number };
  /** How far beyond what would do, in size and contrast: 0.5 just does, 1 is the limit. */
  score: number;
  /** Share of the picture that differs from the background. */
  area: number;
  /** Names of the zones that it touches. */
  zones: string[];
}

/** Motion begins, goes on, is over. */
export interface MotionEvent {
  cameraId: string;
  phase: 'start' | 'update' | 'end';
  /** UTC milliseconds, of the first and, so far, the last frame with motion. */
  from: number;
  to: number;
  /** The highest so far. */
  score: number;
  /** Around all that moved so far; in shares of the picture. */
  box: { x: number; y: number; width: number; height: number };
  /** Names of the zones that were touched so far. */
  zones: string[];
  /** What moves now, the largest first; none at the end. */
  regions: MotionRegion[];
}

/** Events of {@link MotionDetector}, with their arguments. */
export interface MotionDetectorEvents {
  motion: [event: MotionEvent];
  error: [error: FluxError];
}

interface Watched {
  feed: Feed;
  watcher: NativeMotionWatcher;
  moving: boolean;
}

const DEFAULTS = {
  sensitivity: 50,
  minRegion: 0.002,
  framesPerSecond: 5,
  stopAfterMs: 2000,
  updateEveryMs: 1000,
  maxEventMs: 300_000,
  cells: 160,
};

function checksOf(defaults: typeof DEFAULTS) {
  return {
    sensitivity: optional(integer(0, 100), defaults.sensitivity),
    minRegion: optional(decimal(0, 1, 'share of the picture'), defaults.minRegion),
    framesPerSecond: optional(decimal(1, 30), defaults.framesPerSecond),
    stopAfterMs: optional(integer(0, 3_600_000, 'milliseconds'), defaults.stopAfterMs),
    updateEveryMs: optional(integer(0, 3_600_000, 'milliseconds'), defaults.updateEveryMs),
    maxEventMs: optional(integer(1000, 86_400_000, 'milliseconds'), defaults.maxEventMs),
    cells: optional(integer(32, 640), defaults.cells),
  } satisfies Record<keyof typeof DEFAULTS, Check<number>>;
}

/**
 * Watches cameras for motion, without a model: some pictures a second of each sub stream, small and
 * grey, against a background that it learns.
 *
 * @example
 * ```ts
 * const motion = await MotionDetector.open({ sensitivity: 60 });
 * motion.add(camera, {
 *   zones: [{ name: 'gate', polygon: [[0.2, 0.4], [0.8, 0.4], [0.9, 1], [0.1, 1]] }],
 * });
 * motion.on('motion', ({ cameraId, phase, score, zones }) => console.log(cameraId, phase, score, zones));
 * motion.recordInto(recorder); // cameras in mode 'event' record it
 * ```
 */
export class MotionDetector extends EventEmitter<MotionDetectorEvents> {
  readonly #defaults: typeof DEFAULTS;
  readonly #pool: DecoderPool;
  readonly #ownPool: boolean;
  readonly #cameras = new Map<string, Watched>();
  readonly #clock: NodeJS.Timeout;
  #closing: Promise<void> | undefined;

  private constructor(pool: DecoderPool, ownPool: boolean, defaults: typeof DEFAULTS) {
    super();
    this.#defaults = defaults;
    this.#pool = pool;
    this.#ownPool = ownPool;
    // Motion ends also where no picture comes any more.
    this.#clock = setInterval(() => this.#pass(), 500).unref();
  }

  /** Rejects with `ERR_INVALID_ARGUMENT` naming the option. */
  static async open(options: MotionDetectorOptions = {}): Promise<MotionDetector> {
    const { pool, ...defaults } = checkOptions('MotionDetector.open', options, {
      ...checksOf(DEFAULTS),
      pool: optional(instanceOf(DecoderPool)),
    });
    return new MotionDetector(pool ?? (await DecoderPool.open()), pool === undefined, defaults);
  }

  /** Ids of the cameras, in the order in which they were added. */
  get cameras(): string[] {
    return [...this.#cameras.keys()];
  }

  /**
   * Watches a camera from now on. Its pictures come from a decoder of its own unless `decoder` names
   * one that is there already, which then stays open. Default: the sub stream, and of it no more than
   * is looked at.
   *
   * @throws FluxError `ERR_CAMERA_EXISTS`, `ERR_CLOSED`, `ERR_INVALID_ARGUMENT`.
   */
  add(camera: Camera, options: WatchedCameraOptions = {}): void {
    if (this.#closing) {
      throw new FluxError('ERR_CLOSED', 'The MotionDetector is closed. Make a new one.');
    }
    instanceOf(Camera)('MotionDetector.add: camera', camera);
    const given = (options as WatchedCameraOptions | null)?.sensitivity;
    const sensitivity = Number.isInteger(given) ? (given as number) : this.#defaults.sensitivity;
    const { decoder, quality, maxFrameRate, ...watch } = checkOptions(
      'MotionDetector.add',
      options,
      {
        ...checksOf(this.#defaults),
        ...FEED_OPTIONS,
        zones: optional(checkZones(sensitivity), []),
      },
    );
    const { id } = camera;
    if (this.#cameras.has(id)) {
      throw new FluxError(
        'ERR_CAMERA_EXISTS',
        `There is a camera '${id}' already. Remove it first, or use another id.`,
      );
    }
    const feed = openFeed(this.#pool, camera, {
      decoder,
      quality,
      maxFrameRate: maxFrameRate ?? watch.framesPerSecond,
    });
    try {
      const watcher = new native.MotionWatcher(feed.native, watch, (events) =>
        deliver(events, (event) => this.#onEvent(id, watch.zones, event)),
      );
      this.#cameras.set(id, { feed, watcher, moving: false });
    } catch (error) {
      void feed.close();
      throw error;
    }
  }

  /** Watches a camera no more; motion that goes on ends. Resolves when its decoder is closed. */
  async remove(id: string): Promise<void> {
    const watched = this.#cameras.get(id);
    if (!watched) return;
    this.#cameras.delete(id);
    await watched.watcher.close();
    await watched.feed.close();
  }

  /**
   * Motion is recorded: where the camera is in mode `event` its footage is, and when it is over it
   * goes into the index, as an event of type `motion`. Returns what ends that.
   */
  recordInto(recorder: Recorder): () => void {
    const record = ({ box, zones, regions: _, ...event }: MotionEvent) => {
      try {
        recordObserved(recorder, { ...event, type: 'motion', data: { box, zones } });
      } catch (error) {
        emitError(this, error as FluxError);
      }
    };
    this.on('motion', record);
    return () => this.off('motion', record);
  }

  /** Counters of a camera. @throws FluxError `ERR_CAMERA_NOT_FOUND`. */
  stats(id: string): MotionStats {
    const watched = this.#cameras.get(cameraId('MotionDetector.stats: id', id));
    if (watched) return watched.watcher.stats();
    throw new FluxError('ERR_CAMERA_NOT_FOUND', `There is no camera '${id}' here. Add it first.`);
  }

  /** Ends motion that goes on, and closes its decoders. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    clearInterval(this.#clock);
    await Promise.all(this.cameras.map((id) => this.remove(id)));
    if (this.#ownPool) await this.#pool.close();
  }

  #pass(): void {
    const now = Date.now();
    for (const { watcher, moving } of this.#cameras.values()) if (moving) watcher.pass(now);
  }

  #onEvent(id: string, zones: readonly NativeMotionZone[], event: NativeMotionEvent): void {
    const watched = this.#cameras.get(id);
    if (watched) watched.moving = event.phase !== 'end';
    const namesOf = (bits: number) =>
      zones.filter((_, i) => (bits & (1 << i)) !== 0).map(({ name }) => name);
    this.emit('motion', {
      ...event,
      cameraId: id,
      zones: namesOf(event.zones),
      regions: event.regions.map((region) => ({ ...region, zones: namesOf(region.zones) })),
    });
  }
}
