// A camera's footage over a stretch of time: runs of segments without holes, and the gaps between.
import type { Gaps, RecordedGap } from './gaps.js';
import { MIN_GAP_MS } from './gaps.js';
import type { IndexConnection } from './index-connection.js';

/** Footage without a hole. */
export interface TimelineRun {
  runId: number;
  /** UTC milliseconds, half open; whole segments, so they may reach beyond what was asked for. */
  from: number;
  to: number;
  segments: number;
  frames: number;
  bytes: number;
}

/** What {@link RecordingIndex.timeline} returns. */
export interface RecordedTimeline {
  runs: TimelineRun[];
  gaps: RecordedGap[];
}

/** Which stretch; all of it is required. */
export interface TimelineQuery {
  cameraId: string;
  /** Default 0. */
  stream?: number;
  /** UTC milliseconds, half open. */
  from: number;
  to: number;
  /**
   * For a view in which shorter holes would not show: runs that are closer than this become one
   * (with the `runId` of the first), and gaps that are shorter are left out. Milliseconds; default 0.
   */
  resolutionMs?: number;
}

/** Reads the covering index alone: from the segment in front of `from`, which may reach into it. */
export const TIMELINE_SQL = `SELECT start_time AS "from", end_time AS "to", run_id AS runId, frames,
    file_size_bytes AS bytes
  FROM recording_segments WHERE camera_id = @cameraId AND stream = @stream AND start_time < @to
    AND start_time >= coalesce((SELECT max(start_time) FROM recording_segments
      WHERE camera_id = @cameraId AND stream = @stream AND start_time <= @from), 0)
    AND end_time > @from
  ORDER BY start_time`;

/**
 * Joins them where they lie, so that a month of segments does not become objects. Of one run, and what
 * lay between was not deleted: holes of MIN_GAP_MS and more part what is of one run, too.
 */
const RUNS_SQL = `WITH pieces AS (${TIMELINE_SQL}), seen AS (SELECT *,
    "from" - max("to") OVER (ORDER BY "from" ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS hole,
    lag(runId) OVER (ORDER BY "from") AS before FROM pieces),
  numbered AS (SELECT *, sum(hole IS NULL OR (hole >= ${MIN_GAP_MS} OR runId <> before)
      AND (@resolutionMs = 0 OR hole >= @resolutionMs))
    OVER (ORDER BY "from" ROWS UNBOUNDED PRECEDING) AS number FROM seen)
  SELECT min("from") AS "from", max("to") AS "to", min(runId) AS runId, count(*) AS segments,
    sum(frames) AS frames, sum(bytes) AS bytes FROM numbered GROUP BY number ORDER BY "from"`;

export function readTimeline(
  connection: IndexConnection,
  gaps: Gaps,
  query: Required<TimelineQuery>,
): RecordedTimeline {
  return {
    runs: connection.all<TimelineRun>(RUNS_SQL, query),
    gaps: gaps
      .overlapping(query, query.from, query.to)
      .filter(({ from, to }) => to - from >= query.resolutionMs),
  };
}
