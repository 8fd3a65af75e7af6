// The long run of a recorder: simulated cameras in one process, the recorder in another, trouble on the
// lines between them; what it takes is measured all the time, what it lost is counted at the end.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkStorage, KeyManager, verifyRecordings } from '../../../src/index.js';
import { makeClip, SMALL } from '../support/clips.js';
import { FlakyProxy } from '../support/flaky-proxy.js';
import { type Flatness, judgeFlatness, type Limit, MIN_SAMPLES } from './flatness.js';
import { type AccountedSegment, FrameAccount } from './frame-account.js';
import {
  MIB,
  type ProcessSample,
  type StorageSample,
  sampleProcess,
  sampleStorage,
} from './process-sample.js';
import { ToldProcess } from './told-process.js';

export interface SoakOptions {
  /** Everything lies in it. */
  folder: string;
  cameras: number;
  minutes: number;
  /** Between two samples. */
  sampleMs: number;
  /** What the storage may hold, per camera. */
  maxBytesPerCamera: number;
  say: (line: string) => void;
}

export interface SoakSample extends ProcessSample, StorageSample {
  /** Milliseconds since the start. */
  at: number;
  /** Of JavaScript, after a collection. MiB. */
  heap: number;
  external: number;
}

export interface SoakResult {
  cameras: number;
  minutes: number;
  /** Samples that were judged: those after the warm-up. */
  judged: number;
  flatness: Record<string, Flatness>;
  counts: Record<string, number>;
  /** Most frames by which a run of segments differed from what was sent. */
  worstDifference: number;
  holes: Record<string, number>;
  problems: string[];
  samples: SoakSample[];
}

/** E2E: where the test's own files lie; a bundle of scripts/soak.mjs lies elsewhere. */
const E2E = process.env.FLUXVISION_FAULTS_E2E ?? join(import.meta.dirname, '..');
const PASSPHRASE = 'correct horse battery staple';
const SEGMENT_SECONDS = 4;
/** Half a second at 25 frames: what the ends of a run may be shifted by, however long it is. */
const TOLERANCE_FRAMES = 12;
/** Problems are told up to this number; a broken run has thousands. */
const MOST_TOLD = 50;
/** Retention's turn comes every 10 s; what was recorded until then lies beyond the limit. */
const RETENTION_SECONDS = 12;

/** Until the storage is full and everything has happened once. */
const WARM_UP_MS = 150_000;
/** Of {@link SMALL}, with its container and then some. */
const SMALL_MIB_PER_SECOND = 0.06;

const LIMITS: Record<string, Limit> = {
  rss: { rise: 8, risePart: 0.05 },
  anonymous: { rise: 8, risePart: 0.05 },
  heap: { rise: 2, risePart: 0.1 },
  external: { rise: 4, risePart: 0.2 },
  threads: { rise: 2, max: 32 },
  descriptors: { rise: 4, risePart: 0.05 },
  index: { rise: 0.5, risePart: 0.1 },
  indexWal: { rise: 2, max: 16 },
  keys: { rise: 1, max: 16 },
  footage: { rise: 4, risePart: 0.1 },
};

type CamerasNews =
  | { event: 'ready'; port: number }
  | { event: 'sent'; dropped: number; frames: Record<string, number[]>; forgotten: string[] };

type RecorderNews =
  | { event: 'open' | 'closed' }
  | ({ event: 'segment'; cameraId: string } & AccountedSegment)
  | { event: 'hole'; cameraId: string; from: number; to: number; reasons: string[] }
  | { event: 'gap'; cameraId: string; reason: string; frames: number }
  | { event: 'problem'; where: string; message: string }
  | State;

interface State {
  event: 'state';
  heapUsed: number;
  external: number;
  counts: Record<string, number>;
  segmentsNotIndexed: number;
  writers: Record<string, { framesDropped: number; overflows: number; packetsLost: number }>;
}

type Role = 'steady' | 'event' | 'flapping' | 'cut' | 'stalling' | 'leaving';

const ROLES: Record<number, Role> = {
  ...{ 0: 'flapping', 2: 'cut', 5: 'stalling' },
  ...{ 1: 'event', 6: 'event', 10: 'event', 15: 'event' },
};

/** Of any twenty: three have a bad line, four are in mode `event`, the last is taken away and added. */
function roleOf(i: number, cameras: number): Role {
  return i === cameras - 1 ? 'leaving' : (ROLES[i % 20] ?? 'steady');
}

class Soak {
  readonly #problems: string[] = [];
  readonly #samples: SoakSample[] = [];
  readonly #accounts = new Map<string, FrameAccount>();
  readonly #holes: Record<string, number> = {};
  readonly #proxies: [FlakyProxy, Role][] = [];
  readonly #trouble = new AbortController();
  #troubles: Promise<void>[] = [];
  #last: State | undefined;

  constructor(private readonly options: SoakOptions) {}

