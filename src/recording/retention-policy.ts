// What footage is kept, and for how long: the options, checked, and the limit of each stream.
import {
  cameraId,
  checkOptions,
  decimal,
  integer,
  invalidArgument,
  optional,
} from '../arguments/index.js';

/** Limits of one stream; the camera's, then the storage's, stand in for what is left out. */
export interface StreamRetention {
  /** Milliseconds; footage that ended longer ago is deleted. */
  maxAge?: number;
  /** Bytes; beyond them the oldest footage is deleted. */
  maxBytes?: number;
}

/** Limits of one camera. `maxBytes` counts all its streams. */
export interface CameraRetention extends StreamRetention {
  /** By the stream's number: 0 main, 1 sub. */
  streams?: Record<number, StreamRetention>;
}

/**
 * Which footage {@link Recorder} deletes. Footage under an evidence lock (of the storage's keys) is
 * never deleted, whatever is set here.
 */
export interface RetentionOptions extends StreamRetention {
  /**
   * Bytes of the disk that stay free: below, the oldest footage of all cameras goes, of each day that
   * without events first. Default: 2 GiB or 1 % of the disk, whichever is more, but no more than a
   * tenth of it. 0: only when a write fails.
   */
  minFreeBytes?: number;
  perCamera?: Record<string, CameraRetention>;
  /**
   * Milliseconds. A ceiling that no camera's `maxAge` exceeds, for places where the law sets one. Off by
   * default. Evidence locks hold beyond it.
   */
  legalMaxAge?: number;
}

const age = decimal(1000, 1e15, 'milliseconds');
const bytes = integer(0, Number.MAX_SAFE_INTEGER, 'bytes');
const STREAM = { maxAge: optional(age), maxBytes: optional(bytes) };

/** ERR_INVALID_ARGUMENT naming the option. */
export function checkRetention(name: string, value: unknown): RetentionOptions {
  const checked = checkOptions(name, value, {
    ...STREAM,
    minFreeBytes: optional(bytes),
    perCamera: optional(record(checkCamera)),
    legalMaxAge: optional(age),
  });
  for (const id of Object.keys(checked.perCamera ?? {})) cameraId(`${name}: perCamera`, id);
  return checked as RetentionOptions;
}

function checkCamera(name: string, value: unknown): CameraRetention {
  const checked = checkOptions(name, value, {
    ...STREAM,
    streams: optional(record((of, stream) => checkOptions(of, stream, STREAM))),
  });
  for (const stream of Object.keys(checked.streams ?? {})) {
    integer(0, 65_535)(`${name}: streams`, Number(stream));
  }
  return checked as CameraRetention;
}

function record<T>(check: (name: string, value: unknown) => T) {
  return (name: string, value: unknown): Record<string, T> => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw invalidArgument(name, 'an object', value);
    }
    const entries = Object.entries(value);
    return Object.fromEntries(entries.map(([id, entry]) => [id, check(`${name}.${id}`, entry)]));
  };
}

/** Milliseconds; undefined: for ever. */
export function maxAgeOf(
  policy: RetentionOptions,
  camera: string,
  stream: number,
): { maxAge: number; reason: 'maxAge' | 'legalMaxAge' } | undefined {
  const own = policy.perCamera?.[camera];
  const wanted = own?.streams?.[stream]?.maxAge ?? own?.maxAge ?? policy.maxAge;
  const legal = policy.legalMaxAge;
  if (legal !== undefined && (wanted === undefined || wanted > legal)) {
    return { maxAge: legal, reason: 'legalMaxAge' };
  }
  return wanted === undefined ? undefined : { maxAge: wanted, reason: 'maxAge' };
}

/** Bytes of a disk of that size that stay free. */
export function minFreeOf(policy: RetentionOptions, diskBytes: number): number {
  const usual = Math.min(Math.max(2 * 1024 ** 3, diskBytes / 100), diskBytes / 10);
  return policy.minFreeBytes ?? Math.floor(usual);
}
