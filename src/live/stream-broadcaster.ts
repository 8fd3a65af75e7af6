// Live view: makes each picture of a camera's streams a message once, and sends it to all viewers.
import { EventEmitter } from 'node:events';
import { cameraId, instanceOf } from '../arguments/index.js';
import { Camera } from '../camera/index.js';
import { FluxError } from '../errors.js';
import { LiveCamera } from './live-camera.js';
import type { LiveStreamStats } from './live-stream.js';
import {
  checkBroadcaster,
  checkViewer,
  type StreamBroadcasterOptions,
  type ViewerOptions,
} from './options.js';
import { MARK_MS } from './received-rate.js';
import { Viewer } from './viewer.js';

/** Counters of a {@link StreamBroadcaster}. */
export interface BroadcasterStats {
  viewers: number;
  /** Sums over the streams that are open. */
  fragments: number;
  bytes: number;
  cachedBytes: number;
  streams: LiveStreamStats[];
}

/** Events of {@link StreamBroadcaster}, with their arguments. */
export interface StreamBroadcasterEvents {
  /** How many viewers there are now. */
  viewers: [count: number];
}

const REVIEW_MS = 250;
const camera = instanceOf(Camera);

/**
 * Sends cameras live to any number of viewers: fragments of MP4 for MSE and WebCodecs, each made once
 * (docs/live.md). The cameras stay their owner's: it starts and closes them.
 *
 * @example
 * ```ts
 * const broadcaster = new StreamBroadcaster();
 * broadcaster.addCamera(door);
 * const viewer = broadcaster.viewer({
 *   send: (message) => socket.send(message),
 *   bufferedAmount: () => socket.bufferedAmount,
 * });
 * viewer.on('stream', (info) => socket.send(JSON.stringify({ type: 'stream', ...info })));
 * viewer.subscribe('door', { quality: 'FULLSCREEN' });
 * ```
 */
export class StreamBroadcaster extends EventEmitter<StreamBroadcasterEvents> {
  readonly #settings: ReturnType<typeof checkBroadcaster>;
  readonly #cameras = new Map<string, LiveCamera>();
  readonly #viewers = new Set<Viewer>();
  /** Those that subscribe to something. */
  readonly #reviewed = new Set<Viewer>();
  #timer: NodeJS.Timeout | undefined;
  readonly #marking: NodeJS.Timeout;
  #closing: Promise<void> | undefined;

  /** @throws FluxError `ERR_INVALID_ARGUMENT` naming the option. */
  constructor(options: StreamBroadcasterOptions = {}) {
    super();
    this.#settings = checkBroadcaster(options);
    this.#marking = setInterval(() => {
      const now = performance.now();
      for (const live of this.#cameras.values()) live.mark(now);
    }, MARK_MS).unref();
  }

  /**
   * From now on viewers may subscribe to it.
   *
   * @throws FluxError `ERR_CAMERA_EXISTS`, `ERR_CLOSED`, `ERR_INVALID_ARGUMENT`.
   */
  addCamera(added: Camera): void {
    const checked = camera('StreamBroadcaster.addCamera: camera', added);
    this.#requireOpen();
    if (this.#cameras.has(checked.id)) {
      throw new FluxError(
        'ERR_CAMERA_EXISTS',
        `The broadcaster has a camera '${checked.id}' already. Remove it first.`,
      );
    }
    const live = new LiveCamera(checked, this.#settings);
    this.#cameras.set(checked.id, live);
    for (const viewer of this.#viewers) viewer.attach(live);
  }

  /** Its viewers hear `stopped`; they go on where it is added again. Harmless for what is not there. */
  async removeCamera(id: string): Promise<void> {
    const checked = cameraId('StreamBroadcaster.removeCamera: id', id);
    const live = this.#cameras.get(checked);
    this.#cameras.delete(checked);
    await live?.close();
  }

  /** One for each connection. @throws FluxError `ERR_CLOSED`, `ERR_INVALID_ARGUMENT`. */
  viewer(options: ViewerOptions): Viewer {
    const checked = checkViewer(options);
    this.#requireOpen();
    const viewer = new Viewer(checked, {
      camera: (id) => this.#cameras.get(id),
      began: (one) => this.#review(one),
      closed: (one) => this.#forget(one),
    });
    this.#viewers.add(viewer);
    this.emit('viewers', this.#viewers.size);
    return viewer;
  }

  stats(): BroadcasterStats {
    const streams = [...this.#cameras.values()].flatMap((live) =>
      [...live.streams].map((stream) => stream.stats()),
    );
    const sum = (name: 'fragments' | 'bytes' | 'cachedBytes') =>
      streams.reduce((total, stream) => total + stream[name], 0);
    return {
      viewers: this.#viewers.size,
      fragments: sum('fragments'),
      bytes: sum('bytes'),
      cachedBytes: sum('cachedBytes'),
      streams,
    };
  }

  /** Closes viewers and streams, not the cameras. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    clearInterval(this.#marking);
    for (const viewer of [...this.#viewers]) viewer.close();
    const cameras = [...this.#cameras.values()];
    this.#cameras.clear();
    await Promise.all(cameras.map((live) => live.close()));
  }

  #review(viewer: Viewer): void {
    this.#reviewed.add(viewer);
    if (this.#timer) return;
    this.#timer = setInterval(() => {
      const now = performance.now();
      for (const one of this.#reviewed) one.review(now);
    }, REVIEW_MS);
    this.#timer.unref();
  }

  #forget(viewer: Viewer): void {
    this.#viewers.delete(viewer);
    this.#reviewed.delete(viewer);
    if (this.#reviewed.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
    this.emit('viewers', this.#viewers.size);
  }

  #requireOpen(): void {
    if (!this.#closing) return;
    throw new FluxError('ERR_CLOSED', 'The StreamBroadcaster is closed. Make a new one.');
  }
}
