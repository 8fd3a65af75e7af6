// The second half of `npm run demo`: four simulated cameras, recorded encrypted, verified, and one clip
// of them exported. node scripts/demo.mjs [--seconds 30]
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import cliProgress from 'cli-progress';
import Table from 'cli-table3';
import { exportRecording, Recorder, RtspSimulator, verifyRecordings } from '../dist/index.js';

const output = fileURLToPath(new URL('../demo-output', import.meta.url));
const storage = join(output, 'storage');
const clip = join(output, 'entrance.mp4');
const passphraseFile = join(output, 'passphrase.txt');
const names = ['entrance', 'loading-dock', 'car-park', 'stairwell'];

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '30' } } });
const seconds = Number(values.seconds);
if (!(seconds >= 3 && seconds <= 3600)) {
  console.error(`demo: --seconds must be from 3 to 3600, not ${values.seconds}`);
  process.exit(2);
}

const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
process.once('SIGTERM', () => interrupted.abort());

prepare();
const passphrase = makePassphrase();
const simulator = await startCameras();
let segments;
try {
  segments = await record(simulator.urls);
} finally {
  await simulator.close();
}
if (interrupted.signal.aborted) {
  console.log('\nInterrupted; what was recorded until then is in the storage.');
  process.exit(130);
}
printSegments(segments);
await verify();
await exportClip();
printWhatToDo();

function prepare() {
  // Only what an earlier demo left.
  rmSync(output, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
}

function makePassphrase() {
  const text = randomBytes(18).toString('base64url');
  writeFileSync(passphraseFile, `${text}\n`, { mode: 0o600 });
  return text;
}

async function startCameras() {
  console.log(
    'Drawing two test films with ffmpeg (1920x1080 at 25 and 640x360 at 15 frames a second)',
  );
  const main = film('main.mp4', '1920x1080', 25, '4M');
  const sub = film('sub.mp4', '640x360', 15, '500k');
  const cameras = await RtspSimulator.start({ clip: main, subClip: sub, cameras: names.length });
  console.log(`Four simulated cameras on rtsp://127.0.0.1:${cameras.port}`);
  return cameras;
}

function film(name, size, rate, bitrate) {
  const file = join(output, name);
  const { status, stderr } = spawnSync(
    'ffmpeg',
    [
      ...[
        '-loglevel',
        'error',
        '-f',
        'lavfi',
        '-i',
        `testsrc2=size=${size}:rate=${rate}:duration=8`,
      ],
      ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', `${rate}`],
      ...['-b:v', bitrate, '-maxrate', bitrate, '-bufsize', bitrate],
      ...['-threads', `${availableParallelism()}`, file],
    ],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`ffmpeg could not draw ${name}: ${stderr}`);
  return file;
}

async function record(urls) {
  const finished = [];
  const recorder = await Recorder.open({
    storage,
    passphrase,
    cameras: names.map((id, at) => ({ id, url: urls[at] })),
  });
  recorder.on('segment', (segment) => finished.push(segment));
  recorder.on('gap', (gap) => console.error(`A gap: ${JSON.stringify(gap)}`));
  recorder.on('error', (error) => console.error(`${error.code}: ${error.message}`));
  console.log(`Recording for ${seconds} seconds, sealed with LEA-256-GCM while it is written`);
  try {
    await watch(recorder);
  } finally {
    await recorder.close();
  }
  return finished;
}

async function watch(recorder) {
  const bar = progressBar('{bar} {value} of {total} s   {frames} frames');
  bar?.start(seconds, 0, { frames: 0 });
  for (let second = 1; second <= seconds && !interrupted.signal.aborted; second++) {
    await sleep(1000, undefined, { signal: interrupted.signal }).catch(() => {});
    const cameras = Object.values(recorder.stats().cameras);
    const frames = cameras.reduce((sum, { writer }) => sum + writer.framesWritten, 0);
    bar?.update(second, { frames });
  }
  bar?.stop();
}

function progressBar(format) {
  if (!process.stderr.isTTY) return undefined;
  return new cliProgress.SingleBar(
    { format, barsize: 30, clearOnComplete: true, gracefulExit: false },
    cliProgress.Presets.shades_classic,
  );
}

function printSegments(segments) {
  const table = new Table({
    head: ['camera', 'picture', 'segments', 'frames', 'recorded', 'encrypted on disk'],
    style: { head: [], border: [] },
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right'],
  });
  for (const name of names) {
    const own = segments.filter(({ cameraId }) => cameraId === name);
    const sum = (value) => own.reduce((total, segment) => total + value(segment), 0);
    table.push([
      name,
      own.length > 0 ? `${own[0].width}x${own[0].height}` : 'nothing',
      own.length,
      sum(({ frames }) => frames),
      `${(sum(({ startTime, endTime }) => endTime - startTime) / 1000).toFixed(1)} s`,
      `${(sum(({ fileSize }) => fileSize) / 2 ** 20).toFixed(1)} MiB`,
    ]);
  }
  console.log(table.toString());
}

async function verify() {
  const { ok, checked, bytes, problems } = await verifyRecordings({ storage, passphrase });
  for (const { file, code, message } of problems) console.error(`${file}: ${code}: ${message}`);
  if (!ok) throw new Error('The verification found problems');
  console.log(
    `Verified ${checked} segments: all ${(bytes / 2 ** 20).toFixed(1)} MiB are as they were recorded`,
  );
}

async function exportClip() {
  const own = segments.filter(({ cameraId }) => cameraId === names[0]);
  if (own.length === 0) throw new Error(`Nothing was recorded of ${names[0]}`);
  const from = Math.min(...own.map(({ startTime }) => startTime));
  const to = Math.max(...own.map(({ endTime }) => endTime));
  const { frames } = await exportRecording({
    storage,
    passphrase,
    cameraId: names[0],
    // The middle of it, across the border of two segments.
    from: Math.round(from + (to - from) / 4),
    to: Math.round(to - (to - from) / 4),
    out: clip,
  });
  console.log(`Exported ${frames} frames of ${names[0]}, without re-encoding`);
}

function printWhatToDo() {
  const here = (file) => relative(process.cwd(), file);
  console.log(`
The clip:   ${here(clip)}   (plays in any player; it is not encrypted)
The store:  ${here(storage)}   (encrypted; its passphrase is in ${here(passphraseFile)})
Next:       npx fluxvision verify --storage ${here(storage)} --passphrase-file ${here(passphraseFile)}`);
}
