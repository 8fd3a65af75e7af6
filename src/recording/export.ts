// Cuts a stretch of time out of many sealed segments into one clip, without re-encoding its video.
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import {
  callback,
  cameraId,
  checkOptions,
  flag,
  instanceOf,
  integer,
  invalidArgument,
  oneOf,
  optional,
  passphrase,
  path,
  signal,
  time,
} from '../arguments/index.js';
import { moveWithoutReplacing } from '../durable-file.js';
import { FluxError } from '../errors.js';
import { abortError, asFluxError, throwIfAborted } from '../events.js';
import { KeyManager } from '../keys/index.js';
import {
  type NativeExportOptions,
  type NativeExportResult,
  type NativeExportSegment,
  type NativeKey,
  native,
} from '../native/index.js';
import { RecordingIndex, type SegmentRecord } from './recording-index.js';
import { segmentFile } from './storage.js';
import { openStorageKeys, requireOneKeySource, type StorageKeys } from './storage-keys.js';

/** The container of an exported clip. */
export type ExportFormat = 'mp4' | 'mkv';

/** Options of {@link exportRecording}: `passphrase` or `keys`, what, and where to. */
export interface ExportOptions extends StorageKeys {
  storage: string;
  cameraId: string;
  /** UTC milliseconds; the interval is half open: [from, to). */
  from: number;
  to: number;
  /** The clip's file. It is not encrypted. */
  out: string;
  /** By default what `out` ends in: `.mp4` or `.mkv`. */
  format?: ExportFormat;
  /** 0: main stream (default), 1: sub stream. */
  stream?: number;
  /** Replace `out` where it exists. Default false: `ERR_EXISTS`. */
  overwrite?: boolean;
  /** With the recording's sound, where it has any. Default true. */
  audio?: boolean;
  signal?: AbortSignal;
  /** From 0 to 1, at most ten times a second. */
  onProgress?: (done: number) => void;
}

/** A stretch of time, UTC milliseconds, half open. */
export interface TimeRange {
  from: number;
  to: number;
}

/** What {@link exportRecording} wrote. */
export interface ExportResult {
  /** Absolute path of the clip. */
  out: string;
  /** Video frames. */
  frames: number;
  bytes: number;
  /** UTC milliseconds of the first frame, and just after the last. */
  from: number;
  to: number;
  /** Parts of the requested interval for which there is no footage. */
  gaps: TimeRange[];
  /** The clip's sound; absent where there was none, or none was wanted. */
  audio?: {
    /** As it was recorded: AAC, PCMU, PCMA, G726, OPUS or L16. */
    codec: string;
    /** How many packets of the recording it is made of. */
    packets: number;
    /** It is AAC in the clip: players do not know G.711, G.726 and linear PCM in MP4. */
    transcoded: boolean;
  };
  /**
   * What was recorded and is not in the clip. `codec`: the camera changed to another, and a clip's
   * track has one. `parameters`: it changed the sample rate or the channels of its sound. `format`:
   * MP4 cannot hold this sound, Matroska can.
   */
  leftOut: (TimeRange & {
    track: 'video' | 'audio';
    reason: 'codec' | 'parameters' | 'format';
  })[];
}

/**
 * Writes the recording of a camera in [from, to) to one MP4 or Matroska file. Nothing is re-encoded
 * but sound of G.711, G.726 and linear PCM in MP4, which becomes AAC. Video can only begin at a key
 * frame, so the clip starts at the key frame at or before `from`, and ends before the first frame at
 * or after `to`. Where a part of the recording has no sound, the clip's sound pauses. Everything is
 * verified before it is written. The export is in the audit log as `footage.export`. For evidence
 * that others can check, see {@link exportFootage}.
 *
 * `out` appears only when it is whole. Rejects with `ERR_NO_FOOTAGE`; `ERR_EXISTS`;
 * `ERR_AUTH_TAG` and other codes of {@link SegmentReader.open} naming the segment; `ERR_ABORTED`.
 */
