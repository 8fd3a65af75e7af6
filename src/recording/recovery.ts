// What happens at a recorder's start: files that a crash left without a row get one, or are set
// aside. Nothing that verifies is ever deleted.
import { constants } from 'node:fs';
import { copyFile, mkdir, open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../durable-file.js';
import { FluxError, isFluxError } from '../errors.js';
import { asFluxError } from '../events.js';
import type { KeyManager } from '../keys/index.js';
import {
  type NativeKey,
  type NativeReaderOptions,
  native,
  type SegmentHeader,
} from '../native/index.js';
import { Deletion } from './deletion.js';
import { compareFolders, requireMostFiles } from './folder-comparison.js';
import type { NewSegment, RecordingIndex, SegmentRecord } from './recording-index.js';
import { apparentSecond, type DayFolder, isPartial, readDayFolder } from './segment-files.js';
import { isSegmentPath, layout, segmentFile } from './storage.js';

/** A file that could not be put in the index, or a row without its file. */
export interface RecoveryProblem {
  /** Relative to the storage directory. */
  file: string;
  code: string;
  message: string;
}

/** What {@link Recorder.open} found and did. */
export interface RecoveryReport {
  /** Segments that were not in the index and are now. */
  recovered: SegmentRecord[];
  /** Files without a single authentic frame, moved to `<storage>/quarantine/`. */
  quarantined: RecoveryProblem[];
  /** What a person should look at: missing files, missing keys, files in the wrong folder. */
  problems: RecoveryProblem[];
}

interface Recovery {
  storage: string;
  keys: KeyManager;
  index: RecordingIndex;
  report: RecoveryReport;
}

/** Thrown for files that hold nothing authentic. */
class Unrecoverable extends Error {
  constructor(readonly reason: FluxError) {
    super(reason.message);
  }
}

/** How much a recovery compares. */
export interface RecoverOptions {
  /** All folders, not only those that changed since the index was last known to agree. */
  all?: boolean;
  /** Goes on where most of the footage is gone. */
  acceptLoss?: boolean;
}

/**
 * The storage lock must be held: a segment that is being written looks like one left by a crash.
 * `ERR_STORAGE_SUSPECT`, with nothing changed, where most of the footage is not there.
 */
export async function recoverStorage(
  keys: KeyManager,
  index: RecordingIndex,
  options: RecoverOptions = {},
): Promise<RecoveryReport> {
  const report: RecoveryReport = { recovered: [], quarantined: [], problems: [] };
  const recovery: Recovery = { storage: index.storage, keys, index, report };
  const mark = index.storageRow.read()?.settledAt ?? 0;
  // A mark of the future is of a clock that was wrong.
  const settledAt = options.all || mark > Date.now() ? 0 : mark;
  const { changed, gone, missing } = await compareFolders(index, settledAt, options.all ?? false);
  if (!options.acceptLoss) requireMostFiles(index, missing);
  // Before files without a row are taken for what a crash left: some were on their way out.
  await new Deletion(index, { deleted: () => {}, failed: () => {} }).resume(true);
  for (const folder of changed) {
    await recoverFolder(recovery, await readDayFolder(index.storage, folder));
  }
  for (const folder of gone) reportMissing(report, index.pathsIn(folder));
  return report;
}

async function recoverFolder(recovery: Recovery, folder: DayFolder): Promise<void> {
  const { storage, index, report } = recovery;
  const indexed = new Set(index.pathsIn(folder.path));
  const left = folder.files.filter((name) => !indexed.delete(`${folder.path}/${name}`));
  for (const name of await inOrderOfTime(storage, folder, left)) {
    const file = `${folder.path}/${name}`;
    try {
      const segment = isPartial(name)
        ? unfinishedVersion1(file)
        : await recoverFile(recovery, folder, file);
      report.recovered.push(index.insert(segment));
    } catch (error) {
      if (error instanceof Unrecoverable) {
        await quarantine(recovery, file, error.reason);
      } else {
        const { code, message } = asFluxError(error, 'ERR_IO', file);
        report.problems.push({ file, code, message });
      }
    }
  }
  reportMissing(report, indexed);
}

/** Rows get their ids, and version 1 its sequence, in this order. */
async function inOrderOfTime(
  storage: string,
  folder: DayFolder,
  names: string[],
): Promise<string[]> {
  const files: { name: string; second: number }[] = [];
  for (const name of names) {
    files.push({ name, second: await apparentSecond(storage, folder, name) });
  }
  return files.sort((a, b) => a.second - b.second).map(({ name }) => name);
}

function unfinishedVersion1(file: string): never {
  throw new Unrecoverable(
    new FluxError(
      'ERR_SEGMENT_TRUNCATED',
      `${file} is a version 1 segment without its end: nothing in it can be verified.`,
    ),
  );
}

async function recoverFile(
  recovery: Recovery,
  folder: DayFolder,
  file: string,
): Promise<NewSegment> {
  const { storage, keys, index } = recovery;
  const { cameraId } = folder;
  const path = segmentFile(storage, file);
  const header = readHeader(path);
  if (header.version === 2 && header.cameraId !== cameraId) {
    throw new FluxError(
      'ERR_SEGMENT_HEADER',
      `${file} says that it is of camera ${JSON.stringify(header.cameraId)}. Move it to that camera's folder.`,
    );
  }
  const startTime = header.startTime ?? (await startOfVersion1(path));
  const what = { path, cameraId, startTime, allowUnfinished: true };
  const key = keys.key(header.keyId);
  const found = await native.recoverSegment(what, key).catch(async (error) => {
    if (header.version !== 2 || !isFluxError(error, 'ERR_AUTH_TAG')) throw error;
    // What was not synced yet reaches the disk in any order: a power cut leaves holes in front of
    // whole chunks, as somebody's hand would.
    await cutAtDamage(recovery, file, error, await authenticBytes(what, key));
    return native.recoverSegment(what, key);
  });
  if (found.frames === 0) {
    throw new Unrecoverable(
      new FluxError('ERR_SEGMENT_TRUNCATED', `${file} ends before its first whole frame.`),
    );
  }
  return {
    cameraId,
    filePath: file,
    keyId: header.keyId,
    startTime,
    endTime: startTime + Math.max(1, Math.round(found.durationMs)),
    fileSize: found.verifiedFileBytes,
    stream: header.stream ?? 0,
    formatVersion: header.version,
    frames: found.frames,
    state: found.finished ? 'complete' : 'recovered',
    endReason: 'interrupted',
    sequence: header.sequence ?? index.nextSequence(cameraId),
    width: found.width,
    height: found.height,
    codec: found.codec,
  };
}

/**
 * A version 1 file that has its final name is whole, only its row is missing. It does not store when
 * it starts: the writer left that in the modification time, and the tag will prove it.
 */
async function startOfVersion1(path: string): Promise<number> {
  const { mtimeNs } = await stat(path, { bigint: true });
  // Rounded: a copy made through floating-point seconds may be some nanoseconds early.
  return Number((mtimeNs + 500_000n) / 1_000_000n);
}

/** What cannot be read as a header is what a crash leaves of a file's first block. */
function readHeader(path: string): SegmentHeader {
  try {
    return native.readSegmentHeader(path);
  } catch (error) {
    const failure = asFluxError(error, 'ERR_IO', path);
    // A later release's version is no damage: leave such a file where it is.
    const damaged = ['ERR_SEGMENT_MAGIC', 'ERR_SEGMENT_HEADER', 'ERR_SEGMENT_TRUNCATED'];
    if (damaged.includes(failure.code)) throw new Unrecoverable(failure);
    throw failure;
  }
}

async function quarantine(
  { storage, report }: Recovery,
  file: string,
  reason: FluxError,
): Promise<void> {
  const from = segmentFile(storage, file);
  const directory = layout.quarantine(storage);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const to = await freeName(join(directory, file.replaceAll('/', '_')));
  await rename(from, to);
  await syncDirectory(directory);
  await syncDirectory(join(from, '..'));
  report.quarantined.push({ file, code: reason.code, message: reason.message });
}

/** How far a file is authentic from its start on. */
async function authenticBytes(what: NativeReaderOptions, key: NativeKey): Promise<number> {
  const reader = await native.openSegment({ ...what, audio: false }, key);
  try {
    return (await reader.inspect()).verifiedFileBytes;
  } finally {
    reader.close();
  }
}

/** Takes off what follows the first damage; the file as it was found stays in the quarantine. */
async function cutAtDamage(
  { storage, report }: Recovery,
  file: string,
  { code, message }: FluxError,
  authentic: number,
): Promise<void> {
  const path = segmentFile(storage, file);
  const directory = layout.quarantine(storage);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const kept = await freeName(join(directory, file.replaceAll('/', '_')));
  await copyFile(path, kept, constants.COPYFILE_FICLONE);
  await syncFile(kept);
  await syncDirectory(directory);
  const segment = await open(path, 'r+');
  try {
    await segment.truncate(authentic);
    await segment.sync();
  } finally {
    await segment.close();
  }
  const told = `${message}. What stands before it is recovered; the file as it was found is in the quarantine.`;
  report.quarantined.push({ file, code, message: told });
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function freeName(path: string): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    const candidate = attempt === 0 ? path : `${path}.${attempt}`;
    try {
      await (await open(candidate, 'wx', 0o600)).close();
      return candidate;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function reportMissing(report: RecoveryReport, files: Iterable<string>): void {
  for (const file of files) {
    const message = isSegmentPath(file)
      ? `${file} is in the index, but not on the disk.`
      : `The index names a file at ${JSON.stringify(file)}, where no segment can lie.`;
    report.problems.push({ file, code: 'ERR_SEGMENT_MISSING', message });
  }
}
