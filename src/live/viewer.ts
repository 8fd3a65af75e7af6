// One connection that watches cameras: what it gets, and how much of it.
import { EventEmitter } from 'node:events';
import { cameraId, checkOptions, oneOf, optional } from '../arguments/index.js';
import { QUALITIES } from '../camera/index.js';
import { FluxError } from '../errors.js';
import { type ClientQuota, checkQuota } from '../sessions/index.js';
import { isLarge } from './choice.js';
import type { LiveCamera } from './live-camera.js';
import { type CheckedViewer, fps, type LiveQuality, type SubscribeOptions } from './options.js';
import { QuotaSteps } from './quota-steps.js';
import { RateLimit, RateMeter } from './rate.js';
import {
  type StreamInfo,
  type StreamStop,
  Subscription,
  type SubscriptionHost,
} from './subscription.js';

/** Events of {@link Viewer}, with their arguments. */
export interface ViewerEvents {
  /** Comes before the init message of a stream, and where its quality or reason changes. */
  stream: [info: StreamInfo];
  stopped: [stop: StreamStop];
  /** Pictures that were left out: it was too slow, or its quota used up. */
  drop: [drop: { cameraId: string; frames: number }];
}

/** A camera of {@link ViewerStats}. */
export interface ViewedCamera {
  cameraId: string;
  wanted: LiveQuality;
  quality: LiveQuality;
  /** Absent while nothing is sent. */
  stream?: number;
  reason?: 'quota' | 'unsupported_codec';
  framesSent: number;
  framesDropped: number;
}

/** Counters of a {@link Viewer}. */
export interface ViewerStats {
  /** Over the last 5 seconds. */
  bitsPerSecond: number;
  /** Of all messages. */
  bytesSent: number;
  framesSent: number;
  framesDropped: number;
  cameras: ViewedCamera[];
}

/** What a viewer asks of its broadcaster. */
export interface ViewerHost {
  camera(id: string): LiveCamera | undefined;
  /** It subscribes to cameras, and wants to be reviewed. */
  began(viewer: Viewer): void;
  closed(viewer: Viewer): void;
}

const RATE_WINDOW_MS = 5000;
/** Of a second's worth of the quota, used: time to look at qualities. */
const PRESSED_AT = 0.8;
const LEAST_MS_BETWEEN_REVIEWS = 50;
/** Full of what was kept, a connection has no room for what comes. */
const MOST_FOR_CACHE = 0.5;
/** Of a second's worth of the quota: what was kept, and what all cameras send in that second. */
const MOST_WITH_CACHE = 0.9;

