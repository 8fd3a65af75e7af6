// All streams that are decoded: they share the GPU and a fixed number of threads.

import { instanceOf } from '../arguments/index.js';
import { Camera } from '../camera/index.js';
import { FluxError } from '../errors.js';
import { type DecoderPoolStats, type NativeDecoderPool, native } from '../native/index.js';
import { Decoder } from './decoder.js';
import {
  type CameraDecoderOptions,
  checkCameraDecoder,
  checkFootage,
  checkPool,
  type DecoderBackend,
  type DecoderPoolOptions,
  type FootageDecoderOptions,
} from './options.js';

export type { DecoderPoolStats } from '../native/index.js';

/**
 * Decodes any number of streams on a fixed number of threads, on an NVIDIA GPU where there is one.
 *
 * @example
 * ```ts
 * const pool = await DecoderPool.open({ memory: { reserve: '50%' } });
 * const decoder = pool.decoder(camera, { quality: qualityForTile(640, 360) });
 * decoder.on('backend', ({ backend, reason }) => console.log(backend, reason ?? ''));
 * for await (const frame of decoder.frames()) {
 *   show(frame);
 *   frame.close();
 * }
 * ```
 */
export class DecoderPool {
  readonly #native: NativeDecoderPool;
  readonly #backend: DecoderBackend;
  readonly #decoders = new Set<Decoder>();
  #closing: Promise<void> | undefined;

  private constructor(pool: NativeDecoderPool, backend: DecoderBackend) {
    this.#native = pool;
    this.#backend = backend;
    pools.set(this, pool);
  }

  /**
   * Wakes the GPU, which may take a second. With backend `auto` a machine without one is no error:
   * {@link stats} says why.
   *
   * Rejects with `ERR_INVALID_ARGUMENT` naming the option; with backend `nvdec` also with
   * `ERR_UNSUPPORTED`, which says what of the driver is missing, and `ERR_GPU_LOST`.
   */
  static async open(options: DecoderPoolOptions = {}): Promise<DecoderPool> {
    const checked = checkPool(options);
    return new DecoderPool(await native.openDecoderPool(checked), checked.backend);
  }

  /**
   * Decodes what a camera sends, until {@link Decoder.close} or the camera is closed. Recording and
   * other viewers never notice.
   *
   * @throws FluxError `ERR_INVALID_ARGUMENT` naming the option; `ERR_CLOSED`.
   */
  decoder(camera: Camera, options: CameraDecoderOptions = {}): Decoder {
    instanceOf(Camera)('DecoderPool.decoder: camera', camera);
    return this.#add(camera, checkCameraDecoder(options, this.#backend));
  }

  /**
   * Decodes the frames that {@link Decoder.decode} is given: footage of a {@link Playback}, or frames
   * from elsewhere.
   *
   * @example
   * ```ts
   * const decoder = pool.createDecoder();
   * const reading = analyse(decoder.frames());
   * for await (const frame of playback) await decoder.decode(frame);
   * await decoder.flush();
   * await reading;
   * ```
   */
  createDecoder(options: FootageDecoderOptions = {}): Decoder {
    return this.#add(undefined, checkFootage(options, this.#backend));
  }

  /** A GPU that was lost may be tried again: streams go back to it with their next key frame. */
  resetGpu(): void {
    this.#open();
    this.#native.resetGpu();
  }

  stats(): DecoderPoolStats {
    return this.#native.stats();
  }

  /** Closes all its decoders. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #add(camera: Camera | undefined, options: ReturnType<typeof checkFootage>): Decoder {
    this.#open();
    const decoder = new Decoder(this.#native, camera, options, () =>
      this.#decoders.delete(decoder),
    );
    this.#decoders.add(decoder);
    return decoder;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#decoders].map((decoder) => decoder.close()));
    await this.#native.close();
  }

  #open(): void {
    if (this.#closing) {
      throw new FluxError('ERR_CLOSED', 'The DecoderPool is closed. Open another.');
    }
  }
}

const pools = new WeakMap<DecoderPool, NativeDecoderPool>();

/** The native side of a pool, for the other rooms of the SDK. */
export function nativePoolOf(pool: DecoderPool): NativeDecoderPool {
  return instanceOf(DecoderPool)('pool', pool) && (pools.get(pool) as NativeDecoderPool);
}
