// Clips, made by ffmpeg when they are needed.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export interface ClipOptions {
  seconds?: number;
  frameRate?: number;
  size?: string;
  codec?: 'libx264' | 'libx265';
  /** Pictures between two others that are decoded before them. Default 0. */
  bFrames?: number;
}

/** Writes a clip, of H.264 by default, with one key frame per second to `directory`; returns its path. */
export function makeClip(directory: string, options: ClipOptions = {}): string {
  const { seconds = 4, frameRate = 25, size = '320x240', codec = 'libx264', bFrames = 0 } = options;
  const path = join(directory, `clip-${codec}-${size}-${frameRate}-${seconds}-${bFrames}.mp4`);
  const source = `testsrc2=size=${size}:rate=${frameRate}`;
  const tune = bFrames === 0 ? ['-tune', 'zerolatency'] : [];
  const own =
    codec === 'libx264'
      ? ['-bf', `${bFrames}`, '-sc_threshold', '0']
      : ['-x265-params', `log-level=none:scenecut=0:open-gop=0:bframes=${bFrames}`];
  execFileSync('ffmpeg', [
    ...['-v', 'error', '-y', '-f', 'lavfi', '-i', source, '-t', String(seconds)],
    ...['-c:v', codec, '-preset', 'ultrafast', ...tune, '-pix_fmt', 'yuv420p'],
    ...['-g', String(frameRate), ...own, path],
  ]);
  return path;
}

/** Decodes a file and counts its frames; throws where the decoder finds one error. */
export function countDecodedFrames(path: string): number {
  const output = execFileSync(
    'ffprobe',
    [
      ...['-v', 'error', '-count_frames', '-select_streams', 'v:0'],
      ...['-show_entries', 'stream=nb_read_frames', '-of', 'csv=p=0', path],
    ],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  );
  execFileSync('ffmpeg', ['-v', 'error', '-xerror', '-i', path, '-f', 'null', '-'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return Number(output.trim());
}
