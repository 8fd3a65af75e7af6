// Decoded frames as an async iterable. They wait in native memory, few of them: of a camera the
// newest win, of footage none is lost and decoding waits.
import { type NativeDecodedFrames, type NativeDecoder, native } from '../native/index.js';
import { Frame } from './frame.js';

/** Counters of {@link DecodedFrames}. */
export interface DecodedFramesStats {
  framesDelivered: number;
  /** Newer ones came before they were taken. */
  framesDropped: number;
  queuedFrames: number;
}

/**
 * An async iterable of frames; made by {@link Decoder.frames}. It ends with {@link close}, with the loop
 * that reads it, with the decoder, and behind the last frame of footage that {@link Decoder.flush} ended.
 * Every frame is the reader's to close.
 */
export class DecodedFrames implements AsyncIterable<Frame> {
  readonly #native: NativeDecodedFrames;
  readonly #onClose: () => void;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => void this.close();
  #wake: (() => void) | undefined;
  #finished = false;
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(
    decoder: NativeDecoder,
    maxQueued: number,
    signal: AbortSignal | undefined,
    onClose: () => void,
  ) {
    this.#onClose = onClose;
    this.#native = new native.DecodedFrames(decoder, { maxQueued }, () => this.#wake?.());
    this.#signal = signal;
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (signal?.aborted) void this.close();
  }

  stats(): DecodedFramesStats {
    return this.#native.stats();
  }

  /** @internal No frame comes any more: the iteration ends behind those that wait. */
  finish(): void {
    this.#finished = true;
    this.#wake?.();
  }

  /** Frames that still wait are let go of. Idempotent. */
  close(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#closing ??= this.#native.close().finally(this.#onClose);
    this.#wake?.();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Frame, void, void> {
    try {
      while (!this.#closing) {
        const info = this.#native.take();
        if (info) {
          yield new Frame(info);
          continue;
        }
        if (this.#finished) return;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = undefined;
      }
    } finally {
      await this.close();
    }
  }
}
