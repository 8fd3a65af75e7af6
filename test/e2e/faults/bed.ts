// What fault tests stand on: simulated cameras here, a recorder in a process of its own under the shim.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { KeyManager, type RecorderOptions, RtspSimulator } from '../../../src/index.js';
import { makeClip, SMALL } from '../support/clips.js';
import { copyDirectory } from '../support/power-loss.js';

/** Where the test's own files lie; a bundle of scripts/faults.mjs lies elsewhere. */
const E2E = process.env.FLUXVISION_FAULTS_E2E ?? join(import.meta.dirname, '..');
const SHIM_SOURCE = join(E2E, 'support', 'fault-shim.c');
const CHILD = join(E2E, 'faults', 'recording-child.mjs');
export const PASSPHRASE = 'correct horse battery staple';

/** A line of the child. */
export type News = { event: string; at: number } & Record<string, unknown>;

export interface Acknowledged {
  cameraId: string;
  filePath: string;
  fileSize: number;
  frames: number;
  startTime: number;
  endTime: number;
}

export interface ChildOptions extends Partial<RecorderOptions> {
  /** The shim's rules from the start on. */
  rules?: readonly string[];
  /** Log every change, for power cuts. */
  log?: boolean;
  retainEvery?: number;
  statsEvery?: number;
  /** More for its environment. */
  env?: Record<string, string>;
  /** Libraries that are loaded in front of the shim. */
  preload?: readonly string[];
}

export class Bed {
  #children = 0;

  private constructor(
    readonly folder: string,
    readonly simulator: RtspSimulator,
    readonly cameras: number,
    private readonly shim: string,
  ) {}

  /** Everything lies in `folder`. */
  static async make(folder: string, cameras = 2, bitrate = SMALL.bitrate): Promise<Bed> {
    mkdirSync(folder, { recursive: true });
    const shim = join(folder, 'fault-shim.so');
    execFileSync('gcc', [
      ...['-shared', '-fPIC', '-O2', '-Wall', '-Werror', '-o', shim, SHIM_SOURCE],
      ...['-ldl', '-lpthread'],
    ]);
    const simulator = await RtspSimulator.start({
      clip: makeClip(folder, 'clip.mp4', { ...SMALL, bitrate }),
      cameras,
      sentLogCapacity: 100_000,
    });
    const bed = new Bed(folder, simulator, cameras, shim);
    // Fewer rounds than the default: the key is derived with every start.
    const keys = await KeyManager.create({
      directory: join(bed.#base, 'keys'),
      passphrase: PASSPHRASE,
      iterations: 100_000,
    });
    await keys.close();
    return bed;
  }

  get #base(): string {
    return join(this.folder, 'base');
  }

  /** A storage with keys and nothing else. */
  newStorage(): string {
    const storage = join(mkdtempSync(join(this.folder, 'storage-')), 'disk');
    copyDirectory(this.#base, storage);
    return storage;
  }

  cameraIds(): string[] {
    return Array.from({ length: this.cameras }, (_, i) => `cam${i + 1}`);
  }

  /** The stream of a camera of {@link cameraIds}. */
  streamOf(cameraId: string): string {
    return `/${cameraId}/main`;
  }

  /** Frames that left the camera in an interval, both ends included. */
  sent(cameraId: string, from: number, to: number): number {
    const frames = this.simulator.sentFrames(this.streamOf(cameraId));
    return frames.filter(({ sentAt }) => sentAt >= from && sentAt <= to).length;
  }

  record(storage: string, options: ChildOptions = {}): RecordingChild {
    const { rules = [], log = false, env = {}, preload = [], ...rest } = options;
    const files = join(this.folder, `child-${++this.#children}`);
    const child = new RecordingChild(files);
    child.rules(...rules);
    const cameras = this.cameraIds().map((id) => ({
      id,
      url: `rtsp://127.0.0.1:${this.simulator.port}${this.streamOf(id)}`,
    }));
    child.start(
      {
        ...{ storage, passphrase: PASSPHRASE, segmentDuration: 2, cameras, ...rest },
        ...(log && { marks: child.marks }),
      },
      {
        ...env,
        LD_PRELOAD: [...preload, this.shim].join(':'),
        FAULT_ROOT: storage,
        FAULT_CONTROL: child.control,
        FAULT_REPORT: child.report,
        ...(log && { FAULT_LOG: child.log, FAULT_MARKS: child.marks }),
        // Else the addon's own calls, and libuv's, would pass the shim by.
        FLUXVISION_NO_DEEPBIND: '1',
        UV_USE_IO_URING: '0',
      },
    );
    return child;
  }

  /** Ends what runs; the folder stays. */
  close(): Promise<void> {
    return this.simulator.close();
  }
}

export class RecordingChild {
  readonly news: News[] = [];
  readonly control: string;
  readonly report: string;
  readonly log: string;
  readonly marks: string;
  #process: ChildProcess | undefined;
  #exit: { code: number | null; signal: string | null } | undefined;
  #ended: Promise<void> | undefined;
  #stderr = '';
  startedAt = 0;
  endedAt = 0;

