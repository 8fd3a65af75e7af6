// A clip whose every second has a colour of its own, and the colour of a JPEG as ffmpeg decodes it.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Red, green, blue. */
export type Colour = [number, number, number];

/** One per second of the clip, one key frame each. */
export const palette: Colour[] = [
  [200, 30, 30],
  [30, 200, 30],
  [30, 30, 200],
  [200, 200, 30],
  [200, 30, 200],
  [30, 200, 200],
  [230, 230, 230],
];

const FRAME_RATE = 25;

/** 320x240; `sar` is the shape of its pixels. */
export function makeColourClip(directory: string, codec = ['libx264'], suffix = 'mp4'): string {
  const path = join(directory, `colours.${suffix}`);
  const inputs = palette.flatMap((colour) => {
    const hex = colour.map((part) => part.toString(16).padStart(2, '0')).join('');
    return ['-f', 'lavfi', '-t', '1', '-i', `color=c=0x${hex}:s=320x240:r=${FRAME_RATE}`];
  });
  execFileSync('ffmpeg', [
    ...['-v', 'error', '-y', ...inputs],
    ...['-filter_complex', `concat=n=${palette.length}`, '-c:v', ...codec, '-pix_fmt', 'yuv420p'],
    ...['-preset', 'ultrafast', '-g', String(FRAME_RATE), '-sc_threshold', '0', path],
  ]);
  return path;
}

/** The mean of a picture's pixels. */
export function colourOf(picture: Buffer): Colour {
  const pixel = execFileSync(
    'ffmpeg',
    [
      ...['-v', 'error', '-xerror', '-f', 'mjpeg', '-i', '-', '-vf', 'scale=1:1'],
      ...['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'],
    ],
    { input: picture },
  );
  return [pixel[0] as number, pixel[1] as number, pixel[2] as number];
}

/** The index of a picture's colour in the palette; throws where it is none of them. */
export function numberOf(picture: Buffer): number {
  const colour = colourOf(picture);
  const index = palette.findIndex((one) =>
    one.every((part, i) => Math.abs(part - (colour[i] as number)) <= 6),
  );
  if (index < 0) throw new Error(`${colour} is no colour of the clip`);
  return index;
}

/** Width and height as the JPEG's frame header has them. */
export function sizeOf(jpeg: Buffer): [number, number] {
  for (let at = 2; at < jpeg.length; at += 2 + jpeg.readUInt16BE(at + 2)) {
    if (jpeg.readUInt16BE(at) === 0xffc0) {
      return [jpeg.readUInt16BE(at + 7), jpeg.readUInt16BE(at + 5)];
    }
  }
  throw new Error('the JPEG has no baseline frame header');
}
