// Decodes on the CPU with this SDK, and with ffmpeg processes in the same run.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { makeClip } from './decode/clip.mjs';

const USAGE = `npm run bench -- decode [--seconds S] [--rounds N] [--codecs LIST] [--json]
  --seconds S    length of the 1080p clips (default 12)
  --rounds N     each is measured so often, in turns with its peer; medians count (default 3)
  --codecs LIST  h264,h265 (default both)`;

const execute = promisify(execFile);
const here = (path) => new URL(path, import.meta.url).pathname;
const MAIN = { width: 1920, height: 1080, fps: 25, bitrate: '4M' };
const SUB = { width: 640, height: 360, fps: 15, bitrate: '500k' };
const SUB_STREAMS = 16;
const SUB_SECONDS = 10;

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      seconds: { type: 'string', default: '12' },
      rounds: { type: 'string', default: '3' },
      codecs: { type: 'string', default: 'h264,h265' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)];
  const codecs = values.codecs.split(',');
  const wrong = codecs.some((codec) => codec !== 'h264' && codec !== 'h265');
  if (values.help || wrong || !(seconds > 0) || !(rounds >= 1)) {
    console[values.help ? 'log' : 'error'](USAGE);
    return values.help ? 0 : 2;
  }
  const folder = mkdtempSync(join(tmpdir(), 'fluxvision-bench-'));
  try {
    for (const codec of codecs) {
      const clip = makeClip(folder, { codec, ...MAIN, seconds });
      await fullSpeed({ clip, codec, rounds, json: values.json });
    }
    const clip = makeClip(folder, { codec: 'h264', ...SUB, seconds: SUB_SECONDS });
    await subStreams({ clip, rounds, json: values.json });
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fullSpeed({ clip, codec, rounds, json }) {
  const cores = availableParallelism();
  const cases = [
    { streams: 1, threads: 1, name: '1 stream, 1 thread' },
    { streams: 1, threads: cores, name: `1 stream, ${cores} threads` },
    { streams: cores, threads: 1, name: `${cores} streams, 1 thread each` },
  ];
  for (const { streams, threads, name } of cases) {
    const cpu = { ours: [], theirs: [] };
    const [ours, theirs] = await inTurns(
      rounds,
      async () => {
        const options = { clip, codec, streams, threads };
        const { framesOut, wallMs, cpuMs, errors } = await ourRun(options);
        if (errors > 0) throw new Error(`${errors} errors while decoding ${clip}`);
        cpu.ours.push(cpuMs / framesOut);
        return (framesOut * 1000) / wallMs;
      },
      async () => {
        const all = await Promise.all(
          Array.from({ length: streams }, () => ffmpegRun(clip, ['-threads', String(threads)])),
        );
        const sum = (value) => all.reduce((total, each) => total + value(each), 0);
        cpu.theirs.push(sum(({ cpuMs }) => cpuMs) / sum(({ frames }) => frames));
        // Ours ends with its last stream, too.
        return (sum(({ frames }) => frames) * 1000) / Math.max(...all.map(({ wallMs }) => wallMs));
      },
    );
    print(json, `${codec} 1080p, ${name}`, 'frames/s', ours, theirs);
    const [cpuOurs, cpuTheirs] = [median(cpu.ours), median(cpu.theirs)];
    print(json, `${codec} 1080p, ${name}, CPU`, 'ms per frame', cpuOurs, cpuTheirs);
  }
}

async function subStreams({ clip, rounds, json }) {
  const perStream = (cpuMs, wallMs) => (100 * cpuMs) / wallMs / SUB_STREAMS;
  const [ours, theirs] = await inTurns(
    rounds,
    async () => {
      const paced = { fps: SUB.fps, seconds: SUB_SECONDS };
      const options = { clip, codec: 'h264', streams: SUB_STREAMS, threads: 1, ...paced };
      const { cpuMs, wallMs } = await ourRun(options);
      return perStream(cpuMs, wallMs);
    },
    async () => {
      const all = await Promise.all(
        Array.from({ length: SUB_STREAMS }, () => ffmpegRun(clip, ['-threads', '1', '-re'])),
      );
      const cpuMs = all.reduce((sum, each) => sum + each.cpuMs, 0);
      return perStream(cpuMs, Math.max(...all.map(({ wallMs }) => wallMs)));
    },
  );
  const name = `CPU per sub stream, ${SUB_STREAMS} of 640x360 at ${SUB.fps} frames/s`;
  print(json, name, '% of a core', ours, theirs);
}

/** What else the machine does hits both alike. */
async function inTurns(rounds, one, other) {
  const [ours, theirs] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    ours.push(await one());
    theirs.push(await other());
  }
  return [median(ours), median(theirs)];
}

async function ourRun(options) {
  const { stdout } = await execute(process.execPath, [
    here('./decode/worker.mjs'),
    JSON.stringify(options),
  ]);
  return JSON.parse(stdout);
}

/** By ffmpeg's own clock, which starts when its input is open. */
async function ffmpegRun(clip, options) {
  const { stderr } = await execute(
    'ffmpeg',
    ['-nostdin', '-benchmark', ...options, '-i', clip, '-an', '-f', 'null', '-'],
    { maxBuffer: 1 << 26 },
  );
  const [, user, system, real] = /bench: utime=([\d.]+)s stime=([\d.]+)s rtime=([\d.]+)s/.exec(
    stderr,
  );
  const frames = Number([...stderr.matchAll(/frame=\s*(\d+)/g)].at(-1)[1]);
  return { frames, wallMs: Number(real) * 1000, cpuMs: (Number(user) + Number(system)) * 1000 };
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function print(json, name, unit, value, peerValue) {
  const row = { bench: 'decode', case: name, value, unit, peer: 'ffmpeg', peerValue };
  const ratio = value / peerValue;
  if (json) {
    console.log(JSON.stringify({ ...row, ratio }));
    return;
  }
  const number = (figure) => figure.toFixed(figure < 100 ? 2 : 0).padStart(8);
  console.log(
    `${name.padEnd(58)}${number(value)}  ffmpeg ${number(peerValue)}  ${unit}, ratio ${ratio.toFixed(2)}`,
  );
}
