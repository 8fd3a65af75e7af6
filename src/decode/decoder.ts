// One stream's decoder. Units and pictures stay in native memory; what arrives here is news, and
// the frames that somebody asks for.
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
import {
  type Camera,
  type EncodedFrame,
  nativeCameraOf,
  QUALITIES,
  type Quality,
  type StreamName,
} from '../camera/index.js';
import { FluxError } from '../errors.js';
import { deliver, emitError } from '../events.js';
import {
  type DecoderStats,
  type NativeDecoder,
  type NativeDecoderEvent,
  type NativeDecoderOptions,
  type NativeDecoderPool,
  type NativeEncodedUnit,
  native,
} from '../native/index.js';
import type { PlaybackFrame } from '../playback/index.js';
import { DecodedFrames } from './decoded-frames.js';
import { MAX_FRAME_RATE } from './options.js';

export type { DecoderStats } from '../native/index.js';

/** Another decoder decodes the stream now. */
export interface DecoderBackendChange {
  backend: 'nvdec' | 'libavcodec';
  /** Why not NVDEC, where it was to be. */
  reason?: string;
}

/** What is decoded from now on. */
export interface DecoderParameters {
  /** Pixels. */
  width: number;
  height: number;
  /** RFC 6381, for example `avc1.640028`. */
  codec: string;
  /** Frames per second as the stream declares them; 0 where it does not. */
  frameRate: number;
}

/** Frames that were not decoded because decoding did not keep up. */
export interface DecoderGap {
  /** UTC milliseconds, by arrival. */
  from: number;
  to: number;
  units: number;
}

/** Events of {@link Decoder}, with their arguments. */
export interface DecoderEvents {
  backend: [change: DecoderBackendChange];
  parameters: [parameters: DecoderParameters];
  gap: [gap: DecoderGap];
  /** Decoding failed and begins anew with the next key frame. Without a listener: a warning. */
  error: [error: FluxError];
}

/**
 * Decodes a camera's stream, or footage that it is given. Made by {@link DecoderPool}. It heals itself:
 * what fails is an event and a counter, and decoding goes on with the next key frame.
 *
 * @example
 * ```ts
 * const decoder = pool.decoder(camera, { quality: 'GRID_VIEW' });
 * for await (const frame of decoder.frames()) {
 *   await frame.copyTo(pixels, { format: 'rgb', width: 640, height: 360 });
 *   frame.close();
 * }
 * ```
 */
