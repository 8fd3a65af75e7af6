// One stream of a camera, or one that is encoded: its messages are made once, kept from the last key
// frame on, and handed to everybody who watches it.
import { type Camera, nativeCameraOf, type StreamName } from '../camera/index.js';
import { checkEncoder } from '../encode/index.js';
import { deliver } from '../events.js';
import {
  type NativeEncoder,
  type NativeFragmentMessage,
  type NativeFragmentTap,
  native,
} from '../native/index.js';
import type { StreamChoice } from './choice.js';
import { MAX_QUEUED_BYTES } from './options.js';
import { RateMeter } from './rate.js';
import { nextStreamNumber } from './stream-number.js';

/** What is taken out of native memory in one go. */
const BATCH_BYTES = 1 << 20;
const RATE_WINDOW_MS = 2000;
const KEY_RATE_WINDOW_MS = 10_000;

/** What decoders have to know. */
export interface LiveInit {
  message: Buffer;
  codec: string;
  width: number;
  height: number;
}

export interface LivePicture {
  message: Buffer;
  keyFrame: boolean;
}

/** Who watches a stream. */
export interface StreamWatcher {
  /** Comes before the first picture and where parameters change; at once where it is known. */
  onInit(stream: LiveStream): void;
  onPicture(stream: LiveStream, picture: LivePicture): void;
  /** An encoder that cannot go on; it tries again by itself. */
  onFailure(stream: LiveStream, code: string, message: string): void;
}

/** Counters of a stream of {@link StreamBroadcaster}. */
export interface LiveStreamStats {
  cameraId: string;
  /** In the header of its messages. */
  stream: number;
  /** The camera's stream that it is, or that is encoded. */
  source: StreamName;
  /** Who watches the same gets the same: `main`, `sub:keys`, `encoded:GRID_VIEW:`... */
  group: string;
  passthrough: boolean;
  viewers: number;
  /** Pictures that became messages: each once, however many watch. */
  fragments: number;
  inits: number;
  /** Of all messages. */
  bytes: number;
  /** JavaScript was too slow to take them. */
  framesDropped: number;
  /** What is kept for who comes next. */
  cachedBytes: number;
  bitsPerSecond: number;
  codec?: string;
  width?: number;
  height?: number;
}

