// H.264 clips, made by ffmpeg when they are needed.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export interface ClipOptions {
  seconds?: number;
  frameRate?: number;
  size?: string;
}

/** Writes a clip with one key frame per second to `directory`; returns its path. */
export function makeClip(directory: string, options: ClipOptions = {}): string {
  const { seconds = 4, frameRate = 25, size = '320x240' } = options;
  const path = join(directory, `clip-${size}-${frameRate}-${seconds}.mp4`);
  const source = `testsrc2=size=${size}:rate=${frameRate}`;
  const codec = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency'];
  execFileSync('ffmpeg', [
    ...['-v', 'error', '-y', '-f', 'lavfi', '-i', source, '-t', String(seconds)],
    ...[...codec, '-pix_fmt', 'yuv420p', '-g', String(frameRate), '-sc_threshold', '0', path],
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
