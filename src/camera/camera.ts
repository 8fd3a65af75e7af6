// A camera: RTSP connections that heal themselves. Its packets stay in native memory; what arrives
// here is news about the connections, and frames where someone asks for them.
import { EventEmitter } from 'node:events';
import {
  checkOptions,
  flag,
  integer,
  invalidArgument,
  oneOf,
  optional,
  signal,
} from '../arguments/index.js';
import { FluxError } from '../errors.js';
import { abortError, deliver } from '../events.js';
import {
  type CameraStats,
  type NativeCamera,
  type NativeCameraEvent,
  native,
} from '../native/index.js';
import {
  type CameraOnvif,
  type DiscoveredCamera,
  type DiscoverOptions,
  discoverCameras,
  type OnvifRequestOptions,
  type Ptz,
} from '../onvif/index.js';
import { FrameStream } from './frames.js';
import { type CameraOptions, checkCamera, type StreamName } from './options.js';
import { QUALITIES, type Quality } from './quality.js';
import { type Snapshot, type SnapshotOptions, takeSnapshot } from './snapshot.js';

export type { CameraStats } from '../native/index.js';

/** Where the connection of a camera stands. */
export type CameraState = 'idle' | 'connecting' | 'playing' | 'waiting' | 'closed';

/** The connection of a camera changed its state. */
export interface CameraStateChange {
  stream: StreamName;
  /** `idle`: nobody needs the stream at present. */
  state: CameraState;
  /** UTC milliseconds. */
  at: number;
  /**
   * Why the connection failed or ended, with state `waiting`: `ERR_RTSP_UNAUTHORIZED`,
   * `ERR_RTSP_NOT_FOUND`, `ERR_RTSP_STATUS`, `ERR_RTSP_PROTOCOL`, `ERR_RTSP_TIMEOUT`,
   * `ERR_RTSP_STALLED`, `ERR_RTSP_CLOSED`, `ERR_RTSP_NO_VIDEO`, `ERR_RTSP_UNSUPPORTED`,
   * `ERR_TLS`, `ERR_TLS_CERTIFICATE`, `ERR_CONNECTION`, `ERR_HOST_NOT_FOUND` or
   * `ERR_ADDRESS_REFUSED`.
   */
  error?: FluxError;
  /** With state `waiting`: how long until the next attempt. */
  retryInMs?: number;
}

/** What the camera sends, from its parameter sets. */
export interface CameraParameters {
  stream: StreamName;
  /** UTC milliseconds. */
  at: number;
  width: number;
  height: number;
  /** RFC 6381, for example `avc1.640028`. */
  codec: string;
  /** Frames per second as the stream declares them; 0 where it does not. */
  frameRate: number;
}

/** Events of {@link Camera}, with their arguments. */
export interface CameraEvents {
  state: [change: CameraStateChange];
  parameters: [parameters: CameraParameters];
}

const WAITABLE = ['connecting', 'playing', 'waiting', 'closed'] as const;

/**
 * One camera with a main and perhaps a sub stream. It connects on {@link start}, and reconnects with back-off until {@link close}.
 * A connection that fails is never an exception: it is a `state` event with an `error`.
 *
 * @example
 * ```ts
 * const camera = new Camera({ id: 'door', url: 'rtsp://192.168.1.20/stream1' });
 * camera.on('state', ({ state, error }) => console.log(state, error?.message ?? ''));
 * camera.start();
 * ```
 */
export class Camera extends EventEmitter<CameraEvents> {
  readonly id: string;
  /** Does the camera have a sub stream? */
  readonly hasSubStream: boolean;
  readonly #native: NativeCamera;
  readonly #onvif: CameraOnvif | undefined;
  readonly #onDemand: boolean;
  readonly #states: Record<StreamName, CameraState> = { main: 'idle', sub: 'idle' };
  readonly #parameters: Partial<Record<StreamName, CameraParameters>> = {};
  readonly #frames = new Set<FrameStream>();
  #started = false;
  #lastError: FluxError | undefined;
  #closing: Promise<void> | undefined;

