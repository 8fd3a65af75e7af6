// What playback delivers, and what a camera's reader hands to it.
import type { FluxError } from '../errors.js';
import type { SegmentRecord } from '../recording/index.js';

/** The segment that a frame is from. */
export interface PlaybackSegment {
  /** Of its row in the index; absent while it is being written. */
  id?: number;
  cameraId: string;
  /** Relative to the storage directory, with forward slashes. */
  filePath: string;
  keyId: string;
  /** 0: main stream, 1: sub stream. */
  stream: number;
  formatVersion: 1 | 2;
  /** UTC milliseconds, half open. While it is being written `endTime` is `startTime`. */
  startTime: number;
  endTime: number;
  /** It has no end: a crash cut it short, or it is being written. */
  unfinished: boolean;
}

/** An encoded frame whose time has come. */
export interface PlaybackFrame {
  cameraId: string;
  kind: 'video' | 'audio';
  /** RFC 6381, for example `avc1.64001F` or `mp4a.40.2`. */
  codec: string;
  /**
   * H.264 and H.265: NAL units, each behind its length as a 4-byte big-endian integer (see
   * {@link toAnnexB}). Otherwise a JPEG image or an audio frame.
   */
  data: Buffer;
  /** When it was recorded: UTC milliseconds, with a fraction. */
  time: number;
  /** Decoding can begin here. */
  keyFrame: boolean;
  /** In front of the frame that was sought: to decode, not to show. */
  preroll: boolean;
  /** Footage is missing in front of it, or playback came here by a seek or a change of direction. */
  afterGap: boolean;
  /** Pixels; 0 for sound. */
  width: number;
  height: number;
  /** With key frames: avcC, hvcC, AudioSpecificConfig or OpusHead, for a decoder. */
  decoderConfiguration?: Buffer;
  segment: PlaybackSegment;
}

/** A frame that waits. */
export interface WaitingFrame {
  frame: PlaybackFrame;
  /** UTC milliseconds at which to hand it out: decoding order, never against the direction. */
  due: number;
  /** A seek leads through it: it does not wait for its time. */
  immediate: boolean;
}

/** A segment that could not be read, in its place between the frames. */
export interface UnreadableSegment {
  error: FluxError;
  segment: PlaybackSegment;
}

export type PlaybackItem = WaitingFrame | UnreadableSegment;

export function isProblem(item: PlaybackItem): item is UnreadableSegment {
  return 'error' in item;
}

export function segmentOf(row: SegmentRecord): PlaybackSegment {
  const { id, cameraId, filePath, keyId, stream, formatVersion, startTime, endTime } = row;
  const unfinished = row.state === 'recovered';
  const place = { id, cameraId, filePath, keyId, stream, formatVersion };
  return { ...place, startTime, endTime, unfinished };
}
