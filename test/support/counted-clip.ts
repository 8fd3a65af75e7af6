// Clips whose pictures carry their own number as a row of black and white cells, and below it the same
// row inverted, so that whoever shows a picture can tell which one it is.
import { spawnSync } from 'node:child_process';

/** Numbers from 0 to 65535. */
export const NUMBER_BITS = 16;
/** Of the height, each of the two rows of cells. */
export const ROW_SHARE = 1 / 8;

export interface CountedClipOptions {
  /** Where to write it: `.mp4`. */
  path: string;
  seconds?: number;
  frameRate?: number;
  /** Multiples of 32. */
  width?: number;
  height?: number;
  codec?: 'libx264' | 'libx265';
  /** Frames between key frames; default: one a second. */
  gop?: number;
  /** Pictures between two others that are decoded before them; of libx264. Default 0. */
  bFrames?: number;
  /** Bits per second; default: what the picture needs. */
  bitrate?: number;
  /** A second colour behind the numbers, so that cameras can be told apart by eye. */
  hue?: number;
  /** Grain below the numbers, at most so much brighter, so that it takes the bits that real pictures do. */
  grain?: number;
}

/** Writes the clip; frame `n` of it shows the number n. Throws what ffmpeg says. */
export function makeCountedClip(options: CountedClipOptions): string {
  const { path, seconds = 8, frameRate = 25, width = 640, height = 352 } = options;
  const { codec = 'libx264', gop = frameRate, bFrames = 0 } = options;
  const { bitrate, hue = 128, grain = 0 } = options;
  const frames = seconds * frameRate;
  const rate = bitrate
    ? ['-b:v', `${bitrate}`, '-maxrate', `${bitrate}`, '-bufsize', `${bitrate}`]
    : [];
  const own =
    codec === 'libx264'
      ? [...(bFrames > 0 ? [] : ['-tune', 'zerolatency']), '-sc_threshold', '0']
      : ['-tune', 'zerolatency', '-x265-params', 'log-level=error:scenecut=0', '-tag:v', 'hvc1'];
  const { status, stderr } = spawnSync(
    'ffmpeg',
    [
      ...['-v', 'error', '-y', '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${width}x${height}`],
      ...['-r', `${frameRate}`, '-i', '-', '-c:v', codec, '-preset', 'ultrafast', ...own],
      ...['-bf', `${bFrames}`, '-g', `${gop}`, '-pix_fmt', 'yuv420p', ...rate, path],
    ],
    {
      input: Buffer.concat(
        Array.from({ length: frames }, (_, n) => pictureOf(n, width, height, hue, grain)),
      ),
      maxBuffer: 1 << 20,
    },
  );
  if (status !== 0) throw new Error(`ffmpeg could not make ${path}: ${stderr}`);
  return path;
}

/** Planar YUV 4:2:0: the two rows of cells, and below them a block that wanders. */
function pictureOf(
  number: number,
  width: number,
  height: number,
  hue: number,
  grain: number,
): Buffer {
  const luma = Buffer.alloc(width * height, 96);
  if (grain > 0) for (let i = 0; i < luma.length; i++) luma[i] = 96 + Math.random() * grain;
  const row = Math.round(height * ROW_SHARE);
  const cell = width / NUMBER_BITS;
  for (let bit = 0; bit < NUMBER_BITS; bit++) {
    const isSet = ((number >> (NUMBER_BITS - 1 - bit)) & 1) === 1;
    for (let y = 0; y < row; y++) {
      const from = Math.round(bit * cell);
      const to = Math.round((bit + 1) * cell);
      luma.fill(isSet ? 235 : 16, y * width + from, y * width + to);
      luma.fill(isSet ? 16 : 235, (y + row) * width + from, (y + row) * width + to);
    }
  }
  const side = Math.round(height / 4);
  const left = (number * 7) % (width - side);
  for (let y = 2 * row + side; y < 2 * row + 2 * side && y < height; y++) {
    luma.fill(200, y * width + left, y * width + left + side);
  }
  const chroma = (width / 2) * (height / 2);
  return Buffer.concat([luma, Buffer.alloc(chroma, hue), Buffer.alloc(chroma, 255 - hue)]);
}

/**
 * Reads the number from RGBA pixels of the whole picture; undefined where the rows contradict each
 * other. Needs nothing from outside itself: browsers get it as text.
 */
export function readNumber(
  pixels: ArrayLike<number>,
  width: number,
  height: number,
): number | undefined {
  const bits = 16;
  const share = 1 / 8;
  let number = 0;
  for (let bit = 0; bit < bits; bit++) {
    const x = Math.floor(((bit + 0.5) * width) / bits);
    const at = (row: number) => {
      const y = Math.floor((row + 0.5) * share * height);
      return (pixels[(y * width + x) * 4 + 1] ?? 0) > 127;
    };
    const isSet = at(0);
    if (at(1) === isSet) return undefined;
    number = number * 2 + (isSet ? 1 : 0);
  }
  return number;
}
