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
}

interface Piece {
  from: number;
  to: number;
  runId: number;
  frames: number;
  bytes: number;
}

/** Reads the covering index alone: from the segment in front of `from`, which may reach into it. */
export const TIMELINE_SQL = `SELECT start_time AS "from", end_time AS "to", run_id AS runId, frames,
    file_size_bytes AS bytes
  FROM recording_segments WHERE camera_id = @cameraId AND stream = @stream AND start_time < @to
    AND start_time >= coalesce((SELECT max(start_time) FROM recording_segments
      WHERE camera_id = @cameraId AND stream = @stream AND start_time <= @from), 0)
    AND end_time > @from
  ORDER BY start_time`;

export function readTimeline(
  connection: IndexConnection,
  gaps: Gaps,
  query: Required<TimelineQuery>,
): RecordedTimeline {
  const runs: TimelineRun[] = [];
  for (const piece of connection.all<Piece>(TIMELINE_SQL, query)) {
    const last = runs.at(-1);
    // Of one run, and what lay between was not deleted.
    if (last && last.runId === piece.runId && piece.from - last.to < MIN_GAP_MS) {
      last.to = Math.max(last.to, piece.to);
      last.segments += 1;
      last.frames += piece.frames;
      last.bytes += piece.bytes;
    } else {
      runs.push({ ...piece, segments: 1 });
    }
  }
  return { runs, gaps: gaps.overlapping(query, query.from, query.to) };
}