/** Made by {@link StreamBroadcaster.viewer}. */
export class Viewer extends EventEmitter<ViewerEvents> {
  readonly #options: CheckedViewer;
  readonly #host: ViewerHost;
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #limit: RateLimit;
  readonly #rate = new RateMeter(RATE_WINDOW_MS, 1000);
  readonly #steps = new QuotaSteps();
  /** What subscriptions ask of it. */
  readonly #connection: SubscriptionHost;
  #quota: ClientQuota;
  #bytesSent = 0;
  #past = { framesSent: 0, framesDropped: 0 };
  #reviewedAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  /** @internal */
  constructor(options: CheckedViewer, host: ViewerHost) {
    super();
    this.#options = options;
    this.#host = host;
    this.#quota = options.quota;
    this.#limit = new RateLimit(options.quota.maxBandwidthMbps * 1e6);
    this.#connection = {
      codecs: options.codecs,
      hasRoom: (bytes) => this.#hasRoom(bytes),
      isPressed: () => this.#used() > PRESSED_AT,
      mayCatchUp: (bytes) => this.#mayCatchUp(bytes),
      send: (message) => this.#send(message),
      started: (info) => this.#closed || this.emit('stream', info),
      stopped: (stop) => this.#closed || this.emit('stopped', stop),
      dropped: (id, frames) => this.#closed || this.emit('drop', { cameraId: id, frames }),
    };
  }

  /**
   * Watches a camera, from the last key frame on where that is kept; again, it changes quality and rate
   * at a key frame. Pictures go on until {@link unsubscribe}: also where the camera is removed and added
   * again.
   *
   * @throws FluxError `ERR_CAMERA_NOT_FOUND`, `ERR_LIMIT` beyond `maxCamerasTotal`, `ERR_CLOSED`,
   * `ERR_INVALID_ARGUMENT`.
   */
  subscribe(id: string, options: SubscribeOptions = {}): void {
    const checkedId = cameraId('Viewer.subscribe: cameraId', id);
    const checked = checkOptions('Viewer.subscribe', options, {
      quality: optional(oneOf(...QUALITIES), 'GRID_VIEW' as const),
      fps: optional(fps),
    });
    if (this.#closed) throw new FluxError('ERR_CLOSED', 'The Viewer is closed. Make a new Viewer.');
    const camera = this.#host.camera(checkedId);
    let subscription = this.#subscriptions.get(checkedId);
    if (!camera && !subscription) {
      throw new FluxError('ERR_CAMERA_NOT_FOUND', `There is no camera '${checkedId}' to watch.`);
    }
    if (!subscription) {
      if (this.#subscriptions.size >= this.#quota.maxCamerasTotal) throw this.#tooMany();
      subscription = new Subscription(checkedId, this.#connection);
      this.#subscriptions.set(checkedId, subscription);
    }
    // Who asks for the same again has as little room as before.
    const isNew = !subscription.camera || subscription.wanted !== checked.quality;
    subscription.wanted = checked.quality;
    subscription.fps = checked.fps;
    if (isNew) subscription.cap = 'FULLSCREEN';
    this.#capLarge();
    if (isNew && camera) {
      subscription.cap = this.#beginning(subscription, camera);
      subscription.isProvisional = subscription.cap !== 'FULLSCREEN';
    }
    if (subscription.camera) subscription.review();
    else if (camera) subscription.attach(camera);
    this.#host.began(this);
  }

  /** Harmless where it does not watch the camera. */
  unsubscribe(id: string): void {
    const subscription = this.#subscriptions.get(id);
    if (!subscription) return;
    this.#subscriptions.delete(id);
    this.#forget(subscription);
    this.#capLarge();
  }

  /** Holds from now on: what is too much now steps down at once. What it leaves out stays as it is. */
  setQuota(quota: Partial<ClientQuota>): void {
    this.#quota = checkQuota('Viewer.setQuota', quota, this.#quota);
    this.#limit.bitsPerSecond = this.#quota.maxBandwidthMbps * 1e6;
    this.#capLarge();
    if (!this.#closed) this.review(performance.now());
  }

  stats(): ViewerStats {
    const cameras = [...this.#subscriptions.values()].map(viewedCamera);
    const sum = (name: 'framesSent' | 'framesDropped') =>
      cameras.reduce((total, one) => total + one[name], this.#past[name]);
    return {
      bitsPerSecond: Math.round(this.#rate.bitsPerSecond(performance.now())),
      bytesSent: this.#bytesSent,
      framesSent: sum('framesSent'),
      framesDropped: sum('framesDropped'),
      cameras,
    };
  }

  /** Nothing is sent and nothing is emitted any more. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const subscription of this.#subscriptions.values()) this.#forget(subscription);
    this.#subscriptions.clear();
    this.#host.closed(this);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** A camera was added. @internal */
  attach(camera: LiveCamera): void {
    const subscription = this.#subscriptions.get(camera.camera.id);
    if (subscription && !subscription.camera) subscription.attach(camera);
  }

  /** Now and then, and where it is pressed for room. @internal */
  review(now: number): void {
    this.#reviewedAt = now;
    for (const subscription of this.#subscriptions.values()) {
      subscription.tellLoss();
      // How many key frames a stream has is not known at once.
      if (subscription.fps !== undefined) subscription.review();
    }
    if (this.#quota.priorityClient) return;
    const subscriptions = [...this.#subscriptions.values()];
    const pressed = this.#limit.used(now) > PRESSED_AT;
    this.#steps.review(subscriptions, this.#limit.bitsPerSecond, pressed, now);
    this.#capLarge();
  }

  #beginning(subscription: Subscription, camera: LiveCamera): LiveQuality {
    if (this.#quota.priorityClient || !subscription.choiceFor('FULLSCREEN', camera)) {
      return 'FULLSCREEN';
    }
    const others = [...this.#subscriptions.values()].filter((one) => one !== subscription);
    const { bitsPerSecond } = this.#limit;
    return this.#steps.beginning(subscription, camera, others, bitsPerSecond, performance.now());
  }

  #hasRoom(bytes: number): boolean {
    const { bufferedAmount, maxBufferedBytes } = this.#options;
    if (bufferedAmount() + bytes > maxBufferedBytes) return false;
    if (this.#quota.priorityClient) return true;
    const now = performance.now();
    const pressed = this.#limit.used(now) > PRESSED_AT;
    if (pressed && now - this.#reviewedAt > LEAST_MS_BETWEEN_REVIEWS) {
      this.#reviewedAt = now;
      // Not in the middle of a picture's delivery.
      queueMicrotask(() => this.#closed || this.review(performance.now()));
    }
    return this.#limit.hasRoom(bytes, now);
  }

  #mayCatchUp(bytes: number): boolean {
    if (this.#used() > MOST_FOR_CACHE || !this.#hasRoom(bytes * 2)) return false;
    if (this.#quota.priorityClient) return true;
    const now = performance.now();
    const demand = this.#steps.demand([...this.#subscriptions.values()], now);
    const sent = this.#limit.used(now) * this.#limit.bitsPerSecond;
    return Math.max(demand, sent) + bytes * 8 <= this.#limit.bitsPerSecond * MOST_WITH_CACHE;
  }

  #used(): number {
    const { bufferedAmount, maxBufferedBytes } = this.#options;
    const bandwidth = this.#quota.priorityClient ? 0 : this.#limit.used(performance.now());
    return Math.max(bufferedAmount() / maxBufferedBytes, bandwidth);
  }

  #send(message: Buffer): void {
    if (this.#closed) return;
    const now = performance.now();
    this.#bytesSent += message.length;
    this.#rate.add(message.length, now);
    this.#limit.count(message.length, now);
    this.#options.send(message);
  }

  /** The first that asked keep what they have. */
  #capLarge(): void {
    let room = this.#quota.priorityClient
      ? Number.POSITIVE_INFINITY
      : this.#quota.maxCamerasFullscreen;
    for (const subscription of this.#subscriptions.values()) {
      if (!isLarge(subscription.wanted)) continue;
      room -= 1;
      const large = room >= 0;
      if (subscription.largeAllowed === large) continue;
      subscription.largeAllowed = large;
      subscription.review();
    }
  }

  #forget(subscription: Subscription): void {
    const { framesSent, framesDropped } = subscription;
    this.#past.framesSent += framesSent;
    this.#past.framesDropped += framesDropped;
    subscription.detach();
  }

  #tooMany(): FluxError {
    const { maxCamerasTotal } = this.#quota;
    return new FluxError(
      'ERR_LIMIT',
      `This viewer may watch ${maxCamerasTotal} cameras at once: unsubscribe from one first.`,
    );
  }
}

function viewedCamera(subscription: Subscription): ViewedCamera {
  const { cameraId: id, wanted, quality, info, framesSent, framesDropped } = subscription;
  return {
    cameraId: id,
    wanted,
    quality,
    ...(info && { stream: info.stream }),
    ...(info?.reason && { reason: info.reason }),
    framesSent,
    framesDropped,
  };
}