  async run(): Promise<SoakResult> {
    const { folder, cameras, minutes, sampleMs, say } = this.options;
    mkdirSync(folder, { recursive: true });
    const simulator = new ToldProcess<CamerasNews>(
      join(E2E, 'soak', 'cameras-child.mjs'),
      { clip: makeClip(folder, 'clip.mp4', SMALL), cameras },
      (news) => this.#onCameras(news),
    );
    let recorder: ToldProcess<RecorderNews> | undefined;
    const storage = join(folder, 'storage');
    const startedAt = Date.now();
    try {
      const { port } = (await simulator.ask('ready')) as { port: number };
      recorder = new ToldProcess<RecorderNews>(
        join(E2E, 'soak', 'recorder-child.mjs'),
        await this.#plan(storage, port),
        (news) => this.#onRecorder(news),
      );
      await recorder.ask('open');
      this.#makeTrouble();
      const end = Date.now() + minutes * 60_000;
      while (Date.now() < end) {
        await sleep(Math.min(sampleMs, Math.max(0, end - Date.now())));
        await this.#sample(recorder, simulator, storage, startedAt);
        say(this.#line());
      }
      await this.#endOfTrouble();
      await this.#account(simulator);
      await recorder.ask('closed', 'close');
      if ((await recorder.ended) !== 0) this.#say('the recorder did not end well');
      if (recorder.stderr) this.#say(`the recorder warned: ${recorder.stderr.trim()}`);
      await this.#account(simulator);
      for (const account of this.#accounts.values()) account.settle(Number.POSITIVE_INFINITY);
      await this.#verify(storage);
    } catch (error) {
      this.#say(`the soak broke off: ${(error as Error).stack}`);
    } finally {
      await this.#endOfTrouble();
      recorder?.kill();
      await Promise.all(this.#proxies.map(([proxy]) => proxy.close()));
      simulator.endInput();
      await simulator.ended;
    }
    return this.#judge();
  }

  async #plan(storage: string, port: number): Promise<object> {
    const { cameras, maxBytesPerCamera } = this.options;
    const planned = [];
    for (let i = 0; i < cameras; i++) {
      const id = `cam${i + 1}`;
      const role = roleOf(i, cameras);
      this.#accounts.set(id, new FrameAccount(id, TOLERANCE_FRAMES));
      let through = port;
      if (role === 'flapping' || role === 'cut' || role === 'stalling') {
        const proxy = await FlakyProxy.start(port);
        this.#proxies.push([proxy, role]);
        through = proxy.port;
      }
      planned.push({
        ...{ id, url: `rtsp://127.0.0.1:${through}/${id}/main` },
        ...{ connectTimeoutMs: 2000, stallTimeoutMs: 2000, reconnect: { minMs: 100, maxMs: 1000 } },
        ...(role === 'event' && { recording: { mode: 'event', preRoll: 3, postRoll: 5 } }),
      });
    }
    // In a short run everything happens as often as in a long one.
    const pace = Math.min(1, this.options.minutes / 5);
    return {
      ...{ storage, passphrase: PASSPHRASE, segmentDuration: SEGMENT_SECONDS, cameras: planned },
      maxBytes: cameras * maxBytesPerCamera,
      every: {
        ...{ tap: Math.max(2000, 5000 * pace), playback: 10_000 * pace, verify: 60_000 * pace },
        ...{ trigger: 20_000 * pace, leave: 45_000 * pace },
      },
    };
  }

  #makeTrouble(): void {
    const { signal } = this.#trouble;
    const pause = (ms: number) => sleep(ms, undefined, { signal }).catch(() => {});
    const trouble = async (proxy: FlakyProxy, role: Role) => {
      while (!signal.aborted) {
        await pause(role === 'flapping' ? 2000 + Math.random() * 18_000 : 30_000);
        if (role === 'flapping') proxy.reset();
        else if (role === 'cut') proxy.cut();
        else proxy.stall();
        await pause(role === 'flapping' ? 0 : 5000);
        proxy.mend();
      }
    };
    this.#troubles = this.#proxies.map(([proxy, role]) => trouble(proxy, role));
  }

  async #endOfTrouble(): Promise<void> {
    this.#trouble.abort();
    await Promise.all(this.#troubles);
  }

  #onCameras(news: CamerasNews): void {
    if (news.event !== 'sent') return;
    for (const [id, times] of Object.entries(news.frames)) this.#accounts.get(id)?.sent(times);
    for (const id of news.forgotten)
      this.#say(`${id}: the simulator forgot frames before they were told`);
  }

