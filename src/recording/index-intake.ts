// The last step of the commit protocol: what writers finished gets its row, now or as soon as it can.
import { aboutCamera, FluxError } from '../errors.js';
import { asFluxError, deliver } from '../events.js';
import { isIndexFull } from './index-connection.js';
import type { RecordingIndex, SegmentRecord } from './recording-index.js';
import type { RecordingGap, WrittenSegment } from './segment-writer.js';
import type { StorageCare } from './storage-care.js';

/**
 * A transaction costs the disk a sync, whatever it holds: with many cameras, segments that end within
 * this many milliseconds share one. A segment that comes alone gets its row at once.
 */
const GROUP_MS = 1000;

export class IndexIntake {
  readonly #index: RecordingIndex;
  readonly #care: StorageCare;
  readonly #emit: (segment: SegmentRecord) => void;
  readonly #error: (error: FluxError) => void;
  /** File, fsync and directory fsync are done; their rows come with the next group. */
  #arrived: WrittenSegment[] = [];
  /** Their rows could not be written. */
  #waiting: WrittenSegment[] = [];
  #timer: NodeJS.Timeout | undefined;
  #lastGroup = Number.NEGATIVE_INFINITY;

  constructor(
    index: RecordingIndex,
    care: StorageCare,
    emit: (segment: SegmentRecord) => void,
    error: (error: FluxError) => void,
  ) {
    this.#index = index;
    this.#care = care;
    this.#emit = emit;
    this.#error = error;
  }

  /** Finished segments whose rows could not be written so far. */
  get waiting(): number {
    return this.#waiting.length;
  }

  add(segment: WrittenSegment): void {
    this.#arrived.push(segment);
    if (this.#timer) return;
    const since = performance.now() - this.#lastGroup;
    if (since >= GROUP_MS) this.flush();
    else this.#timer = setTimeout(() => this.flush(), GROUP_MS - since).unref();
  }

  /** Writes the rows of all that has arrived. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.retry();
    const arrived = this.#arrived;
    if (arrived.length === 0) return;
    this.#arrived = [];
    for (const row of this.#insert(arrived)) {
      this.#care.succeeded(row);
      this.#emit(row);
    }
    this.#lastGroup = performance.now();
  }

  /** What still fails here is found by the recovery of the next start. */
  retry(): void {
    if (this.#waiting.length === 0 || !this.#care.present()) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    const rows: SegmentRecord[] = [];
    for (const segment of waiting) {
      if (!this.#care.holds(segment)) {
        const { cameraId, stream, startTime: from, endTime: to, frames } = segment;
        this.#addGap({ cameraId, stream, from, to, frames, reason: 'lost' });
        continue;
      }
      try {
        rows.push(this.#index.insert(segment));
      } catch {
        this.#waiting.push(segment);
      }
    }
    deliver(rows, this.#emit);
  }

  addGap(gap: RecordingGap): void {
    this.flush(); // the index explains a gap by the segment in front of it
    this.#addGap(gap);
  }

  #insert(segments: WrittenSegment[]): SegmentRecord[] {
    if (segments.length > 1 && this.#care.present()) {
      try {
        return this.#index.insertAll(segments);
      } catch {
        // One by one, so that each that fails is named and the others are not held up.
      }
    }
    return segments.flatMap((segment) => this.#insertOne(segment));
  }

  #insertOne(segment: WrittenSegment): SegmentRecord[] {
    try {
      // Where the disk just went away, the file may lie in the folder below it.
      if (!this.#care.present()) throw new FluxError('ERR_STORAGE_MISSING', 'the disk is away');
      return [this.#index.insert(segment)];
    } catch (error) {
      this.#waiting.push(segment);
      const failure = asFluxError(error, 'ERR_INDEX', 'index.db');
      void this.#care.failed(failure, isIndexFull(failure));
      const what = `${segment.filePath} is recorded, but not in the index yet: ${failure.message}`;
      const told = new FluxError(failure.code, what, { cause: error });
      this.#error(aboutCamera(told, segment.cameraId));
      return [];
    }
  }

  #addGap(gap: RecordingGap): void {
    try {
      this.#index.addGap(gap);
    } catch (error) {
      const failure = asFluxError(error, 'ERR_INDEX', 'A gap is not in the index');
      this.#error(aboutCamera(failure, gap.cameraId));
    }
  }
}
