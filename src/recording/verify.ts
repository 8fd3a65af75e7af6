// Compares what is on disk with what was recorded: every byte of every segment is authenticated.
import { resolve } from 'node:path';
import {
  callback,
  cameraId,
  checkOptions,
  instanceOf,
  optional,
  passphrase,
  path,
  signal,
} from '../arguments/index.js';
import { FluxError } from '../errors.js';
import { asFluxError, throwIfAborted } from '../events.js';
import { KeyManager } from '../keys/index.js';
import { native } from '../native/index.js';
import { isLeaving } from './deletion.js';
import { RecordingIndex, type SegmentRecord } from './recording-index.js';
import { apparentSecond, type DayFolder, dayFolders, sizeOf } from './segment-files.js';
import { SegmentReader } from './segment-reader.js';
import { segmentFile } from './storage.js';
import { openStorageKeys, requireOneKeySource, type StorageKeys } from './storage-keys.js';
import { isBeingRecorded } from './storage-lock.js';

/** Options of {@link verifyRecordings}: `passphrase` or `keys`, and what to verify. */
export interface VerifyOptions extends StorageKeys {
  storage: string;
  /** Only this camera. */
  cameraId?: string;
  signal?: AbortSignal;
  onProgress?: (progress: VerifyProgress) => void;
}

/** How far a verification is. */
export interface VerifyProgress {
  /** Segments verified so far, of how many. */
  done: number;
  total: number;
  /** The segment that comes next, relative to the storage directory. */
  file: string;
}

/** A segment that is not as it was recorded. */
export interface VerifyProblem {
  /** Relative to the storage directory. */
  file: string;
  cameraId: string;
  /**
   * `ERR_AUTH_TAG`: bytes were altered. `ERR_SEGMENT_KEY`, `ERR_SEGMENT_HEADER`,
   * `ERR_SEGMENT_MAGIC`, `ERR_SEGMENT_VERSION`, `ERR_SEGMENT_ALGORITHM`: its header was, or it is
   * another segment.
   * `ERR_SEGMENT_COVER`: the picture in front of it was altered, added or taken away.
   * `ERR_SEGMENT_TRUNCATED`: its end is missing. `ERR_SEGMENT_SIZE`: it has grown.
   * `ERR_SEGMENT_MISSING`: the file is gone. `ERR_SEGMENT_UNKNOWN`: it is in no index.
   * `ERR_KEY_NOT_FOUND` and other codes of {@link KeyManager.key}.
   */
  code: string;
  message: string;
  /** Whole chunks from the file's start that are authentic, where that could be told. */
  verifiedChunks?: number;
}

/** What {@link verifyRecordings} found. */
export interface VerifyReport {
  /** True where there is no problem. */
  ok: boolean;
  /** Segments that were verified. */
  checked: number;
  /** Bytes of the segments that are as they were recorded. */
  bytes: number;
  problems: VerifyProblem[];
}

/**
 * Authenticates every segment of a storage, and compares files with the index. Works beside a
 * running recorder. What was altered is in the report; rejections are for what prevents verifying
 * (`ERR_KEY_PASSPHRASE`, `ERR_STORAGE_NOT_FOUND`, `ERR_ABORTED`).
 */
export async function verifyRecordings(options: VerifyOptions): Promise<VerifyReport> {
  const checked = checkOptions('verifyRecordings', options, {
    storage: path,
    passphrase: optional(passphrase),
    keys: optional(instanceOf(KeyManager)),
    cameraId: optional(cameraId),
    signal: optional(signal),
    onProgress: optional(callback<VerifyProgress>()),
  });
  requireOneKeySource('verifyRecordings', checked);
  const storage = resolve(checked.storage);
  const index = await RecordingIndex.open({ storage, readOnly: true });
  try {
    const { keys, release } = await openStorageKeys(storage, checked, 'open');
    try {
      return await new Verification(index, keys, checked).run();
    } finally {
      await release();
    }
  } finally {
    await index.close();
  }
}

type Settings = Pick<VerifyOptions, 'cameraId' | 'signal' | 'onProgress'>;

class Verification {
  readonly #report: VerifyReport = { ok: true, checked: 0, bytes: 0, problems: [] };

  constructor(
    private readonly index: RecordingIndex,
    private readonly keys: KeyManager,
    private readonly settings: Settings,
  ) {}

  async run(): Promise<VerifyReport> {
    const { cameraId: camera, onProgress } = this.settings;
    const which = camera === undefined ? {} : { cameraId: camera };
    const total = this.index.count(which);
    for (const row of this.index.iterate(which)) {
      throwIfAborted(this.settings.signal, 'Verifying');
      const done = this.#report.checked;
      onProgress?.({ done, total: Math.max(total, done + 1), file: row.filePath });
      const problem = await this.#verify(row);
      this.#report.checked++;
      if (problem) this.#report.problems.push(problem);
      else this.#report.bytes += row.fileSize;
    }
    await this.#findUnknown();
    const { checked } = this.#report;
    onProgress?.({ done: checked, total: checked, file: '' });
    this.#report.ok = this.#report.problems.length === 0;
    return this.#report;
  }

