export {
  Camera,
  type CameraEvents,
  type CameraOptions,
  type CameraParameters,
  type CameraState,
  type CameraStateChange,
  type CameraStats,
  nativeCameraOf,
} from './camera.js';
