// What a recording misses: counted while it runs, and named at its end.
import type { Recorder, RecorderStats } from '../index.js';
import { formatTime } from './time.js';

/** What arrived from a camera and is not in its recording. Times are UTC milliseconds. */
export interface CameraLoss {
  /** Frames in gaps, by reason; see {@link RecordingGap}. */
  gaps: Record<string, number>;
  /** Of the gaps. */
  from?: number;
  to?: number;
  /** Of segments that are not finished or not in the index; the next start recovers what is whole. */
  unfinishedFrames: number;
}

/** Errors of one code. */
export interface CountedError {
  code: string;
  count: number;
  /** Of the first one. */
  message: string;
}

/** A camera that begins between two key frames loses what cannot be decoded: no failure by itself. */
const ORDINARY = 'waiting-for-key-frame';

export class RecordingLosses {
  readonly #gaps = new Map<string, Required<Pick<CameraLoss, 'gaps' | 'from' | 'to'>>>();
  /** Frames of finished segments, by camera. */
  readonly #finished = new Map<string, number>();
  readonly #errors = new Map<string, CountedError>();

  constructor(recorder: Recorder) {
    recorder.on('segment', ({ cameraId, frames }) => {
      this.#finished.set(cameraId, (this.#finished.get(cameraId) ?? 0) + frames);
    });
    recorder.on('gap', ({ cameraId, from, to, frames, reason }) => {
      const gap = this.#gaps.get(cameraId) ?? { gaps: {}, from, to };
      gap.gaps[reason] = (gap.gaps[reason] ?? 0) + frames;
      this.#gaps.set(cameraId, { gaps: gap.gaps, from: Math.min(gap.from, from), to });
    });
    // What an earlier run left behind is not of this recording.
    const { quarantined, problems } = recorder.recovery;
    const earlier = new Set([...quarantined, ...problems].map(({ message }) => message));
    recorder.on('error', ({ code, message }) => {
      if (code === 'ERR_RECOVERY' || earlier.has(message)) return;
      const known = this.#errors.get(code) ?? { code, count: 0, message };
      known.count += 1;
      this.#errors.set(code, known);
    });
  }

  /** What failed meanwhile, whether something is missing because of it or not. */
  get errors(): CountedError[] {
    return [...this.#errors.values()];
  }

  /** The cameras whose recording misses something, with the counters of a closed recorder. */
  of(stats: RecorderStats): Map<string, CameraLoss> {
    const losses = new Map<string, CameraLoss>();
    for (const [id, { writer }] of Object.entries(stats.cameras)) {
      const gap = this.#gaps.get(id);
      const unfinishedFrames = Math.max(0, writer.framesWritten - (this.#finished.get(id) ?? 0));
      if (unfinishedFrames > 0 || this.#isFailure(gap?.gaps)) {
        losses.set(id, { gaps: {}, ...gap, unfinishedFrames });
      }
    }
    return losses;
  }

  /** A gap has the reason of its first frame, so where something failed even an ordinary one may hide it. */
  #isFailure(gaps: Record<string, number> = {}): boolean {
    const reasons = Object.keys(gaps);
    return reasons.some((reason) => reason !== ORDINARY || this.#errors.size > 0);
  }
}

/** One line for people. */
export function describeLoss(id: string, { gaps, from, to, unfinishedFrames }: CameraLoss): string {
  const parts = Object.entries(gaps).map(([reason, frames]) => `${frames} frames (${reason})`);
  const missing: string[] = [];
  if (from !== undefined && to !== undefined) {
    missing.push(`${parts.join(', ')} from ${formatTime(from)} to ${formatTime(to)} not recorded`);
  }
  if (unfinishedFrames > 0) {
    missing.push(
      `${unfinishedFrames} frames in segments that are not finished or not in the index: the next record recovers what is whole`,
    );
  }
  return `camera ${id}: ${missing.join('; ')}`;
}