  async #verify(row: SegmentRecord): Promise<VerifyProblem | undefined> {
    let size: number | undefined;
    let chunks: number | undefined;
    try {
      const file = segmentFile(this.index.storage, row.filePath);
      size = await sizeOf(file);
      if (size === undefined) {
        throw new FluxError('ERR_SEGMENT_MISSING', `${row.filePath} is gone.`);
      }
      requireSameHeader(file, row);
      const found = await this.#inspect(file, row);
      if (row.formatVersion === 2) chunks = found.chunks;
      requireAuthentic(found, row);
      requireSameSize(size, row);
      return undefined;
    } catch (error) {
      const failure = asFluxError(error, 'ERR_IO', row.filePath);
      // It may have been deleted on purpose, with its row, at any moment since that row was read.
      const isGone = /^ERR_(SEGMENT_MISSING|NOT_FOUND)$/.test(failure.code);
      if (isGone && !this.index.byPath(row.filePath)) return undefined;
      // From inside, a last chunk that was altered looks like one that was cut; the size tells.
      const cut = failure.code !== 'ERR_SEGMENT_TRUNCATED' || size !== row.fileSize;
      const code = cut ? failure.code : 'ERR_AUTH_TAG';
      const { message } = failure;
      const problem: VerifyProblem = { file: row.filePath, cameraId: row.cameraId, code, message };
      const inside = code === 'ERR_AUTH_TAG' || code === 'ERR_SEGMENT_TRUNCATED';
      if (inside && chunks !== undefined) problem.verifiedChunks = chunks;
      return problem;
    }
  }

  async #inspect(file: string, row: SegmentRecord): Promise<Inspection> {
    const reader = await SegmentReader.open({
      path: file,
      keys: this.keys,
      cameraId: row.cameraId,
      startTime: row.startTime,
      allowUnfinished: row.state === 'recovered' && row.formatVersion === 2,
    });
    try {
      return await reader.inspect();
    } finally {
      await reader.close();
    }
  }

  /** Files without a row: put there by someone, or the row was deleted. */
  async #findUnknown(): Promise<void> {
    let live: boolean | undefined;
    for await (const folder of dayFolders(this.index.storage, this.settings.cameraId)) {
      throwIfAborted(this.settings.signal, 'Verifying');
      const indexed = new Set(this.index.pathsIn(folder.path));
      for (const name of folder.files) {
        const file = `${folder.path}/${name}`;
        if (indexed.has(file)) continue;
        live ??= isBeingRecorded(this.index.storage);
        // The recorder may still be busy with it, or its row have come.
        if (live && (await this.#mayBeOpen(folder, name))) continue;
        if (this.index.byPath(file) || (await isLeaving(this.index, file))) continue;
        this.#report.problems.push({
          file,
          cameraId: folder.cameraId,
          code: 'ERR_SEGMENT_UNKNOWN',
          message: `${file} is not in the index. Where a crash left it, the next start of the recorder will add it.`,
        });
      }
    }
  }

  /** Only files newer than the newest row can be in a recorder's hands. */
  async #mayBeOpen(folder: DayFolder, name: string): Promise<boolean> {
    const { cameraId: camera } = folder;
    const [newest] = this.index.segments({ cameraId: camera, first: 'newest', limit: 1 });
    if (newest === undefined) return true;
    try {
      const second = await apparentSecond(this.index.storage, folder, name);
      return second >= Math.floor(newest.startTime / 1000);
    } catch (error) {
      // Renamed or deleted meanwhile: a version 1 segment has got its final name.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
      throw error;
    }
  }
}

type Inspection = Awaited<ReturnType<SegmentReader['inspect']>>;

function requireAuthentic(found: Inspection, row: SegmentRecord): void {
  if (found.problem) throw found.problem;
  if (found.verifiedFileBytes < row.fileSize) {
    throw new FluxError(
      'ERR_SEGMENT_TRUNCATED',
      `${row.filePath} ends early: ${found.verifiedFileBytes} of ${row.fileSize} bytes are there and authentic.`,
    );
  }
  if (!found.finished && row.state === 'complete') {
    throw new FluxError('ERR_SEGMENT_TRUNCATED', `${row.filePath} lacks its end.`);
  }
}

/** The header must say what the row says; the tag would tell too, but not what is wrong. */
function requireSameHeader(file: string, row: SegmentRecord): void {
  const header = native.readSegmentHeader(file);
  const differences: [string, unknown, unknown][] = [
    ['format version', header.version, row.formatVersion],
    ['key', header.keyId, row.keyId],
  ];
  if (header.version === 2) {
    differences.push(
      ['camera', header.cameraId, row.cameraId],
      ['start', header.startTime, row.startTime],
      ['sequence', header.sequence, row.sequence],
      ['stream', header.stream, row.stream],
    );
  }
  for (const [what, found, expected] of differences) {
    if (found === expected) continue;
    throw new FluxError(
      'ERR_SEGMENT_HEADER',
      `${row.filePath}: its header names ${what} ${found}, the index ${expected}.`,
    );
  }
}

function requireSameSize(size: number, row: SegmentRecord): void {
  if (size === row.fileSize) return;
  throw new FluxError(
    'ERR_SEGMENT_SIZE',
    `${row.filePath} has ${size} bytes, but was recorded with ${row.fileSize}.`,
  );
}
