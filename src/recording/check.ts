// Compares a storage with its index, all of it, and repairs what can be repaired without losing a byte.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  callback,
  checkOptions,
  flag,
  instanceOf,
  oneOf,
  optional,
  passphrase,
  path,
  signal,
} from '../arguments/index.js';
import { FluxError } from '../errors.js';
import { throwIfAborted } from '../events.js';
import { KeyManager } from '../keys/index.js';
import type { NativeStorageLock } from '../native/index.js';
import { adoptStorage, findMismatch } from './adoption.js';
import { Deletion, isLeaving } from './deletion.js';
import { requireMostFiles } from './folder-comparison.js';
import { RecordingIndex } from './recording-index.js';
import { recoverStorage } from './recovery.js';
import { type DayFolder, dayFolders, isPartial, sizeOf } from './segment-files.js';
import { layout, openStorage } from './storage.js';
import { openStorageKeys, type StorageKeys } from './storage-keys.js';
import { isBeingRecorded, lockStorage } from './storage-lock.js';
import { verifyRecordings } from './verify.js';

/**
 * How closely {@link checkStorage} looks: `names` compares folders with rows, `sizes` the files' sizes
 * too, `contents` authenticates every byte (which takes as long as reading all of it).
 */
export type CheckDepth = 'names' | 'sizes' | 'contents';

/** Options of {@link checkStorage}. Keys are needed for `repair` and for the depth `contents`. */
export interface CheckOptions extends StorageKeys {
  storage: string;
  /** Default `sizes`. */
  depth?: CheckDepth;
  /** Mends what can be mended. No recorder may run (`ERR_STORAGE_LOCKED`). */
  repair?: boolean;
  /** With `repair`: goes on where most of a camera's footage is not there (`ERR_STORAGE_SUSPECT`). */
  acceptLoss?: boolean;
  signal?: AbortSignal;
  onProgress?: (progress: CheckProgress) => void;
}

/** How far a check is. */
export interface CheckProgress {
  /** Files looked at, of about how many. */
  done: number;
  total: number;
  /** The folder or file that comes next. */
  at: string;
}

/** Something that is not as it should be. */
export interface CheckProblem {
  /**
   * `ERR_SEGMENT_MISSING`: a row without a file. `ERR_SEGMENT_UNKNOWN`: a file without a row.
   * `ERR_SEGMENT_PARTIAL`: an unfinished version 1 file. `ERR_SEGMENT_SIZE`. `ERR_SEGMENT_OVERLAP`.
   * `ERR_GARBAGE`: a deletion that was not finished. `ERR_INDEX_TOTALS`: sums of a day are wrong.
   * `ERR_STORAGE_MISSING`, `ERR_STORAGE_MISMATCH`: marker and index do not belong together. With the
   * depth `contents` the codes of {@link verifyRecordings} too.
   */
  code: string;
  /** Relative to the storage directory. */
  file: string;
  message: string;
  /** It was mended. */
  repaired: boolean;
}

/** What {@link checkStorage} found. */
export interface CheckReport {
  /** Nothing is wrong, or everything was repaired. */
  ok: boolean;
  segments: number;
  files: number;
  problems: CheckProblem[];
}

/**
 * Checks a storage; with `repair` it also gives whole files their rows, moves rows without a file to
 * the gaps (reason `lost`), finishes deletions, and adds up the totals anew. Without `repair` it works
 * beside a recorder. `ERR_STORAGE_SUSPECT`, with nothing changed, where more than 100 rows and more
 * than half of the storage's or a camera's are missing and `acceptLoss` is not set.
 */
export async function checkStorage(options: CheckOptions): Promise<CheckReport> {
  const checked = checkOptions('checkStorage', options, {
    storage: path,
    passphrase: optional(passphrase),
    keys: optional(instanceOf(KeyManager)),
    depth: optional(oneOf('names', 'sizes', 'contents'), 'sizes' as const),
    repair: optional(flag, false),
    acceptLoss: optional(flag, false),
    signal: optional(signal),
    onProgress: optional(callback<CheckProgress>()),
  });
  const storage = resolve(checked.storage);
  if (!checked.repair) {
    const problems = await mismatchOf(storage, false);
    if (problems.length > 0) return { ok: false, segments: 0, files: 0, problems };
    return new Check(storage, checked, problems).run();
  }
  await openStorageOrIndex(storage);
  const lock = lockStorage(storage);
  try {
    const problems = await mismatchOf(storage, true);
    if (problems.length > 0) {
      const [{ code, message }] = problems as [CheckProblem];
      await adoptStorage(storage, new FluxError(code, message));
      markRepaired(problems, () => true);
    }
    return await new Check(storage, checked, problems).run(lock);
  } finally {
    lock.release();
  }
}

/** `ERR_STORAGE_NOT_FOUND`, before a lock is made in a directory that is none of ours. */
async function openStorageOrIndex(storage: string): Promise<void> {
  if (!existsSync(layout.index(storage))) await openStorage(storage);
}

