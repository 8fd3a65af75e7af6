// Encoders: a share of a stream that is encoded once for all who want the same.
import type { NativeCamera, NativeStream } from './camera.js';
import type { NativeDecoder } from './decode.js';

export interface NativeEncoderOptions {
  codec: 'h264' | 'h265';
  width: number;
  height: number;
  frameRate: number;
  /** Bits per second. */
  bitrate: number;
  passthrough: boolean;
  backend: 'auto' | 'nvenc' | 'libavcodec';
  threads: number;
  lingerMs: number;
}

export interface NativeEncodeRoute {
  stream: NativeStream;
  passthrough: boolean;
}

export type NativeEncoderEvent =
  | { type: 'route'; route: NativeEncodeRoute }
  | { type: 'backend'; backend: string; reason: string; width: number; height: number }
  | { type: 'failure'; code: string; message: string };

/** Plain counters; see EncoderStats in encode/ for what each means. */
export interface NativeEncoderStats {
  route?: NativeEncodeRoute;
  viewers: number;
  switches: number;
  framesPassed: number;
  bytesPassed: number;
  framesSkipped: number;
  backend: string;
  width: number;
  height: number;
  bitrate: number;
  framesIn: number;
  framesLimited: number;
  framesDropped: number;
  framesEncoded: number;
  keyFrames: number;
  keyFrameRequests: number;
  bytesEncoded: number;
  errors: number;
  encodersMade: number;
  encodeMicros: number;
  maxEncodeMicros: number;
}

export interface NativeEncoder {
  /** False where nothing is encoded: only the camera can make one. */
  requestKeyFrame(): boolean;
  setBitrate(bitsPerSecond: number): void;
  stats(): NativeEncoderStats;
  /** Resolves when no thread knows it any more. Idempotent. */
  close(): Promise<void>;
}

export interface EncodeExports {
  Encoder: new (
    source: NativeCamera | NativeDecoder,
    options: NativeEncoderOptions,
    onEvents: (events: NativeEncoderEvent[]) => void,
  ) => NativeEncoder;
}
