// Options of thumbnail() and thumbnails(), and their checks.
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
  type PictureOptions,
  passphrase,
  path,
  pictureChecks,
  signal,
  time,
} from '../arguments/index.js';
import type { FluxError } from '../errors.js';
import { KeyManager } from '../keys/index.js';
import { moment } from '../playback/index.js';
import {
  RecordingIndex,
  requireOneKeySource,
  requireOneStorage,
  type StorageSource,
} from '../recording/index.js';

/** What {@link thumbnail} and {@link thumbnails} have in common. */
export interface ThumbnailSource extends StorageSource, PictureOptions {
  cameraId: string;
  /** Default `main`. */
  stream?: 'main' | 'sub';
  /** Reads version 2 files while they are written, too. Default false. */
  unfinished?: boolean;
  signal?: AbortSignal;
}

/** Options of {@link thumbnail}: `storage` or `index`, `passphrase` or `keys`, and what. */
export interface ThumbnailOptions extends ThumbnailSource {
  /** UTC milliseconds. */
  time: number;
}

/** Options of {@link thumbnails}: as of {@link thumbnail}, and `count` or `intervalMs`. */
export interface ThumbnailsOptions extends ThumbnailSource {
  /** UTC milliseconds; the interval is half open: [from, to). */
  from: number;
  to: number;
  /** So many moments, evenly spaced from `from` on: 1 to 10000. */
  count?: number;
  /** A moment every so many milliseconds from `from` on, at most 10000 of them. */
  intervalMs?: number;
  /**
   * A segment is skipped: `ERR_NOT_FOUND` (deleted meanwhile), `ERR_AUTH_TAG` (altered),
   * `ERR_KEY_DESTROYED`, `ERR_DECODE` and other codes of {@link thumbnail}. Default: a process warning.
   */
  onError?: (error: FluxError) => void;
}

const MAX_MOMENTS = 10_000;

const source = {
  storage: optional(path),
  index: optional(instanceOf(RecordingIndex)),
  passphrase: optional(passphrase),
  keys: optional(instanceOf(KeyManager)),
  cameraId,
  stream: optional(oneOf('main', 'sub'), 'main' as const),
  unfinished: optional(flag, false),
  signal: optional(signal),
  ...pictureChecks,
};

export function checkThumbnail(options: ThumbnailOptions) {
  const where = 'thumbnail';
  const checked = checkOptions(where, options, { ...source, time: moment });
  requireOneStorage(where, checked);
  requireOneKeySource(where, checked);
  return checked;
}

export function checkThumbnails(options: ThumbnailsOptions) {
  const where = 'thumbnails';
  const { count, intervalMs, ...checked } = checkOptions(where, options, {
    ...source,
    from: time,
    to: time,
    count: optional(integer(1, MAX_MOMENTS)),
    intervalMs: optional(integer(1, Number.MAX_SAFE_INTEGER, 'milliseconds')),
    onError: optional(callback<FluxError>()),
  });
  requireOneStorage(where, checked);
  requireOneKeySource(where, checked);
  const { from, to } = checked;
  if (to <= from) throw invalidArgument(`${where}: to`, `later than from (${from})`, to);
  if ((count === undefined) === (intervalMs === undefined)) {
    const both = count !== undefined;
    const expected = both ? 'left out where intervalMs is given' : 'given, or intervalMs';
    throw invalidArgument(`${where}: count`, expected, count);
  }
  const step = intervalMs ?? (to - from) / (count as number);
  const moments = count ?? Math.ceil((to - from) / step);
  if (moments > MAX_MOMENTS) {
    const least = Math.ceil((to - from) / MAX_MOMENTS);
    throw invalidArgument(`${where}: intervalMs`, `at least ${least} for this interval`, step);
  }
  const times = Array.from({ length: moments }, (_, i) => from + Math.floor(i * step));
  return { ...checked, times };
}

export type CheckedSource = Omit<ReturnType<typeof checkThumbnail>, 'time'>;
export type CheckedThumbnails = ReturnType<typeof checkThumbnails>;
