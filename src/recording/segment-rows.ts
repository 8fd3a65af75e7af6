// The rows of recording_segments: put in with the gap in front of them, and walked in their order.
import type { Gaps } from './gaps.js';
import type { IndexConnection } from './index-connection.js';
import {
  type CheckedSegment,
  SEGMENT_COLUMNS,
  type SegmentRecord,
  type StreamPlace,
} from './segment-record.js';

/** As SegmentQuery, checked. */
interface Selection {
  cameraId?: string | undefined;
  from?: number | undefined;
  to?: number | undefined;
  stream?: number | undefined;
  first: 'oldest' | 'newest';
  after?: Pick<SegmentRecord, 'startTime' | 'id'> | undefined;
  limit?: number | undefined;
}

/** A row, or the place where it would be. */
type Place = StreamPlace & Pick<SegmentRecord, 'startTime' | 'id'>;

type Before = Pick<SegmentRecord, 'id' | 'endTime' | 'endReason' | 'runId' | 'sequence'>;

const PAGE = 500;

const SELECT = `SELECT ${SEGMENT_COLUMNS} FROM recording_segments`;

const OF_STREAM = 'camera_id = @cameraId AND stream = @stream';

/** The end of a recovered segment is an estimate: nobody saw the frame behind it. */
const RECOVERED_END_MS = 100;

export class SegmentRows {
  constructor(
    private readonly connection: IndexConnection,
    private readonly gaps: Gaps,
  ) {}

  *iterate(selection: Selection): Generator<SegmentRecord, void, void> {
    const { first, limit, after: behind, ...bound } = selection;
    const order = first === 'newest' ? 'DESC' : 'ASC';
    const beyond = first === 'newest' ? '<' : '>';
    const conditions = ['1'];
    if (bound.cameraId !== undefined) conditions.push('camera_id = @cameraId');
    if (bound.from !== undefined) conditions.push('end_time > @from');
    if (bound.to !== undefined) conditions.push('start_time < @to');
    if (bound.stream !== undefined) conditions.push('stream = @stream');
    const page = (after: boolean) =>
      `${SELECT} WHERE ${conditions.join(' AND ')}
       ${after ? `AND (start_time, id) ${beyond} (@startTime, @id)` : ''}
       ORDER BY start_time ${order}, id ${order} LIMIT @count`;

    let last = behind;
    let left = limit ?? Number.POSITIVE_INFINITY;
    while (left > 0) {
      const count = Math.min(PAGE, left);
      const parameters = { ...bound, startTime: last?.startTime, id: last?.id, count };
      const rows = this.connection.all<SegmentRecord>(page(last !== undefined), parameters);
      yield* rows;
      if (rows.length < count) return;
      last = rows.at(-1);
      left -= count;
    }
  }

  byId(id: number): SegmentRecord | undefined {
    return this.connection.get(`${SELECT} WHERE id = @id`, { id });
  }

  byPath(filePath: string): SegmentRecord | undefined {
    return this.connection.get(`${SELECT} WHERE file_path = @filePath`, { filePath });
  }

  next(place: Place): SegmentRecord | undefined {
    return this.connection.get(
      `${SELECT} WHERE ${OF_STREAM} AND (start_time, id) > (@startTime, @id)
       ORDER BY start_time, id LIMIT 1`,
      place,
    );
  }

  previous(place: Place): SegmentRecord | undefined {
    return this.connection.get(
      `${SELECT} WHERE ${OF_STREAM} AND (start_time, id) < (@startTime, @id)
       ORDER BY start_time DESC, id DESC LIMIT 1`,
      place,
    );
  }

