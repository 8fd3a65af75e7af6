// The last step of the commit protocol: what writers finished gets its row, now or as soon as it can; and so
// do events that nobody could be told a failure of.
import { aboutCamera, FluxError, isFluxError } from '../errors.js';
import { asFluxError, deliver } from '../events.js';
import type { NewFootageEvent } from './footage-events.js';
import { isIndexBusy, isIndexFull } from './index-connection.js';
import type { RecordingIndex, SegmentRecord } from './recording-index.js';
import type { RecordingGap, WrittenSegment } from './segment-writer.js';
import type { StorageCare } from './storage-care.js';

/**
 * A transaction costs the disk a sync, whatever it holds: with many cameras, segments that end within
 * this many milliseconds share one. A segment that comes alone gets its row at once.
 */
const GROUP_MS = 1000;
/** Each attempt while another process holds the index stops the event loop for a second. */
const BUSY_PAUSE_MS = 10_000;
/** Of all cameras together: some megabytes. */
const MAX_WAITING_EVENTS = 10_000;

export class IndexIntake {
  readonly #index: RecordingIndex;
  readonly #care: StorageCare;
  readonly #emit: (segment: SegmentRecord) => void;
  readonly #error: (error: FluxError) => void;
  /** File, fsync and directory fsync are done; their rows come with the next group. */
  #arrived: WrittenSegment[] = [];
  /** Their rows could not be written. */
  #waiting: WrittenSegment[] = [];
  /** Theirs neither, the oldest first. */
  #events: NewFootageEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  #lastGroup = Number.NEGATIVE_INFINITY;
  #pauseMs = GROUP_MS;
  #isEnded = false;

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
    if (since >= this.#pauseMs) this.flush();
    else this.#timer = setTimeout(() => this.flush(), this.#pauseMs - since).unref();
  }

  /** Writes the rows of all that has arrived. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pauseMs = GROUP_MS;
    this.retry();
    this.#retryEvents();
    const arrived = this.#arrived;
    if (arrived.length === 0) return;
    this.#arrived = [];
    if (this.#isHeld) this.#waiting.push(...arrived);
    else {
      for (const row of this.#insert(arrived)) {
        this.#care.succeeded(row);
        this.#emit(row);
      }
    }
    this.#lastGroup = performance.now();
  }

  /** What still fails here is found by the recovery of the next start. */
  retry(): void {
    if (this.#waiting.length === 0 || !this.#care.present()) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    const rows: SegmentRecord[] = [];
    for (const [position, segment] of waiting.entries()) {
      if (!this.#care.holds(segment)) {
        const { cameraId, stream, startTime: from, endTime: to, frames } = segment;
        this.#addGap({ cameraId, stream, from, to, frames, reason: 'lost' });
        continue;
      }
      try {
        rows.push(this.#index.insert(segment));
      } catch (error) {
        this.#waiting.push(segment);
        if (!this.#pauseIfBusy(error)) continue;
        this.#waiting.push(...waiting.slice(position + 1));
        break;
      }
    }
    deliver(rows, this.#emit);
  }

  /** Its row comes now, or as soon as the index can be written. `ERR_INVALID_ARGUMENT`, `ERR_CLOSED`. */
  addEvent(event: NewFootageEvent): void {
    if (this.#isEnded) throw new FluxError('ERR_CLOSED', 'The Recorder is closed.');
    const mayBeHeld = this.#events.length > 0 || this.#isHeld;
    const failure = mayBeHeld ? undefined : this.#writeEvent(event);
    if (!mayBeHeld && !failure) return;
    if (isInvalid(failure)) throw failure;
    if (this.#events.length < MAX_WAITING_EVENTS) this.#events.push(event);
    else this.#tell(event, 'is lost: too many wait for the index', failure);
    this.#retryLater();
    if (failure) this.#tell(event, 'is not in the index yet', failure);
  }

  /** The last attempt. Returns how many events have no row. */
  end(): number {
    this.flush();
    this.#isEnded = true;
    clearTimeout(this.#timer);
    const left = this.#events.length;
    this.#events = [];
    return left;
  }

  addGap(gap: RecordingGap): void {
    this.flush(); // the index explains a gap by the segment in front of it
    this.#addGap(gap);
  }

  #retryEvents(): void {
    let written = 0;
    for (const event of this.#events) {
      if (this.#isHeld) break;
      const failure = this.#writeEvent(event);
      if (failure && !isInvalid(failure)) break;
      if (failure) this.#tell(event, 'is lost', failure);
      written += 1;
    }
    this.#events.splice(0, written);
    if (this.#events.length > 0) this.#retryLater();
  }

  /** Returns why it could not be written. */
  #writeEvent(event: NewFootageEvent): FluxError | undefined {
    try {
      this.#index.addEvent(event);
      return undefined;
    } catch (error) {
      this.#pauseIfBusy(error);
      return asFluxError(error, 'ERR_INDEX', 'index.db');
    }
  }

  /** Also where no segment comes that would ask. */
  #retryLater(): void {
    this.#timer ??= setTimeout(() => this.flush(), BUSY_PAUSE_MS).unref();
  }

  #tell({ cameraId, type }: NewFootageEvent, outcome: string, cause: FluxError | undefined): void {
    const what = `The event '${type}' ${outcome}${cause ? `: ${cause.message}` : '.'}`;
    const told = new FluxError(cause?.code ?? 'ERR_INDEX', what, { cause });
    this.#error(aboutCamera(told, cameraId));
  }

  #insert(segments: WrittenSegment[]): SegmentRecord[] {
    if (segments.length > 1 && this.#care.present()) {
      try {
        return this.#index.insertAll(segments);
      } catch (error) {
        if (this.#pauseIfBusy(error)) {
          for (const segment of segments) this.#postpone(segment, error);
          return [];
        }
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
      this.#postpone(segment, error);
      return [];
    }
  }

  /** By another process, when somebody tried last. */
  get #isHeld(): boolean {
    return this.#pauseMs === BUSY_PAUSE_MS;
  }

  /** True where another process holds the index: the next attempt comes later. */
  #pauseIfBusy(error: unknown): boolean {
    const isBusy = isIndexBusy(error);
    if (isBusy) this.#pauseMs = BUSY_PAUSE_MS;
    return isBusy;
  }

  #postpone(segment: WrittenSegment, error: unknown): void {
    this.#pauseIfBusy(error);
    this.#waiting.push(segment);
    const failure = asFluxError(error, 'ERR_INDEX', 'index.db');
    void this.#care.failed(failure, isIndexFull(failure));
    const what = `${segment.filePath} is recorded, but not in the index yet: ${failure.message}`;
    const told = new FluxError(failure.code, what, { cause: error });
    this.#error(aboutCamera(told, segment.cameraId));
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

/** It can never be written. */
function isInvalid(failure: FluxError | undefined): boolean {
  return isFluxError(failure, 'ERR_INVALID_ARGUMENT');
}
