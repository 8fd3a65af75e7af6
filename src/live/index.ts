export {
  FragmentMuxer,
  type FragmentMuxerOptions,
  type FragmentOptions,
} from './fragment-muxer.js';
export type { LiveStreamStats } from './live-stream.js';
export type {
  LiveCodec,
  LiveQuality,
  StreamBroadcasterOptions,
  SubscribeOptions,
  ViewerOptions,
} from './options.js';
export {
  type BroadcasterStats,
  StreamBroadcaster,
  type StreamBroadcasterEvents,
} from './stream-broadcaster.js';
export type { StreamInfo, StreamStop } from './subscription.js';
export { type ViewedCamera, Viewer, type ViewerEvents, type ViewerStats } from './viewer.js';
