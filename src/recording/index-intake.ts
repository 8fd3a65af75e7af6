// The last step of the commit protocol: what writers finished gets its row, now or as soon as it can.
import { aboutCamera, FluxError } from '../errors.js';
import { asFluxError, deliver } from '../events.js';
import { isIndexFull } from './index-connection.js';
import type { RecordingIndex, SegmentRecord } from './recording-index.js';
import type { RecordingGap, WrittenSegment } from './segment-writer.js';
import type { StorageCare } from './storage-care.js';

export class IndexIntake {
  readonly #index: RecordingIndex;
  readonly #care: StorageCare;
  readonly #emit: (segment: SegmentRecord) => void;
  readonly #error: (error: FluxError) => void;
  #waiting: WrittenSegment[] = [];

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

  /** Finished segments whose rows could not be written yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** File, fsync and directory fsync are done; the row comes last. */
  add(segment: WrittenSegment): void {
    this.retry();
    let row: SegmentRecord;
    try {
      // Where the disk just went away, the file may lie in the folder below it.
      if (!this.#care.present()) throw new FluxError('ERR_STORAGE_MISSING', 'the disk is away');
      row = this.#index.insert(segment);
    } catch (error) {
      this.#waiting.push(segment);
      const failure = asFluxError(error, 'ERR_INDEX', 'index.db');
      void this.#care.failed(failure, isIndexFull(failure));
      const what = `${segment.filePath} is recorded, but not in the index yet: ${failure.message}`;
      const told = new FluxError(failure.code, what, { cause: error });
      this.#error(aboutCamera(told, segment.cameraId));
      return;
    }
    this.#care.succeeded(row);
    this.#emit(row);
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
        this.addGap({ cameraId, stream, from, to, frames, reason: 'lost' });
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
    try {
      this.#index.addGap(gap);
    } catch (error) {
      const failure = asFluxError(error, 'ERR_INDEX', 'A gap is not in the index');
      this.#error(aboutCamera(failure, gap.cameraId));
    }
  }
}
