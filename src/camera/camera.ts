// A camera: one RTSP connection that heals itself. Its packets stay in native memory; what arrives
// here is news about the connection.
import { EventEmitter } from 'node:events';
import {
  cameraId,
  checkOptions,
  integer,
  invalidArgument,
  oneOf,
  optional,
  rtspUrl,
  secretText,
  signal,
  text,
} from '../arguments/index.js';
import { FluxError } from '../errors.js';
import { abortError, deliver } from '../events.js';
import { type NativeCamera, type NativeCameraEvent, native } from '../native.js';
import {
  type CameraOnvif,
  type CameraOnvifOptions,
  cameraOnvif,
  type DiscoveredCamera,
  type DiscoverOptions,
  discoverCameras,
  type OnvifRequestOptions,
  type Ptz,
} from '../onvif/index.js';

/** Where the connection of a camera stands. */
export type CameraState = 'idle' | 'connecting' | 'playing' | 'waiting' | 'closed';

/** Options of {@link Camera}. */
export interface CameraOptions {
  /**
   * Names the camera everywhere, in folder names too: 1 to 64 characters of A-Z, a-z, 0-9, dot,
   * underscore and hyphen, not beginning with a dot.
   */
  id: string;
  /** `rtsp://host[:port]/path`. Credentials in it are used where no `username` is given. */
  url: string;
  username?: string;
  password?: string;
  /** For the TCP connection and for each RTSP reply, in milliseconds. Default 5000. */
  connectTimeoutMs?: number;
  /** Without video for this long the camera is reconnected, in milliseconds. Default 10000. */
  stallTimeoutMs?: number;
  /** Back-off between attempts: doubles from `minMs` (default 500) to `maxMs` (default 30000). */
  reconnect?: { minMs?: number; maxMs?: number };
  /** Its ONVIF side, for {@link Camera.ptz} and {@link Camera.requestKeyFrame}. Connected when first needed. */
  onvif?: CameraOnvifOptions;
}

/** The connection of a camera changed its state. */
export interface CameraStateChange {
  state: Exclude<CameraState, 'idle'>;
  /** UTC milliseconds. */
  at: number;
  /**
   * Why the connection failed or ended, with state `waiting`: `ERR_RTSP_UNAUTHORIZED`,
   * `ERR_RTSP_NOT_FOUND`, `ERR_RTSP_STATUS`, `ERR_RTSP_PROTOCOL`, `ERR_RTSP_TIMEOUT`,
   * `ERR_RTSP_STALLED`, `ERR_RTSP_CLOSED`, `ERR_RTSP_NO_VIDEO`, `ERR_RTSP_UNSUPPORTED`,
   * `ERR_CONNECTION` or `ERR_HOST_NOT_FOUND`.
   */
  error?: FluxError;
  /** With state `waiting`: how long until the next attempt. */
  retryInMs?: number;
}

