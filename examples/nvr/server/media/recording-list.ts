// Recorded segments as the API lists them: one camera's, page by page, with opaque ids and cursors.
import type { RecordingIndex, SegmentQuery, SegmentRecord } from '@fluxvision/core';
import type { Recording } from '../../protocol/index.js';
import { type Cursor, cursorOf } from './cursor.js';

export interface RecordingQuery {
  cameraId: string;
  /** UTC milliseconds, half open. */
  start?: number | undefined;
  end?: number | undefined;
  stream?: 'main' | 'sub' | undefined;
  first?: 'oldest' | 'newest' | undefined;
  after?: Cursor | undefined;
  limit: number;
}

export function listRecordings(index: RecordingIndex, query: RecordingQuery) {
  const { limit } = query;
  // One more tells whether there is another page.
  const rows = index.segments(selectionOf({ ...query, limit: limit + 1 }));
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const more = rows.length > limit && last ? cursorOf(last.startTime, last.id) : undefined;
  return { items: items.map(recordingOf), ...(more && { cursor: more }) };
}

/** As the index takes it. */
export function selectionOf(query: RecordingQuery): SegmentQuery {
  const { cameraId, start, end, stream, first, after, limit } = query;
  return {
    cameraId,
    ...(start !== undefined && { from: start }),
    ...(end !== undefined && { to: end }),
    ...(stream && { stream: stream === 'main' ? 0 : 1 }),
    ...(first && { first }),
    ...(after && { after: { startTime: after.time, id: after.id } }),
    limit,
  };
}

export function recordingOf(row: SegmentRecord): Recording {
  const { id, cameraId, startTime, endTime, fileSize, frames, codec, width, height } = row;
  return {
    id: String(id),
    cameraId,
    stream: row.stream === 0 ? 'main' : 'sub',
    start: startTime,
    end: endTime,
    bytes: fileSize,
    ...{ frames, codec, width, height },
    trigger: row.trigger,
  };
}

/** The row that a recording's id names; undefined for what is no id, or the id of nothing. */
export function segmentOf(index: RecordingIndex, id: string): SegmentRecord | undefined {
  return /^\d{1,15}$/.test(id) ? index.segment(Number(id)) : undefined;
}
