// Where a camera's frames come from: a decoder that is there already, or one opened for the purpose.
import { instanceOf, oneOf, optional } from '../arguments/index.js';
import { type Camera, QUALITIES, type Quality } from '../camera/index.js';
import { Decoder, type DecoderPool, MAX_FRAME_RATE, nativeDecoderOf } from '../decode/index.js';
import type { NativeDecoder } from '../native/index.js';

/** Which frames of a camera. */
export interface FeedOptions {
  /** One that is there already, and stays open; it says which stream and how many frames. */
  decoder?: Decoder | undefined;
  /** Of a decoder of its own: which stream. Default `GRID_VIEW`, the sub stream. */
  quality?: Quality | undefined;
  /** Frames per second, at most; 0: all. Default 5. */
  maxFrameRate?: number | undefined;
}

/** To be spread into the table of checkOptions(). */
export const FEED_OPTIONS = {
  decoder: optional(instanceOf(Decoder)),
  quality: optional(oneOf(...QUALITIES)),
  maxFrameRate: optional(MAX_FRAME_RATE),
};

export interface Feed {
  native: NativeDecoder;
  /** Closes the decoder if it was opened for this feed. */
  close(): Promise<void>;
}

/** @throws what DecoderPool.decoder() throws. */
export function openFeed(pool: DecoderPool, camera: Camera, options: FeedOptions): Feed {
  const { decoder, quality = 'GRID_VIEW', maxFrameRate = 5 } = options;
  if (decoder) return { native: nativeDecoderOf(decoder), close: async () => {} };
  const own = pool.decoder(camera, { quality, maxFrameRate });
  return { native: nativeDecoderOf(own), close: () => own.close() };
}
