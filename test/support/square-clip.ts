// A clip of a white square that moves over dark grey, made by ffmpeg: one knows where it is.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export const SQUARE_CLIP = { width: 640, height: 360, side: 96, top: 120, left: 40, seconds: 8 };
/** Pixels per second. */
export const SQUARE_SPEED = 60;

/** Where the square is `seconds` after the clip's start, in shares of the picture. */
export function squareAt(seconds: number) {
  const { width, height, side, top, left } = SQUARE_CLIP;
  const x = left + SQUARE_SPEED * seconds;
  return { x: x / width, y: top / height, width: side / width, height: side / height };
}

/**
 * Moves from left to right in eight seconds, again and again; with `visible` it is there only between
 * these two seconds. 15 frames a second, a key frame each second.
 */
export function makeSquareClip(directory: string, visible?: [number, number]): string {
  const { width, height, side, top, left, seconds } = SQUARE_CLIP;
  const path = join(directory, visible ? `square-${visible.join('-')}.mp4` : 'square.mp4');
  const when = visible ? `:enable='between(t,${visible[0]},${visible[1]})'` : '';
  const overlay = `[0][1]overlay=x='${left}+${SQUARE_SPEED}*t':y=${top}${when}`;
  execFileSync('ffmpeg', [
    ...['-v', 'error', '-y', '-f', 'lavfi', '-i', `color=0x303030:s=${width}x${height}:r=15`],
    ...['-f', 'lavfi', '-i', `color=white:s=${side}x${side}:r=15`, '-filter_complex', overlay],
    ...['-t', String(seconds), '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency'],
    ...['-pix_fmt', 'yuv420p', '-g', '15', '-sc_threshold', '0', path],
  ]);
  return path;
}
