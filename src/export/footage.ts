// Finds what an export is made of: the segments of each camera, and where there are none.
import { FluxError } from '../errors.js';
import {
  MIN_GAP_MS,
  type RecordingIndex,
  type SegmentRecord,
  type TimeRange,
} from '../recording/index.js';
import type { ExportedGap } from './manifest.js';

/** One camera's part of an export. */
export interface CameraFootage {
  id: string;
  rows: SegmentRecord[];
  /** Of the sealed files, as the index has it. */
  bytes: number;
}

export interface Wanted extends TimeRange {
  cameras: readonly string[];
  stream: number;
}

/** ERR_NO_FOOTAGE where a camera is not known, and where none of them has any footage. */
export function findFootage(index: RecordingIndex, wanted: Wanted): CameraFootage[] {
  const { from, to, stream } = wanted;
  const known = index.cameras();
  for (const id of wanted.cameras) {
    if (known.some((camera) => camera.id === id)) continue;
    const ids = known.map((camera) => camera.id).join(', ');
    throw new FluxError(
      'ERR_NO_FOOTAGE',
      `There is no footage of camera '${id}'. ${ids ? `The cameras of this storage are ${ids}.` : 'This storage holds no recordings.'}`,
    );
  }
  const found = wanted.cameras.map((id) => {
    const rows = index.segments({ cameraId: id, from, to, stream });
    return { id, rows, bytes: rows.reduce((sum, row) => sum + row.fileSize, 0) };
  });
  if (found.every(({ rows }) => rows.length === 0)) throw noFootage(wanted);
  return found;
}

export function noFootage({ cameras, from, to }: Omit<Wanted, 'stream'>): FluxError {
  const time = (at: number) => new Date(at).toISOString();
  return new FluxError(
    'ERR_NO_FOOTAGE',
    `There is no footage of ${cameras.join(', ')} from ${time(from)} to ${time(to)}. fluxvision segments shows what there is.`,
  );
}

/** The parts of [from, to) that no segment covers. */
export function holesBetween(rows: readonly SegmentRecord[], { from, to }: TimeRange): TimeRange[] {
  const holes: TimeRange[] = [];
  let at = from;
  for (const row of rows) {
    if (row.startTime - at >= MIN_GAP_MS) holes.push({ from: at, to: row.startTime });
    at = Math.max(at, row.endTime);
  }
  if (to - at >= MIN_GAP_MS) holes.push({ from: at, to });
  return holes;
}

/** Neighbouring segments as one range. */
export function coveredBy(rows: readonly SegmentRecord[]): TimeRange[] {
  const covered: TimeRange[] = [];
  for (const row of rows) {
    const last = covered.at(-1);
    if (last && row.startTime - last.to < MIN_GAP_MS) last.to = Math.max(last.to, row.endTime);
    else covered.push({ from: row.startTime, to: row.endTime });
  }
  return covered;
}

/** Why each hole is there: the reason that the index has for the most of it. */
export function explain(
  index: RecordingIndex,
  camera: string,
  stream: number,
  holes: readonly TimeRange[],
): ExportedGap[] {
  return holes.map(({ from, to }) => {
    let reason = 'unknown';
    let most = 0;
    for (const gap of index.gaps({ cameraId: camera, stream, from, to })) {
      const overlap = Math.min(gap.to, to) - Math.max(gap.from, from);
      if (overlap > most) [most, reason] = [overlap, gap.reason];
    }
    return { from, to, reason };
  });
}
