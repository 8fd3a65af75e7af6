// The clip that simulated cameras play.
import { spawnSync } from 'node:child_process';

/** A 10 s clip, 1080p25, GOP 2 s, no B-frames, about 4 Mbit/s. */
export function makeClip(path) {
  const made = spawnSync('ffmpeg', [
    '-v',
    'error',
    '-f',
    'lavfi',
    '-i',
    'testsrc2=size=1920x1080:rate=25,noise=alls=12:allf=t',
    '-t',
    '10',
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-tune',
    'zerolatency',
    '-pix_fmt',
    'yuv420p',
    '-g',
    '50',
    '-b:v',
    '4M',
    '-minrate',
    '4M',
    '-maxrate',
    '4M',
    '-bufsize',
    '2M',
    '-y',
    path,
  ]);
  if (made.status !== 0) {
    throw new Error(`ffmpeg could not make the clip: ${made.error?.message ?? made.stderr}`);
  }
}
