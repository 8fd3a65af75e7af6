// index.db: one row per finished segment. A row always has its file; a file without a row is what a
// crash left, and recovery finds it.
import { resolve } from 'node:path';
import {
  cameraId,
  checkOptions,
  decimal,
  flag,
  integer,
  invalidArgument,
  list,
  oneOf,
  optional,
  path,
  text,
  time,
} from '../arguments/index.js';
import { DAY_MS } from '../utc-day.js';
import { type CameraSummary, type DayTotal, DayTotals } from './day-totals.js';
import {
  type EventQuery,
  type EventRun,
  type FootageEvent,
  FootageEvents,
  type NewFootageEvent,
} from './footage-events.js';
import { Gaps, type RecordedGap } from './gaps.js';
import { GarbageRows } from './garbage.js';
import { IndexConnection } from './index-connection.js';
import { belongTogether, requireIndexBeside, StorageRow } from './interlock.js';
import { checkNewSegment, type NewSegment, type SegmentRecord } from './segment-record.js';
import { SegmentRows } from './segment-rows.js';
import { layout, openOrCreateStorage, openStorage, type StorageMarker } from './storage.js';
import { type RecordedTimeline, readTimeline, type TimelineQuery } from './timeline.js';

export type { CameraSummary, DayTotal } from './day-totals.js';
export type {
  NewSegment,
  SegmentEndReason,
  SegmentRecord,
  SegmentTrigger,
} from './segment-record.js';

/** Which segments {@link RecordingIndex.segments} returns. */
export interface SegmentQuery {
  cameraId?: string;
  /** Only segments that end after this time. */
  from?: number;
  /** Only segments that begin before this time. */
  to?: number;
  stream?: number;
  /** By start time. Default `oldest`. */
  first?: 'oldest' | 'newest';
  /** Only what comes behind this row, in the order of `first`: the last of the page before. */
  after?: Pick<SegmentRecord, 'startTime' | 'id'>;
  /** At most this many. */
  limit?: number;
}

/**
 * Where a walk along a stream's segments stands: a {@link SegmentRecord}, or a moment. Their order is
 * that of their start, and of their rows where several begin at the same moment.
 */
export interface SegmentPlace {
  cameraId: string;
  /** Default 0. */
  stream?: number;
  /** UTC milliseconds. */
  startTime: number;
  /** Stands at this row. Default: behind every segment that begins at `startTime`. */
  id?: number;
}

/** Options of {@link RecordingIndex.open}. */
export interface RecordingIndexOptions {
  /** The storage directory; the index is `index.db` in it. */
  storage: string;
  /** Works while a recorder writes. Without it the index is made where it is missing. */
  readOnly?: boolean;
}

/**
 * The list of recorded segments of a storage directory. Any number of processes may read it while
 * one {@link Recorder} writes.
 *
 * @example
 * ```ts
 * const index = await RecordingIndex.open({ storage: 'storage', readOnly: true });
 * for (const segment of index.segments({ cameraId: 'door' })) console.log(segment.filePath);
 * await index.close();
 * ```
 */
export class RecordingIndex {
  /** Absolute path of the storage directory. */
  readonly storage: string;
  /** @internal */
  readonly connection: IndexConnection;
  /** @internal */
  readonly dayTotals: DayTotals;
  /** @internal */
  readonly garbage: GarbageRows;
  /** @internal */
  readonly gapRows: Gaps;
  /** @internal */
  readonly storageRow: StorageRow;
  readonly #segments: SegmentRows;
  readonly #events: FootageEvents;

  /** @internal */
  constructor(storage: string, connection: IndexConnection) {
    this.storage = storage;
    this.connection = connection;
    this.dayTotals = new DayTotals(connection);
    this.garbage = new GarbageRows(connection);
    this.gapRows = new Gaps(connection);
    this.storageRow = new StorageRow(connection);
    this.#segments = new SegmentRows(connection, this.gapRows);
    this.#events = new FootageEvents(connection);
  }

  /**
   * `ERR_STORAGE_NOT_FOUND` with `readOnly` where there is no storage; `ERR_SCHEMA_VERSION` where a
   * newer release wrote it; `ERR_STORAGE_MISSING` where the marker or the index is gone and the other
   * is not; `ERR_STORAGE_MISMATCH` where they are of two storages.
   */
  static async open(options: RecordingIndexOptions): Promise<RecordingIndex> {
    const checked = checkOptions('RecordingIndex.open', options, {
      storage: path,
      readOnly: optional(flag, false),
    });
    const storage = resolve(checked.storage);
    const marker = checked.readOnly
      ? await openStorage(storage)
      : await openOrCreateStorage(storage);
    return RecordingIndex.openBeside(marker, storage, checked.readOnly);
  }

