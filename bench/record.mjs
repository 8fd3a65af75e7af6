// Records N simulated cameras with this SDK, then with one `ffmpeg -c copy` process per camera, on
// the same machine in the same run, and prints what each cost.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ProcessMeter } from './record/process-meter.mjs';

const USAGE = `npm run bench -- record [--cameras N] [--seconds S] [--settle S] [--pacing frame|packet] [--json]
  --cameras N   how many 1080p25 cameras at 4 Mbit/s (default 10)
  --seconds S   length of each measured window (default 30)
  --settle S    time before the window, not measured (default 6)
  --pacing P    frame: each frame at once; packet: packets spread over the frame interval (default frame)
  --segment S   segment length of both recorders, seconds (default 10)`;

function here(path) {
  return fileURLToPath(new URL(path, import.meta.url));
}

/** A 10 s clip, 1080p25, GOP 2 s, no B-frames, about 4 Mbit/s. */
function makeClip(path) {
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

/** Starts a script of this folder that prints one JSON line when ready and one when it ends. */
function startScript(script, options) {
  const child = spawn(process.execPath, [here(script), JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = [];
  const waiting = [];
  let buffered = '';
  child.stdout.on('data', (data) => {
    buffered += data;
    for (let end = buffered.indexOf('\n'); end >= 0; end = buffered.indexOf('\n')) {
      const line = JSON.parse(buffered.slice(0, end));
      buffered = buffered.slice(end + 1);
      const next = waiting.shift();
      if (next) next.resolve(line);
      else lines.push(line);
    }
  });
  child.on('exit', (code) => {
    for (const { reject } of waiting) reject(new Error(`${script} ended with code ${code}`));
  });
  const nextLine = () =>
    lines.length > 0
      ? Promise.resolve(lines.shift())
      : new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  const ask = (word) => {
    child.stdin.write(`${word}\n`);
    return nextLine();
  };
  return { child, nextLine, ask };
}

/** Waits for the end of a child, and ends it where it does not go by itself. */
async function stop(child, signal) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  if ((await Promise.race([ended, sleep(10000, 'late')])) === 'late') child.kill('SIGKILL');
  await ended;
}

async function measureFlux(urls, folder, options, simulator) {
  const recorder = startScript('./record/recorder.mjs', {
    storage: folder,
    urls,
    segmentDuration: options.segment,
  });
  await recorder.nextLine();
  await sleep(options.settle * 1000);
  const meter = new ProcessMeter([recorder.child.pid]);
  await sleep(options.seconds * 1000);
  const cost = meter.read();
  // What had left the cameras at one moment must be in the recorder shortly after.
  const { framesSent } = await simulator.ask('frames');
  await sleep(500);
  const { framesWritten } = await recorder.ask('frames');
  const stats = await recorder.ask('stop');
  await stop(recorder.child, 'SIGTERM');
  return { ...cost, ...stats, framesSent, framesMissing: Math.max(0, framesSent - framesWritten) };
}

async function measureFfmpeg(urls, folder, options) {
  const children = urls.map((url, i) => {
    const target = join(folder, `cam${i + 1}`);
    mkdirSync(target);
    return spawn(
      'ffmpeg',
      [
        '-v',
        'error',
        '-rtsp_transport',
        'tcp',
        '-i',
        url,
        '-c',
        'copy',
        '-f',
        'segment',
        '-segment_time',
        String(options.segment),
        '-segment_format',
        'matroska',
        join(target, '%05d.mkv'),
      ],
      { stdio: ['pipe', 'ignore', 'inherit'] },
    );
  });
  await sleep(options.settle * 1000);
  const meter = new ProcessMeter(children.map((child) => child.pid));
  await sleep(options.seconds * 1000);
  const cost = meter.read();
  await Promise.all(children.map((child) => stop(child, 'SIGINT')));
  return cost;
}

/** Prints one figure: a JSON line, or a row for people. */
function print(json, row) {
  if (json) {
    console.log(JSON.stringify(row));
    return;
  }
  const number = (value) => String(Math.round(value * 1000) / 1000).padStart(10);
  const peer = row.peer
    ? `${number(row.peerValue)}  ratio ${number(row.ratio)}  (${row.peer})`
    : '';
  console.log(`${row.case.padEnd(34)} ${number(row.value)} ${row.unit.padEnd(22)} ${peer}`);
}

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      cameras: { type: 'string', default: '10' },
      seconds: { type: 'string', default: '30' },
      settle: { type: 'string', default: '6' },
      segment: { type: 'string', default: '10' },
      pacing: { type: 'string', default: 'frame' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const options = { pacing: values.pacing };
  for (const name of ['cameras', 'seconds', 'settle', 'segment']) {
    options[name] = Number(values[name]);
    if (!(options[name] >= 1)) {
      console.error(`--${name} must be a number of at least 1, not ${values[name]}\n${USAGE}`);
      return 2;
    }
  }
  if (!['frame', 'packet'].includes(options.pacing)) {
    console.error(`--pacing must be frame or packet, not ${options.pacing}\n${USAGE}`);
    return 2;
  }

  const folder = mkdtempSync(join(tmpdir(), 'fluxvision-bench-'));
  let simulator;
  try {
    const clip = join(folder, 'clip.mp4');
    if (!values.json) console.log('making a 10 s clip, 1080p25 at 4 Mbit/s ...');
    makeClip(clip);
    simulator = startScript('./record/cameras.mjs', {
      clip,
      cameras: options.cameras,
      pacing: options.pacing,
    });
    const { urls } = await simulator.nextLine();
    if (!values.json) {
      console.log(
        `recording ${options.cameras} cameras, ${options.seconds} s each, pacing: ${options.pacing}`,
      );
    }
    const ours = await measureFlux(urls, join(folder, 'flux'), options, simulator);
    mkdirSync(join(folder, 'ffmpeg'));
    const theirs = await measureFfmpeg(urls, join(folder, 'ffmpeg'), options);

    const minutes = (seconds) => (options.cameras * seconds) / 60;
    const peer = 'ffmpeg -c copy, one process per camera';
    const compare = (name, unit, value, peerValue) =>
      print(values.json, {
        bench: 'record',
        case: name,
        value,
        unit,
        peer,
        peerValue,
        ratio: value / peerValue,
      });
    compare(
      'cpu',
      's per camera-minute',
      ours.cpuSeconds / minutes(ours.wallSeconds),
      theirs.cpuSeconds / minutes(theirs.wallSeconds),
    );
    compare(
      'context switches',
      'per camera-second',
      ours.contextSwitches / ours.wallSeconds / options.cameras,
      theirs.contextSwitches / theirs.wallSeconds / options.cameras,
    );
    compare('resident memory', 'MiB (RSS)', ours.residentMiB, theirs.residentMiB);
    compare('proportional memory', 'MiB (PSS)', ours.proportionalMiB, theirs.proportionalMiB);
    compare('threads', 'threads', ours.threads, theirs.threads);
    const single = (name, unit, value) =>
      print(values.json, { bench: 'record', case: name, value, unit });
    single('packets lost', 'packets', ours.packetsLost);
    single('frames sent', 'frames', ours.framesSent);
    single('frames missing', 'frames', ours.framesMissing + ours.framesDropped);
    return ours.packetsLost + ours.framesMissing + ours.framesDropped === 0 ? 0 : 1;
  } finally {
    if (simulator) await stop(simulator.child, 'SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  }
}
