// What a renderer is told, and the checks of it.
import {
  type Check,
  checkOptions,
  decimal,
  flag,
  instanceOf,
  integer,
  invalidArgument,
  list,
  oneOf,
  optional,
  path,
  text,
} from '../arguments/index.js';
import { Camera } from '../camera/index.js';
import { Decoder, DecoderPool } from '../decode/index.js';
import type {
  NativeBox,
  NativeHostPicture,
  NativeRendererOptions,
  NativeRgba,
} from '../native/index.js';
import { checkLayout, type Layout } from './layout.js';
import type { TileSource } from './tile-sources.js';

/** Red, green and blue as `#rrggbb`, or with opacity as `#rrggbbaa`. */
export type OverlayColour = `#${string}`;

/** Options of {@link GridRenderer.open}. */
export interface GridRendererOptions {
  /** Pixels of the picture, or what a window begins with. Default 1280. */
  width?: number;
  /** Default 720. */
  height?: number;
  /** Default `'1x1'`. */
  layout?: Layout;
  /**
   * `auto` draws on a GPU where EGL has one, else on the CPU (Mesa's llvmpipe); `software` on the
   * CPU in any case. A window draws where its display does.
   */
  backend?: 'auto' | 'software';
  /** CUDA's ordinal of the GPU that decodes, so that the same one draws. */
  device?: number;
  /**
   * Decodes cameras that tiles show, and stays open. Default: a pool of the renderer's own, opened with
   * the first camera.
   */
  decoders?: DecoderPool;
  /** Pictures a second at most. None is drawn while nothing changes. Default 30. */
  maxFps?: number;
  /** A TrueType or OpenType file for names and labels, in front of the system's fonts. */
  font?: string;
  /** In a window, through SDL 2, instead of without any screen. One at a time in a process. */
  window?: boolean | { title?: string; fullscreen?: boolean };
}

/** What {@link GridRenderer.setTile} takes; what is left out stays as it is. */
export interface TileOptions {
  /** At the bottom of the tile; empty for none. */
  name?: string;
  /** At the top; `offline` dims the last picture too. */
  status?: TileStatus;
  /**
   * `letterbox` shows the whole picture, with bars where the tile has another shape; `stretch` fills
   * the tile with it; `crop` fills the tile with its middle. At first `letterbox`.
   */
  fit?: TileFit;
  /**
   * Shows the pictures of a camera, or what a decoder delivers; null ends that, and leaves the last
   * picture. Quality follows size: that of a camera, or of a camera's decoder, is the best that one of
   * its tiles needs, whenever that changes. A camera has one decoder in all tiles of a renderer, which
   * goes with the last of them; {@link Camera.start} and {@link Camera.close} are yours to call.
   */
  source?: Camera | Decoder | null;
}

export type TileStatus = 'none' | 'live' | 'recording' | 'offline';
export type TileFit = 'letterbox' | 'stretch' | 'crop';

/** Something that was found in a tile's picture. */
export interface OverlayBox {
  /** From 0, the picture's left or top, to 1, its right or bottom. */
  x: number;
  y: number;
  width: number;
  height: number;
  label?: string;
  /** 0 to 1; shown as per cent. */
  score?: number;
  /** Default `#ffc400`. */
  colour?: OverlayColour;
}

/** Which overlays are drawn; what is left out stays as it is. At first all are. */
export interface OverlayOptions {
  names?: boolean;
  status?: boolean;
  /** Pictures that came in the last second. */
  fps?: boolean;
  boxes?: boolean;
}

/** A picture in plain bytes, for {@link GridRenderer.setFrame}. */
export interface TilePicture {
  /** Planes one after another, without padding. */
  data: Uint8Array;
  width: number;
  height: number;
  /** `nv12` and `i420` are 4:2:0; their chroma is half as wide and high, rounded up. */
  format: 'nv12' | 'i420' | 'gray' | 'rgb' | 'rgba';
  /** Of Y'CbCr. Default `bt709`. */
  matrix?: 'bt601' | 'bt709' | 'bt2020';
  /** Luma from 0 to 255 instead of 16 to 235. Default true for `gray`, `rgb` and `rgba`. */
  fullRange?: boolean;
}

const pixels = integer(1, 16_384, 'pixels');

/** A tile's number. */
export const tileNumber: Check<number> = integer(0, 63);

