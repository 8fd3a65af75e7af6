// Deletes what need not be kept any longer, in small batches beside the recording: by age, by size, and
// for room on the disk. Evidence is never touched, and nothing is deleted on a disk that is in doubt.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { FluxError } from '../errors.js';
import { asFluxError } from '../events.js';
import type { EvidenceLock } from '../keys/index.js';
import { ClockGuard, type Clocks, systemClocks } from './clock-guard.js';
import { Deletion } from './deletion.js';
import type { DeleteReason } from './garbage.js';
import { isIndexFull } from './index-connection.js';
import type { RecordingIndex } from './recording-index.js';
import { type Candidate, isLocked, oldestOfAll, oldestOfStream } from './retention-candidates.js';
import { maxAgeOf, minFreeOf, type RetentionOptions } from './retention-policy.js';
import type { StreamPlace } from './segment-record.js';
import { type DiskSpace, type MeasureSpace, measureSpace, Reserve } from './space.js';

/** A segment whose file is gone from the disk. */
export interface DeletedSegment {
  cameraId: string;
  /** Relative to the storage directory. */
  filePath: string;
  fileSize: number;
  reason: DeleteReason;
  /** Of its footage, UTC milliseconds; not known where an earlier process began the deletion. */
  from?: number;
  to?: number;
}

/** A segment that is in no list any more, but whose file could not be deleted yet; it is tried again. */
export interface FailedDeletion extends DeletedSegment {
  error: FluxError;
  /** Before this one. */
  attempts: number;
}

/** The disk has less room than it should, and nothing is left that may be deleted. */
export interface StorageFull {
  freeBytes: number;
  /** What should be free. */
  wantedBytes: number;
  /** `locked`: what is left is evidence. `no-effect`: deleting did not free any. `off`: nothing may be deleted. */
  reason: 'locked' | 'empty' | 'no-effect' | 'off';
  message: string;
}

/** What one round of retention did. */
export interface RetentionReport {
  /** Files that are gone. */
  deleted: number;
  bytes: number;
  failed: number;
  byReason: Partial<Record<DeleteReason, number>>;
  /** Of the disk of the storage's root, afterwards. */
  freeBytes: number;
  /** Why nothing was deleted, where something should perhaps have been. */
  held?: FluxError;
}

export interface RetentionParts {
  index: RecordingIndex;
  locks: () => EvidenceLock[];
  policy: RetentionOptions;
  /** False while the storage is not there. */
  present: () => Promise<boolean>;
  events: {
    deleted: (segment: DeletedSegment) => void;
    deleteFailed: (failure: FailedDeletion) => void;
    storageFull: (state: StorageFull) => void;
    retention: (report: RetentionReport) => void;
    error: (error: FluxError) => void;
  };
  measure?: MeasureSpace;
  clocks?: Clocks;
}

const BATCH = 32;
/** Where the index has next to no room for the change itself. */
const FULL_BATCH = 4;
/** More than this deleted without effect: somebody else holds the room. */
const NO_EFFECT_BYTES = 256 << 20;
/** What a failed write asks for where no minimum is set, as a part of the disk and at most. */
const URGENT_PART = 1 / 16;
const URGENT_BYTES = 64 << 20;

export class Retention {
  readonly #parts: RetentionParts;
  readonly #measure: MeasureSpace;
  readonly #clocks: Clocks;
  readonly #clock: ClockGuard;
  readonly #deletion: Deletion;
  readonly #reserve: Reserve;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<RetentionReport> | undefined;
  #again = false;
  #urgent = false;
  #stopped = false;
  #full = false;
  #clockReported = false;
  #report: RetentionReport = emptyReport();
  /** Cameras that footage was deleted of. */
  readonly #touched = new Set<string>();

