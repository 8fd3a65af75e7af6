// Frames of a camera for JavaScript: what a tap hands over, and in which quality.
import type { NativeCamera, NativeStream } from './camera.js';
import type { NativeEncoder } from './encode.js';

export type NativeQuality = 'PAUSED' | 'THUMBNAIL' | 'GRID_VIEW' | 'FOCUSED' | 'FULLSCREEN';

export interface NativeFrameTapOptions {
  quality: NativeQuality;
  video: boolean;
  audio: boolean;
  metadata: boolean;
  maxQueuedBytes: number;
}

export interface NativeFrame {
  kind: 'video' | 'audio' | 'metadata';
  codec: string;
  data: Buffer;
  /** Media time in microseconds. */
  timestamp: number;
  /** UTC milliseconds. */
  arrival: number;
  keyFrame: boolean;
  afterGap: boolean;
  width: number;
  height: number;
  decoderConfiguration?: Buffer;
}

export interface NativeFrameTap {
  setQuality(quality: NativeQuality): void;
  /** The oldest frames, at most `maxBytes` of them but at least one where any waits. */
  take(maxBytes: number): NativeFrame[];
  stats(): {
    framesDelivered: number;
    framesDropped: number;
    queuedBytes: number;
    switches: number;
    stream?: NativeStream;
  };
  close(): Promise<void>;
}

export interface FrameExports {
  qualityForTile(width: number, height: number): NativeQuality;
  FrameTap: new (
    source: NativeCamera | NativeEncoder,
    options: NativeFrameTapOptions,
    onReady: () => void,
  ) => NativeFrameTap;
}
