// Sums per camera, stream and UTC day, kept by the triggers of the index: what retention and lists
// count with, so that nothing ever reads all rows.
import { DAY_MS } from '../utc-day.js';
import type { IndexConnection } from './index-connection.js';

/** What there is of one camera's stream on one UTC day. Segments count where they begin. */
export interface DayTotal {
  cameraId: string;
  stream: number;
  /** UTC milliseconds of the day's beginning. */
  day: number;
  segments: number;
  bytes: number;
  frames: number;
  recordedMs: number;
}

/** What the index holds of one camera. */
export interface CameraSummary {
  id: string;
  segments: number;
  frames: number;
  bytes: number;
  /** Start of the oldest and end of the newest segment; null where there is none. */
  from: number | null;
  to: number | null;
}

/** A stream that has footage. */
export interface StreamSummary {
  cameraId: string;
  stream: number;
  segments: number;
  bytes: number;
}

const COLUMNS = `camera_id AS cameraId, stream, day * ${DAY_MS} AS day, segments, bytes, frames,
  recorded_ms AS recordedMs`;

const RECOUNTED = `SELECT camera_id, stream, start_time / ${DAY_MS}, count(*),
  sum(coalesce(file_size_bytes, 0)), sum(frames), sum(end_time - start_time)
  FROM recording_segments GROUP BY camera_id, stream, start_time / ${DAY_MS}`;

export class DayTotals {
  constructor(private readonly connection: IndexConnection) {}

  list(cameraId?: string): DayTotal[] {
    const where = cameraId === undefined ? '' : 'WHERE camera_id = @cameraId';
    return this.connection.all(
      `SELECT ${COLUMNS} FROM day_totals ${where} ORDER BY camera_id, stream, day`,
      { cameraId },
    );
  }

  streams(): StreamSummary[] {
    return this.connection.all(
      `SELECT camera_id AS cameraId, stream, sum(segments) AS segments, sum(bytes) AS bytes
       FROM day_totals GROUP BY camera_id, stream ORDER BY camera_id, stream`,
    );
  }

  segments(cameraId?: string): number {
    const where = cameraId === undefined ? '' : 'WHERE camera_id = @cameraId';
    return (
      this.connection.get<{ segments: number }>(
        `SELECT coalesce(sum(segments), 0) AS segments FROM day_totals ${where}`,
        { cameraId },
      )?.segments ?? 0
    );
  }

  cameras(): CameraSummary[] {
    return this.connection.all(
      `SELECT cameras.id AS id, coalesce(sum(t.segments), 0) AS segments,
         coalesce(sum(t.frames), 0) AS frames, coalesce(sum(t.bytes), 0) AS bytes,
         (SELECT min(start_time) FROM recording_segments WHERE camera_id = cameras.id) AS "from",
         (SELECT max(newest) FROM (SELECT (SELECT end_time FROM recording_segments
            WHERE camera_id = cameras.id AND stream = s.stream
            ORDER BY start_time DESC LIMIT 1) AS newest
          FROM (SELECT DISTINCT stream FROM day_totals WHERE camera_id = cameras.id) s)) AS "to"
       FROM cameras LEFT JOIN day_totals t ON t.camera_id = cameras.id
       GROUP BY cameras.id ORDER BY cameras.id`,
    );
  }

  /** Days whose sums are not those of their rows. Reads all rows. */
  wrong(): { cameraId: string; stream: number; day: number }[] {
    const stored = 'SELECT * FROM day_totals';
    return this.connection.all(
      `SELECT DISTINCT camera_id AS cameraId, stream, day * ${DAY_MS} AS day FROM (
         SELECT * FROM (${stored} EXCEPT ${RECOUNTED})
         UNION SELECT * FROM (${RECOUNTED} EXCEPT ${stored})
       ) ORDER BY 1, 2, 3`,
    );
  }

  recount(): void {
    this.connection.transaction(() => {
      this.connection.run('DELETE FROM day_totals');
      this.connection.run(`INSERT INTO day_totals ${RECOUNTED}`);
    });
  }
}
