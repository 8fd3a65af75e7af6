// One decoded picture: in native memory or on a GPU, until it is closed.
import {
  checkOptions,
  integer,
  invalidArgument,
  list,
  oneOf,
  optional,
} from '../arguments/index.js';
import { FluxError } from '../errors.js';
import type {
  NativeConvertOptions,
  NativeFrameHandle,
  NativeFrameInfo,
  PixelFormat,
} from '../native/index.js';

export type { PixelFormat } from '../native/index.js';

/** Options of {@link Frame.copyTo}. */
export interface CopyOptions {
  /** Default `rgb`. */
  format?: PixelFormat;
  /** Pixels; default: the frame's, as it is to be shown. One of the two keeps the shape. */
  width?: number;
  height?: number;
  /** Where the shapes differ: `stretch` (default), `letterbox` with bars, or `cover`, cut off. */
  fit?: 'stretch' | 'letterbox' | 'cover';
  /** Colour of the bars: red, green, blue, 0 to 255 each. Default black. */
  fill?: readonly [number, number, number];
}

/** Pixels from the upper left corner. */
export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** What {@link Frame.copyTo} made. */
export interface CopiedPicture {
  width: number;
  height: number;
  /** That were written. */
  bytes: number;
  /** Which part of the frame. */
  source: Rectangle;
  /** Where it is in the copy; around it are bars. */
  target: Rectangle;
}

/** Where a picture is in a GPU's memory (CUDA's primary context of the device). */
export interface DevicePointer {
  /** CUDA's ordinal. */
  device: number;
  /** Luma, then Cb and Cr by turns at half the size. `pitch`: bytes from one line to the next. */
  planes: { address: bigint; pitch: number }[];
}

/**
 * A decoded picture. Close it as soon as it is not needed any more: it is large, and a GPU has room for
 * few of them. Immutable; a copy that is under way when it is closed still ends well.
 */
export class Frame implements Disposable {
  /** Pixels as they are stored. */
  readonly width: number;
  readonly height: number;
  /** As it is to be shown, with square pixels. */
  readonly displayWidth: number;
  readonly displayHeight: number;
  /** FFmpeg's name, for example `yuv420p`; on a GPU `nv12` or `p016le`. */
  readonly format: string;
  /** Bits of a sample. */
  readonly bitDepth: number;
  readonly colour: { matrix: 'bt601' | 'bt709' | 'bt2020'; fullRange: boolean };
  /** Media time in microseconds. Another clock begins with another stream and after a gap. */
  readonly timestamp: number;
  /** When its last packet came, in UTC milliseconds. */
  readonly arrival: number;
  /** When it was decoded, in UTC milliseconds with a fraction. */
  readonly decoded: number;
  /** From arrival to here, in milliseconds. */
  readonly latencyMs: number;
  readonly keyFrame: boolean;
  /** Parts were missing or damaged, and the decoder made something up in their place. */
  readonly concealed: boolean;
  readonly backend: 'nvdec' | 'libavcodec';
  /** Only of a picture on a GPU, and only until {@link close}. */
  readonly devicePointer: DevicePointer | undefined;
  readonly #picture: NativeFrameHandle;
  #closed = false;

  /** @internal */
  constructor(info: NativeFrameInfo) {
    this.width = info.width;
    this.height = info.height;
    this.displayWidth = info.displayWidth;
    this.displayHeight = info.displayHeight;
    this.format = info.format;
    this.bitDepth = info.bitDepth;
    this.colour = info.colour;
    this.timestamp = info.timestamp;
    this.arrival = info.arrival;
    this.decoded = info.arrival + info.latencyMs;
    this.latencyMs = info.latencyMs;
    this.keyFrame = info.keyFrame;
    this.concealed = info.concealed;
    this.backend = info.backend;
    this.devicePointer = info.devicePointer;
    this.#picture = info.picture;
    pictures.set(this, info.picture);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Bytes that {@link copyTo} needs. @throws FluxError `ERR_INVALID_ARGUMENT`, `ERR_LIMIT`, `ERR_CLOSED`. */
  allocationSize(options: CopyOptions = {}): number {
    return this.#picture.allocationSize(checkCopy('Frame.allocationSize', options));
  }

  /**
   * Copies the picture into `buffer`, converted and scaled, on a thread of the pool. Do not transfer the
   * buffer to another thread before the promise has settled.
   *
   * Rejects with `ERR_INVALID_ARGUMENT` where `buffer` is too small, naming what it needs; `ERR_LIMIT`;
   * `ERR_UNSUPPORTED`; `ERR_CLOSED`; `ERR_GPU_LOST`.
   *
   * @example
   * ```ts
   * const pixels = Buffer.allocUnsafe(frame.allocationSize({ format: 'rgb', width: 640 }));
   * const { width, height } = await frame.copyTo(pixels, { format: 'rgb', width: 640 });
   * ```
   */
  async copyTo(
    buffer: NodeJS.TypedArray | ArrayBuffer,
    options: CopyOptions = {},
  ): Promise<CopiedPicture> {
    const checked = checkCopy('Frame.copyTo', options);
    if (!(buffer instanceof ArrayBuffer || (ArrayBuffer.isView(buffer) && 'length' in buffer))) {
      throw invalidArgument('Frame.copyTo: buffer', 'a Buffer, typed array or ArrayBuffer', buffer);
    }
    return await this.#picture.copyTo(buffer, checked);
  }

  /** Lets go of the picture. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#picture.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

const level = integer(0, 255);

function checkCopy(where: string, options: CopyOptions): NativeConvertOptions {
  return checkOptions(where, options, {
    format: optional(oneOf('nv12', 'i420', 'gray', 'rgb', 'bgr', 'rgba', 'bgra'), 'rgb' as const),
    width: optional(integer(1, 16384, 'pixels'), 0),
    height: optional(integer(1, 16384, 'pixels'), 0),
    fit: optional(oneOf('stretch', 'letterbox', 'cover'), 'stretch' as const),
    fill: optional(
      (name: string, value: unknown) => {
        const levels = list(name, value);
        if (levels.length !== 3) throw invalidArgument(name, '[red, green, blue]', value);
        return levels.map((each) => level(name, each));
      },
      [0, 0, 0],
    ),
  });
}

const pictures = new WeakMap<Frame, NativeFrameHandle>();

/** The native side of a frame, for the other rooms of the SDK. */
export function nativePictureOf(frame: Frame): NativeFrameHandle {
  const picture = pictures.get(frame);
  if (!picture) throw invalidArgument('frame', 'a Frame of a Decoder', frame);
  if (frame.closed)
    throw new FluxError('ERR_CLOSED', 'The Frame is closed. Use it before close().');
  return picture;
}
