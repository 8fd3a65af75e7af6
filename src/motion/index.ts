export {
  MotionDetector,
  type MotionDetectorEvents,
  type MotionDetectorOptions,
  type MotionEvent,
  type MotionOptions,
  type MotionRegion,
  type MotionStats,
  type WatchedCameraOptions,
} from './motion-detector.js';
export type { MotionZone } from './zone.js';