  constructor(parts: RetentionParts) {
    this.#parts = parts;
    this.#measure = parts.measure ?? measureSpace;
    this.#clocks = parts.clocks ?? systemClocks;
    this.#clock = new ClockGuard(parts.index.storageRow.read()?.seenAt ?? 0, this.#clocks);
    this.#reserve = new Reserve(parts.index.storage);
    this.#deletion = new Deletion(parts.index, {
      deleted: ({ path, cameraId, size, reason, from, to }) => {
        this.#touched.add(cameraId);
        this.#report.deleted += 1;
        this.#report.bytes += size;
        this.#report.byReason[reason] = (this.#report.byReason[reason] ?? 0) + 1;
        parts.events.deleted({
          ...{ cameraId, filePath: path, fileSize: size, reason },
          ...(from !== undefined && to !== undefined && { from, to }),
        });
      },
      failed: ({ path, cameraId, size, reason, attempts }, error) => {
        this.#report.failed += 1;
        parts.events.deleteFailed({
          ...{ cameraId, filePath: path, fileSize: size, reason, attempts },
          error: error as FluxError,
        });
      },
    });
  }

  /** From the next round on. */
  set policy(policy: RetentionOptions) {
    this.#parts.policy = policy;
  }

  /** The first round comes with the next turn of the event loop. */
  start(everyMs: number): void {
    setImmediate(() => void this.run());
    this.#timer = setInterval(() => void this.run(), everyMs);
    this.#timer.unref();
  }

  /** A write failed for lack of room: a round at once, and one more where one is under way. */
  urgent(): void {
    this.#urgent = true;
    this.#again = this.#running !== undefined;
    void this.run();
  }

  /** One round; the one that is under way where there is one. Never rejects. */
  run(): Promise<RetentionReport> {
    this.#running ??= this.#round().finally(() => {
      this.#running = undefined;
      if (this.#again && !this.#stopped) {
        this.#again = false;
        void this.run();
      }
    });
    return this.#running;
  }

  /** Ends after the batch that is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  async #round(): Promise<RetentionReport> {
    this.#report = emptyReport();
    const urgent = this.#urgent;
    this.#urgent = false;
    try {
      if (!this.#stopped && (await this.#parts.present())) {
        await this.#deletion.resume(false);
        await this.#byAge();
        await this.#bySize();
        await this.#bySpace(urgent);
        this.#forgetOld();
      }
    } catch (error) {
      // Whatever it is that cannot be told (locks, room, rows): then nothing is deleted.
      this.#report.held = asFluxError(error, 'ERR_RETENTION', 'Nothing more is deleted');
      this.#parts.events.error(this.#report.held);
    }
    const { deleted, failed } = this.#report;
    if (deleted + failed > 0) this.#parts.events.retention(this.#report);
    return this.#report;
  }

  /** Gaps and events that no footage is left of. */
  #forgetOld(): void {
    for (const camera of this.#touched) this.#parts.index.forgetBeforeOldest(camera);
    this.#touched.clear();
  }

  async #byAge(): Promise<void> {
    const { policy, index, events } = this.#parts;
    const suspect = this.#clock.suspect();
    if (!suspect) this.#clockReported = false;
    for (const place of index.dayTotals.streams()) {
      const limit = maxAgeOf(policy, place.cameraId, place.stream);
      if (!limit) continue;
      if (suspect) {
        if (this.#clockReported) return;
        this.#clockReported = true;
        events.error(
          new FluxError(
            'ERR_CLOCK',
            "The system's clock jumped, or the recorder was off for a month: for a day nothing is deleted for its age. Check the clock; limits by size and room still hold.",
          ),
        );
        return;
      }
      const before = this.#clocks.wall() - limit.maxAge;
      if (before <= 0) continue;
      const old = endedBefore(oldestOfStream(index, place, before), before);
      await this.#delete(old, limit.reason, async () => Number.POSITIVE_INFINITY);
    }
  }

  async #bySize(): Promise<void> {
    const { policy, index } = this.#parts;
    const over = async (places: (place: StreamPlace) => boolean, maxBytes: number | undefined) => {
      if (maxBytes === undefined) return;
      const excess = async () => sum(index.dayTotals.streams().filter(places)) - maxBytes;
      if ((await excess()) <= 0) return;
      const oldest = oldestOfAll(index, index.dayTotals.streams().filter(places));
      await this.#delete(oldest, 'maxBytes', excess);
    };
    for (const [id, camera] of Object.entries(policy.perCamera ?? {})) {
      for (const [stream, limit] of Object.entries(camera.streams ?? {})) {
        await over((p) => p.cameraId === id && p.stream === Number(stream), limit.maxBytes);
      }
      await over((p) => p.cameraId === id, camera.maxBytes);
    }
    await over(() => true, policy.maxBytes);
  }

  async #bySpace(urgent: boolean): Promise<void> {
    let full: StorageFull | undefined;
    for (const [path, places] of this.#disks()) {
      full = (await this.#makeRoom(path, places, urgent)) ?? full;
    }
    const space = await this.#measure(this.#parts.index.storage);
    this.#report.freeBytes = space.freeBytes;
    if (!full) await this.#reserve.putBack(space);
    if (full && !this.#full) this.#parts.events.storageFull(full);
    this.#full = full !== undefined;
  }

  /** The root's disk, and those that cameras' folders are mounted from, with the streams on each. */
  #disks(): Map<string, StreamPlace[]> {
    const { index } = this.#parts;
    const paths = new Map([[statSync(index.storage).dev, index.storage]]);
    const disks = new Map<string, StreamPlace[]>([[index.storage, []]]);
    for (const place of index.dayTotals.streams()) {
      const folder = join(index.storage, place.cameraId);
      const device = statSync(folder, { throwIfNoEntry: false })?.dev;
      if (device === undefined) continue;
      const path = paths.get(device) ?? folder;
      paths.set(device, path);
      disks.set(path, [...(disks.get(path) ?? []), place]);
    }
    return disks;
  }

  async #makeRoom(
    path: string,
    places: StreamPlace[],
    urgent: boolean,
  ): Promise<StorageFull | undefined> {
    const before = await this.#measure(path);
    const wanted = this.#wanted(before, urgent);
    let free = before.freeBytes;
    let noEffect = false;
    const deletedBefore = this.#report.bytes;
    const missing = async () => {
      free = (await this.#measure(path)).freeBytes;
      const deleted = this.#report.bytes - deletedBefore;
      const enough = Math.max(NO_EFFECT_BYTES, 2 * (wanted - before.freeBytes));
      noEffect = deleted > enough && free - before.freeBytes < deleted / 4;
      return noEffect ? 0 : wanted - free;
    };
    if ((await missing()) <= 0) return undefined;
    let left = 0;
    const counted = countLocked(oldestOfAll(this.#parts.index, places), this.#parts.locks, () => {
      left += 1;
    });
    await this.#delete(counted, 'space', missing);
    if (this.#stopped || (free >= wanted && !noEffect)) return undefined;
    return storageFull(free, wanted, noEffect ? 'no-effect' : left > 0 ? 'locked' : 'empty');
  }

  #wanted(space: DiskSpace, urgent: boolean): number {
    const minimum = minFreeOf(this.#parts.policy, space.totalBytes);
    if (!urgent) return minimum;
    return Math.max(minimum, Math.min(URGENT_BYTES, space.totalBytes * URGENT_PART));
  }

  /** Deletes candidates until `missing` bytes are not missing any more; not one more than that takes. */
  async #delete(
    candidates: Iterable<Candidate>,
    reason: DeleteReason,
    missing: () => Promise<number>,
  ): Promise<void> {
    let needed = await missing();
    let locks = this.#parts.locks();
    let batch: Candidate[] = [];
    const flush = async () => {
      if (this.#stopped || !(await this.#parts.present())) return false;
      // Read again: since the batch was begun, somebody may have locked part of it.
      locks = this.#parts.locks();
      const ids = batch.filter((one) => !isLocked(one, locks)).map(({ id }) => id);
      batch = [];
      await this.#deleteBatch(ids, reason);
      await nextTurn();
      needed = await missing();
      return needed > 0;
    };
    if (needed <= 0) return;
    for (const candidate of candidates) {
      if (isLocked(candidate, locks)) continue;
      batch.push(candidate);
      if (batch.length < BATCH && sum(batch) < needed) continue;
      if (!(await flush())) return;
    }
    if (batch.length > 0) await flush();
  }

  async #deleteBatch(ids: number[], reason: DeleteReason): Promise<void> {
    try {
      await this.#deletion.delete(ids, reason);
    } catch (error) {
      if (!isIndexFull(error)) throw error;
      // The room of the reserve is for this very change: nothing may come in between.
      this.#reserve.giveUp();
      await this.#deletion.delete(ids.slice(0, FULL_BATCH), reason);
    }
  }
}

