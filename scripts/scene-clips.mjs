// Films of places that do not exist, for simulated cameras: a painted scene, and somebody who walks
// through it. Made by ffmpeg, which has to be there.
import { spawnSync } from 'node:child_process';
import { paintScene } from './scenes.mjs';

/** How long somebody takes from one side to the other; a film is a whole number of these. */
const kWalkSeconds = 10;

/**
 * Writes an H.264 film with one key frame a second.
 * @param {{ file: string, seed: number, width: number, height: number, frameRate: number,
 *   bitrate: string, night?: boolean }} film  `seed` chooses the place
 */
export function filmScene({ file, seed, width, height, frameRate, bitrate, night = false }) {
  const { data } = paintScene(seed, width, height, { night });
  const { status, stderr } = spawnSync(
    'ffmpeg',
    [
      ...['-v', 'error', '-y', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${width}x${height}`],
      ...['-i', '-', '-filter_complex', walk(seed, height, frameRate), '-map', '[film]'],
      ...[
        '-t',
        `${kWalkSeconds}`,
        '-c:v',
        'libx264',
        '-preset',
        'ultrafast',
        '-tune',
        'zerolatency',
      ],
      ...['-pix_fmt', 'yuv420p', '-g', `${frameRate}`, '-sc_threshold', '0', '-b:v', bitrate],
      ...['-maxrate', bitrate, '-bufsize', bitrate, file],
    ],
    { input: data, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`ffmpeg could not make ${file}: ${stderr}`);
}

/** A body and a head, which bob a little, in front of the scene; and the noise of a sensor. */
function walk(seed, height, frameRate) {
  const tall = Math.round((height * (28 + (seed % 3) * 6)) / 100 / 2) * 2;
  const wide = Math.round((tall * 0.34) / 2) * 2;
  const head = Math.round((tall * 0.2) / 2) * 2;
  const coat = ['0x30343c', '0x5a2f2a', '0x2c4a5e', '0x3f4a2d'][seed % 4];
  const phase = (seed * 37) % kWalkSeconds;
  const along = `mod(t+${phase}\\,${kWalkSeconds})/${kWalkSeconds}`;
  const x = seed % 2 === 0 ? `(${along})*(W+${wide})-${wide}` : `W-(${along})*(W+${wide})`;
  const y = Math.round(height * 0.93) - tall;
  const bob = `${Math.max(1, Math.round(tall / 60))}*sin(t*11)`;
  const centred = `(${x})+${(wide - head) / 2}`;
  return [
    `[0]loop=loop=-1:size=1,fps=${frameRate},format=yuv420p[place]`,
    `color=${coat}:s=${wide}x${tall - head}:r=${frameRate}[coat]`,
    `color=0xb08a6e:s=${head}x${head}:r=${frameRate}[head]`,
    `[place][coat]overlay=x='${x}':y='${y + head}+${bob}'[body]`,
    `[body][head]overlay=x='${centred}':y='${y}+${bob}'[person]`,
    '[person]noise=alls=5:allf=t[film]',
  ].join(';');
}