async function mismatchOf(storage: string, mayWrite: boolean): Promise<CheckProblem[]> {
  const mismatch = await findMismatch(storage, mayWrite);
  if (!mismatch) return [];
  if (mismatch.code === 'ERR_STORAGE_NOT_FOUND') throw mismatch;
  return [problemOf(mismatch, 'storage.json')];
}

type Settings = Omit<CheckOptions, 'storage'> & { depth: CheckDepth };

class Check {
  #files = 0;

  constructor(
    private readonly storage: string,
    private readonly settings: Settings,
    private readonly problems: CheckProblem[],
  ) {}

  async run(lock?: NativeStorageLock): Promise<CheckReport> {
    const index = await RecordingIndex.open({ storage: this.storage, readOnly: !lock });
    try {
      const missing = await this.#compare(index, lock !== undefined);
      this.#inIndex(index);
      if (lock) await this.#repair(index, missing);
      const segments = index.count();
      if (this.settings.depth === 'contents') await this.#contents();
      const ok = this.problems.every(({ repaired }) => repaired);
      return { ok, segments, files: this.#files, problems: this.problems };
    } finally {
      await index.close();
    }
  }

  /** Folder by folder; returns the paths of rows without a file, by camera. */
  async #compare(index: RecordingIndex, exclusive: boolean): Promise<Map<string, string[]>> {
    const missing = new Map<string, string[]>();
    const walked = new Set<string>();
    const total = Math.max(1, index.count());
    const miss = (folder: string, paths: readonly string[]) => {
      // A segment may have been deleted on purpose since the folder was read.
      const gone = exclusive ? paths : paths.filter((one) => index.byPath(one));
      const camera = folder.split('/')[0] as string;
      missing.set(camera, [...(missing.get(camera) ?? []), ...gone]);
      for (const file of gone) {
        this.#add('ERR_SEGMENT_MISSING', file, `${file} is in the index, but not on the disk.`);
      }
    };
    for await (const folder of dayFolders(this.storage)) {
      throwIfAborted(this.settings.signal, 'Checking');
      const done = Math.min(this.#files, total);
      this.settings.onProgress?.({ done, total, at: folder.path });
      walked.add(folder.path);
      const rows = sizesIn(index, folder.path);
      for (const name of folder.files) {
        this.#files += 1;
        const file = `${folder.path}/${name}`;
        const size = rows.get(file);
        rows.delete(file);
        if (size === undefined) await this.#unknown(index, folder, name, exclusive);
        else if (this.settings.depth !== 'names') await this.#size(file, size);
      }
      miss(folder.path, [...rows.keys()]);
    }
    for (const folder of index.folders()) {
      if (!walked.has(folder) && folder !== '') miss(folder, index.pathsIn(folder));
    }
    return missing;
  }

  async #unknown(
    index: RecordingIndex,
    folder: DayFolder,
    name: string,
    exclusive: boolean,
  ): Promise<void> {
    const file = `${folder.path}/${name}`;
    if (await isLeaving(index, file)) return;
    // Beside a recorder: its row may have come, and the files of today may be in its hands.
    if (!exclusive && (index.byPath(file) || mayBeOpen(index, this.storage, folder))) return;
    if (isPartial(name)) {
      this.#add('ERR_SEGMENT_PARTIAL', file, `${file} is an unfinished version 1 segment.`);
    } else {
      this.#add('ERR_SEGMENT_UNKNOWN', file, `${file} is on the disk, but not in the index.`);
    }
  }

