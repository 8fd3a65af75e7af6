export {
  Camera,
  type CameraEvents,
  type CameraParameters,
  type CameraState,
  type CameraStateChange,
  type CameraStats,
  nativeCameraOf,
} from './camera.js';
export { type EncodedFrame, FrameStream, type FrameStreamStats } from './frames.js';
export {
  type CameraOptions,
  type CameraPolicies,
  type CameraTlsOptions,
  checkCamera,
  type StreamName,
  type SubStreamOptions,
  type Transport,
} from './options.js';
export { QUALITIES, type Quality, qualityForTile } from './quality.js';
export type { Snapshot, SnapshotOptions } from './snapshot.js';
