// What there is of cameras over a stretch of time, at the resolution of a view: a month of ten cameras
// takes as many rows as the view has pixels, not as there are segments.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RecordingIndex } from '@fluxvision/core';
import type { Timeline, TimelineRow } from '../../protocol/index.js';

export interface TimelineRequest {
  cameras: readonly string[];
  /** UTC milliseconds, half open. */
  start: number;
  end: number;
  /** Milliseconds. Default: a two-thousandth of the interval. */
  resolution?: number | undefined;
  stream?: 'main' | 'sub' | undefined;
}

/** A view has no more columns than this; finer resolutions are made coarser. */
const MAX_COLUMNS = 10_000;
const DEFAULT_COLUMNS = 2000;
const MAX_GAPS = 5000;

export async function timelineOf(
  index: RecordingIndex,
  request: TimelineRequest,
): Promise<Timeline> {
  const { cameras, start, end } = request;
  const span = end - start;
  const wanted = request.resolution ?? Math.ceil(span / DEFAULT_COLUMNS);
  const resolution = Math.max(wanted, Math.ceil(span / MAX_COLUMNS));
  const rows: TimelineRow[] = [];
  for (const cameraId of cameras) {
    rows.push(rowOf(index, cameraId, { ...request, resolution }));
    // Sockets, and what is recorded, come before the next camera.
    await nextTurn();
  }
  return { start, end, resolution, cameras: rows };
}

function rowOf(
  index: RecordingIndex,
  cameraId: string,
  { start, end, resolution, stream }: TimelineRequest & { resolution: number },
): TimelineRow {
  const range = { cameraId, from: start, to: end, resolutionMs: resolution };
  const { runs, gaps } = index.timeline({ ...range, stream: stream === 'sub' ? 1 : 0 });
  return {
    cameraId,
    runs: runs.map(({ from, to }) => ({ start: from, end: to })),
    gaps: gaps.slice(0, MAX_GAPS).map(({ from, to, reason }) => ({ start: from, end: to, reason })),
    events: index
      .eventRuns(range)
      .map(({ from, to, type, events }) => ({ start: from, end: to, event: type, count: events })),
  };
}