/** What the camera sends, from its parameter sets. */
export interface CameraParameters {
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

/** Counters of a camera's connection since it was made. */
export interface CameraStats {
  bytesReceived: number;
  packetsReceived: number;
  /** Gaps in the RTP sequence numbers. */
  packetsLost: number;
  /** Came twice or too late, and were dropped. */
  packetsDuplicated: number;
  packetsMalformed: number;
  /** Whole frames. */
  accessUnits: number;
  /** Frames that were incomplete or too large. */
  accessUnitsDropped: number;
  /** Times that the camera began to play. */
  connects: number;
  /** Times that a connection failed or ended. */
  failures: number;
  /** RTCP receiver reports sent. */
  receiverReports: number;
}

const WAITABLE = ['connecting', 'playing', 'waiting', 'closed'] as const;

/**
 * One RTSP camera. It connects on {@link start}, and reconnects with back-off until {@link close}.
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
  readonly #native: NativeCamera;
  readonly #onvif: CameraOnvif | undefined;
  #state: CameraState = 'idle';
  #started = false;
  #parameters: CameraParameters | undefined;
  #lastError: FluxError | undefined;
  #closing: Promise<void> | undefined;

  /** @throws FluxError `ERR_INVALID_ARGUMENT` naming the option. */
  constructor(options: CameraOptions) {
    super();
    const checked = checkOptions('Camera', options, {
      id: cameraId,
      url: rtspUrl,
      username: optional(text(0, 256), ''),
      password: optional(secretText, ''),
      connectTimeoutMs: optional(integer(100, 600_000, 'milliseconds'), 5000),
      stallTimeoutMs: optional(integer(100, 3_600_000, 'milliseconds'), 10_000),
      reconnect: (_name, value) =>
        checkOptions('Camera: reconnect', value ?? {}, {
          minMs: optional(integer(10, 3_600_000, 'milliseconds')),
          maxMs: optional(integer(10, 3_600_000, 'milliseconds')),
        }),
      onvif: (_name, value) => value,
    });
    this.#onvif = cameraOnvif('Camera: onvif', checked.onvif, checked);
    const reconnectMinMs = checked.reconnect.minMs ?? Math.min(500, checked.reconnect.maxMs ?? 500);
    const reconnectMaxMs = checked.reconnect.maxMs ?? Math.max(30_000, reconnectMinMs);
    if (reconnectMaxMs < reconnectMinMs) {
      throw invalidArgument(
        'Camera: reconnect: maxMs',
        `at least minMs (${reconnectMinMs})`,
        reconnectMaxMs,
      );
    }
    this.id = checked.id;
    this.#native = new native.Camera(
      {
        id: checked.id,
        url: checked.url,
        username: checked.username,
        password: checked.password,
        connectTimeoutMs: checked.connectTimeoutMs,
        stallTimeoutMs: checked.stallTimeoutMs,
        reconnectMinMs,
        reconnectMaxMs,
      },
      (events) => deliver(events, (event) => this.#onEvent(event)),
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

  /** Where the connection stands, as of the last `state` event. */
  get state(): CameraState {
    return this.#state;
  }

  /** What the camera sends; undefined until it first plays. */
  get parameters(): CameraParameters | undefined {
    return this.#parameters;
  }

  /** Why the connection last failed. */
  get lastError(): FluxError | undefined {
    return this.#lastError;
  }

  /** Begins to connect. Harmless where that was done already. */
  start(): void {
    if (this.#closing) throw this.#closedError();
    if (this.#started) return;
    this.#started = true;
    this.#native.start();
  }

  stats(): CameraStats {
    return this.#native.stats();
  }

  /**
   * Resolves as soon as the camera is in `state`, at once where it already is.
   *
   * Rejects with `ERR_TIMEOUT` (its `cause` is the last connection error), `ERR_ABORTED`, or
   * `ERR_CLOSED` where the camera is closed first.
   */
  async waitUntil(
    state: Exclude<CameraState, 'idle'>,
    options: { timeoutMs?: number; signal?: AbortSignal } = {},
  ): Promise<void> {
    oneOf(...WAITABLE)('Camera.waitUntil: state', state);
    const checked = checkOptions('Camera.waitUntil', options, {
      timeoutMs: optional(integer(1, 0x7fffffff, 'milliseconds')),
      signal: optional(signal),
    });
    const action = `Waiting for camera '${this.id}' to be ${state}`;
    if (checked.signal?.aborted) throw abortError(action, checked.signal);
    if (this.#state === state) return;
    if (this.#state === 'closed') throw this.#closedError();

    await new Promise<void>((resolve, reject) => {
      const finish = (error?: FluxError) => {
        clearTimeout(timer);
        this.off('state', onState);
        checked.signal?.removeEventListener('abort', onAbort);
        if (error) reject(error);
        else resolve();
      };
      const onState = (change: CameraStateChange) => {
        if (change.state === state) finish();
        else if (change.state === 'closed') finish(this.#closedError());
      };
      const onAbort = () => finish(abortError(action, checked.signal as AbortSignal));
      const onTimeout = () => {
        const reason = this.#lastError ? `: ${this.#lastError.message}` : '';
        finish(
          new FluxError(
            'ERR_TIMEOUT',
            `Camera '${this.id}' is ${this.#state}, not ${state}, after ${checked.timeoutMs} ms${reason}`,
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
    this.#closing ??= this.#native.close().then(() => {
      // The native event comes first where it can; an idle camera has no thread to send one.
      if (this.#state !== 'closed')
        this.#onEvent({ type: 'state', state: 'closed', at: Date.now() });
    });
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #onEvent(event: NativeCameraEvent): void {
    if (event.type === 'parameters') {
      const { type: _, ...parameters } = event;
      this.#parameters = parameters;
      this.emit('parameters', parameters);
      return;
    }
    if (this.#state === 'closed') return;
    this.#state = event.state;
    const change: CameraStateChange = { state: event.state, at: event.at };
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

const handles = new WeakMap<Camera, NativeCamera>();

/** The native side of a camera, for the other rooms of the SDK that connect something to it. */
export function nativeCameraOf(camera: Camera): NativeCamera {
  const handle = handles.get(camera);
  if (!handle) throw invalidArgument('camera', 'a Camera that was constructed', camera);
  return handle;
}