  async #size(file: string, expected: number): Promise<void> {
    const size = await sizeOf(join(this.storage, ...file.split('/')));
    if (size === undefined || size === expected) return;
    const message = `${file} has ${size} bytes, but was recorded with ${expected}. fluxvision verify tells what of it is authentic.`;
    this.#add('ERR_SEGMENT_SIZE', file, message);
  }

  /** What the index says of itself. */
  #inIndex(index: RecordingIndex): void {
    for (const { path: file, reason, lastError } of index.garbage.list()) {
      const why = lastError ? `: ${lastError}` : '';
      this.#add('ERR_GARBAGE', file, `${file} was to be deleted (${reason})${why}.`);
    }
    for (const { cameraId, stream, day } of index.dayTotals.wrong()) {
      const date = new Date(day).toISOString().slice(0, 10);
      const where = `camera '${cameraId}', stream ${stream}, ${date}`;
      this.#add('ERR_INDEX_TOTALS', 'index.db', `The sums of ${where} are not those of its rows.`);
    }
    for (const { file, other } of overlaps(index)) {
      this.#add('ERR_SEGMENT_OVERLAP', file, `${file} begins before ${other} has ended.`);
    }
  }

  async #repair(index: RecordingIndex, missing: Map<string, string[]>): Promise<void> {
    const { acceptLoss = false, signal: abort } = this.settings;
    if (!acceptLoss) {
      requireMostFiles(index, new Map([...missing].map(([id, paths]) => [id, paths.length])));
    }
    throwIfAborted(abort, 'Checking');
    const done = new Set<string>();
    const failed = new Map<string, FluxError>();
    await new Deletion(index, {
      deleted: ({ path: file }) => done.add(file),
      failed: ({ path: file }, error) => failed.set(file, error as FluxError),
    }).resume(true);
    markRepaired(this.problems, ({ code, file }) => code === 'ERR_GARBAGE' && !failed.has(file));
    moveToGaps(index, [...missing.values()].flat());
    markRepaired(this.problems, ({ code }) => code === 'ERR_SEGMENT_MISSING');
    if (this.problems.some(({ code }) => code.match(/_(UNKNOWN|PARTIAL)$/))) {
      await this.#recover(index, acceptLoss);
    }
    index.dayTotals.recount();
    markRepaired(this.problems, ({ code }) => code === 'ERR_INDEX_TOTALS');
    index.storageRow.seen(Date.now(), Date.now());
  }

  async #recover(index: RecordingIndex, acceptLoss: boolean): Promise<void> {
    const { keys, release } = await openStorageKeys(this.storage, this.settings, 'open');
    try {
      const report = await recoverStorage(keys, index, { all: true, acceptLoss });
      const left = new Map(report.problems.map((problem) => [problem.file, problem]));
      for (const problem of this.problems) {
        if (!/_(UNKNOWN|PARTIAL)$/.test(problem.code)) continue;
        const why = left.get(problem.file);
        problem.repaired = why === undefined;
        if (why) problem.message = `${problem.message} ${why.message} (${why.code})`;
      }
    } finally {
      await release();
    }
  }

  async #contents(): Promise<void> {
    const { passphrase: secret, keys, signal: abort, onProgress } = this.settings;
    const report = await verifyRecordings({
      storage: this.storage,
      ...(secret !== undefined && { passphrase: secret }),
      ...(keys && { keys }),
      ...(abort && { signal: abort }),
      ...(onProgress && {
        onProgress: ({ done, total, file }) => onProgress({ done, total, at: file }),
      }),
    });
    const known = new Set(this.problems.map(({ code, file }) => `${code} ${file}`));
    for (const { code, file, message } of report.problems) {
      if (!known.has(`${code} ${file}`)) this.#add(code, file, message);
    }
  }

  #add(code: string, file: string, message: string): void {
    this.problems.push({ code, file, message, repaired: false });
  }
}

function problemOf({ code, message }: FluxError, file: string): CheckProblem {
  return { code, file, message, repaired: false };
}

function markRepaired(problems: CheckProblem[], which: (problem: CheckProblem) => boolean): void {
  for (const problem of problems) if (which(problem)) problem.repaired = true;
}

function sizesIn(index: RecordingIndex, folder: string): Map<string, number> {
  const rows = index.connection.all<{ path: string; size: number }>(
    `SELECT file_path AS path, file_size_bytes AS size FROM recording_segments
     WHERE file_path > @first AND file_path < @beyond`,
    { first: `${folder}/`, beyond: `${folder}0` },
  );
  return new Map(rows.map(({ path: file, size }) => [file, size]));
}

/** Footage that is gone stays on the record: as a gap. */
function moveToGaps(index: RecordingIndex, paths: readonly string[]): void {
  index.connection.transaction(() => {
    for (const file of paths) {
      const row = index.byPath(file);
      if (!row) continue;
      const { cameraId, stream, startTime: from, endTime: to, frames } = row;
      index.connection.run('DELETE FROM recording_segments WHERE id = @id', { id: row.id });
      index.gapRows.add({ cameraId, stream, from, to, frames, reason: 'lost' });
    }
  });
}

/** Segments of a stream that begin before the one in front has ended. Reads the covering index. */
function overlaps(index: RecordingIndex): { file: string; other: string }[] {
  return index.connection.all(
    `SELECT b.file_path AS file, a.file_path AS other FROM (
       SELECT id, start_time, lag(id) OVER w AS before, lag(end_time) OVER w AS ended
       FROM recording_segments
       WINDOW w AS (PARTITION BY camera_id, stream ORDER BY start_time)
     ) AS pair JOIN recording_segments a ON a.id = pair.before
     JOIN recording_segments b ON b.id = pair.id
     WHERE pair.start_time < pair.ended LIMIT 1000`,
  );
}

/** Beside a recorder, the folders that it writes to are those not older than its newest segment. */
function mayBeOpen(index: RecordingIndex, storage: string, folder: DayFolder): boolean {
  if (!isBeingRecorded(storage)) return false;
  const days = index.totals({ cameraId: folder.cameraId }).map(({ day }) => day);
  const newest = Math.max(0, ...days);
  return folder.day >= new Date(newest).toISOString().slice(0, 10).replaceAll('-', '');
}