  #onRecorder(news: RecorderNews): void {
    if (news.event === 'segment') this.#accounts.get(news.cameraId)?.segment(news);
    if (news.event === 'state') this.#last = news;
    if (news.event === 'problem') this.#say(`${news.where}: ${news.message}`);
    if (news.event === 'gap' && news.reason !== 'waiting-for-key-frame') {
      this.#say(`${news.cameraId}: ${news.frames} frames dropped: ${news.reason}`);
    }
    if (news.event !== 'hole') return;
    const { cameraId, from, to, reasons } = news;
    for (const reason of reasons) this.#holes[reason] = (this.#holes[reason] ?? 0) + 1;
    if (reasons.some((reason) => reason !== 'unknown')) return;
    this.#say(`${cameraId}: ${to - from} ms without a reason, until ${new Date(to).toISOString()}`);
  }

  /** Holds the segments against what was sent up to now. */
  async #account(simulator: ToldProcess<CamerasNews>): Promise<void> {
    const now = Date.now();
    await simulator.ask('sent', 'sent');
    for (const account of this.#accounts.values()) account.settle(now);
  }

  async #sample(
    recorder: ToldProcess<RecorderNews>,
    simulator: ToldProcess<CamerasNews>,
    storage: string,
    startedAt: number,
  ): Promise<void> {
    await this.#account(simulator);
    const state = (await recorder.ask('state', 'state')) as State;
    this.#samples.push({
      at: Date.now() - startedAt,
      ...sampleProcess(recorder.pid),
      ...sampleStorage(storage),
      heap: state.heapUsed / MIB,
      external: state.external / MIB,
    });
  }

  /** Every byte that is left is as it was recorded, and index and files agree. */
  async #verify(storage: string): Promise<void> {
    const directory = join(storage, 'keys');
    const keys = await KeyManager.open({ directory, passphrase: PASSPHRASE });
    try {
      const check = await checkStorage({ storage, keys, depth: 'contents' });
      for (const { code, message } of check.problems) this.#say(`check: ${code} ${message}`);
      const { checked, problems } = await verifyRecordings({ storage, keys });
      for (const { code, message } of problems) this.#say(`verify: ${code} ${message}`);
      if (checked === 0) this.#say('nothing is left to verify');
      else if (this.#last) this.#last.counts.left = checked;
    } finally {
      await keys.close();
    }
  }

  #judge(): SoakResult {
    const { cameras, minutes, maxBytesPerCamera, sampleMs } = this.options;
    const warmUp = Math.max(WARM_UP_MS, minutes * 60_000 * 0.2);
    const judged = this.#samples.filter(({ at }) => at > warmUp);
    const flatness: Record<string, Flatness> = {};
    const times = judged.map(({ at }) => at);
    for (const [name, limit] of Object.entries(LIMITS)) {
      if (judged.length < MIN_SAMPLES) break;
      const values = judged.map((sample) => sample[name as keyof SoakSample]);
      flatness[name] = judgeFlatness(name, times, values, limit);
    }
    for (const { problem } of Object.values(flatness)) if (problem) this.#say(problem);
    const most = (cameras * maxBytesPerCamera) / MIB;
    const written = cameras * SMALL_MIB_PER_SECOND * (RETENTION_SECONDS + sampleMs / 1000);
    for (const { at, footage } of this.#samples) {
      if (footage <= most + written) continue;
      this.#say(
        `${footage.toFixed(1)} MiB of footage after ${at} ms, where ${most.toFixed(1)} are to be kept`,
      );
    }
    const counts: Record<string, number> = { segmentRuns: 0, frames: 0, ...this.#last?.counts };
    for (const [id, account] of this.#accounts) {
      for (const problem of account.problems) this.#say(problem);
      counts.segmentRuns = (counts.segmentRuns ?? 0) + account.runs;
      counts.frames = (counts.frames ?? 0) + account.recorded;
      if (account.recorded === 0) this.#say(`${id}: nothing was recorded`);
    }
    for (const name of ['deleted', 'taps', 'tapFrames', 'playbackFrames', 'verified', 'triggers']) {
      if (!counts[name]) this.#say(`${name}: none, so that nothing is shown of them`);
    }
    return {
      ...{ cameras, minutes, judged: judged.length, flatness, counts, holes: this.#holes },
      worstDifference: Math.max(0, ...[...this.#accounts.values()].map(({ worst }) => worst)),
      ...{ problems: this.#problems, samples: this.#samples },
    };
  }

  #line(): string {
    const { at, rss, heap, descriptors, threads, files, footage } = this.#samples.at(
      -1,
    ) as SoakSample;
    return [
      `${(at / 60_000).toFixed(1)} min: RSS ${rss.toFixed(1)} MiB`,
      `heap ${heap.toFixed(1)} MiB, ${descriptors} descriptors, ${threads} threads`,
      `${files} segments of ${footage.toFixed(1)} MiB, ${this.#last?.counts.deleted ?? 0} deleted`,
      `${this.#problems.length} problems`,
    ].join(', ');
  }

  #say(problem: string): void {
    if (this.#problems.length < MOST_TOLD) this.#problems.push(problem);
    this.options.say(`PROBLEM ${problem}`);
  }
}

/** Records for `minutes`, and says what did not stay flat, what was lost, what is not as it was recorded. */
export function runSoak(options: SoakOptions): Promise<SoakResult> {
  return new Soak(options).run();
}
