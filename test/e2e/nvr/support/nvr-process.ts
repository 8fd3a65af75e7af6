// The NVR in a process of its own, as a machine has it that things go wrong with: on a small disk of its
// own, with a clock that can be set, a certificate of the tests, and its keys locked.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { until } from './journey.js';

const ROOT = join(import.meta.dirname, '../../../..');
const FAKETIME = ['x86_64-linux-gnu', 'aarch64-linux-gnu']
  .map((machine) => `/usr/lib/${machine}/faketime/libfaketimeMT.so.1`)
  .find((path) => existsSync(path));
/** As `BEGIN EXCLUSIVE` in the sqlite3 program, until its input ends. */
const HOLD = `
const [driver, path] = process.argv.slice(1);
const database = new (require(driver))(path);
database.exec('BEGIN EXCLUSIVE');
console.log('held');
process.stdin.resume().on('end', () => database.close());
`;
/** Mounts the disk, fills it with what was prepared, and becomes the server. */
const START =
  'mount -t tmpfs -o "size=$1" tmpfs "$2" && cp -a "$3/." "$2/" && shift 3 && exec "$@"';

export interface NvrProcess {
  /** `https://localhost:port`. */
  url: string;
  port: number;
  /** Its storage, as other processes reach it. */
  storage: string;
  /** All that it wrote to its output and its log. */
  said: () => string;
  /** Holds a database of the storage, from another process; resolves with what lets go. */
  hold(database: string): Promise<() => Promise<void>>;
  /** Sets its clock: so many seconds beside the right time. */
  setClock(seconds: number): void;
  close(): Promise<void>;
}

/** `prepared`: a storage that is copied to the disk; nothing opens its keys but what unlocks them. */
export async function startNvrProcess(options: {
  prepared: string;
  diskSize: string;
  certificate: string;
  key: string;
}): Promise<NvrProcess> {
  if (!FAKETIME) throw new Error('There is no libfaketime: npm run setup -- --for test');
  const folder = mkdtempSync(join(tmpdir(), 'fluxvision-machine-'));
  // Beside the built pages, and inside of the package, so that it finds its dependencies.
  const bundle = join(ROOT, 'examples/nvr/dist', `test-${process.pid}`);
  const main = join(bundle, 'main.mjs');
  buildSync({
    ...{ entryPoints: [join(ROOT, 'examples/nvr/server/main.ts')], outfile: main, bundle: true },
    ...{ platform: 'node', format: 'esm', packages: 'external', logLevel: 'error' },
    alias: { '@fluxvision/core': join(ROOT, 'src/index.ts') },
  });
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  const clock = join(folder, 'clock');
  const setClock = (seconds: number) => writeFileSync(clock, `${seconds < 0 ? '' : '+'}${seconds}`);
  setClock(0);
  const settings = join(folder, 'nvr.json');
  const { certificate, key, prepared, diskSize } = options;
  writeFileSync(
    settings,
    JSON.stringify({
      ...{ storage: disk, listen: { address: '127.0.0.1', port: 0 }, tls: { certificate, key } },
      federation: { announce: false, browse: false },
      ...{ passphrase: { ask: true }, allowLoopbackCameras: true, retention: { minFreeBytes: 0 } },
    }),
  );
  // Root may mount in any namespace; another user is root in a user namespace of its own.
  const unshare = process.getuid?.() === 0 ? ['-m'] : ['-r', '-m'];
  const preload = ['env', `LD_PRELOAD=${FAKETIME}`];
  const child: ChildProcess = spawn(
    'unshare',
    [
      ...[...unshare, 'sh', '-c', START, 'sh', diskSize, disk, prepared],
      ...[...preload, process.execPath, main, '--config', settings],
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        FLUXVISION_ADDON_PATH: join(ROOT, 'build/Release/fluxvision_core.node'),
        ...process.env,
        FAKETIME_TIMESTAMP_FILE: clock,
        FAKETIME_NO_CACHE: '1',
        // Clocks are set; time goes on.
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
        NO_FAKE_STAT: '1',
      },
    },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (data) => {
      said += data;
    });
  }
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const hold = async (database: string) => {
    // Into its namespace: SQLite would follow /proc/<pid>/root to what lies at the path out here.
    const user = unshare.includes('-r') ? ['-U', '--preserve-credentials'] : [];
    const driver = createRequire(import.meta.url).resolve('better-sqlite3');
    const program = [process.execPath, '-e', HOLD, driver, join(disk, database)];
    const holder = spawn('nsenter', ['-t', `${child.pid}`, '-m', ...user, ...program], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    return async () => {
      holder.stdin.end();
      await once(holder, 'close');
    };
  };
  const close = async () => {
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 15_000);
    await ended;
    clearTimeout(late);
    for (const path of [folder, bundle]) rmSync(path, { recursive: true, force: true });
  };
  try {
    const port = await until(
      () => {
        if (child.exitCode !== null) throw new Error(`It ended: ${said}`);
        return Number(/at https:\/\/127\.0\.0\.1:(\d+)/.exec(said)?.[1]) || undefined;
      },
      'its address',
      100_000,
    );
    const storage = `/proc/${child.pid}/root${disk}`;
    return {
      ...{
        url: `https://localhost:${port}`,
        port,
        storage,
        said: () => said,
        hold,
        setClock,
        close,
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