export class LiveStream {
  readonly number = nextStreamNumber();
  init: LiveInit | undefined;
  readonly #tap: NativeFragmentTap;
  readonly #encoder: NativeEncoder | undefined;
  readonly #watchers = new Set<StreamWatcher>();
  readonly #rate = new RateMeter(RATE_WINDOW_MS);
  readonly #keyRate = new RateMeter(KEY_RATE_WINDOW_MS);
  readonly #onIdle: (stream: LiveStream) => void;
  #cache: LivePicture[] = [];
  #cachedBytes = 0;
  #keyFrames = { count: 0, first: 0, last: 0 };
  #linger: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  constructor(
    readonly camera: Camera,
    readonly choice: StreamChoice,
    private readonly settings: { maxCachedBytes: number; lingerMs: number },
    onIdle: (stream: LiveStream) => void,
  ) {
    this.#onIdle = onIdle;
    this.#encoder = this.#openEncoder();
    this.#tap = new native.FragmentTap(
      this.#encoder ?? nativeCameraOf(camera),
      {
        number: this.number,
        stream: choice.stream,
        keyFramesOnly: choice.keyFramesOnly,
        maxQueuedBytes: MAX_QUEUED_BYTES,
      },
      () => this.#take(),
    );
  }

  /** From the last key frame on; empty where nothing is kept. */
  get cache(): readonly LivePicture[] {
    return this.#cache;
  }

  get viewers(): number {
    return this.#watchers.size;
  }

  /** Measured; 0 as long as nothing came. */
  bitsPerSecond(now: number): number {
    return this.#rate.bitsPerSecond(now);
  }

  /** It was sent for long enough to go by what was measured. */
  isMeasured(now: number): boolean {
    return this.#rate.isSettled(now);
  }

  /** Of its key frames alone. */
  keyBitsPerSecond(now: number): number {
    return this.#keyRate.bitsPerSecond(now);
  }

  /** Key frames a second; undefined before the third. */
  get keyFrameRate(): number | undefined {
    const { count, first, last } = this.#keyFrames;
    return count > 2 && last > first ? ((count - 1) * 1000) / (last - first) : undefined;
  }

  watch(watcher: StreamWatcher): void {
    clearTimeout(this.#linger);
    this.#watchers.add(watcher);
  }

  leave(watcher: StreamWatcher): void {
    if (!this.#watchers.delete(watcher) || this.#watchers.size > 0 || this.#closing) return;
    this.keep(this.settings.lingerMs);
  }

  /** Goes on for so long without viewers. */
  keep(ms: number): void {
    clearTimeout(this.#linger);
    if (this.#watchers.size > 0 || this.#closing) return;
    this.#linger = setTimeout(() => this.#onIdle(this), ms);
    this.#linger.unref();
  }

  stats(): LiveStreamStats {
    const { fragments, inits, bytes, framesDropped } = this.#tap.stats();
    const { codec, width, height } = this.init ?? {};
    return {
      cameraId: this.camera.id,
      stream: this.number,
      source: this.choice.stream,
      group: this.choice.key,
      passthrough: this.choice.encode === undefined,
      viewers: this.#watchers.size,
      fragments,
      inits,
      bytes,
      framesDropped,
      cachedBytes: this.#cachedBytes,
      bitsPerSecond: Math.round(this.bitsPerSecond(performance.now())),
      ...(codec !== undefined && { codec }),
      ...(width !== undefined && { width }),
      ...(height !== undefined && { height }),
    };
  }

  /** Idempotent. */
  close(): Promise<void> {
    clearTimeout(this.#linger);
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#watchers.clear();
    this.#forget();
    await this.#tap.close();
    await this.#encoder?.close();
  }

  #openEncoder(): NativeEncoder | undefined {
    const { encode } = this.choice;
    if (encode === undefined) return undefined;
    const { quality, frameRate } = encode;
    const { native: settings } = checkEncoder({
      camera: this.camera,
      quality,
      ...(frameRate !== undefined && { frameRate }),
    });
    return new native.Encoder(nativeCameraOf(this.camera), settings, (events) =>
      deliver(events, (event) => {
        if (event.type !== 'failure') return;
        for (const watcher of [...this.#watchers]) {
          watcher.onFailure(this, event.code, event.message);
        }
      }),
    );
  }

  #take(): void {
    while (!this.#closing) {
      const batch = this.#tap.take(BATCH_BYTES);
      if (batch.length === 0) return;
      for (const item of batch) this.#handle(item);
    }
  }

  #handle({ message, init, keyFrame, codec = '', width = 0, height = 0 }: NativeFragmentMessage) {
    if (init) {
      this.init = { message, codec, width, height };
      this.#forget();
      deliver([...this.#watchers], (watcher) => watcher.onInit(this));
      return;
    }
    const now = performance.now();
    this.#rate.add(message.length, now);
    if (keyFrame) {
      this.#keyRate.add(message.length, now);
      this.#countKeyFrame(now);
    }
    const picture = { message, keyFrame };
    // First: who begins to watch while it is delivered finds it among what is kept.
    const watchers = [...this.#watchers];
    this.#keep(picture);
    deliver(watchers, (watcher) => watcher.onPicture(this, picture));
  }

  #keep(picture: LivePicture): void {
    if (picture.keyFrame) this.#forget();
    else if (this.#cache.length === 0) return;
    this.#cache.push(picture);
    this.#cachedBytes += picture.message.length;
    // A part of a group is of no use to anybody: what is missing is what comes next.
    if (this.#cachedBytes > this.settings.maxCachedBytes) this.#forget();
  }

  #forget(): void {
    this.#cache = [];
    this.#cachedBytes = 0;
  }

  #countKeyFrame(now: number): void {
    const { count, first } = this.#keyFrames;
    this.#keyFrames = { count: count + 1, first: count === 0 ? now : first, last: now };
  }
}
