// What 40 logins at once cost the others: Node's file work and a recorder's writes, against the same
// without logins and against hashing on libuv's pool, in one run.
import { fork } from 'node:child_process';
import { pbkdf2 } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import {
  Camera,
  KeyManager,
  permissionsOf,
  RtspSimulator,
  SegmentWriter,
  SessionManager,
} from '../dist/index.js';
import { makeClip } from './record/clip.mjs';

const USAGE = `npm run bench -- login [--logins N] [--cameras N] [--seconds S] [--json]
  --logins N   that are under way at once (default 40)
  --cameras N  recorded meanwhile, 1080p25 at 4 Mbit/s (default 4)
  --seconds S  of each of the three measurements (default 15)`;

const ITERATIONS = 600_000;
const USERS = 4;
const PASSWORD = 'a gate of green iron';
/** A writer seals what it has every half second. */
const WRITE_INTERVAL_MS = 500;

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      logins: { type: 'string', default: '40' },
      cameras: { type: 'string', default: '4' },
      seconds: { type: 'string', default: '15' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [logins, cameras, seconds] = [values.logins, values.cameras, values.seconds].map(Number);
  if (values.help || !(logins >= 1 && cameras >= 1 && seconds >= 2)) {
    console[values.help ? 'log' : 'error'](USAGE);
    return values.help ? 0 : 2;
  }
  const folder = mkdtempSync(join(tmpdir(), 'fluxvision-bench-'));
  try {
    const keys = await KeyManager.create({ directory: join(folder, 'keys'), passphrase: PASSWORD });
    const recording = await record(folder, keys, cameras);
    const sessions = await openSessions(folder, keys);
    const measure = async (load) => {
      await recording.intervals(); // those before
      return {
        files: summary(await probeFiles(folder, seconds, load)),
        writes: summary(
          (await recording.intervals()).map((ms) => Math.abs(ms - WRITE_INTERVAL_MS)),
        ),
      };
    };
    const quiet = await measure(async () => {});
    const ours = await measure(loginsOf(sessions, logins));
    const libuv = await measure(hashesOnLibuv(logins));
    const dropped = recording.dropped();
    await recording.close();
    await sessions.close();
    await keys.close();
    report({ quiet, ours, libuv, dropped, logins, cameras, json: values.json });
    return dropped === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function record(folder, keys, count) {
  const clip = join(folder, 'clip.mp4');
  makeClip(clip);
  const simulator = await RtspSimulator.start({ clip, cameras: count });
  const cameras = simulator.urls.map((url, i) => new Camera({ id: `cam${i}`, url }));
  const options = { storage: folder, keys, segmentDuration: 3600 };
  const writers = cameras.map((camera) => new SegmentWriter({ camera, ...options }));
  for (const camera of cameras) camera.start();
  const total = (name) => writers.reduce((sum, writer) => sum + writer.stats()[name], 0);
  // Bytes are counted with a whole segment only.
  while (writers.some((writer) => writer.stats().framesWritten === 0)) await sleep(100);
  const days = cameras.map(({ id }) => join(folder, id, readdirSync(join(folder, id))[0]));
  const watcher = fork(new URL('./login/write-watch.mjs', import.meta.url).pathname, days);
  await once(watcher, 'message');
  const intervals = async () => {
    watcher.send('intervals');
    return (await once(watcher, 'message'))[0];
  };
  return {
    intervals,
    dropped: () => total('framesDropped'),
    close: async () => {
      watcher.kill();
      await Promise.all(writers.map((writer) => writer.close()));
      await Promise.all(cameras.map((camera) => camera.close()));
      await simulator.close();
    },
  };
}

async function openSessions(storage, keys) {
  const free = { freeAttempts: 100, freeAttemptsPerAddress: 10_000, overallBurst: 100_000 };
  const sessions = await SessionManager.open({ storage, keys, login: free });
  for (let i = 0; i < USERS; i++) {
    const permissions = permissionsOf('VIEWER');
    await sessions.users.create({ username: `user${i}`, password: PASSWORD, permissions });
  }
  return sessions;
}

/** Each logs in again as soon as the answer is there; who is told to wait does so. */
function loginsOf(sessions, count) {
  return async (isOver) => {
    await Promise.all(
      Array.from({ length: count }, async (_, i) => {
        const request = {
          username: `user${i % USERS}`,
          password: PASSWORD,
          address: `10.0.0.${i}`,
        };
        while (!isOver()) {
          try {
            await sessions.login(request);
          } catch (error) {
            if (error.code !== 'ERR_BUSY') throw error;
            await sleep(100);
          }
        }
      }),
    );
  };
}

function hashesOnLibuv(count) {
  const hash = promisify(pbkdf2);
  return async (isOver) => {
    const salt = Buffer.alloc(32);
    await Promise.all(
      Array.from({ length: count }, async () => {
        while (!isOver()) await hash(PASSWORD, salt, ITERATIONS, 32, 'sha256');
      }),
    );
  };
}

/** How long it took each time to open, write and close a file while `load` runs, in milliseconds. */
async function probeFiles(folder, seconds, load) {
  const until = performance.now() + seconds * 1000;
  const isOver = () => performance.now() >= until;
  const loaded = load(isOver);
  const took = [];
  while (!isOver()) {
    const start = performance.now();
    const file = await open(join(folder, 'probe'), 'w');
    await file.write(Buffer.alloc(4096));
    await file.close();
    took.push(performance.now() - start);
    await sleep(5);
  }
  await loaded;
  return took;
}

function summary(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return { p50: at(0.5), p99: at(0.99), max: sorted.at(-1), count: sorted.length };
}

function report({ quiet, ours, libuv, dropped, logins, cameras, json }) {
  const print = (row) => {
    if (json) return console.log(JSON.stringify({ bench: 'login', logins, cameras, ...row }));
    const peer = row.peer ? `${row.peerValue.toFixed(2).padStart(9)}  ${row.peer}` : '';
    console.log(`${row.case.padEnd(44)} ${row.value.toFixed(2).padStart(9)} ${row.unit}  ${peer}`);
  };
  const names = { files: 'open, write and close a file', writes: 'lateness of a recorder’s write' };
  for (const what of ['files', 'writes']) {
    for (const figure of ['p50', 'p99', 'max']) {
      for (const [peer, other] of [
        ['without logins', quiet],
        ['hashing on libuv’s pool', libuv],
      ]) {
        const [value, peerValue] = [ours[what][figure], other[what][figure]];
        const ratio = value / peerValue;
        print({ case: `${names[what]}, ${figure}`, value, unit: 'ms', peer, peerValue, ratio });
      }
    }
  }
  print({ case: 'frames dropped', value: dropped, unit: 'frames' });
}
