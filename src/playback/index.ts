export { type LengthPrefixedFrame, toAnnexB } from './annex-b.js';
export { type PlaybackClock, UnpacedClock } from './clock.js';
export type { PlaybackFrame, PlaybackSegment } from './frame.js';
export type { PlaybackOptions } from './options.js';
export {
  Playback,
  type PlaybackEvents,
  type PlaybackGap,
  type PlaybackState,
  type PlaybackStats,
} from './playback.js';
