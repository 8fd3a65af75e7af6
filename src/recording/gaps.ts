// Holes in the recording and why they are there. A hole between two runs is found when the second one
// begins; a writer that drops frames, and a check that misses files, report theirs.
import type { IndexConnection } from './index-connection.js';
import type { SegmentEndReason, StreamPlace } from './segment-record.js';

/** A stretch of time without footage. */
export interface RecordedGap {
  id: number;
  cameraId: string;
  stream: number;
  /** UTC milliseconds, half open. */
  from: number;
  to: number;
  /** Frames that arrived and were not recorded; 0 where none arrived or nobody can tell. */
  frames: number;
  /**
   * `disconnected`: the camera was away. `overflow`: the disk was too slow. `storage`: it failed or
   * was away. `no-key`. `closed`: nobody recorded. `interrupted`: the recorder died. `discontinuity`:
   * a clock jumped. `lost`: a file is gone. `no-event`: nothing triggered. `off`: it was switched off.
   * `parameters`, `waiting-for-key-frame`, `unknown`.
   */
  reason: string;
}

/** Shorter holes are the rounding of two clocks, and no gap. */
export const MIN_GAP_MS = 500;

const REASONS: Record<SegmentEndReason, string> = {
  // Nothing ends by a cut alone: what died behind it had no frame of its next file sealed yet.
  cut: 'interrupted',
  closed: 'closed',
  disconnected: 'disconnected',
  discontinuity: 'discontinuity',
  parameters: 'parameters',
  overflow: 'overflow',
  error: 'storage',
  interrupted: 'interrupted',
  'event-end': 'no-event',
  stopped: 'off',
};

const COLUMNS = `id, camera_id AS cameraId, stream, from_time AS "from", to_time AS "to", frames, reason`;

export class Gaps {
  constructor(private readonly connection: IndexConnection) {}

  add(gap: Omit<RecordedGap, 'id'>): void {
    this.connection.run(
      `INSERT INTO gaps (camera_id, stream, from_time, to_time, frames, reason)
       VALUES (@cameraId, @stream, @from, @to, @frames, @reason)`,
      gap,
    );
  }

  overlapping(place: StreamPlace, from: number, to: number): RecordedGap[] {
    return this.connection.all(
      `SELECT ${COLUMNS} FROM gaps WHERE camera_id = @cameraId AND stream = @stream
         AND from_time < @to AND to_time > @from ORDER BY from_time, id`,
      { ...place, from, to },
    );
  }

  /** Of everything; for lists. */
  list(query: { cameraId?: string; stream?: number; from?: number; to?: number }): RecordedGap[] {
    const conditions = ['1'];
    if (query.cameraId !== undefined) conditions.push('camera_id = @cameraId');
    if (query.stream !== undefined) conditions.push('stream = @stream');
    if (query.from !== undefined) conditions.push('to_time > @from');
    if (query.to !== undefined) conditions.push('from_time < @to');
    return this.connection.all(
      `SELECT ${COLUMNS} FROM gaps WHERE ${conditions.join(' AND ')} ORDER BY from_time, id`,
      query,
    );
  }

  /** The part of (from, to) that no gap explains yet becomes one, for the reason of the end before. */
  between(place: StreamPlace, from: number, to: number, ended: SegmentEndReason): void {
    if (to - from < MIN_GAP_MS) return;
    let at = from;
    const known = this.overlapping(place, from, to);
    for (const gap of [...known, { from: to, to }]) {
      if (gap.from - at >= MIN_GAP_MS) {
        this.add({ ...place, from: at, to: gap.from, frames: 0, reason: REASONS[ended] });
      }
      at = Math.max(at, gap.to);
    }
  }

  /** Footage that comes late (a recovery's) fills what was taken for a gap. */
  fill(place: StreamPlace, from: number, to: number): void {
    for (const gap of this.overlapping(place, from, to)) {
      // Frames that were dropped stay dropped, whatever surrounds them.
      if (gap.frames > 0) continue;
      this.connection.run('DELETE FROM gaps WHERE id = @id', { id: gap.id });
      if (from - gap.from >= MIN_GAP_MS) this.add({ ...gap, to: from });
      if (gap.to - to >= MIN_GAP_MS) this.add({ ...gap, from: to });
    }
  }

  /** Gaps in front of the oldest footage are of no use to anyone. */
  forgetBefore(place: StreamPlace, time: number): void {
    this.connection.run(
      'DELETE FROM gaps WHERE camera_id = @cameraId AND stream = @stream AND to_time <= @time',
      { ...place, time },
    );
  }
}
