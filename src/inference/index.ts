export {
  type BatchFormat,
  type BatchItem,
  FrameBatch,
  type FrameBatchOptions,
  type NextBatchOptions,
} from './batch.js';
export type { DetectionEvent } from './episodes.js';
export { FEED_OPTIONS, type Feed, type FeedOptions, openFeed } from './feed.js';
export {
  FrameProvider,
  type FrameProviderEvents,
  type FrameProviderOptions,
  type FrameProviderStats,
  type ProvidedCameraOptions,
} from './frame-provider.js';
export type { Box, Detection, DetectionResult, NewDetectionResult } from './result.js';
