// Streams as messages for viewers: made once, of a camera's or encoder's pictures, or of frames.
import type { NativeCamera } from './camera.js';
import type { NativeEncoder } from './encode.js';

export interface NativeFragmentTapOptions {
  /** In the header of each message. */
  number: number;
  /** Of a camera; an encoder has but one. */
  stream: 'main' | 'sub';
  keyFramesOnly: boolean;
  maxQueuedBytes: number;
}

/** See docs/live.md for the bytes. */
export interface NativeFragmentMessage {
  message: Buffer;
  /** What decoders have to know of the pictures behind it. */
  init: boolean;
  keyFrame: boolean;
  afterGap: boolean;
  /** With `init`: RFC 6381, or `mjpeg`; and pixels. */
  codec?: string;
  width?: number;
  height?: number;
}

export interface NativeFragmentTapStats {
  /** Messages made of pictures. */
  fragments: number;
  inits: number;
  /** Of all messages. */
  bytes: number;
  /** Not taken in time, or no picture that could be sent. */
  framesDropped: number;
  queuedBytes: number;
}

export interface NativeFragmentTap {
  /** Makes the messages of the oldest pictures, at most `maxBytes` but at least one where any waits. */
  take(maxBytes: number): NativeFragmentMessage[];
  stats(): NativeFragmentTapStats;
  close(): Promise<void>;
}

export interface NativeFragmentMuxer {
  /** Undefined where the message would say what was said. */
  init(frame: {
    codec: string;
    decoderConfiguration: Uint8Array | undefined;
    width: number;
    height: number;
  }): Buffer | undefined;
  fragment(frame: {
    data: Uint8Array;
    /** Media time, microseconds. */
    timestamp: number;
    /** UTC milliseconds. */
    time: number;
    keyFrame: boolean;
    afterGap: boolean;
    preroll: boolean;
    epoch: number;
  }): Buffer;
}

export interface LiveExports {
  FragmentTap: new (
    source: NativeCamera | NativeEncoder,
    options: NativeFragmentTapOptions,
    onReady: () => void,
  ) => NativeFragmentTap;
  FragmentMuxer: new (options: { number: number; keyFramesOnly: boolean }) => NativeFragmentMuxer;
}
