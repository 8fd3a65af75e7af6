// Frames of a camera for JavaScript: what a tap hands over, and in which quality.
import type { NativeCamera } from './camera.js';
import type { NativeEncoder } from './encode.js';

/**
 * What a viewer needs of a camera: `PAUSED` key frames of the sub stream only, `THUMBNAIL` and
 * `GRID_VIEW` the sub stream (for decoders: 5 and 15 frames a second), `FOCUSED` and `FULLSCREEN` the
 * main stream (25 and 30).
 */
export type Quality = 'PAUSED' | 'THUMBNAIL' | 'GRID_VIEW' | 'FOCUSED' | 'FULLSCREEN';

export interface NativeFrameTapOptions {
  quality: Quality;
  video: boolean;
  audio: boolean;
  metadata: boolean;
  maxQueuedBytes: number;
}

/** One encoded frame, as the camera sent it. */
export interface EncodedFrame {
  kind: 'video' | 'audio' | 'metadata';
  /** RFC 6381, for example `avc1.64001F` or `mp4a.40.2`. */
  codec: string;
  /**
   * H.264 and H.265: NAL units, each behind its length as a 4-byte big-endian integer. Otherwise a
   * JPEG image, an audio frame, or an XML document.
   */
  data: Buffer;
  /** Media time in microseconds. Another clock begins with another stream and after a gap. */
  timestamp: number;
  /** When it came, in UTC milliseconds. */
  arrival: number;
  /** Decoding can begin here. */
  keyFrame: boolean;
  /** Frames are missing before this one. */
  afterGap: boolean;
  /** Pixels; 0 for sound and metadata. */
  width: number;
  height: number;
  /** With key frames: avcC, hvcC, AudioSpecificConfig or OpusHead, for a decoder. */
  decoderConfiguration?: Buffer;
}

/** Counters of a `FrameStream`. */
export interface FrameStreamStats {
  framesDelivered: number;
  /** The reader was too slow. */
  framesDropped: number;
  queuedBytes: number;
  /** Changes between main and sub stream. */
  switches: number;
  /** The stream that is shown; absent before the first key frame. */
  stream?: 'main' | 'sub';
}

export interface NativeFrameTap {
  setQuality(quality: Quality): void;
  /** The oldest frames, at most `maxBytes` of them but at least one where any waits. */
  take(maxBytes: number): EncodedFrame[];
  stats(): FrameStreamStats;
  close(): Promise<void>;
}

export interface FrameExports {
  qualityForTile(width: number, height: number): Quality;
  FrameTap: new (
    source: NativeCamera | NativeEncoder,
    options: NativeFrameTapOptions,
    onReady: () => void,
  ) => NativeFrameTap;
}
