// What watching cameras for motion costs: pictures of sub streams, shrunk and compared.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Camera, DecoderPool, MotionDetector, RtspSimulator } from '../dist/index.js';

const USAGE = `npm run bench -- motion [--cameras N] [--seconds N] [--size WxH] [--json]
  --cameras N  simulated cameras (default 8)
  --seconds N  how long they are watched (default 10)
  --size WxH   of their sub streams (default 640x360)`;

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      cameras: { type: 'string', default: '8' },
      seconds: { type: 'string', default: '10' },
      size: { type: 'string', default: '640x360' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [cameras, seconds] = [Number(values.cameras), Number(values.seconds)];
  if (values.help || !(cameras >= 1 && seconds >= 1) || !/^\d+x\d+$/.test(values.size)) {
    console.error(USAGE);
    return values.help ? 0 : 2;
  }
  const folder = mkdtempSync(join(tmpdir(), 'fluxvision-bench-'));
  try {
    const clip = join(folder, 'sub.mp4');
    execFileSync('ffmpeg', [
      ...['-v', 'error', '-f', 'lavfi', '-i', `testsrc2=size=${values.size}:rate=15`, '-t', '4'],
      ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '30', clip],
    ]);
    const measured = await watch(clip, cameras, seconds);
    for (const [name, value, unit] of measured) print(values.json, name, value, unit);
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function watch(clip, count, seconds) {
  const simulator = await RtspSimulator.start({ clip, cameras: count });
  const pool = await DecoderPool.open({ backend: 'libavcodec' });
  const motion = await MotionDetector.open({ pool });
  const cameras = simulator.urls.map(
    (url, i) => new Camera({ id: `cam${i}`, url, onDemand: true }),
  );
  try {
    for (const camera of cameras) {
      camera.start();
      motion.add(camera);
    }
    while (cameras.some(({ id }) => motion.stats(id).frames === 0)) await sleep(50);
    const decodedBefore = pool.stats().decodeMs;
    await sleep(seconds * 1000);
    const stats = cameras.map(({ id }) => motion.stats(id));
    const frames = stats.reduce((sum, each) => sum + each.frames, 0);
    const micros = stats.reduce((sum, each) => sum + each.frames * each.microsPerFrame, 0);
    const decoding = (pool.stats().decodeMs - decodedBefore) / 1000 / seconds / count;
    return [
      ['shrink and compare a picture', micros / frames, 'us'],
      ['a camera at 5 pictures a second', ((micros / frames) * 5) / 1e4, '% of a core'],
      ['decoding of its sub stream', decoding * 100, '% of a core'],
    ];
  } finally {
    await motion.close();
    await pool.close();
    await Promise.all(cameras.map((camera) => camera.close()));
    await simulator.close();
  }
}

function print(json, name, value, unit) {
  if (json) console.log(JSON.stringify({ bench: 'motion', case: name, value, unit }));
  else console.log(`${name.padEnd(34)} ${value.toFixed(3).padStart(12)} ${unit}`);
}
