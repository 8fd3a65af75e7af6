// Options of decoding, and their checks.
import {
  type Check,
  checkOptions,
  decimal,
  flag,
  integer,
  invalidArgument,
  oneOf,
  optional,
} from '../arguments/index.js';
import { QUALITIES, type Quality, type StreamName } from '../camera/index.js';
import { FluxError } from '../errors.js';
import type { NativeDecoderOptions, NativeDecoderPoolOptions } from '../native/index.js';

/**
 * Who decodes: `auto` takes NVDEC for every stream that it can decode and the CPU for the others and
 * whenever NVDEC fails; `nvdec` never falls back; `libavcodec` is the CPU.
 */
export type DecoderBackend = 'auto' | 'nvdec' | 'libavcodec';

/** Options of {@link DecoderPool.open}. */
export interface DecoderPoolOptions {
  /** Default `auto`. What {@link CameraDecoderOptions.backend} may override towards the CPU. */
  backend?: DecoderBackend;
  /** CUDA's ordinal of the GPU; default 0. */
  device?: number;
  /** Memory of the GPU. */
  memory?: {
    /** Bytes that decoders, renderers and encoders may take together; default 80 % of the device. */
    budget?: number;
    /** What stays free for inference: bytes, or a share of the whole such as `'50%'`. */
    reserve?: number | string;
  };
}

/** How a stream's numbers stand for colours. */
export interface ColourSpec {
  /** The matrix between RGB and YCbCr. */
  matrix: 'bt601' | 'bt709' | 'bt2020';
  /** Luma 0 to 255 instead of 16 to 235. Default false. */
  fullRange?: boolean;
}

/** Options of {@link DecoderPool.createDecoder}. */
export interface FootageDecoderOptions {
  /** Default: the pool's. */
  backend?: DecoderBackend;
  /** Frames per second that are delivered, at most; 0: all. Default 0. */
  maxFrameRate?: number;
  /** Only key frames are decoded. Default false. */
  keyFramesOnly?: boolean;
  /** Instead of what the stream says, for cameras that say it wrongly. */
  colour?: ColourSpec;
  /** Threads of libavcodec for this stream, 1 to 64. Each beyond the first delays by a frame. Default 1. */
  threads?: number;
  /** Bytes that may wait to be decoded; default 16 MiB. */
  maxQueuedBytes?: number;
}

/** Options of {@link DecoderPool.decoder}. */
export interface CameraDecoderOptions extends FootageDecoderOptions {
  /** Which stream, and how many frames a second: see {@link qualityForTile}. Default `FULLSCREEN`. */
  quality?: Quality;
  /** Instead of `quality`: this stream, all its frames. */
  stream?: StreamName;
  /** Frames per second that are delivered, at most; 0: all. Default: the quality's. */
  maxFrameRate?: number;
}

const BACKENDS = ['auto', 'nvdec', 'libavcodec'] as const;

/** Frames per second, or a negative number for those of the quality. */
export const MAX_FRAME_RATE = decimal(0, 1000, 'frames per second');

const reserve: Check<{ bytes: number; share: number }> = (name, value) => {
  if (typeof value === 'number')
    return { bytes: integer(0, 2 ** 50, 'bytes')(name, value), share: 0 };
  const percent =
    typeof value === 'string' ? /^(\d{1,2}(?:\.\d+)?)\s?%$/.exec(value)?.[1] : undefined;
  if (percent !== undefined) return { bytes: 0, share: Number(percent) / 100 };
  throw invalidArgument(name, "bytes, or a share of less than 100 % such as '50%'", value);
};

const colour: Check<Required<ColourSpec>> = (name, value) =>
  checkOptions(name, value, {
    matrix: oneOf('bt601', 'bt709', 'bt2020'),
    fullRange: optional(flag, false),
  });

const shared = {
  backend: optional(oneOf(...BACKENDS)),
  maxFrameRate: optional(MAX_FRAME_RATE),
  keyFramesOnly: optional(flag, false),
  colour: optional(colour),
  threads: optional(integer(1, 64), 1),
  maxQueuedBytes: optional(integer(1 << 16, 2 ** 40, 'bytes'), 16 << 20),
};

export function checkPool(options: DecoderPoolOptions): NativeDecoderPoolOptions {
  const where = 'DecoderPool.open';
  const checked = checkOptions(where, options, {
    backend: optional(oneOf(...BACKENDS), 'auto' as const),
    device: optional(integer(0, 255), 0),
    memory: optional((name: string, value: unknown) =>
      checkOptions(name, value, {
        budget: optional(integer(1, 2 ** 50, 'bytes'), 0),
        reserve: optional(reserve, { bytes: 0, share: 0 }),
      }),
    ),
  });
  const { budget, reserve: kept } = checked.memory ?? {
    budget: 0,
    reserve: { bytes: 0, share: 0 },
  };
  return {
    backend: checked.backend,
    device: checked.device,
    memoryBytes: budget,
    reserveBytes: kept.bytes,
    reserveShare: kept.share,
  };
}

export function checkFootage(
  options: FootageDecoderOptions,
  backend: DecoderBackend,
): NativeDecoderOptions {
  const checked = checkOptions('DecoderPool.createDecoder', options, shared);
  return {
    ...checked,
    backend: checked.backend ?? backend,
    quality: 'FULLSCREEN',
    maxFrameRate: checked.maxFrameRate ?? 0,
  };
}

export function checkCameraDecoder(
  options: CameraDecoderOptions,
  backend: DecoderBackend,
): NativeDecoderOptions {
  const where = 'DecoderPool.decoder';
  const { quality, stream, ...checked } = checkOptions(where, options, {
    ...shared,
    quality: optional(oneOf(...QUALITIES)),
    stream: optional(oneOf('main', 'sub')),
  });
  if (quality && stream) {
    throw new FluxError(
      'ERR_INVALID_ARGUMENT',
      `${where}: give quality or stream, not both: a quality chooses the stream.`,
    );
  }
  const native = { ...checked, backend: checked.backend ?? backend };
  if (!stream) {
    return {
      ...native,
      quality: quality ?? 'FULLSCREEN',
      maxFrameRate: checked.maxFrameRate ?? -1,
    };
  }
  return {
    ...native,
    quality: stream === 'main' ? 'FULLSCREEN' : 'GRID_VIEW',
    maxFrameRate: checked.maxFrameRate ?? 0,
  };
}
