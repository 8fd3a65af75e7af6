// What a process and its storage take, from /proc and the file system.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface ProcessSample {
  /** MiB. */
  rss: number;
  /** MiB that are the process's own: other processes that come and go do not change it. */
  anonymous: number;
  threads: number;
  descriptors: number;
}

export interface StorageSample {
  /** MiB. */
  index: number;
  indexWal: number;
  keys: number;
  footage: number;
  /** Segment files. */
  files: number;
}

export const MIB = 1 << 20;

export function sampleProcess(pid: number): ProcessSample {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return {
    rss: numberBehind(status, 'VmRSS') / 1024,
    anonymous: numberBehind(rollup, 'Anonymous') / 1024,
    threads: numberBehind(status, 'Threads'),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
  };
}

export function sampleStorage(storage: string): StorageSample {
  const sample = { index: 0, indexWal: 0, keys: 0, footage: 0, files: 0 };
  for (const entry of readdirSync(storage, { recursive: true }) as string[]) {
    const size = sizeOf(join(storage, entry));
    if (entry === 'index.db') sample.index = size;
    else if (entry === 'index.db-wal') sample.indexWal = size;
    else if (entry.startsWith('keys/')) sample.keys += size;
    else if (/^[^/]+\/\d{8}\/[^/]+$/.test(entry)) {
      sample.footage += size;
      sample.files += 1;
    }
  }
  return sample;
}

/** MiB; 0 where it was deleted meanwhile. */
function sizeOf(path: string): number {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) / MIB;
}

function numberBehind(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? Number.NaN);
}
