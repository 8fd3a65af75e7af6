// What a playback says of itself: its events, its state and its counters.
import type { FluxError } from '../errors.js';
import type { PlaybackSegment } from './frame.js';

/**
 * `buffering`: it waits for footage. `ended`: there is none further on; with {@link PlaybackOptions.follow}
 * where none came for half a minute and no file is being written. It plays on where some comes.
 */
export type PlaybackState = 'playing' | 'paused' | 'buffering' | 'ended';

/** A hole in which no camera of the playback has footage. */
export interface PlaybackGap {
  /** UTC milliseconds, half open. */
  from: number;
  to: number;
  /**
   * Of the camera that goes on first, as {@link RecordedGap.reason}; `unreadable` where segments were
   * skipped, `deleted` where there was footage once.
   */
  reason: string;
  /** It was jumped over. */
  skipped: boolean;
}

/** Events of {@link Playback}, with their arguments. */
export interface PlaybackEvents {
  /** UTC milliseconds; at least every 250 ms of footage while frames come. */
  position: [position: number];
  state: [state: PlaybackState];
  gap: [gap: PlaybackGap];
  /**
   * A segment is skipped: `ERR_NOT_FOUND` (deleted meanwhile), `ERR_AUTH_TAG` (altered),
   * `ERR_KEY_DESTROYED` and other codes of {@link SegmentReader.open}. Playback goes on with the
   * next. Without a listener: a process warning.
   */
  error: [error: FluxError, segment?: PlaybackSegment];
}

/** Counters of a {@link Playback}. */
export interface PlaybackStats {
  framesDelivered: number;
  /** They were late, see {@link PlaybackOptions.onSlow}. */
  framesDropped: number;
  segmentsSkipped: number;
  /** Read ahead and not taken yet, of all cameras. */
  queuedBytes: number;
}
