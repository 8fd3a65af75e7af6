// Options of Playback.open, and their checks.
import {
  cameraId,
  checkOptions,
  decimal,
  flag,
  instanceOf,
  integer,
  invalidArgument,
  list,
  MAX_TIME,
  oneOf,
  optional,
  passphrase,
  path,
} from '../arguments/index.js';
import { KeyManager } from '../keys/index.js';
import {
  Recorder,
  RecordingIndex,
  requireOneKeySource,
  requireOneStorage,
  type StorageKeys,
} from '../recording/index.js';
import { type PlaybackClock, realTimeClock } from './clock.js';

/** Options of {@link Playback.open}: `storage` or `index`, and `keys` or `passphrase`. */
export interface PlaybackOptions extends StorageKeys {
  /** The storage directory. */
  storage?: string;
  /** Its index, open already; it stays open. */
  index?: RecordingIndex;
  /** 1 to 64 cameras, played on one clock. Of frames of one moment the first camera's comes first. */
  cameras: readonly string[];
  /** Of all cameras, or of each: those that the map does not name play `main`. Default `main`. */
  stream?: 'main' | 'sub' | ReadonlyMap<string, 'main' | 'sub'>;
  /** UTC milliseconds to begin at, as by {@link Playback.seek}. */
  from: number;
  /** See {@link Playback.setSpeed}. Default 1. */
  speed?: number;
  /** Delivers sound, at speeds from 0.5 to 2. Default true. */
  audio?: boolean;
  /**
   * Holes of more than 2 s in which no camera has footage: `skip` (default) jumps over them, `wait`
   * waits until they are over. Both say so by a `gap` event.
   */
  gaps?: 'skip' | 'wait';
  /**
   * Where frames are taken later than they are due: `wait` (default) slows playback down, `drop`
   * drops frames up to a key frame and keeps the time.
   */
  onSlow?: 'wait' | 'drop';
  /** At the end waits for what is recorded next. Default false. */
  follow?: boolean;
  /** The recorder of the storage, where it runs in this process: `follow` then needs not poll. */
  recorder?: Recorder;
  /** Reads version 2 files while they are written, too. Default false. */
  unfinished?: boolean;
  /** Read ahead per camera, in bytes: 64 KiB to 1 GiB. Default 8 MiB; one frame may exceed it. */
  readAheadBytes?: number;
  /** Read ahead per camera, in milliseconds of footage: 0 to 60000. Default 2000. */
  readAheadMs?: number;
  /** How often `follow` looks into the index, in milliseconds. Default 500. */
  pollIntervalMs?: number;
  /** Default: real time. */
  clock?: PlaybackClock;
}

const MAX_CAMERAS = 64;

/** UTC milliseconds; the time of a frame has a fraction. */
export function moment(name: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= MAX_TIME) return value;
  throw invalidArgument(name, 'UTC milliseconds since 1970', value);
}

export function speed(name: string, value: unknown): number {
  const pace = typeof value === 'number' ? value : Number.NaN;
  if ((pace >= 0.5 && pace <= 16) || (pace <= -1 && pace >= -16)) return pace;
  throw invalidArgument(name, 'a number from 0.5 to 16, or backwards from -1 to -16', value);
}

function clock(name: string, value: unknown): PlaybackClock {
  const given = value as Partial<PlaybackClock> | null;
  if (typeof given?.now === 'function' && typeof given.wait === 'function') {
    return given as PlaybackClock;
  }
  throw invalidArgument(name, 'an object with now() and wait()', value);
}

function cameraIds(name: string, value: unknown): string[] {
  const ids = list(name, value).map((id, i) => cameraId(`${name}[${i}]`, id));
  if (ids.length < 1 || ids.length > MAX_CAMERAS) {
    throw invalidArgument(name, `an array of 1 to ${MAX_CAMERAS} cameras`, value);
  }
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined) throw invalidArgument(name, 'cameras that differ', twice);
  return ids;
}

const streamName = oneOf('main', 'sub');

/** Which stream each camera plays. */
function streams(name: string, value: unknown): (id: string) => 'main' | 'sub' {
  if (!(value instanceof Map)) {
    const all = streamName(name, value);
    return () => all;
  }
  const own = new Map(
    [...value].map(([id, stream]) => [
      cameraId(`${name}: key`, id),
      streamName(`${name}.get('${id}')`, stream),
    ]),
  );
  return (id) => own.get(id) ?? 'main';
}

export function checkPlaybackOptions(options: PlaybackOptions) {
  const where = 'Playback.open';
  const checked = checkOptions(where, options, {
    storage: optional(path),
    index: optional(instanceOf(RecordingIndex)),
    passphrase: optional(passphrase),
    keys: optional(instanceOf(KeyManager)),
    cameras: cameraIds,
    stream: optional(streams, streams('stream', 'main')),
    from: moment,
    speed: optional(speed, 1),
    audio: optional(flag, true),
    gaps: optional(oneOf('skip', 'wait'), 'skip' as const),
    onSlow: optional(oneOf('wait', 'drop'), 'wait' as const),
    follow: optional(flag, false),
    recorder: optional(instanceOf(Recorder)),
    unfinished: optional(flag, false),
    readAheadBytes: optional(integer(64 << 10, 1 << 30, 'bytes'), 8 << 20),
    readAheadMs: optional(decimal(0, 60_000, 'milliseconds'), 2000),
    pollIntervalMs: optional(integer(10, 60_000, 'milliseconds'), 500),
    clock: optional(clock, realTimeClock),
  });
  requireOneStorage(where, checked);
  requireOneKeySource(where, checked);
  return checked;
}

export type CheckedPlaybackOptions = ReturnType<typeof checkPlaybackOptions>;
