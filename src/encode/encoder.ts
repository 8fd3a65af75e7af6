// An encoder: what all viewers of one quality of a camera are sent, encoded once or not at all.
import { EventEmitter } from 'node:events';
import { checkOptions, integer, optional, signal } from '../arguments/index.js';
import { Camera, FrameStream, nativeCameraOf } from '../camera/index.js';
import { nativeDecoderOf } from '../decode/index.js';
import { FluxError } from '../errors.js';
import { deliver } from '../events.js';
import {
  type EncodeRoute,
  type EncoderStats,
  type NativeEncoder,
  type NativeEncoderEvent,
  native,
} from '../native/index.js';
import { bitrate, checkEncoder, type EncoderOptions } from './options.js';

export type { EncodeRoute, EncoderStats } from '../native/index.js';

/** Which encoder encodes now. */
export interface EncoderBackendChange {
  /** `nvenc`, `libx264`, `libopenh264` or `libx265`. */
  backend: string;
  /** Why not NVENC, where it was to be. */
  reason?: string;
  /** Of the pictures that come out. */
  width: number;
  height: number;
}

/** Events of {@link Encoder}, with their arguments. */
export interface EncoderEvents {
  /** From now on frames come from there. */
  route: [route: EncodeRoute];
  backend: [change: EncoderBackendChange];
  /** A picture was not encoded, or no encoder could be made. It goes on by itself. */
  failure: [error: FluxError];
}

/**
 * Frames of a camera in the size, rate and codec that a group of viewers can take. Encoders of one
 * camera or decoder with the same settings share one stream, whoever made them; a stream of the camera that
 * keeps to the settings is passed through. Nothing is decoded or encoded while nobody reads.
 *
 * @example
 * ```ts
 * const encoder = new Encoder({ camera, width: 640, height: 360, bitrate: 600_000 });
 * for await (const { data, keyFrame } of encoder.frames()) send(data);
 * ```
 */
export class Encoder extends EventEmitter<EncoderEvents> {
  /** Undefined where a decoder's pictures are encoded. */
  readonly camera: Camera | undefined;
  readonly #native: NativeEncoder;
  readonly #frames = new Set<FrameStream>();
  #closing: Promise<void> | undefined;

  /** @throws FluxError `ERR_INVALID_ARGUMENT` naming the option, `ERR_CLOSED`. */
  constructor(options: EncoderOptions) {
    super();
    const { source, native: settings } = checkEncoder(options);
    this.camera = source instanceof Camera ? source : undefined;
    const handle = source instanceof Camera ? nativeCameraOf(source) : nativeDecoderOf(source);
    this.#native = new native.Encoder(handle, settings, (events) =>
      deliver(events, (event) => this.#onEvent(event)),
    );
  }

  /**
   * An async iterable of frames that begins with a key frame: the last one and what followed where a
   * stream is passed through, else one that is made now. `maxQueuedBytes` (default 8 MiB) may wait for
   * a slow reader, which then loses frames up to the next key frame.
   */
  frames(options: { maxQueuedBytes?: number; signal?: AbortSignal } = {}): FrameStream {
    const checked = checkOptions('Encoder.frames', options, {
      maxQueuedBytes: optional(integer(1 << 16, 2 ** 40, 'bytes'), 8 << 20),
      signal: optional(signal),
    });
    this.#requireOpen();
    const frames = new FrameStream(
      this.#native,
      { ...checked, quality: 'FULLSCREEN', video: true, audio: false, metadata: false },
      () => this.#frames.delete(frames),
    );
    this.#frames.add(frames);
    return frames;
  }

  /**
   * The next picture becomes a key frame: one, however many ask for it. Where the camera's stream is
   * passed through the camera is asked, which takes ONVIF; rejects as {@link Camera.requestKeyFrame}.
   */
  async requestKeyFrame(): Promise<void> {
    this.#requireOpen();
    if (this.#native.requestKeyFrame()) return;
    if (this.#native.stats().route?.passthrough) await this.camera?.requestKeyFrame();
  }

  /**
   * Bits per second from the next picture on, for all that share the encoder; libopenh264 and libx265
   * follow at the next key frame. A stream that was passed through is encoded from then on where it
   * exceeds it.
   */
  setBitrate(bitsPerSecond: number): void {
    const checked = bitrate('Encoder.setBitrate: bitsPerSecond', bitsPerSecond);
    this.#requireOpen();
    this.#native.setBitrate(checked);
  }

  stats(): EncoderStats {
    return this.#native.stats();
  }

  /** Ends its streams of frames. What it shared goes on for the others. Idempotent. */
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
  }

  #requireOpen(): void {
    if (this.#closing) {
      throw new FluxError('ERR_CLOSED', 'The Encoder is closed. Make a new Encoder.');
    }
  }

  #onEvent(event: NativeEncoderEvent): void {
    if (event.type === 'route') {
      this.emit('route', event.route);
    } else if (event.type === 'backend') {
      const { backend, width, height, reason } = event;
      this.emit('backend', { backend, width, height, ...(reason && { reason }) });
    } else {
      this.emit('failure', new FluxError(event.code, event.message));
    }
  }
}
