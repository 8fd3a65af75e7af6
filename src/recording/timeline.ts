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

interface Piece {
  from: number;
  to: number;
  runId: number;
  frames: number;
  bytes: number;
}

type Place = Pick<Piece, 'from' | 'to' | 'runId'>;
type Sums = Pick<TimelineRun, 'segments' | 'frames' | 'bytes'>;

/** Reads the covering index alone: from the segment in front of `from`, which may reach into it. */
export const TIMELINE_SQL = `SELECT start_time AS "from", end_time AS "to", run_id AS runId, frames,
    file_size_bytes AS bytes
  FROM recording_segments WHERE camera_id = @cameraId AND stream = @stream AND start_time < @to
    AND start_time >= coalesce((SELECT max(start_time) FROM recording_segments
      WHERE camera_id = @cameraId AND stream = @stream AND start_time <= @from), 0)
    AND end_time > @from
  ORDER BY start_time`;

/** The last segment that begins before a moment, behind another. */
const HOP_SQL = `SELECT start_time AS "from", end_time AS "to", run_id AS runId
  FROM recording_segments WHERE camera_id = @cameraId AND stream = @stream
    AND start_time > @after AND start_time < @before ORDER BY start_time DESC LIMIT 1`;

const NEXT_SQL = `SELECT start_time AS "from", end_time AS "to", run_id AS runId
  FROM recording_segments WHERE camera_id = @cameraId AND stream = @stream
    AND start_time > @after AND start_time < @to ORDER BY start_time LIMIT 1`;

const SUMS_SQL = `SELECT count(*) AS segments, sum(frames) AS frames, sum(file_size_bytes) AS bytes
  FROM recording_segments WHERE camera_id = @cameraId AND stream = @stream
    AND start_time >= @first AND start_time <= @last`;

/** From here on leaping over segments is less work than reading them. */
const LEAP_MS = 60_000;

export function readTimeline(
  connection: IndexConnection,
  gaps: Gaps,
  query: Required<TimelineQuery>,
): RecordedTimeline {
  const read = query.resolutionMs < LEAP_MS ? readRuns : leapOverRuns;
  return {
    runs: read(connection, query),
    gaps: gaps
      .overlapping(query, query.from, query.to)
      .filter(({ from, to }) => to - from >= query.resolutionMs),
  };
}

/** As TIMELINE_SQL, a row per run: thousands of segments of a day become a few rows. */
const RUNS_SQL = `SELECT min(start_time) AS "from", max(end_time) AS "to", run_id AS runId,
    count(*) AS segments, sum(frames) AS frames, sum(file_size_bytes) AS bytes,
    sum(end_time - start_time) AS recorded
  FROM (${TIMELINE_SQL.replace(/^SELECT[\s\S]*?FROM/, 'SELECT * FROM')}) GROUP BY run_id ORDER BY 1`;

function readRuns(connection: IndexConnection, query: Required<TimelineQuery>): TimelineRun[] {
  const whole = connection.all<TimelineRun & { recorded: number }>(RUNS_SQL, query);
  // What is missing of a run was deleted, or lies in rounded times; and runs may touch or overlap. Then
  // each segment counts.
  const isPlain = whole.every(({ from, to, recorded }, i) => {
    const hole = i === 0 ? Number.POSITIVE_INFINITY : from - (whole[i - 1]?.to ?? from);
    return to - from - recorded < MIN_GAP_MS && hole >= query.resolutionMs;
  });
  if (isPlain) return whole.map(({ recorded: _, ...run }) => run);
  return readSegments(connection, query);
}

function readSegments(connection: IndexConnection, query: Required<TimelineQuery>): TimelineRun[] {
  const runs: TimelineRun[] = [];
  for (const piece of connection.all<Piece>(TIMELINE_SQL, query)) {
    const last = runs.at(-1);
    const hole = last ? piece.from - last.to : Number.POSITIVE_INFINITY;
    // Of one run, and what lay between was not deleted; or too short to be seen.
    const goesOn = last?.runId === piece.runId && hole < MIN_GAP_MS;
    if (last && (goesOn || hole < query.resolutionMs)) {
      last.to = Math.max(last.to, piece.to);
      last.segments += 1;
      last.frames += piece.frames;
      last.bytes += piece.bytes;
    } else {
      runs.push({ ...piece, segments: 1 });
    }
  }
  return runs;
}

/**
 * A run goes on where a segment begins within the resolution behind its end; the last such one is
 * looked at next, so that a month takes as many steps as a view has pixels.
 */
function leapOverRuns(connection: IndexConnection, query: Required<TimelineQuery>): TimelineRun[] {
  const { cameraId, stream, from, to, resolutionMs } = query;
  const place = { cameraId, stream };
  const hop = (after: number, before: number) =>
    connection.get<Place>(HOP_SQL, { ...place, after, before: Math.min(before, to) });
  const next = (after: number) => connection.get<Place>(NEXT_SQL, { ...place, after, to });
  const runs: TimelineRun[] = [];
  let start = hop(-1, from + 1);
  if (!start || start.to <= from) start = next(from);
  while (start) {
    let last = start;
    let end = start.to;
    for (;;) {
      const further = hop(last.from, end + resolutionMs);
      if (!further) break;
      last = further;
      end = Math.max(end, further.to);
    }
    const range = { ...place, first: start.from, last: last.from };
    const sums = connection.get<Sums>(SUMS_SQL, range) as Sums;
    runs.push({ from: start.from, to: end, runId: start.runId, ...sums });
    start = next(last.from);
  }
  return runs;
}