export class Decoder extends EventEmitter<DecoderEvents> {
  readonly #native: NativeDecoder;
  readonly #camera: Camera | undefined;
  readonly #onClose: () => void;
  readonly #onCameraState = ({ state, stream }: { state: string; stream: StreamName }) => {
    if (state === 'closed' && stream === 'main') void this.close();
  };
  readonly #frames = new Set<DecodedFrames>();
  #limits: { maxFrameRate: number; keyFramesOnly: boolean };
  #asksForKeyFrames = true;
  #drained: (() => void)[] = [];
  #ended: (() => void)[] = [];
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(
    pool: NativeDecoderPool,
    camera: Camera | undefined,
    options: NativeDecoderOptions,
    onClose: () => void,
  ) {
    super();
    this.#camera = camera;
    this.#onClose = onClose;
    this.#limits = { maxFrameRate: options.maxFrameRate, keyFramesOnly: options.keyFramesOnly };
    this.#native = new native.Decoder(pool, camera && nativeCameraOf(camera), options, (events) =>
      deliver(events, (event) => this.#onEvent(event)),
    );
    handles.set(this, this.#native);
    camera?.on('state', this.#onCameraState);
    this.#askForKeyFrame();
  }

  /**
   * The frames of the decoder from now on. Of a camera's, `maxQueued` (default 3) wait at most and the
   * newest win; of footage that {@link decode} is given none is lost, and decoding waits. Any number of
   * readers may read at once: each gets every frame.
   */
  frames(options: { maxQueued?: number; signal?: AbortSignal } = {}): DecodedFrames {
    const checked = checkOptions('Decoder.frames', options, {
      maxQueued: optional(integer(1, 256, 'frames'), 3),
      signal: optional(signal),
    });
    this.#open();
    const frames = new DecodedFrames(this.#native, checked.maxQueued, checked.signal, () =>
      this.#frames.delete(frames),
    );
    this.#frames.add(frames);
    return frames;
  }

  /** Which stream of the camera and how many frames; the stream changes at its next key frame. */
  setQuality(quality: Quality): void {
    oneOf(...QUALITIES)('Decoder.setQuality: quality', quality);
    this.#open();
    if (!this.#camera) {
      throw new FluxError('ERR_STATE', 'A Decoder of footage has no quality: use setLimits().');
    }
    this.#native.setQuality(quality);
    this.#askForKeyFrame();
  }

  /**
   * Frames per second that are delivered at most (0: all), and whether only key frames are decoded. What
   * is left out stays as it is.
   */
  setLimits(options: { maxFrameRate?: number; keyFramesOnly?: boolean }): void {
    const checked = checkOptions('Decoder.setLimits', options, {
      maxFrameRate: optional(MAX_FRAME_RATE, this.#limits.maxFrameRate),
      keyFramesOnly: optional(flag, this.#limits.keyFramesOnly),
    });
    this.#open();
    this.#limits = checked;
    this.#native.setLimits(checked.maxFrameRate, checked.keyFramesOnly);
  }

  /**
   * Decodes a frame of a camera or of a recording, with a decoder that was made without a camera
   * ({@link DecoderPool.createDecoder}). Resolves once there is room for the next; sound is left out.
   * Of a {@link Frame}, `timestamp` is that of the frame given, and a playback frame's `time` in
   * microseconds; a playback frame in front of the one that was sought (`preroll`) is not delivered.
   *
   * Rejects with `ERR_INVALID_ARGUMENT` where the first frame is no key frame with its
   * `decoderConfiguration`; `ERR_CLOSED`; `ERR_STATE`.
   */
  async decode(frame: EncodedFrame | PlaybackFrame): Promise<void> {
    if (typeof frame !== 'object' || frame === null || !(frame.data instanceof Uint8Array)) {
      throw invalidArgument('Decoder.decode: frame', 'an encoded frame', frame);
    }
    this.#open();
    if (frame.kind !== 'video') return;
    const unit = unitOf(frame);
    while (!this.#native.push(unit)) {
      await new Promise<void>((resolve) => this.#drained.push(resolve));
      this.#open();
    }
    if (this.#native.stats().queuedUnits > 8) {
      await new Promise<void>((resolve) => this.#drained.push(resolve));
    }
  }

  /**
   * Resolves when all frames that were given are decoded; its iterables end behind the last of them.
   * What follows begins with a key frame, and is read from new iterables.
   */
  async flush(): Promise<void> {
    this.#open();
    this.#native.end();
    await new Promise<void>((resolve) => this.#ended.push(resolve));
    for (const frames of this.#frames) frames.finish();
  }

  stats(): DecoderStats {
    return this.#native.stats();
  }

  /** Ends its iterables too. Frames that were taken stay until they are closed. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#camera?.off('state', this.#onCameraState);
    for (const resolve of [...this.#drained.splice(0), ...this.#ended.splice(0)]) resolve();
    await Promise.all([...this.#frames].map((frames) => frames.close()));
    await this.#native.close();
    this.#onClose();
  }

  #open(): void {
    if (this.#closing) throw new FluxError('ERR_CLOSED', 'The Decoder is closed. Make another.');
  }

  #onEvent(event: NativeDecoderEvent): void {
    const { type, ...rest } = event;
    switch (event.type) {
      case 'backend':
        this.emit('backend', rest as DecoderBackendChange);
        break;
      case 'parameters':
        this.emit('parameters', rest as DecoderParameters);
        break;
      case 'gap':
        this.emit('gap', rest as DecoderGap);
        break;
      case 'error':
        emitError(this, new FluxError(event.code, event.message));
        break;
      case 'keyFrameWanted':
        this.#askForKeyFrame();
        break;
      case 'drained':
        for (const resolve of this.#drained.splice(0)) resolve();
        break;
      case 'ended':
        this.#ended.shift()?.();
        break;
    }
  }

  #askForKeyFrame(): void {
    if (!this.#camera || !this.#asksForKeyFrames) return;
    this.#camera.requestKeyFrame().catch((error: unknown) => {
      // Without ONVIF, or where the camera knows no such request, the next key frame comes anyway.
      if (error instanceof FluxError && error.code === 'ERR_ONVIF_UNSUPPORTED') {
        this.#asksForKeyFrames = false;
      }
    });
  }
}

function unitOf(frame: EncodedFrame | PlaybackFrame): NativeEncodedUnit {
  const played = 'time' in frame;
  return {
    codec: frame.codec,
    data: frame.data,
    timestamp: played ? Math.round(frame.time * 1000) : frame.timestamp,
    keyFrame: frame.keyFrame,
    afterGap: frame.afterGap,
    hidden: played && frame.preroll,
    width: frame.width,
    height: frame.height,
    decoderConfiguration: frame.decoderConfiguration,
  };
}

const handles = new WeakMap<Decoder, NativeDecoder>();

/** The native side of a decoder, for the other rooms of the SDK that connect something to it. */
export function nativeDecoderOf(decoder: Decoder): NativeDecoder {
  const handle = handles.get(decoder);
  if (!handle) throw invalidArgument('decoder', 'a Decoder of a DecoderPool', decoder);
  return handle;
}