  insert(given: CheckedSegment): SegmentRecord {
    return this.connection.transaction(() => {
      const segment = { ...given, endTime: this.#endOf(given) };
      this.connection.run('INSERT INTO cameras (id) VALUES (@cameraId) ON CONFLICT DO NOTHING', {
        cameraId: segment.cameraId,
      });
      const before = this.#inFrontOf(segment);
      if (before) this.#endBefore(segment.startTime, before);
      const goesOn = before !== undefined && follows(before, segment);
      const runId = segment.runId ?? (goesOn ? before.runId : segment.startTime);
      this.gaps.fill(segment, segment.startTime, segment.endTime);
      if (before && !goesOn) {
        this.gaps.between(segment, before.endTime, segment.startTime, before.endReason);
      }
      if (!goesOn) this.#explainHoleBehind(segment);
      return this.connection.get(
        `INSERT INTO recording_segments (camera_id, file_path, key_id, start_time, end_time,
           file_size_bytes, stream, format_version, frames, state, end_reason, sequence,
           width, height, codec, audio_codec, trigger_kind, run_id)
         VALUES (@cameraId, @filePath, @keyId, @startTime, @endTime, @fileSize, @stream,
           @formatVersion, @frames, @state, @endReason, @sequence, @width, @height, @codec,
           @audioCodec, @trigger, @runId)
         RETURNING ${SEGMENT_COLUMNS}`,
        { ...segment, runId },
      ) as SegmentRecord;
    });
  }

  /**
   * When the frame behind an interrupted segment would have come, its last frames only suggest: by
   * its own clock, while the start of what follows is anchored. Footage that follows wins.
   */
  #endOf(segment: CheckedSegment): number {
    const { startTime, endTime } = segment;
    if (segment.endReason !== 'interrupted') return endTime;
    const next = this.oldest(segment, startTime + 1);
    const estimated = next !== undefined && next < endTime && endTime - next <= RECOVERED_END_MS;
    return estimated ? next : endTime;
  }

  /** The same where the interrupted one has its row already. */
  #endBefore(startTime: number, before: Before): void {
    const { id, endTime, endReason } = before;
    const over = endTime - startTime;
    if (endReason !== 'interrupted' || over <= 0 || over > RECOVERED_END_MS) return;
    const update = 'UPDATE recording_segments SET end_time = @startTime WHERE id = @id';
    this.connection.run(update, { id, startTime });
    before.endTime = startTime;
  }

  #inFrontOf({ cameraId, stream, startTime }: CheckedSegment): Before | undefined {
    return this.connection.get(
      `SELECT id, end_time AS endTime, end_reason AS endReason, run_id AS runId, sequence
       FROM recording_segments WHERE ${OF_STREAM}
         AND start_time < @startTime ORDER BY start_time DESC LIMIT 1`,
      { cameraId, stream, startTime },
    );
  }

  /** A clock that was set back puts new footage in front of older: up to that there is a hole. */
  #explainHoleBehind(segment: CheckedSegment): void {
    const { endTime, endReason } = segment;
    const next = this.oldest(segment, endTime);
    if (next === undefined) return;
    const reason = endReason === 'cut' ? 'discontinuity' : endReason;
    this.gaps.between(segment, endTime, next, reason);
  }

  /** When the first segment of a stream begins that begins at `from` or later. */
  oldest({ cameraId, stream }: StreamPlace, from = 0): number | undefined {
    const row = this.connection.get<{ oldest: number | null }>(
      `SELECT min(start_time) AS oldest FROM recording_segments
       WHERE ${OF_STREAM} AND start_time >= @from`,
      { cameraId, stream, from },
    );
    return row?.oldest ?? undefined;
  }

  nextSequence(camera: string): number {
    return (
      this.connection.get<{ next: number }>(
        'SELECT next_sequence AS next FROM cameras WHERE id = @camera',
        { camera },
      )?.next ?? 0
    );
  }

  pathsIn(folder: string): string[] {
    return this.connection
      .all<{ path: string }>(
        // '0' is the character after '/': the range is exactly the folder, found by the index.
        `SELECT file_path AS path FROM recording_segments
         WHERE file_path > @first AND file_path < @beyond ORDER BY file_path`,
        { first: `${folder}/`, beyond: `${folder}0` },
      )
      .map((row) => row.path);
  }

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
}

function follows(before: Before, segment: { startTime: number; sequence: number }): boolean {
  const hole = Math.abs(segment.startTime - before.endTime);
  if (before.endReason === 'cut') return hole <= 1;
  const isNext = segment.sequence === before.sequence + 1;
  return before.endReason === 'interrupted' && isNext && hole <= RECOVERED_END_MS;
}
