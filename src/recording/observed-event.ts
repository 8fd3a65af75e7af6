// What a detector tells of something that goes on, as footage and as an event of the index.
import type { Recorder } from './recorder.js';

/** Something that begins, goes on and ends: motion, a person. */
export interface ObservedEvent {
  cameraId: string;
  type: string;
  phase: 'start' | 'update' | 'end';
  /** UTC milliseconds, of the first and the last moment so far. */
  from: number;
  to: number;
  /** From 0 to 1. */
  score: number;
  data?: unknown;
}

/** An update is due every second; where some are late the recording goes on meanwhile. */
const UNTIL_NEXT_MS = 5000;

/**
 * Records while it goes on; at its end it goes into the index, once and with its whole length.
 * `ERR_CAMERA_NOT_FOUND`.
 */
export function recordObserved(recorder: Recorder, event: ObservedEvent): void {
  const { phase, ...rest } = event;
  if (phase === 'end') {
    recorder.prolong(event.cameraId, event.to);
    recorder.note({ ...rest, to: Math.max(rest.to, rest.from + 1) });
  } else recorder.prolong(event.cameraId, event.to + UNTIL_NEXT_MS);
}
