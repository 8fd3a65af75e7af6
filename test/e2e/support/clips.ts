// Clips made at test time with ffmpeg and libx264, and what ffmpeg says of a clip.
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';

export interface ClipShape {
  width: number;
  height: number;
  fps: number;
  /** Key frame distance in frames. */
  gop: number;
  seconds: number;
  bitrate: string;
}

/** What the main and sub streams look like. */
export const MAIN: ClipShape = {
  width: 1920,
  height: 1080,
  fps: 25,
  gop: 50,
  seconds: 4,
  bitrate: '4M',
};
export const SUB: ClipShape = {
  width: 640,
  height: 360,
  fps: 15,
  gop: 30,
  seconds: 4,
  bitrate: '500k',
};
/** Cheap to make and to move, with a key frame every second. */
export const SMALL: ClipShape = {
  width: 320,
  height: 180,
  fps: 25,
  gop: 25,
  seconds: 4,
  bitrate: '300k',
};

/** Makes a clip; the file name's extension decides what it is (.mp4, .mkv or raw .h264). */
export function makeClip(folder: string, name: string, shape: ClipShape): string {
  const path = join(folder, name);
  const pattern = `testsrc2=size=${shape.width}x${shape.height}:rate=${shape.fps},noise=alls=8:allf=t`;
  execFileSync('ffmpeg', [
    ...['-v', 'error', '-f', 'lavfi', '-i', pattern, '-t', String(shape.seconds)],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p'],
    ...['-g', String(shape.gop), '-keyint_min', String(shape.gop), '-sc_threshold', '0'],
    ...['-b:v', shape.bitrate, '-maxrate', shape.bitrate, '-bufsize', shape.bitrate, path],
  ]);
  return path;
}

/** Frames in the file, counted by ffprobe's demuxer. */
export function countFrames(path: string): number {
  const text = execFileSync('ffprobe', [
    ...['-v', 'error', '-select_streams', 'v', '-count_packets'],
    ...['-show_entries', 'stream=nb_read_packets', '-of', 'csv=p=0', path],
  ]);
  return Number(text.toString().trim().split(',')[0]);
}

/** Everything that ffmpeg has to complain about while it decodes the file, and how many frames. */
export function decode(path: string): { errors: string; frames: number } {
  const run = spawnSync(
    'ffmpeg',
    [
      ...['-v', 'error', '-xerror', '-i', path],
      // The file's own time base: in one of the guessed frame rate's, frames around a gap may collide.
      ...['-enc_time_base', '-1', '-f', 'null', '-progress', 'pipe:1', '-'],
    ],
    { encoding: 'utf8' },
  );
  const frames = [...run.stdout.matchAll(/^frame=(\d+)/gm)].map((match) => Number(match[1]));
  const errors = run.status === 0 ? run.stderr : `${run.stderr}\nexit code ${run.status}`;
  return { errors, frames: frames.at(-1) ?? 0 };
}
