// What retention deleted, as entries of the audit log: few enough that the log stays small, and never
// in retention's way.
import type { FluxError } from '../errors.js';
import { asFluxError } from '../events.js';
import type { DeleteReason } from './garbage.js';

/** What of a deleted file an entry tells. `from` and `to` are its footage's times, where known. */
export interface LoggedDeletion {
  cameraId: string;
  fileSize: number;
  reason: DeleteReason;
  from?: number;
  to?: number;
}

/** What an entry `footage.delete` holds. */
export interface DeletionDetail extends Record<string, unknown> {
  segments: number;
  bytes: number;
  byReason: Partial<Record<DeleteReason, number>>;
  /** The time of footage from the earliest begin to the latest end, UTC milliseconds. */
  from?: number;
  to?: number;
  /** How many cameras; at most {@link MAX_NAMED} of them are named with their counts. */
  cameraCount: number;
  cameras: Record<string, number>;
}

/** Ids have at most 64 characters, and an entry's detail 16 KiB. */
const MAX_NAMED = 128;
/** A full disk deletes with every round, of which a day has 8,640. */
const APART_MS = 600_000;

export class DeletionLog {
  readonly #announce: (detail: DeletionDetail) => void;
  readonly #error: (error: FluxError) => void;
  readonly #now: () => number;
  readonly #cameras = new Map<string, number>();
  #sum = emptySum();
  #writtenAt = Number.NEGATIVE_INFINITY;
  #refused = false;

  /** `now`: a clock that does not jump, in milliseconds. */
  constructor(
    announce: (detail: DeletionDetail) => void,
    error: (error: FluxError) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#announce = announce;
    this.#error = error;
    this.#now = now;
  }

  add({ cameraId, fileSize, reason, from, to }: LoggedDeletion): void {
    const sum = this.#sum;
    sum.segments += 1;
    sum.bytes += fileSize;
    sum.byReason[reason] = (sum.byReason[reason] ?? 0) + 1;
    if (from !== undefined) sum.from = Math.min(from, sum.from ?? from);
    if (to !== undefined) sum.to = Math.max(to, sum.to ?? to);
    this.#cameras.set(cameraId, (this.#cameras.get(cameraId) ?? 0) + 1);
  }

  /** After a round: one entry, or none yet where the last one is younger than ten minutes. */
  roundEnded(): void {
    if (this.#now() - this.#writtenAt >= APART_MS) this.flush();
  }

  /**
   * Writes what is not written yet. Where the log refuses, that is one error until it takes an entry
   * again, and what was deleted meanwhile is in that entry: a damaged log must not fill the disk.
   */
  flush(): void {
    if (this.#sum.segments === 0) return;
    this.#writtenAt = this.#now();
    const cameras = [...this.#cameras].slice(0, MAX_NAMED);
    try {
      this.#announce({
        ...this.#sum,
        cameraCount: this.#cameras.size,
        cameras: Object.fromEntries(cameras),
      });
    } catch (error) {
      if (!this.#refused) {
        this.#error(asFluxError(error, 'ERR_AUDIT', 'Deletions are not in the audit log'));
      }
      this.#refused = true;
      return;
    }
    this.#refused = false;
    this.#sum = emptySum();
    this.#cameras.clear();
  }
}

function emptySum(): Pick<DeletionDetail, 'segments' | 'bytes' | 'byReason' | 'from' | 'to'> {
  return { segments: 0, bytes: 0, byReason: {} };
}
