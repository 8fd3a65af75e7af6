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
  type FootageEvent,
  FootageEvents,
  type NewFootageEvent,
} from './footage-events.js';
import { Gaps, type RecordedGap } from './gaps.js';
import { GarbageRows } from './garbage.js';
import { IndexConnection } from './index-connection.js';
import { belongTogether, requireIndexBeside, StorageRow } from './interlock.js';
import {
  checkNewSegment,
  type NewSegment,
  SEGMENT_COLUMNS,
  type SegmentRecord,
} from './segment-record.js';
import { layout, openOrCreateStorage, openStorage } from './storage.js';
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
  /** At most this many. */
  limit?: number;
}

/** Options of {@link RecordingIndex.open}. */
export interface RecordingIndexOptions {
  /** The storage directory; the index is `index.db` in it. */
  storage: string;
  /** Works while a recorder writes. Without it the index is made where it is missing. */
  readOnly?: boolean;
}

const PAGE = 500;

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
  readonly #events: FootageEvents;

  /** @internal */
  constructor(storage: string, connection: IndexConnection) {
    this.storage = storage;
    this.connection = connection;
    this.dayTotals = new DayTotals(connection);
    this.garbage = new GarbageRows(connection);
    this.gapRows = new Gaps(connection);
    this.storageRow = new StorageRow(connection);
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
    requireIndexBeside(storage, marker);
    const connection = new IndexConnection(layout.index(storage), checked.readOnly);
    try {
      const index = new RecordingIndex(storage, connection);
      belongTogether(index.storageRow, marker, storage, checked.readOnly);
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
    const checked = checkQuery('RecordingIndex.segments', query);
    const order = checked.first === 'newest' ? 'DESC' : 'ASC';
    const beyond = checked.first === 'newest' ? '<' : '>';
    const conditions = ['1'];
    if (checked.cameraId !== undefined) conditions.push('camera_id = @cameraId');
    if (checked.from !== undefined) conditions.push('end_time > @from');
    if (checked.to !== undefined) conditions.push('start_time < @to');
    if (checked.stream !== undefined) conditions.push('stream = @stream');
    const page = (after: boolean) =>
      `SELECT ${SEGMENT_COLUMNS} FROM recording_segments WHERE ${conditions.join(' AND ')}
       ${after ? `AND (start_time, id) ${beyond} (@startTime, @id)` : ''}
       ORDER BY start_time ${order}, id ${order} LIMIT @count`;

    let last: SegmentRecord | undefined;
    let left = checked.limit ?? Number.POSITIVE_INFINITY;
    while (left > 0) {
      const count = Math.min(PAGE, left);
      const { first: _, limit: __, ...bound } = checked;
      const parameters = { ...bound, startTime: last?.startTime, id: last?.id, count };
      const rows = this.connection.all<SegmentRecord>(page(last !== undefined), parameters);
      yield* rows;
      if (rows.length < count) return;
      last = rows.at(-1);
      left -= count;
    }
  }

  /** The number of segments that {@link segments} would return without `limit`. */
  count(query: Pick<SegmentQuery, 'cameraId'> = {}): number {
    const checked = checkOptions('RecordingIndex.count', query, { cameraId: optional(cameraId) });
    return this.dayTotals.segments(checked.cameraId);
  }

  /** The row of a file, by its path relative to the storage directory. */
  byPath(filePath: string): SegmentRecord | undefined {
    text()('RecordingIndex.byPath: filePath', filePath);
    return this.connection.get(
      `SELECT ${SEGMENT_COLUMNS} FROM recording_segments WHERE file_path = @filePath`,
      { filePath },
    );
  }

  /**
   * Adds a segment, its camera where that is new, and the gap in front of it where there is one. The
   * file must be durable before: written, fsynced, its directory fsynced. `ERR_INDEX_CONFLICT` where
   * its path has a row.
   */
  insert(segment: NewSegment): SegmentRecord {
    const checked = checkNewSegment('RecordingIndex.insert', segment);
    return this.connection.transaction(() => {
      this.connection.run('INSERT INTO cameras (id) VALUES (@cameraId) ON CONFLICT DO NOTHING', {
        cameraId: checked.cameraId,
      });
      const before = this.#segmentBefore(checked);
      const goesOn = before !== undefined && follows(before, checked);
      const runId = checked.runId ?? (goesOn ? before.runId : checked.startTime);
      this.gapRows.fill(checked, checked.startTime, checked.endTime);
      if (before && !goesOn) {
        this.gapRows.between(checked, before.endTime, checked.startTime, before.endReason);
      }
      if (!goesOn) this.#explainHoleBehind(checked);
      return this.connection.get(
        `INSERT INTO recording_segments (camera_id, file_path, key_id, start_time, end_time,
           file_size_bytes, stream, format_version, frames, state, end_reason, sequence,
           width, height, codec, audio_codec, trigger_kind, run_id)
         VALUES (@cameraId, @filePath, @keyId, @startTime, @endTime, @fileSize, @stream,
           @formatVersion, @frames, @state, @endReason, @sequence, @width, @height, @codec,
           @audioCodec, @trigger, @runId)
         RETURNING ${SEGMENT_COLUMNS}`,
        { ...checked, runId },
      ) as SegmentRecord;
    });
  }

  /** A clock that was set back puts new footage in front of older: up to that there is a hole. */
  #explainHoleBehind(
    segment: Pick<NewSegment, 'cameraId' | 'stream' | 'endTime' | 'endReason'>,
  ): void {
    const { cameraId: camera, stream, endTime, endReason } = segment;
    const next = this.connection.get<{ startTime: number | null }>(
      `SELECT min(start_time) AS startTime FROM recording_segments
       WHERE camera_id = @camera AND stream = @stream AND start_time >= @endTime`,
      { camera, stream, endTime },
    )?.startTime;
    if (next === undefined || next === null) return;
    const reason = endReason === 'cut' ? 'discontinuity' : endReason;
    this.gapRows.between(segment, endTime, next, reason);
  }

  #segmentBefore(segment: { cameraId: string; stream: number; startTime: number }) {
    const { cameraId: camera, stream, startTime } = segment;
    return this.connection.get<Before>(
      `SELECT end_time AS endTime, end_reason AS endReason, run_id AS runId, sequence
       FROM recording_segments WHERE camera_id = @camera AND stream = @stream
         AND start_time < @startTime ORDER BY start_time DESC LIMIT 1`,
      { camera, stream, startTime },
    );
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
    const { first: _, limit: __, ...checked } = checkQuery('RecordingIndex.gaps', query);
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

  /** Events that overlap [from, to), oldest first. */
  events(query: EventQuery = {}): FootageEvent[] {
    const {
      first: _,
      stream: __,
      ...checked
    } = checkOptions('RecordingIndex.events', query, {
      ...QUERY,
      type: optional(text(1, 64)),
    });
    requireInterval('RecordingIndex.events', checked);
    return this.#events.list(checked);
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
      const oldest = this.connection.get<{ oldest: number | null }>(
        `SELECT min(start_time) AS oldest FROM recording_segments
         WHERE camera_id = @id AND stream = @stream`,
        { id, stream },
      )?.oldest;
      if (typeof oldest === 'number') this.gapRows.forgetBefore({ cameraId: id, stream }, oldest);
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
    return (
      this.connection.get<{ next: number }>(
        'SELECT next_sequence AS next FROM cameras WHERE id = @camera',
        { camera },
      )?.next ?? 0
    );
  }

  /**
   * Paths of the rows whose files lie in one day folder (`camera/YYYYMMDD`). Folder by folder this
   * compares millions of rows with the disk without holding them.
   */
  pathsIn(folder: string): string[] {
    text()('RecordingIndex.pathsIn: folder', folder);
    return this.connection
      .all<{ path: string }>(
        // '0' is the character after '/': the range is exactly the folder, found by the index.
        `SELECT file_path AS path FROM recording_segments
         WHERE file_path > @first AND file_path < @beyond ORDER BY file_path`,
        { first: `${folder}/`, beyond: `${folder}0` },
      )
      .map((row) => row.path);
  }

  /** The day folders (`camera/YYYYMMDD`) that rows name. */
  *folders(): Generator<string, void, void> {
    let from = '';
    for (;;) {
      const found = this.connection.get<{ path: string }>(
        `SELECT file_path AS path FROM recording_segments WHERE file_path >= @from
         ORDER BY file_path LIMIT 1`,
        { from },
      )?.path;
      if (found === undefined) return;
      const folder = found.slice(0, Math.max(0, found.lastIndexOf('/')));
      yield folder;
      // A path without a folder (an altered row) must not hold the walk up.
      from = folder === '' ? `${found}\u0001` : `${folder}0`;
    }
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

type Before = Pick<SegmentRecord, 'endTime' | 'endReason' | 'runId' | 'sequence'>;

/** The end of a recovered segment is an estimate: nobody saw the frame behind it. */
const RECOVERED_END_MS = 100;

function follows(before: Before, segment: { startTime: number; sequence: number }): boolean {
  const hole = Math.abs(segment.startTime - before.endTime);
  if (before.endReason === 'cut') return hole <= 1;
  const isNext = segment.sequence === before.sequence + 1;
  return before.endReason === 'interrupted' && isNext && hole <= RECOVERED_END_MS;
}

const QUERY = {
  cameraId: optional(cameraId),
  from: optional(time),
  to: optional(time),
  stream: optional(integer(0, 65_535)),
  first: optional(oneOf('oldest', 'newest'), 'oldest' as const),
  limit: optional(integer(1, Number.MAX_SAFE_INTEGER)),
};

function checkQuery(where: string, query: SegmentQuery) {
  const checked = checkOptions(where, query, QUERY);
  requireInterval(where, checked);
  return checked;
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