function* endedBefore(candidates: Iterable<Candidate>, time: number): Generator<Candidate> {
  for (const candidate of candidates) if (candidate.to <= time) yield candidate;
}

function* countLocked(
  candidates: Iterable<Candidate>,
  locks: () => EvidenceLock[],
  count: () => void,
): Generator<Candidate> {
  const now = locks();
  for (const candidate of candidates) {
    if (isLocked(candidate, now)) count();
    else yield candidate;
  }
}

function sum(sizes: readonly ({ bytes: number } | { size: number })[]): number {
  return sizes.reduce((total, one) => total + ('bytes' in one ? one.bytes : one.size), 0);
}

function emptyReport(): RetentionReport {
  return { deleted: 0, bytes: 0, failed: 0, byReason: {}, freeBytes: 0 };
}

export function storageFull(
  freeBytes: number,
  wantedBytes: number,
  reason: StorageFull['reason'],
): StorageFull {
  const why = {
    locked: 'all that is left is under evidence locks. Release locks that are no longer needed',
    empty: 'there is no footage left to delete. Something else fills the disk: make room',
    'no-effect': 'deleting footage frees nothing. Snapshots or other programs hold it: look there',
    off: 'retention is off, so nothing is deleted. Make room, or set retention',
  }[reason];
  return {
    ...{ freeBytes, wantedBytes, reason },
    message: `The disk has ${freeBytes} bytes free and should have ${Math.ceil(wantedBytes)}: ${why}, or use a larger disk.`,
  };
}