  /** @throws FluxError `ERR_INVALID_ARGUMENT` naming the option. */
  constructor(options: CameraOptions) {
    super();
    const checked = checkCamera(options);
    this.#onvif = checked.onvif;
    this.id = checked.native.id;
    this.hasSubStream = checked.native.sub !== undefined;
    this.#onDemand = checked.onDemand;
    this.#native = new native.Camera(checked.native, (events) =>
      deliver(events, (event) => this.#onEvent(event)),
    );
    handles.set(this, this.#native);
  }

  /**
   * Asks the network for cameras (WS-Discovery), and resolves with those that answered in time.
   *
   * @example
   * ```ts
   * for (const { name, addresses } of await Camera.discover()) console.log(name, addresses[0]);
   * ```
   */
  static discover(options: DiscoverOptions = {}): Promise<DiscoveredCamera[]> {
    return discoverCameras(options);
  }

  /** Moves the camera. @throws FluxError `ERR_ONVIF_UNSUPPORTED` without option `onvif`. */
  get ptz(): Ptz {
    return this.#onvifSide().ptz;
  }

  /**
   * Asks the camera for a key frame now (ONVIF SetSynchronizationPoint), so that a new reader need not
   * wait for the next one. Rejects as {@link OnvifDevice.requestKeyFrame}.
   */
  async requestKeyFrame(options?: OnvifRequestOptions): Promise<void> {
    await this.#onvifSide().requestKeyFrame(options);
  }

  /** Where the connection of the main stream stands, as of the last `state` event. */
  get state(): CameraState {
    return this.#states.main;
  }

  /** Where the connection of a stream stands. */
  streamState(stream: StreamName): CameraState {
    return this.#states[streamOf('Camera.streamState', stream)];
  }

  /** What the main stream is; undefined until it first plays. */
  get parameters(): CameraParameters | undefined {
    return this.#parameters.main;
  }

  /** What a stream is; undefined until it first plays. */
  streamParameters(stream: StreamName): CameraParameters | undefined {
    return this.#parameters[streamOf('Camera.streamParameters', stream)];
  }

  /** Why the connection last failed. */
  get lastError(): FluxError | undefined {
    return this.#lastError;
  }

  /**
   * Begins to connect: the main stream at once unless {@link CameraOptions.onDemand} says otherwise,
   * every other when a writer or viewer needs it. Harmless where that was done already.
   */
  start(): void {
    if (this.#closing) throw this.#closedError();
    if (this.#started) return;
    this.#started = true;
    this.#native.start(!this.#onDemand);
  }

  /** Counters of a stream; all zero where the camera has no such stream. */
  stats(stream: StreamName = 'main'): CameraStats {
    const checked = streamOf('Camera.stats', stream);
    return this.#native.stats(checked) ?? noStats();
  }

  /**
   * The camera's encoded frames, for live view and for decoders of your own: an async iterable that
   * begins with a key frame. `quality` (default `FULLSCREEN`) chooses the stream; see
   * {@link qualityForTile} and {@link FrameStream.setQuality}. `maxQueuedBytes` (default 8 MiB) may
   * wait for a slow reader, which then loses frames up to the next key frame.
   *
   * @example
   * ```ts
   * for await (const { data, keyFrame } of camera.frames({ quality: 'GRID_VIEW' })) send(data);
   * ```
   */
  frames(
    options: {
      quality?: Quality;
      audio?: boolean;
      maxQueuedBytes?: number;
      signal?: AbortSignal;
    } = {},
  ): FrameStream {
    const checked = checkOptions('Camera.frames', options, {
      quality: optional(oneOf(...QUALITIES), 'FULLSCREEN' as const),
      audio: optional(flag, false),
      maxQueuedBytes: optional(integer(1 << 16, 2 ** 40, 'bytes'), 8 << 20),
      signal: optional(signal),
    });
    return this.#openFrames({ ...checked, video: true, metadata: false });
  }

  /**
   * ONVIF metadata documents (XML) of a camera made with `metadata: true`. At most `maxQueuedBytes`
   * (default 1 MiB) wait for a slow reader.
   */
  metadata(options: { maxQueuedBytes?: number; signal?: AbortSignal } = {}): FrameStream {
    const checked = checkOptions('Camera.metadata', options, {
      maxQueuedBytes: optional(integer(1 << 12, 2 ** 40, 'bytes'), 1 << 20),
      signal: optional(signal),
    });
    const quality = 'FULLSCREEN' as const;
    return this.#openFrames({ ...checked, quality, video: false, audio: false, metadata: true });
  }

  /**
   * The picture of now as a JPEG: the newest key frame of the stream, so `time` of the result says when
   * it came. It is decoded in the engine; a stream that is at rest is connected for it.
   *
   * Rejects with `ERR_STATE` before {@link start}; `ERR_CONNECTION` where the camera cannot be reached at
   * present (its `cause` says why); `ERR_TIMEOUT` where no key frame came in time; `ERR_UNSUPPORTED`
   * where libavcodec lacks the codec; `ERR_DECODE` for a damaged key frame; `ERR_LIMIT` for more than
   * 8192x5120 pixels; `ERR_BUSY`, `ERR_ABORTED` and `ERR_CLOSED`.
   *
   * @example
   * ```ts
   * const { data } = await camera.snapshot({ width: 640 });
   * await writeFile('door.jpg', data);
   * ```
   */
  async snapshot(options: SnapshotOptions = {}): Promise<Snapshot> {
    if (this.#closing) throw this.#closedError();
    if (!this.#started) {
      throw new FluxError('ERR_STATE', `Camera '${this.id}' is not started. Call start() first.`);
    }
    return takeSnapshot(this, this.#native, options);
  }

  /**
   * Resolves as soon as the camera is in `state`, at once where it already is.
   *
   * Rejects with `ERR_TIMEOUT` (its `cause` is the last connection error), `ERR_ABORTED`, or
   * `ERR_CLOSED` where the camera is closed first.
   */
  async waitUntil(
    state: Exclude<CameraState, 'idle'>,
    options: { timeoutMs?: number; signal?: AbortSignal; stream?: StreamName } = {},
  ): Promise<void> {
    oneOf(...WAITABLE)('Camera.waitUntil: state', state);
    const checked = checkOptions('Camera.waitUntil', options, {
      timeoutMs: optional(integer(1, 0x7fffffff, 'milliseconds')),
      signal: optional(signal),
      stream: optional(oneOf('main', 'sub'), 'main' as const),
    });
    const { stream } = checked;
    const action = `Waiting for camera '${this.id}' to be ${state}`;
    if (checked.signal?.aborted) throw abortError(action, checked.signal);
    if (this.#states[stream] === state) return;
    if (this.#states[stream] === 'closed') throw this.#closedError();

    await new Promise<void>((resolve, reject) => {
      const finish = (error?: FluxError) => {
        clearTimeout(timer);
        this.off('state', onState);
        checked.signal?.removeEventListener('abort', onAbort);
        if (error) reject(error);
        else resolve();
      };
      const onState = (change: CameraStateChange) => {
        if (change.stream !== stream) return;
        if (change.state === state) finish();
        else if (change.state === 'closed') finish(this.#closedError());
      };
      const onAbort = () => finish(abortError(action, checked.signal as AbortSignal));
      const onTimeout = () => {
        const reason = this.#lastError ? `: ${this.#lastError.message}` : '';
        finish(
          new FluxError(
            'ERR_TIMEOUT',
            `Camera '${this.id}' is ${this.#states[stream]}, not ${state}, after ${checked.timeoutMs} ms${reason}`,
            { cause: this.#lastError },
          ),
        );
      };
      const timer =
        checked.timeoutMs === undefined ? undefined : setTimeout(onTimeout, checked.timeoutMs);
      this.on('state', onState);
      checked.signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /**
   * Says goodbye to the camera (TEARDOWN) and closes the connection. Idempotent. Close the writers
   * of the camera first, so that their last segments end whole.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#frames].map((frames) => frames.close()));
    await this.#native.close();
    // The native events come first where they can; a stream at rest has none to send.
    for (const stream of ['main', 'sub'] as const) {
      const exists = stream === 'main' || this.hasSubStream;
      if (exists && this.#states[stream] !== 'closed') {
        this.#onEvent({ type: 'state', stream, state: 'closed', at: Date.now() });
      }
    }
  }

  #openFrames(options: ConstructorParameters<typeof FrameStream>[1]): FrameStream {
    if (this.#closing) throw this.#closedError();
    const frames = new FrameStream(this.#native, options, () => this.#frames.delete(frames));
    this.#frames.add(frames);
    return frames;
  }

  #onEvent(event: NativeCameraEvent): void {
    if (event.type === 'parameters') {
      const { type: _, ...parameters } = event;
      this.#parameters[event.stream] = parameters;
      this.emit('parameters', parameters);
      return;
    }
    const { stream } = event;
    if (this.#states[stream] === 'closed') return;
    this.#states[stream] = event.state;
    const change: CameraStateChange = { stream, state: event.state, at: event.at };
    if (event.code) {
      change.error = new FluxError(event.code, event.message ?? event.code);
      this.#lastError = change.error;
    }
    if (event.retryInMs !== undefined && event.state === 'waiting') {
      change.retryInMs = event.retryInMs;
    }
    this.emit('state', change);
  }

  #onvifSide(): CameraOnvif {
    if (this.#onvif) return this.#onvif;
    throw new FluxError(
      'ERR_ONVIF_UNSUPPORTED',
      `Camera '${this.id}' has no ONVIF address. Give it as option onvif: { url }.`,
    );
  }

  #closedError(): FluxError {
    return new FluxError('ERR_CLOSED', `Camera '${this.id}' is closed. Make a new Camera.`);
  }
}

function streamOf(where: string, value: unknown): StreamName {
  return oneOf('main', 'sub')(`${where}: stream`, value);
}

function noStats(): CameraStats {
  return {
    bytesReceived: 0,
    packetsReceived: 0,
    packetsLost: 0,
    packetsDuplicated: 0,
    packetsMalformed: 0,
    accessUnits: 0,
    accessUnitsDropped: 0,
    audioFrames: 0,
    metadataUnits: 0,
    connects: 0,
    failures: 0,
    receiverReports: 0,
    quirks: {},
  };
}

const handles = new WeakMap<Camera, NativeCamera>();

/** The native side of a camera, for the other rooms of the SDK that connect something to it. */
export function nativeCameraOf(camera: Camera): NativeCamera {
  const handle = handles.get(camera);
  if (!handle) throw invalidArgument('camera', 'a Camera that was constructed', camera);
  return handle;
}
