// Encoders: a share of a stream that is encoded once for all who want the same.
import type { NativeCamera } from './camera.js';
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

/** Where the frames of an `Encoder` come from. */
export interface EncodeRoute {
  /** The camera's stream that is sent, or that is decoded and encoded. */
  stream: 'main' | 'sub';
  /** It is sent as it is. */
  passthrough: boolean;
}

export type NativeEncoderEvent =
  | { type: 'route'; route: EncodeRoute }
  | { type: 'backend'; backend: string; reason: string; width: number; height: number }
  | { type: 'failure'; code: string; message: string };

/** Counters of an `Encoder`, summed up over all that share it. */
export interface EncoderStats {
  /** Absent while nothing is sent. */
  route?: EncodeRoute;
  /** Streams of frames that are open. */
  viewers: number;
  /** Changes of the route. */
  switches: number;
  /** Sent as they came from the camera. */
  framesPassed: number;
  bytesPassed: number;
  /** Encoded, but seen already when the route changed. */
  framesSkipped: number;
  /** Empty before the first picture was encoded. */
  backend: string;
  width: number;
  height: number;
  /** That is asked for. */
  bitrate: number;
  /** Pictures that were decoded. */
  framesIn: number;
  /** Of these, left out because of the frame rate. */
  framesLimited: number;
  /** Of these, overtaken by a newer one: encoding did not keep up. */
  framesDropped: number;
  framesEncoded: number;
  /** Of framesEncoded. */
  keyFrames: number;
  keyFrameRequests: number;
  bytesEncoded: number;
  errors: number;
  /** Encoders that were opened; another one for each change of the picture's size. */
  encodersMade: number;
  /** Time spent in encoding, and in the longest. */
  encodeMicros: number;
  maxEncodeMicros: number;
}

export interface NativeEncoder {
  /** False where nothing is encoded: only the camera can make one. */
  requestKeyFrame(): boolean;
  setBitrate(bitsPerSecond: number): void;
  stats(): EncoderStats;
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
