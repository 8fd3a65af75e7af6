// A camera's encoded frames for JavaScript. They wait in native memory, bounded, until they are
// taken: a slow reader loses frames up to the next key frame, and slows nobody.
import { oneOf } from '../arguments/index.js';
import { FluxError } from '../errors.js';
import {
  type EncodedFrame,
  type FrameStreamStats,
  type NativeCamera,
  type NativeEncoder,
  type NativeFrameTap,
  native,
} from '../native/index.js';
import { QUALITIES, type Quality } from './quality.js';

export type { EncodedFrame, FrameStreamStats } from '../native/index.js';

/** What is taken out of native memory in one go. */
const BATCH_BYTES = 1 << 20;

/**
 * An async iterable of frames; made by {@link Camera.frames} and by an encoder. It ends with
 * {@link close}, with the loop that reads it, or with the camera or encoder.
 */
export class FrameStream implements AsyncIterable<EncodedFrame> {
  readonly #native: NativeFrameTap;
  readonly #onClose: () => void;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => void this.close();
  #batch: EncodedFrame[] = [];
  #wake: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(
    source: NativeCamera | NativeEncoder,
    options: {
      quality: Quality;
      video: boolean;
      audio: boolean;
      metadata: boolean;
      maxQueuedBytes: number;
      signal?: AbortSignal | undefined;
    },
    onClose: () => void,
  ) {
    this.#onClose = onClose;
    const { signal, ...rest } = options;
    this.#native = new native.FrameTap(source, rest, () => this.#wake?.());
    this.#signal = signal;
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (signal?.aborted) void this.close();
  }

  /**
   * Changes over at the next key frame; until then the old stream goes on. Frames of an encoder are of
   * one quality: `ERR_UNSUPPORTED`.
   */
  setQuality(quality: Quality): void {
    oneOf(...QUALITIES)('FrameStream.setQuality: quality', quality);
    if (this.#closing) throw new FluxError('ERR_CLOSED', 'The FrameStream is closed.');
    this.#native.setQuality(quality);
  }

  stats(): FrameStreamStats {
    return this.#native.stats();
  }

  /** Idempotent. */
  close(): Promise<void> {
    // One signal may outlive any number of streams.
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#closing ??= this.#native.close().finally(this.#onClose);
    this.#wake?.();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<EncodedFrame, void, void> {
    try {
      while (!this.#closing) {
        if (this.#batch.length === 0) this.#batch = this.#native.take(BATCH_BYTES);
        if (this.#batch.length === 0) {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
          this.#wake = undefined;
          continue;
        }
        for (const frame of this.#batch.splice(0)) {
          yield frame;
          if (this.#closing) return;
        }
      }
    } finally {
      await this.close();
    }
  }
}