export async function exportRecording(options: ExportOptions): Promise<ExportResult> {
  const checked = checkOptions('exportRecording', options, {
    storage: path,
    passphrase: optional(passphrase),
    keys: optional(instanceOf(KeyManager)),
    cameraId,
    from: time,
    to: time,
    out: path,
    format: optional(oneOf('mp4', 'mkv')),
    stream: optional(integer(0, 65_535), 0),
    overwrite: optional(flag, false),
    audio: optional(flag, true),
    signal: optional(signal),
    onProgress: optional(callback<number>()),
  });
  requireOneKeySource('exportRecording', checked);
  if (checked.to <= checked.from) {
    throw invalidArgument('exportRecording: to', `later than from (${checked.from})`, checked.to);
  }
  const out = resolve(checked.out);
  const format = checked.format ?? formatOf(out);
  throwIfAborted(checked.signal, 'The export');
  const storage = resolve(checked.storage);
  const rows = await findSegments(storage, checked);
  if (existsSync(out) && !checked.overwrite) throw existsError(out);

  const { keys, release } = await openStorageKeys(storage, checked, 'open');
  const temporary = join(dirname(out), `.${basename(out)}.${randomUUID()}`);
  try {
    const { from, to, audio } = checked;
    const segments = nativeSegments(storage, rows, keys);
    const job = { segments, from, to, out: temporary, format, audio };
    const result = await keys.recordFootageExport(
      () => runClipJob(job, checked.onProgress, checked.signal),
      ({ bytes }) => ({ subject: checked.cameraId, detail: { from, to, format, bytes } }),
    );
    await putInPlace(temporary, out, checked.overwrite);
    return { out, ...result };
  } finally {
    await rm(temporary, { force: true });
    await release();
  }
}

/** Runs an export of the engine to its end; ERR_ABORTED where `abort` fires before. */
export async function runClipJob(
  job: NativeExportOptions,
  onProgress: ((done: number) => void) | undefined,
  abort: AbortSignal | undefined,
): Promise<NativeExportResult> {
  throwIfAborted(abort, 'The export');
  const running = new native.ExportJob(job);
  const onAbort = () => running.abort();
  abort?.addEventListener('abort', onAbort, { once: true });
  try {
    const result = await running.run((done) => onProgress?.(done));
    throwIfAborted(abort, 'The export');
    onProgress?.(1);
    return result;
  } catch (error) {
    if (abort?.aborted) throw abortError('The export', abort);
    throw error;
  } finally {
    abort?.removeEventListener('abort', onAbort);
  }
}

async function findSegments(
  storage: string,
  wanted: { cameraId: string; from: number; to: number; stream: number },
): Promise<SegmentRecord[]> {
  const index = await RecordingIndex.open({ storage, readOnly: true });
  try {
    const { cameraId: camera, from, to, stream } = wanted;
    const rows = index.segments({ cameraId: camera, from, to, stream });
    if (rows.length > 0) return rows;
    throw new FluxError(
      'ERR_NO_FOOTAGE',
      `There is no footage of camera '${camera}' from ${iso(from)} to ${iso(to)}. ${whatThereIs(index, camera)}`,
    );
  } finally {
    await index.close();
  }
}

/** For a message: what footage there is of a camera, or of which cameras. */
export function whatThereIs(index: RecordingIndex, camera: string): string {
  const cameras = index.cameras();
  const summary = cameras.find(({ id }) => id === camera);
  if (summary?.from != null && summary.to != null) {
    return `There is some from ${iso(summary.from)} to ${iso(summary.to)}.`;
  }
  const ids = cameras.map(({ id }) => id).join(', ');
  return ids ? `The cameras of this storage are ${ids}.` : 'This storage holds no recordings.';
}

/** What the engine needs to open each of `rows`. Errors of {@link KeyManager.key}. */
export function nativeSegments(
  storage: string,
  rows: readonly SegmentRecord[],
  keys: KeyManager,
): NativeExportSegment[] {
  const byId = new Map<string, NativeKey>();
  return rows.map((row) => {
    const key = byId.get(row.keyId) ?? keys.key(row.keyId);
    byId.set(row.keyId, key);
    return {
      path: segmentFile(storage, row.filePath),
      key,
      cameraId: row.cameraId,
      startTime: row.startTime,
      allowUnfinished: row.state === 'recovered',
    };
  });
}

async function putInPlace(temporary: string, out: string, overwrite: boolean): Promise<void> {
  try {
    if (overwrite) await rename(temporary, out);
    else await moveWithoutReplacing(temporary, out);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw existsError(out);
    throw asFluxError(error, 'ERR_IO', `${out} cannot be written`);
  }
}

function formatOf(out: string): ExportFormat {
  const extension = extname(out).toLowerCase();
  if (extension === '.mp4') return 'mp4';
  if (extension === '.mkv') return 'mkv';
  throw invalidArgument('exportRecording: out', 'a file name that ends in .mp4 or .mkv', out);
}

function existsError(out: string): FluxError {
  return new FluxError('ERR_EXISTS', `${out} exists. Choose another name, or allow overwriting.`);
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