  /** @internal As {@link open}, beside a marker that was read already. */
  static openBeside(marker: StorageMarker, storage: string, readOnly = false): RecordingIndex {
    requireIndexBeside(storage, marker);
    const connection = new IndexConnection(layout.index(storage), readOnly);
    try {
      const index = new RecordingIndex(storage, connection);
      belongTogether(index.storageRow, marker, storage, readOnly);
      return index;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** Segments that overlap [from, to). */
  segments(query: SegmentQuery = {}): SegmentRecord[] {
    return [...this.iterate(query)];
  }

  /** As {@link segments}, without holding all of them in memory. */
  *iterate(query: SegmentQuery = {}): Generator<SegmentRecord, void, void> {
    yield* this.#segments.iterate(checkQuery('RecordingIndex.segments', query));
  }

  /** The number of segments that {@link segments} would return without `limit`. */
  count(query: Pick<SegmentQuery, 'cameraId'> = {}): number {
    const checked = checkOptions('RecordingIndex.count', query, { cameraId: optional(cameraId) });
    return this.dayTotals.segments(checked.cameraId);
  }

  /** The row with this {@link SegmentRecord.id}. */
  segment(id: number): SegmentRecord | undefined {
    integer(0, Number.MAX_SAFE_INTEGER)('RecordingIndex.segment: id', id);
    return this.#segments.byId(id);
  }

  /** The row of a file, by its path relative to the storage directory. */
  byPath(filePath: string): SegmentRecord | undefined {
    text()('RecordingIndex.byPath: filePath', filePath);
    return this.#segments.byPath(filePath);
  }

  /** The segment of a stream that begins next behind a place; undefined where there is none. */
  nextSegment(place: SegmentPlace): SegmentRecord | undefined {
    return this.#segments.next(checkPlace('RecordingIndex.nextSegment', place));
  }

  /**
   * The segment of a stream that begins last in front of a place; undefined where there is none.
   * Whether it reaches up to there, its `endTime` says.
   */
  previousSegment(place: SegmentPlace): SegmentRecord | undefined {
    return this.#segments.previous(checkPlace('RecordingIndex.previousSegment', place));
  }

  /**
   * Adds a segment, its camera where that is new, and the gap in front of it where there is one. The
   * file must be durable before: written, fsynced, its directory fsynced. `ERR_INDEX_CONFLICT` where
   * its path has a row.
   */
  insert(segment: NewSegment): SegmentRecord {
    return this.#segments.insert(checkNewSegment('RecordingIndex.insert', segment));
  }

  /** Several in one transaction, which costs the disk one sync: all of them, or none. */
  insertAll(segments: readonly NewSegment[]): SegmentRecord[] {
    return this.connection.transaction(() => segments.map((segment) => this.insert(segment)));
  }

  /** Runs of a camera's footage without a hole, and the gaps, that overlap [from, to). */
  timeline(query: TimelineQuery): RecordedTimeline {
    const checked = checkOptions('RecordingIndex.timeline', query, {
      cameraId,
      stream: optional(integer(0, 65_535), 0),
      from: time,
      to: time,
      resolutionMs: optional(integer(0, 366 * DAY_MS, 'milliseconds'), 0),
    });
    requireInterval('RecordingIndex.timeline', checked);
    return readTimeline(this.connection, this.gapRows, checked);
  }

  /** Holes in the recording that overlap [from, to), and why they are there. */
  gaps(query: Pick<SegmentQuery, 'cameraId' | 'stream' | 'from' | 'to'> = {}): RecordedGap[] {
    const {
      first: _,
      limit: __,
      after: ___,
      ...checked
    } = checkQuery('RecordingIndex.gaps', query);
    return this.gapRows.list(dropUndefined(checked));
  }

  /** Writes down that frames are missing. */
  addGap(gap: Omit<RecordedGap, 'id'>): void {
    const checked = checkOptions('RecordingIndex.addGap', gap, {
      cameraId,
      stream: integer(0, 65_535),
      from: time,
      to: time,
      frames: integer(0, Number.MAX_SAFE_INTEGER),
      reason: text(1, 64),
    });
    this.gapRows.add({ ...checked, to: Math.max(checked.from, checked.to) });
  }

  /** Events that overlap [from, to), by their start. */
  events(query: EventQuery = {}): FootageEvent[] {
    const { stream: _, ...checked } = checkOptions('RecordingIndex.events', query, {
      ...QUERY,
      cameraIds: optional(cameraIds),
      type: optional(text(1, 64)),
      after: optional(placeBy('from')),
    });
    requireInterval('RecordingIndex.events', checked);
    return this.#events.list(checked);
  }

  /**
   * As {@link events}, for a view: those of one type that are closer than `resolutionMs` become one.
   * Events that last longer than a day may be missing where they began before `from`.
   */
  eventRuns(query: Omit<TimelineQuery, 'stream'>): EventRun[] {
    const checked = checkOptions('RecordingIndex.eventRuns', query, {
      cameraId,
      from: time,
      to: time,
      resolutionMs: optional(integer(0, 366 * DAY_MS, 'milliseconds'), 0),
    });
    requireInterval('RecordingIndex.eventRuns', checked);
    return this.#events.runs(checked);
  }

  /** Writes down that something happened. Its footage is the last to go where the disk gets full. */
  addEvent(event: NewFootageEvent): FootageEvent {
    const checked = checkOptions('RecordingIndex.addEvent', event, {
      cameraId,
      type: text(1, 64),
      from: time,
      to: time,
      score: optional(decimal(0, 1)),
      data: (_, value) => value,
    });
    requireInterval('RecordingIndex.addEvent', checked);
    return this.#events.add(checked);
  }

  /** @internal Gaps and events that no footage is older than. */
  forgetBeforeOldest(camera: string): void {
    for (const { cameraId: id, stream } of this.dayTotals.streams()) {
      if (id !== camera) continue;
      const oldest = this.#segments.oldest({ cameraId: id, stream });
      if (oldest !== undefined) this.gapRows.forgetBefore({ cameraId: id, stream }, oldest);
    }
    const from = this.cameras().find(({ id }) => id === camera)?.from;
    if (typeof from === 'number') this.#events.forgetBefore(camera, from);
  }

  /** What there is of each camera, by id. */
  cameras(): CameraSummary[] {
    return this.dayTotals.cameras();
  }

  /** What there is of each camera and stream, by UTC day. */
  totals(query: Pick<SegmentQuery, 'cameraId'> = {}): DayTotal[] {
    const checked = checkOptions('RecordingIndex.totals', query, { cameraId: optional(cameraId) });
    return this.dayTotals.list(checked.cameraId);
  }

  /** The sequence number for a camera's next segment; never one that was given before. */
  nextSequence(camera: string): number {
    cameraId('RecordingIndex.nextSequence: cameraId', camera);
    return this.#segments.nextSequence(camera);
  }

  /**
   * Paths of the rows whose files lie in one day folder (`camera/YYYYMMDD`). Folder by folder this
   * compares millions of rows with the disk without holding them.
   */
  pathsIn(folder: string): string[] {
    text()('RecordingIndex.pathsIn: folder', folder);
    return this.#segments.pathsIn(folder);
  }

  /** The day folders (`camera/YYYYMMDD`) that rows name. */
  folders(): Generator<string, void, void> {
    return this.#segments.folders();
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

const QUERY = {
  cameraId: optional(cameraId),
  from: optional(time),
  to: optional(time),
  stream: optional(integer(0, 65_535)),
  first: optional(oneOf('oldest', 'newest'), 'oldest' as const),
  after: optional(placeBy('startTime')),
  limit: optional(integer(1, Number.MAX_SAFE_INTEGER)),
};

function checkQuery(where: string, query: SegmentQuery) {
  const checked = checkOptions(where, query, QUERY);
  requireInterval(where, checked);
  return checked;
}

/** A row is a place, with more fields. */
function placeBy<Time extends 'from' | 'startTime'>(member: Time) {
  return (name: string, value: unknown): Record<Time | 'id', number> => {
    time(`${name}.${member}`, Object(value)[member]);
    integer(0, Number.MAX_SAFE_INTEGER)(`${name}.id`, Object(value).id);
    return value as Record<Time | 'id', number>;
  };
}

function cameraIds(name: string, value: unknown): string[] {
  return list(name, value).map((id, i) => cameraId(`${name}[${i}]`, id));
}

function checkPlace(where: string, place: SegmentPlace) {
  // A row is a place, with more fields.
  const { cameraId: camera, stream, startTime, id } = Object(place) as SegmentPlace;
  return checkOptions(
    where,
    { cameraId: camera, stream, startTime, id },
    {
      cameraId,
      stream: optional(integer(0, 65_535), 0),
      startTime: time,
      id: optional(integer(0, Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER),
    },
  );
}

function requireInterval(
  where: string,
  { from, to }: { from?: number | undefined; to?: number | undefined },
): void {
  if (from !== undefined && to !== undefined && to <= from) {
    throw invalidArgument(`${where}: to`, `later than from (${from})`, to);
  }
}

function dropUndefined<T extends object>(value: T) {
  const given = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return Object.fromEntries(given) as { [Name in keyof T]?: Exclude<T[Name], undefined> };
}
