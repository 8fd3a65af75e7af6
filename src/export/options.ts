// What exportFootage() takes, and how its arguments are checked.
import { resolve } from 'node:path';
import {
  callback,
  cameraId,
  checkOptions,
  flag,
  instanceOf,
  integer,
  invalidArgument,
  list,
  oneOf,
  optional,
  passphrase,
  path,
  signal,
  text,
  time,
} from '../arguments/index.js';
import { KeyManager } from '../keys/index.js';
import {
  RecordingIndex,
  requireOneKeySource,
  requireOneStorage,
  type StorageKeys,
} from '../recording/index.js';
import type { FootageFormat } from './manifest.js';

/** How far an export or its verification is. */
export interface ExportProgress {
  /** Bytes of work done, of how many. */
  done: number;
  total: number;
  /** What is worked on: a camera, or a file. */
  label: string;
}

/** Options of {@link exportFootage}: `storage` or `index`, `passphrase` or `keys`, what, and where to. */
export interface FootageExportOptions extends StorageKeys {
  /** The storage directory; left out where `index` is given. */
  storage?: string;
  /** An index that is open already; it stays open. */
  index?: RecordingIndex;
  /** One clip is made of each, or one folder of sealed segments. */
  cameras: readonly string[];
  /** UTC milliseconds; the interval is half open: [from, to). */
  from: number;
  to: number;
  /** The export is made inside of it, as a new directory; it must exist. */
  directory: string;
  /** Default `mp4`. `sealed`: re-encrypted, for another FluxVision that gets the passphrase. */
  format?: FootageFormat;
  /** With the recording's sound, where it has any. Default true; sealed exports always have it. */
  audio?: boolean;
  /** 0: main stream (default), 1: sub stream. */
  stream?: number;
  /** Sign the manifest with the key of the audit log. Default true. */
  sign?: boolean;
  /** Why: in the manifest and in the audit log. At most 1000 characters. */
  reason?: string;
  /** Of `sealed`, and only of it: protects the keys of the export. */
  packagePassphrase?: string | Uint8Array;
  onProgress?: (progress: ExportProgress) => void;
  signal?: AbortSignal;
}

const MAX_CAMERAS = 1000;

export type CheckedExport = ReturnType<typeof checkFootageExport>;

export function checkFootageExport(options: FootageExportOptions) {
  const where = 'exportFootage';
  const checked = checkOptions(where, options, {
    storage: optional(path),
    index: optional(instanceOf(RecordingIndex)),
    passphrase: optional(passphrase),
    keys: optional(instanceOf(KeyManager)),
    cameras: list,
    from: time,
    to: time,
    directory: path,
    format: optional(oneOf('mp4', 'mkv', 'sealed'), 'mp4' as const),
    audio: optional(flag, true),
    stream: optional(integer(0, 65_535), 0),
    sign: optional(flag, true),
    reason: optional(text(0, 1000), ''),
    packagePassphrase: optional(passphrase),
    onProgress: optional(callback<ExportProgress>()),
    signal: optional(signal),
  });
  requireOneKeySource(where, checked);
  requireOneStorage(where, checked);
  const cameras = checked.cameras.map((id, i) => cameraId(`${where}: cameras[${i}]`, id));
  if (cameras.length === 0 || cameras.length > MAX_CAMERAS) {
    throw invalidArgument(`${where}: cameras`, `1 to ${MAX_CAMERAS} cameras`, checked.cameras);
  }
  if (new Set(cameras).size < cameras.length) {
    throw invalidArgument(`${where}: cameras`, 'each camera once', cameras.join(', '));
  }
  if (checked.to <= checked.from) {
    throw invalidArgument(`${where}: to`, `later than from (${checked.from})`, checked.to);
  }
  if ((checked.packagePassphrase !== undefined) !== (checked.format === 'sealed')) {
    throw invalidArgument(
      `${where}: packagePassphrase`,
      "there with format 'sealed', and only with it",
      checked.packagePassphrase && '…',
    );
  }
  return { ...checked, cameras, directory: resolve(checked.directory) };
}
