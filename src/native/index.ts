// Loads the addon. The only file that touches the binary; everything else in src/ imports `native`
// from here. The files beside it declare what the addon exports, one for each room of it.
import { FluxError } from '../errors.js';
import { loadAddon } from '../native-loader.js';
import type { CameraExports } from './camera.js';
import type { DecodeExports } from './decode.js';
import type { EncodeExports } from './encode.js';
import type { ExportExports } from './export.js';
import type { FrameExports } from './frames.js';
import type { InferenceExports } from './inference.js';
import type { KeyExports } from './keys.js';
import type { LiveExports } from './live.js';
import type { MessageExports } from './messages.js';
import type { P256Exports } from './p256.js';
import type { RenderExports } from './render.js';
import type { SegmentReaderExports } from './segment-reader.js';
import type { SegmentWriterExports } from './segment-writer.js';
import type { SimulatorExports } from './simulator.js';
import type { SystemExports } from './system.js';
import type { ThumbnailExports } from './thumbnail.js';
import type { TpmExports } from './tpm.js';

export type {
  CameraStats,
  NativeCamera,
  NativeCameraEvent,
  NativeCameraOptions,
  NativePolicies,
  NativeSnapshotJob,
  NativeStream,
  NativeStreamOptions,
} from './camera.js';
export type {
  DecoderPoolStats,
  DecoderStats,
  NativeBackend,
  NativeColourSpec,
  NativeConvertOptions,
  NativeDecodedFrames,
  NativeDecoder,
  NativeDecoderEvent,
  NativeDecoderOptions,
  NativeDecoderPool,
  NativeDecoderPoolOptions,
  NativeEncodedUnit,
  NativeFrameHandle,
  NativeFrameInfo,
  PixelFormat,
} from './decode.js';
export type {
  EncodeRoute,
  EncoderStats,
  NativeEncoder,
  NativeEncoderEvent,
  NativeEncoderOptions,
} from './encode.js';
export type {
  NativeExportJob,
  NativeExportOptions,
  NativeExportResult,
  NativeExportSegment,
  NativeResealTarget,
} from './export.js';
export type {
  EncodedFrame,
  FrameStreamStats,
  NativeFrameTap,
  NativeFrameTapOptions,
  Quality,
} from './frames.js';
export type {
  FrameProviderStats,
  MotionStats,
  NativeBatchItem,
  NativeFrameBatch,
  NativeFrameProvider,
  NativeMotionEvent,
  NativeMotionWatcher,
  NativeMotionZone,
} from './inference.js';
export type { NativeKey } from './keys.js';
export type {
  NativeFragmentMessage,
  NativeFragmentMuxer,
  NativeFragmentTap,
  NativeFragmentTapOptions,
  NativeFragmentTapStats,
} from './live.js';
export type { NativeAead } from './messages.js';
export type {
  NativeBox,
  NativeGridRenderer,
  NativeHostPicture,
  NativeLayout,
  NativeRendererEvent,
  NativeRendererOptions,
  NativeRendererStats,
  NativeRgba,
} from './render.js';
export type {
  NativeReaderOptions,
  NativeRecovery,
  NativeSegmentReader,
  SegmentHeader,
  SegmentPacket,
  SegmentVerification,
} from './segment-reader.js';
export type {
  NativeSegment,
  NativeSegmentWriter,
  NativeWriterEvent,
  NativeWriterOptions,
  SegmentEndReason,
  SegmentWriterStats,
} from './segment-writer.js';
export type {
  NativeSentFrame,
  NativeSimulator,
  NativeSimulatorOptions,
  NativeStreamStats,
} from './simulator.js';
export type { NativeHardware, NativePoolStats, NativeStorageLock } from './system.js';
export type {
  NativeThumbnailJob,
  NativeThumbnailRequest,
  NativeThumbnails,
} from './thumbnail.js';
export type { NativeTpmOptions, NativeTpmSealed } from './tpm.js';

export interface NativeBinding
  extends KeyExports,
    MessageExports,
    P256Exports,
    TpmExports,
    CameraExports,
    FrameExports,
    LiveExports,
    InferenceExports,
    EncodeExports,
    DecodeExports,
    SegmentWriterExports,
    SegmentReaderExports,
    ExportExports,
    ThumbnailExports,
    SimulatorExports,
    RenderExports,
    SystemExports {
  /** Native errors are made with this constructor: new FluxError(code, message). */
  setErrorConstructor(errorClass: new (code: string, message: string) => Error): void;
}

export const native: NativeBinding = loadAddon() as NativeBinding;
native.setErrorConstructor(FluxError);
