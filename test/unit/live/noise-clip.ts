// Clips of noise: their bit rate is what it says, whatever the encoder would like.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** An MP4 file of two seconds with a key frame each second; returns its path. */
export function makeNoiseClip(
  directory: string,
  options: { kilobits: number; size?: string; codec?: 'libx264' | 'libx265' },
): string {
  const { kilobits, size = '320x180', codec = 'libx264' } = options;
  const path = join(directory, `noise-${codec}-${size}-${kilobits}.mp4`);
  const rate = `${kilobits}k`;
  execFileSync('ffmpeg', [
    ...['-v', 'error', '-y', '-f', 'lavfi'],
    ...['-i', `nullsrc=size=${size}:rate=25,geq=random(1)*255:128:128`, '-t', '2'],
    ...['-c:v', codec, '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p'],
    ...['-g', '25', '-keyint_min', '25', '-b:v', rate, '-minrate', rate, '-maxrate', rate],
    ...['-bufsize', `${Math.round(kilobits / 4)}k`],
    ...(codec === 'libx265' ? ['-x265-params', 'log-level=none', '-tag:v', 'hvc1'] : []),
    path,
  ]);
  return path;
}