const colour: Check<NativeRgba> = (name, value) => {
  const digits = typeof value === 'string' ? /^#([\da-f]{6})([\da-f]{2})?$/i.exec(value) : null;
  if (!digits) throw invalidArgument(name, "a colour such as '#1a2b3c'", value);
  const rgb = Number.parseInt(digits[1] as string, 16);
  const opacity = digits[2] === undefined ? 255 : Number.parseInt(digits[2], 16);
  return [rgb >> 16, (rgb >> 8) & 255, rgb & 255, opacity];
};

const windowOptions: Check<NativeRendererOptions['window']> = (name, value) => {
  if (value === false) return undefined;
  const { title, fullscreen } = checkOptions(name, value === true ? {} : value, {
    title: optional(text(0, 256), 'fluxvision'),
    fullscreen: optional(flag, false),
  });
  return { title, fullscreen };
};

/** What {@link GridRenderer.resize} checks. */
export const sizeTable = { width: pixels, height: pixels };

export function checkRendererOptions(
  options: GridRendererOptions,
): NativeRendererOptions & { decoders: DecoderPool | undefined } {
  return checkOptions('GridRenderer.open', options, {
    width: optional(pixels, 1280),
    height: optional(pixels, 720),
    layout: optional(checkLayout, { columns: 1, rows: 1, gap: 0 }),
    backend: optional(oneOf('auto', 'software'), 'auto' as const),
    device: optional(integer(0, 63)),
    decoders: optional(instanceOf(DecoderPool)),
    maxFps: optional(decimal(0.1, 1000), 30),
    font: optional(path, ''),
    window: optional(windowOptions),
  });
}

const tileSource: Check<TileSource | null> = (name, value) => {
  if (value === null || value instanceof Camera || value instanceof Decoder) return value;
  throw invalidArgument(name, 'a Camera, a Decoder or null', value);
};

const tileTable = {
  // Fonts have the letters of composed Hangul alone.
  name: optional<string>((name, value) => text(0, 256)(name, value).normalize('NFC')),
  status: optional(oneOf('none', 'live', 'recording', 'offline')),
  fit: optional(oneOf('letterbox', 'stretch', 'crop')),
  source: optional(tileSource),
};

function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** What {@link GridRenderer.setTile} is given, as options. */
export function checkTile(where: string, value: unknown) {
  if (value instanceof Camera || value instanceof Decoder) {
    return checkOptions(where, { source: value }, tileTable);
  }
  // Another object of the SDK would pass for options of which none is set.
  if (!isPlain(value)) {
    throw invalidArgument(`${where}: options`, 'a Camera, a Decoder or an object', value);
  }
  return checkOptions(where, value, tileTable);
}

export const overlayTable = {
  names: optional(flag),
  status: optional(flag),
  fps: optional(flag),
  boxes: optional(flag),
};

export const backgroundTable = {
  background: optional(colour, [12, 14, 18, 255] as NativeRgba),
  tile: optional(colour, [28, 31, 38, 255] as NativeRgba),
};

const boxTable = {
  x: decimal(-1, 2),
  y: decimal(-1, 2),
  width: decimal(0, 3),
  height: decimal(0, 3),
  label: optional<string, string>((name, value) => text(0, 128)(name, value).normalize('NFC'), ''),
  score: optional(decimal(0, 1)),
  colour: optional(colour, [255, 196, 0, 255] as NativeRgba),
};

export function checkBoxes(where: string, value: unknown): NativeBox[] {
  const boxes = list(`${where}: boxes`, value);
  if (boxes.length > 256) throw invalidArgument(`${where}: boxes`, 'at most 256 boxes', value);
  return boxes.map((box, index) => checkOptions(`${where}: boxes[${index}]`, box, boxTable));
}

const bytes: Check<Uint8Array> = (name, value) => {
  if (!(value instanceof Uint8Array)) throw invalidArgument(name, 'a Uint8Array', value);
  return value;
};

export function checkPicture(value: unknown): NativeHostPicture {
  const checked = checkOptions('GridRenderer.setFrame', value, {
    data: bytes,
    width: pixels,
    height: pixels,
    format: oneOf('nv12', 'i420', 'gray', 'rgb', 'rgba'),
    matrix: optional(oneOf('bt601', 'bt709', 'bt2020'), 'bt709' as const),
    fullRange: optional(flag),
  });
  const limited = checked.format === 'nv12' || checked.format === 'i420';
  return { ...checked, fullRange: checked.fullRange ?? !limited };
}
