// What viewers of one quality are to be sent.
import {
  type Check,
  checkOptions,
  decimal,
  instanceOf,
  integer,
  invalidArgument,
  oneOf,
  optional,
} from '../arguments/index.js';
import { Camera } from '../camera/index.js';
import { Decoder } from '../decode/index.js';
import type { NativeEncoderOptions } from '../native/index.js';

/** The qualities that have settings of their own for an {@link Encoder}. */
export type EncoderQuality = 'THUMBNAIL' | 'GRID_VIEW' | 'FOCUSED' | 'FULLSCREEN';

/** Options of {@link Encoder}. */
export interface EncoderOptions {
  /** Whose streams are sent or encoded. Either this or `decoder`. */
  camera?: Camera;
  /** Whose pictures are encoded, always: there is no stream that could be passed through. */
  decoder?: Decoder;
  /**
   * Settings for a tile, each of which the options below replace: `THUMBNAIL` 426x240, 5 frames and
   * 150 kbit a second; `GRID_VIEW` 854x480, 15 and 800 kbit; `FOCUSED` (default) 1280x720, 25 and
   * 2 Mbit; `FULLSCREEN` 1920x1080, 30 and 4 Mbit.
   */
  quality?: EncoderQuality;
  /** The picture fits into so many pixels, 32 to 8192. It keeps its shape and is never enlarged. */
  width?: number;
  height?: number;
  /** At most, per second; 0.1 to 240. */
  frameRate?: number;
  /** At most, bits per second; 16,000 to 1,000,000,000. */
  bitrate?: number;
  /** Default `h264`, which every viewer decodes. */
  codec?: 'h264' | 'h265';
  /**
   * `auto` (default): a stream of the camera that keeps to all this is sent as it is, and nothing is
   * encoded. `never`: always encode.
   */
  passthrough?: 'auto' | 'never';
  /** `auto` (default): NVENC where there is one with room, else libavcodec on the CPU. */
  backend?: 'auto' | 'nvenc' | 'libavcodec';
  /** Of libavcodec: slices of a picture that are encoded at the same time, 1 to 16. Default 1. */
  threads?: number;
  /** How long it goes on without anybody who reads frames. Default 5000 ms. */
  lingerMs?: number;
}

/** What a quality means. */
export const ENCODER_SETTINGS = {
  THUMBNAIL: { width: 426, height: 240, frameRate: 5, bitrate: 150_000 },
  GRID_VIEW: { width: 854, height: 480, frameRate: 15, bitrate: 800_000 },
  FOCUSED: { width: 1280, height: 720, frameRate: 25, bitrate: 2_000_000 },
  FULLSCREEN: { width: 1920, height: 1080, frameRate: 30, bitrate: 4_000_000 },
} as const;

export const bitrate: Check<number> = integer(16_000, 1_000_000_000, 'bits per second');
const side = integer(32, 8192, 'pixels');

/** Checks what `new Encoder()` is given, and fills in what is left out. */
export function checkEncoder(options: EncoderOptions): {
  source: Camera | Decoder;
  native: NativeEncoderOptions;
} {
  const checked = checkOptions('Encoder', options, {
    camera: optional(instanceOf(Camera)),
    decoder: optional(instanceOf(Decoder)),
    quality: optional(oneOf('THUMBNAIL', 'GRID_VIEW', 'FOCUSED', 'FULLSCREEN'), 'FOCUSED' as const),
    width: optional(side),
    height: optional(side),
    frameRate: optional(decimal(0.1, 240, 'frames per second')),
    bitrate: optional(bitrate),
    codec: optional(oneOf('h264', 'h265'), 'h264' as const),
    passthrough: optional(oneOf('auto', 'never'), 'auto' as const),
    backend: optional(oneOf('auto', 'nvenc', 'libavcodec'), 'auto' as const),
    threads: optional(integer(1, 16), 1),
    lingerMs: optional(integer(0, 86_400_000, 'milliseconds'), 5000),
  });
  if ((checked.width === undefined) !== (checked.height === undefined)) {
    const missing = checked.width === undefined ? 'width' : 'height';
    throw invalidArgument(`Encoder: ${missing}`, 'given where the other side is', undefined);
  }
  const source = checked.camera ?? checked.decoder;
  if (!source || (checked.camera && checked.decoder)) {
    throw invalidArgument('Encoder: camera', 'given where decoder is not, and only there', source);
  }
  const settings = ENCODER_SETTINGS[checked.quality];
  return {
    source,
    native: {
      codec: checked.codec,
      width: checked.width ?? settings.width,
      height: checked.height ?? settings.height,
      frameRate: checked.frameRate ?? settings.frameRate,
      bitrate: checked.bitrate ?? settings.bitrate,
      passthrough: checked.passthrough === 'auto',
      backend: checked.backend,
      threads: checked.threads,
      lingerMs: checked.lingerMs,
    },
  };
}
