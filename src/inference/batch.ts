// A batch of pictures as one tensor: memory that is made once and filled again and again.
import {
  type Check,
  checkOptions,
  flag,
  integer,
  invalidArgument,
  oneOf,
  optional,
} from '../arguments/index.js';
import { type NativeBatchItem, type NativeFrameBatch, native } from '../native/index.js';
import type { Box } from './result.js';

/** What a value of a batch is. */
export type BatchFormat = 'float32' | 'float16' | 'rgb' | 'rgba' | 'gray';

/** Options of {@link FrameProvider.createBatch}. */
export interface FrameBatchOptions {
  /** Pixels of a picture. */
  width: number;
  height: number;
  /** Pictures, 1 to 1024. Default 1. */
  count?: number;
  /**
   * `float32` (default) and `float16` (its bits, in a Uint16Array): planes, [N, 3, H, W]. `rgb`,
   * `rgba`, `gray`: bytes, [N, H, W, C].
   */
  format?: BatchFormat;
  /** `letterbox` (default): the whole picture in its shape, with bars; `cover`: cut; `stretch`. */
  fit?: 'letterbox' | 'stretch' | 'cover';
  /** R, G, B of the bars, 0 to 255. Default 114 each, as YOLO models were trained. */
  fill?: readonly [number, number, number];
  /** Planes, or bytes, in the order B, G, R. Default false. */
  bgr?: boolean;
  /** Floats: (value * scale - mean) / deviation, value 0 to 255. Default 1/255, 0 and 1. */
  scale?: number;
  mean?: readonly [number, number, number];
  deviation?: readonly [number, number, number];
  /**
   * CUDA's ordinal of a GPU: the batch is in its memory, at {@link FrameBatch.devicePointer}, for
   * models that run there. Default: in the machine's, wherever frames are decoded.
   */
  gpu?: number;
}

/** Options of {@link FrameBatch.next}. */
export interface NextBatchOptions {
  /** Of these cameras alone. Default: all of the provider's. */
  cameras?: readonly string[];
  /** `ERR_TIMEOUT` after so long without a new frame. Default: it waits. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** One picture of a batch: where it came from. */
export interface BatchItem {
  readonly cameraId: string;
  /** Which of the camera's frames, from 1. */
  readonly number: number;
  /** Media time in microseconds. */
  readonly timestamp: number;
  /** When it came, in UTC milliseconds. */
  readonly arrival: number;
  readonly keyFrame: boolean;
  /** Of the picture, as it is shown. */
  readonly width: number;
  readonly height: number;
  /** A box in the batch's pixels as one in shares of the picture (0 to 1), cut at its edges. */
  toPicture(box: Box): Box;
}

function threeNumbers(min: number, max: number): Check<readonly [number, number, number]> {
  return (name, value) => {
    const fine = (each: unknown) => typeof each === 'number' && each >= min && each <= max;
    if (!Array.isArray(value) || value.length !== 3 || !value.every(fine)) {
      throw invalidArgument(name, `three numbers from ${min} to ${max}`, value);
    }
    return value as unknown as readonly [number, number, number];
  };
}

function notZero(check: Check<readonly [number, number, number]>): typeof check {
  return (name, value) => {
    const checked = check(name, value);
    if (checked.includes(0)) throw invalidArgument(name, 'numbers other than 0', value);
    return checked;
  };
}

const finite: Check<number> = (name, value) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw invalidArgument(name, 'a number', value);
  }
  return value;
};

const CHANNELS: Record<BatchFormat, number> = { float32: 3, float16: 3, rgb: 3, rgba: 4, gray: 1 };

/** What {@link FrameBatch} needs of its provider. */
export interface BatchFiller {
  next(batch: NativeFrameBatch, options: NextBatchOptions): Promise<NativeBatchItem[]>;
}

/**
 * Memory for N pictures, made by {@link FrameProvider.createBatch}. Each {@link next} overwrites it:
 * have two where one is to be filled while a model reads the other.
 */
export class FrameBatch {
  readonly format: BatchFormat;
  /** `[N, 3, H, W]` of floats; `[N, H, W, C]` of bytes. */
  readonly dims: readonly number[];
  /**
   * All pictures, one behind the other; those that the last {@link next} did not fill are zero. Empty
   * with option `gpu`.
   */
  readonly data: Float32Array | Uint16Array | Uint8Array;
  /**
   * With option `gpu`: of the first picture, in the device's primary context. All is written when
   * {@link next} resolves; be done with it before the next call.
   */
  readonly devicePointer: bigint | undefined;
  readonly #native: NativeFrameBatch;
  readonly #filler: BatchFiller;

  /** @internal */
  constructor(filler: BatchFiller, options: FrameBatchOptions) {
    const checked = checkOptions('FrameProvider.createBatch', options, {
      width: integer(1, 8192, 'pixels'),
      height: integer(1, 8192, 'pixels'),
      count: optional(integer(1, 1024), 1),
      format: optional(oneOf('float32', 'float16', 'rgb', 'rgba', 'gray'), 'float32' as const),
      fit: optional(oneOf('letterbox', 'stretch', 'cover'), 'letterbox' as const),
      fill: optional(threeNumbers(0, 255), [114, 114, 114] as const),
      bgr: optional(flag, false),
      scale: optional(finite, 1 / 255),
      mean: optional(threeNumbers(-1e6, 1e6), [0, 0, 0] as const),
      gpu: optional(integer(0, 255)),
      deviation: optional(notZero(threeNumbers(-1e6, 1e6)), [1, 1, 1] as const),
    });
    const { count, width, height, format } = checked;
    this.#filler = filler;
    this.#native = new native.FrameBatch(checked);
    this.format = format;
    const floats = format === 'float32' || format === 'float16';
    const channels = CHANNELS[format];
    this.dims = floats ? [count, channels, height, width] : [count, height, width, channels];
    const memory = this.#native.buffer() ?? new ArrayBuffer(0);
    this.devicePointer = checked.gpu === undefined ? undefined : this.#native.deviceAddress();
    if (format === 'float32') this.data = new Float32Array(memory);
    else if (format === 'float16') this.data = new Uint16Array(memory);
    else this.data = new Uint8Array(memory);
  }

  /**
   * Fills the batch with frames that no batch has had yet, at most one of each camera, and resolves
   * with where each came from: item N stands at place N. Waits where there is none; never for more
   * than one. The camera that was served longest ago comes first.
   *
   * Rejects with `ERR_TIMEOUT`, `ERR_ABORTED`, `ERR_CAMERA_NOT_FOUND`, `ERR_CLOSED`, and with
   * `ERR_STATE` while the batch is being filled already.
   */
  async next(options: NextBatchOptions = {}): Promise<BatchItem[]> {
    const items = await this.#filler.next(this.#native, options);
    return items.map(toItem);
  }
}

function toItem(item: NativeBatchItem): BatchItem {
  const { source, target, storedWidth, storedHeight, ...rest } = item;
  const toPicture = (box: Box): Box => {
    const x = (value: number) =>
      clamp((source.x + ((value - target.x) * source.width) / target.width) / storedWidth);
    const y = (value: number) =>
      clamp((source.y + ((value - target.y) * source.height) / target.height) / storedHeight);
    const [left, top] = [x(box.x), y(box.y)];
    const [right, bottom] = [x(box.x + box.width), y(box.y + box.height)];
    return { x: left, y: top, width: right - left, height: bottom - top };
  };
  return { ...rest, toPicture };
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}
