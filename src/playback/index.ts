export { type LengthPrefixedFrame, toAnnexB } from './annex-b.js';
export { type PlaybackClock, UnpacedClock } from './clock.js';
export type {
  PlaybackEvents,
  PlaybackGap,
  PlaybackState,
  PlaybackStats,
} from './events.js';
export { Footage } from './footage.js';
export type { PlaybackFrame, PlaybackSegment } from './frame.js';
export { moment, type PlaybackOptions } from './options.js';
export { Playback } from './playback.js';
