// Measures the server once a second: cameras' rates, processor, memory, disk; an hour of it for plots.
import { statfsSync } from 'node:fs';
import { cpus, freemem, totalmem } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Recorder, StreamName } from '@fluxvision/core';
import type { SystemStats, Trouble } from '../../protocol/index.js';
import type { StreamMeters } from '../cameras/index.js';
import type { Troubles } from './troubles.js';

type Sample = Omit<SystemStats, 'troubles'>;

interface Counters {
  at: number;
  bytes: number;
  frames: number;
}

const EVERY_MS = 1000;
/** Rates are of this long, so that key frames do not make them jump. */
const WINDOW = 5;
const HISTORY_EVERY = 10;
const HISTORY = 360;
const DISK_EVERY = 5;

/** What is counted elsewhere. */
export interface MeteredParts {
  recorder: () => Recorder | undefined;
  storage: string;
  clients: () => { count: number; bytesSent: number; framesDropped: number };
}

export class Meters implements StreamMeters {
  readonly #parts: MeteredParts;
  readonly #troubles: Troubles;
  readonly #rates = new Map<string, Counters[]>();
  readonly #history: Sample[] = [];
  readonly #lag = monitorEventLoopDelay({ resolution: 20 });
  readonly #totals: { at: number; written: number; sent: number }[] = [];
  #cpu = { process: process.cpuUsage(), machine: machineTimes(), at: process.hrtime.bigint() };
  #disk = { free: 0, total: 0 };
  #latest: Sample | undefined;
  #tick = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: MeteredParts, troubles: Troubles) {
    this.#parts = parts;
    this.#troubles = troubles;
  }

  start(): void {
    this.#lag.enable();
    this.#sample();
    this.#timer = setInterval(() => this.#sample(), EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#lag.disable();
  }

  rates(id: string, stream: StreamName) {
    const counters = this.#rates.get(`${stream}:${id}`);
    const [first, last] = [counters?.[0], counters?.at(-1)];
    if (!first || !last || last.at <= first.at || last.frames === first.frames) return undefined;
    const seconds = (last.at - first.at) / 1000;
    return {
      framesPerSecond: round((last.frames - first.frames) / seconds),
      bitsPerSecond: Math.round(((last.bytes - first.bytes) * 8) / seconds),
    };
  }

  trouble(id: string): Trouble | undefined {
    return this.#troubles.ofCamera(id);
  }

  recording(id: string): boolean {
    const recorder = this.#parts.recorder();
    const stats = recorder?.stats().cameras[id];
    if (stats?.state !== 'playing' || stats.mode !== 'continuous') return false;
    // A camera that plays and sends nothing is not recorded, nor one whose frames find no disk.
    return !this.#troubles.recordingBlocked && this.rates(id, 'main') !== undefined;
  }

  /** As of the last second. */
  stats(mayKnow?: (cameraId: string | undefined) => boolean): SystemStats {
    const latest = this.#latest ?? this.#sample();
    return { ...latest, troubles: this.#troubles.list(mayKnow) };
  }

  /** One entry every ten seconds, of up to an hour, oldest first. */
  history(minutes: number): SystemStats[] {
    const count = Math.min(HISTORY, Math.ceil((minutes * 60) / HISTORY_EVERY));
    return this.#history.slice(-count).map((sample) => ({ ...sample, troubles: [] }));
  }

  #sample(): Sample {
    const now = Date.now();
    const recorder = this.#parts.recorder();
    const cameras = recorder?.stats().cameras ?? {};
    let [received, frames, written, lost, live, recording] = [0, 0, 0, 0, 0, 0];
    for (const [id, { camera, sub, state, writer, mode }] of Object.entries(cameras)) {
      this.#count(`main:${id}`, now, camera.bytesReceived, camera.accessUnits);
      if (sub) this.#count(`sub:${id}`, now, sub.bytesReceived, sub.accessUnits);
      for (const stream of ['main', 'sub'] as const) {
        const rates = this.rates(id, stream);
        received += rates?.bitsPerSecond ?? 0;
        frames += rates?.framesPerSecond ?? 0;
      }
      written += writer.bytesWritten;
      lost += writer.framesDropped;
      if (state === 'playing') live++;
      if (state === 'playing' && mode === 'continuous') recording++;
    }
    for (const key of this.#rates.keys()) {
      if (!(key.slice(key.indexOf(':') + 1) in cameras)) this.#rates.delete(key);
    }
    const clients = this.#parts.clients();
    const totals = this.#totalRates(now, written, clients.bytesSent);
    if (this.#tick % DISK_EVERY === 0) this.#disk = diskOf(this.#parts.storage);
    const cpu = this.#cpuUsage();
    const lag = this.#lag.max / 1e6;
    this.#lag.reset();
    const sample: Sample = {
      at: now,
      ...cpu,
      memoryBytes: process.memoryUsage.rss(),
      machineMemoryBytes: totalmem() - freemem(),
      machineMemoryTotalBytes: totalmem(),
      cameraCount: Object.keys(cameras).length,
      camerasLive: live,
      camerasRecording: recording,
      clientCount: clients.count,
      receivedBitsPerSecond: received,
      writtenBytesPerSecond: totals.written,
      sentBitsPerSecond: totals.sent * 8,
      framesPerSecond: round(frames),
      framesDropped: clients.framesDropped,
      framesLost: lost,
      eventLoopLagMs: round(lag),
      storageFreeBytes: this.#disk.free,
      storageUsedBytes: this.#disk.total - this.#disk.free,
    };
    this.#latest = sample;
    if (this.#tick++ % HISTORY_EVERY === 0) this.#history.push(sample);
    if (this.#history.length > HISTORY) this.#history.shift();
    return sample;
  }

  #count(key: string, at: number, bytes: number, frames: number): void {
    const counters = this.#rates.get(key) ?? [];
    // It was connected anew, and counts from the beginning.
    if (frames < (counters.at(-1)?.frames ?? 0)) counters.length = 0;
    counters.push({ at, bytes, frames });
    if (counters.length > WINDOW + 1) counters.shift();
    this.#rates.set(key, counters);
  }

  #totalRates(at: number, written: number, sent: number): { written: number; sent: number } {
    this.#totals.push({ at, written, sent });
    if (this.#totals.length > WINDOW + 1) this.#totals.shift();
    const first = this.#totals[0] as { at: number; written: number; sent: number };
    const seconds = Math.max(1, (at - first.at) / 1000);
    // A camera that was removed takes its counters along.
    const rate = (last: number, before: number) => Math.round(Math.max(0, last - before) / seconds);
    return { written: rate(written, first.written), sent: rate(sent, first.sent) };
  }

  #cpuUsage(): Pick<Sample, 'cpuUsage' | 'machineCpuUsage'> {
    const before = this.#cpu;
    const now = {
      process: process.cpuUsage(),
      machine: machineTimes(),
      at: process.hrtime.bigint(),
    };
    this.#cpu = now;
    const elapsedUs = Number(now.at - before.at) / 1000;
    const used =
      now.process.user + now.process.system - before.process.user - before.process.system;
    const total = now.machine.total - before.machine.total;
    const idle = now.machine.idle - before.machine.idle;
    return {
      cpuUsage: percent(used / (Math.max(1, elapsedUs) * cpus().length)),
      machineCpuUsage: total > 0 ? percent(1 - idle / total) : 0,
    };
  }
}

function machineTimes(): { total: number; idle: number } {
  let [total, idle] = [0, 0];
  for (const { times } of cpus()) {
    total += times.user + times.nice + times.sys + times.idle + times.irq;
    idle += times.idle;
  }
  return { total, idle };
}

function diskOf(path: string): { free: number; total: number } {
  try {
    const { bavail, blocks, bsize } = statfsSync(path);
    return { free: bavail * bsize, total: blocks * bsize };
  } catch {
    return { free: 0, total: 0 };
  }
}

function percent(share: number): number {
  return round(Math.min(100, Math.max(0, share * 100)));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