  constructor(files: string) {
    this.control = `${files}.rules`;
    this.report = `${files}.acts`;
    this.log = `${files}.log`;
    this.marks = `${files}.marks`;
  }

  /** Replaces the shim's rules at once; none: no faults. */
  rules(...rules: readonly string[]): void {
    writeFileSync(this.control, rules.map((rule) => `${rule}\n`).join(''));
  }

  /** What the shim did, one line each. */
  acts(): string[] {
    if (!existsSync(this.report)) return [];
    return readFileSync(this.report, 'utf8').split('\n').filter(Boolean);
  }

  start(options: object, environment: Record<string, string>): void {
    // realpath() of the shim needs them to be there.
    appendFileSync(this.marks, '');
    this.startedAt = Date.now();
    const child = spawn(process.execPath, [CHILD, JSON.stringify(options)], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    });
    this.#process = child;
    child.stdin?.on('error', () => {});
    child.stderr?.on('data', (chunk) => {
      this.#stderr += chunk;
    });
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      this.news.push(JSON.parse(line) as News);
    });
    this.#ended = new Promise((resolve) => {
      child.once('exit', () => {
        this.endedAt = Date.now();
      });
      child.once('close', (code, signal) => {
        this.#exit = { code, signal };
        resolve();
      });
    });
  }

  get exit(): { code: number | null; signal: string | null } | undefined {
    return this.#exit;
  }

  of(event: string): News[] {
    return this.news.filter((one) => one.event === event);
  }

  segments(from = 0): Acknowledged[] {
    return this.news
      .slice(from)
      .filter(({ event }) => event === 'segment') as unknown as Acknowledged[];
  }

  /** Waits until it holds; rejects where the process ends first, or after `timeout`. */
  async until(what: string, holds: () => boolean, timeout = 15_000): Promise<void> {
    const end = Date.now() + timeout;
    while (!holds()) {
      if (this.#exit) throw new Error(`${what}: the recorder ended: ${this.describe()}`);
      if (Date.now() > end)
        throw new Error(`${what}: not within ${timeout} ms: ${this.describe()}`);
      await sleep(20);
    }
  }

  /** Waits for the end that a rule brings. */
  async ends(timeout = 10_000): Promise<void> {
    const timer = setTimeout(() => this.kill(), timeout);
    await this.#ended;
    clearTimeout(timer);
  }

  async close(): Promise<void> {
    this.#process?.stdin?.write('close\n');
    await this.ends();
  }

  kill(): void {
    this.#process?.kill('SIGKILL');
  }

  describe(): string {
    const last = this.news.slice(-8).map((one) => JSON.stringify(one));
    return [JSON.stringify(this.#exit), ...this.acts().slice(-5), ...last, this.#stderr].join('\n');
  }
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
