// Records N simulated cameras with this SDK, then with what people use today, on the same machine in
// the same run, and prints what each cost.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeClip } from './record/clip.mjs';
import { measurePeer, peerNames } from './record/peers.mjs';
import { ProcessMeter } from './record/process-meter.mjs';
import { stop } from './record/stop.mjs';

const USAGE = `npm run bench -- record [--cameras N[,N…]] [--peers LIST] [--seconds S] [--settle S] [--pacing frame|packet] [--json]
  --cameras N   how many 1080p25 cameras at 4 Mbit/s (default 10); several, as in 1,10,42: a curve
  --peers LIST  ffmpeg, gstreamer, both (default) or none
  --seconds S   length of each measured window (default 30)
  --settle S    time before the window, not measured (default 6)
  --pacing P    frame: each frame at once; packet: packets spread over the frame interval (default frame)
  --segment S   segment length of both recorders, seconds (default 10)`;

function here(path) {
  return fileURLToPath(new URL(path, import.meta.url));
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
  const options = readOptions(argv);
  if (typeof options === 'number') return options;
  let clean = true;
  for (const cameras of options.cameras) {
    clean = (await runOnce({ ...options, cameras })) && clean;
  }
  return clean ? 0 : 1;
}

/** The options, or the exit status where there is nothing to run. */
function readOptions(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      cameras: { type: 'string', default: '10' },
      peers: { type: 'string', default: peerNames.join(',') },
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
  const refuse = (what) => {
    console.error(`${what}\n${USAGE}`);
    return 2;
  };
  const options = { pacing: values.pacing, json: values.json };
  for (const name of ['seconds', 'settle', 'segment']) {
    options[name] = Number(values[name]);
    if (!(options[name] >= 1)) {
      return refuse(`--${name} must be a number of at least 1, not ${values[name]}`);
    }
  }
  options.cameras = values.cameras.split(',').map(Number);
  if (!options.cameras.every((count) => Number.isInteger(count) && count >= 1)) {
    return refuse(`--cameras must be whole numbers of at least 1, not ${values.cameras}`);
  }
  options.peers = values.peers === 'none' ? [] : values.peers.split(',');
  if (!options.peers.every((peer) => peerNames.includes(peer))) {
    return refuse(`--peers must be none or of ${peerNames.join(', ')}, not ${values.peers}`);
  }
  if (!['frame', 'packet'].includes(options.pacing)) {
    return refuse(`--pacing must be frame or packet, not ${options.pacing}`);
  }
  return options;
}

/** True where nothing was lost. */
async function runOnce(options) {
  const folder = mkdtempSync(join(tmpdir(), 'fluxvision-bench-'));
  let simulator;
  try {
    const clip = join(folder, 'clip.mp4');
    const say = (text) => options.json || console.log(text);
    say('making a 10 s clip, 1080p25 at 4 Mbit/s ...');
    makeClip(clip);
    const { cameras, pacing } = options;
    simulator = startScript('./record/cameras.mjs', { clip, cameras, pacing });
    const { urls } = await simulator.nextLine();
    say(`recording ${cameras} cameras, ${options.seconds} s each, pacing: ${pacing}`);
    const ours = await measureFlux(urls, join(folder, 'flux'), options, simulator);
    const theirs = [];
    for (const peer of options.peers) {
      theirs.push(await measurePeer(peer, urls, join(folder, peer), options));
    }
    report(ours, theirs, options);
    return ours.packetsLost + ours.framesMissing + ours.framesDropped === 0;
  } finally {
    if (simulator) await stop(simulator.child, 'SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  }
}

const FIGURES = [
  {
    name: 'cpu',
    unit: 's per camera-minute',
    of: (cost, cameras) => (cost.cpuSeconds * 60) / cost.wallSeconds / cameras,
  },
  {
    name: 'context switches',
    unit: 'per camera-second',
    of: (cost, cameras) => cost.contextSwitches / cost.wallSeconds / cameras,
  },
  { name: 'resident memory', unit: 'MiB (RSS)', of: (cost) => cost.residentMiB },
  { name: 'proportional memory', unit: 'MiB (PSS)', of: (cost) => cost.proportionalMiB },
  { name: 'threads', unit: 'threads', of: (cost) => cost.threads },
];

function report(ours, theirs, { cameras, pacing, json }) {
  const row = (name, unit, value, more = {}) =>
    print(json, { bench: 'record', case: name, cameras, pacing, value, unit, ...more });
  for (const { name, unit, of } of FIGURES) {
    const value = of(ours, cameras);
    if (theirs.length === 0) row(name, unit, value);
    for (const cost of theirs) {
      const peerValue = of(cost, cameras);
      row(name, unit, value, { peer: cost.name, peerValue, ratio: value / peerValue });
    }
  }
  row('packets lost', 'packets', ours.packetsLost);
  row('frames sent', 'frames', ours.framesSent);
  row('frames missing', 'frames', ours.framesMissing + ours.framesDropped);
}
