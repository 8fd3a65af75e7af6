export { DecodedFrames, type DecodedFramesStats } from './decoded-frames.js';
export {
  Decoder,
  type DecoderBackendChange,
  type DecoderEvents,
  type DecoderGap,
  type DecoderParameters,
  type DecoderStats,
  nativeDecoderOf,
} from './decoder.js';
export { DecoderPool, type DecoderPoolStats, nativePoolOf } from './decoder-pool.js';
export {
  type CopiedPicture,
  type CopyOptions,
  type DevicePointer,
  Frame,
  nativePictureOf,
  type PixelFormat,
  type Rectangle,
} from './frame.js';
export {
  type CameraDecoderOptions,
  type ColourSpec,
  type DecoderBackend,
  type DecoderPoolOptions,
  type FootageDecoderOptions,
  MAX_FRAME_RATE,
} from './options.js';
