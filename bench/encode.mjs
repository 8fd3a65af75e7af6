// Encoders of libavcodec as the engine drives them, against the ffmpeg command with the same preset
// and rate control on the same pictures, by turns in the same run: frames per second of processor
// time, one thread each.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildProgram, figuresOf } from './native/build-program.mjs';

const USAGE = `npm run bench -- encode [--seconds N] [--rounds N] [--json]
  --seconds N  of 1280x720 at 25 frames a second that are encoded (default 8)
  --rounds N   how often each has its turn; the best counts (default 3)`;

const CLIP = { width: 1280, height: 720, fps: 25 };
const BITRATE = 2_000_000;
/** Preset as the engine chooses it by the pixels of a second. */
const CASES = [
  { encoder: 'libx264', preset: 'superfast', width: 1280, height: 720 },
  { encoder: 'libx264', preset: 'veryfast', width: 640, height: 360 },
  { encoder: 'libx265', preset: 'veryfast', width: 640, height: 360 },
];

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      seconds: { type: 'string', default: '8' },
      rounds: { type: 'string', default: '3' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)];
  if (!(seconds >= 1 && seconds <= 60) || !(Number.isInteger(rounds) && rounds >= 1)) {
    console.error(USAGE);
    return 2;
  }
  const program = buildProgram('encode');
  if (program === undefined) return 1;
  const folder = mkdtempSync(join(tmpdir(), 'fluxvision-bench-'));
  try {
    const clip = join(folder, 'clip.yuv');
    const pattern = `testsrc2=size=${CLIP.width}x${CLIP.height}:rate=${CLIP.fps},noise=alls=6:allf=t`;
    execFileSync('ffmpeg', [
      ...['-v', 'error', '-f', 'lavfi', '-i', pattern, '-t', String(seconds)],
      ...['-pix_fmt', 'yuv420p', '-f', 'rawvideo', clip],
    ]);
    for (const what of CASES) measure(program, clip, what, rounds, values.json);
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function measure(program, clip, what, rounds, json) {
  let own = { fps: 0, bitrate: 0 };
  let peer = 0;
  for (let i = 0; i < rounds; i++) {
    const result = encode(program, clip, what);
    if (result.fps > own.fps) own = result;
    peer = Math.max(peer, encodeWithFfmpeg(clip, what, result.frames));
  }
  const name = `${what.encoder} ${what.preset} ${what.width}x${what.height}`;
  const row = { bench: 'encode', case: name, value: own.fps, unit: 'frames/s' };
  const compared = { ...row, peer: 'ffmpeg', peerValue: peer, ratio: own.fps / peer };
  if (json) console.log(JSON.stringify(compared));
  else {
    console.log(
      `${name.padEnd(36)} ${own.fps.toFixed(1).padStart(8)} frames/s   ffmpeg ${peer.toFixed(1).padStart(8)}` +
        `   ratio ${compared.ratio.toFixed(2)}   ${(own.bitrate / 1e6).toFixed(2)} Mbit/s`,
    );
  }
}

/** The engine's: what encoding took of the processor, without reading the pictures. */
function encode(program, clip, { encoder, width, height }) {
  const settings = [CLIP.width, CLIP.height, CLIP.fps, BITRATE, encoder, width, height];
  const figures = figuresOf(program, [clip, ...settings.map(String)]);
  if (figures === undefined) throw new Error('bench_encode failed');
  const [{ frames, seconds, bytes }] = figures;
  return { frames, fps: frames / seconds, bitrate: (bytes * 8 * CLIP.fps) / frames };
}

/** ffmpeg's, less what it takes to start and to read the same pictures without encoding them. */
function encodeWithFfmpeg(clip, { encoder, preset, width, height }, frames) {
  const input = [
    ...['-threads', '1', '-filter_threads', '1', '-f', 'rawvideo'],
    ...['-pix_fmt', 'yuv420p', '-s', `${CLIP.width}x${CLIP.height}`, '-r', String(CLIP.fps)],
    ...['-i', clip],
  ];
  const x265 = 'log-level=none:pools=none:frame-threads=1:scenecut=0:open-gop=0';
  const output = [
    ...(width === CLIP.width ? [] : ['-vf', `scale=${width}:${height}:flags=bilinear`]),
    ...['-c:v', encoder, '-preset', preset, '-tune', 'zerolatency', '-threads', '1', '-bf', '0'],
    ...['-b:v', String(BITRATE), '-maxrate', String(BITRATE), '-bufsize', String(BITRATE / 2)],
    ...['-g', String(2 * CLIP.fps), ...(encoder === 'libx265' ? ['-x265-params', x265] : [])],
    ...(encoder === 'libx264' ? ['-sc_threshold', '0', '-refs', '1'] : []),
  ];
  const whole = timed([...input, ...output, '-f', 'null', '-']);
  const reading = timed([...input, '-f', 'null', '-']);
  return frames / (whole - reading);
}

/** Seconds of processor time that ffmpeg took, which other programs change little. */
function timed(args) {
  const { status, stderr } = spawnSync(
    'ffmpeg',
    ['-v', 'info', '-nostats', '-benchmark', ...args],
    {
      encoding: 'utf8',
    },
  );
  const [, user, system] = /utime=([\d.]+)s stime=([\d.]+)s/.exec(stderr) ?? [];
  if (status !== 0 || user === undefined) throw new Error(`ffmpeg failed: ${stderr}`);
  return Number(user) + Number(system);
}
