// Segments read, verified and recovered.
import type { NativeKey } from './keys.js';

/** The readable part of a segment file. */
export interface SegmentHeader {
  version: 1 | 2;
  algorithm: 'LEA-256-GCM';
  /** UUID of the key. */
  keyId: string;
  /** Bytes of the header itself. */
  headerSize: number;
  /** Bytes of the picture in front of the header; 0 where there is none. */
  coverSize: number;
  /** Version 2 only, as are those below. */
  cameraId?: string;
  startTime?: number;
  sequence?: number;
  stream?: number;
  chunkSize?: number;
}

/** What `verify` found authentic. */
export interface SegmentVerification {
  /** Version 1 has one. */
  chunks: number;
  plaintextBytes: number;
  /** The file has its end. */
  finished: boolean;
  /** Length of the file's authentic beginning. */
  verifiedFileBytes: number;
}

export interface NativeRecovery extends SegmentVerification {
  frames: number;
  durationMs: number;
  width: number;
  height: number;
  codec: string;
}

export interface NativeReaderOptions {
  path: string;
  cameraId: string;
  /** 0: take the header's (version 2). */
  startTime: number;
  allowUnfinished: boolean;
  /** Reads the sound too; absent: only the picture. */
  audio?: boolean;
}

/** A frame as the camera sent it. */
export interface SegmentPacket {
  /** `audio` only where `audio` asked for it. */
  kind: 'video' | 'audio';
  /** 0: the video. */
  track: number;
  /** RFC 6381, for example `avc1.64001F` or `mp4a.40.2`. */
  codec: string;
  /**
   * H.264 and H.265: NAL units, each behind its length as a 4-byte big-endian integer. Otherwise a
   * JPEG image or an audio frame.
   */
  data: Buffer;
  /** When it is shown or heard, in microseconds from the segment's start. */
  timestamp: number;
  /** When it is decoded; with B-frames before `timestamp`. Never falls along a track. */
  decodeTimestamp: number;
  /** Decoding can begin here. */
  keyFrame: boolean;
  /** Pixels; 0 for sound. */
  width: number;
  height: number;
  /** With key frames: avcC, hvcC, AudioSpecificConfig or OpusHead, for a decoder. */
  decoderConfiguration?: Buffer;
}

export interface NativeSegmentReader {
  readonly header: SegmentHeader;
  readonly finished: boolean;
  readonly plaintextSize: number;
  /** As verify(), but what is wrong is in the result, beside what of the file is authentic. */
  inspect(): Promise<SegmentVerification & { code?: string; message?: string }>;
  verify(): Promise<SegmentVerification>;
  /** The verified Matroska bytes [offset, offset + length). */
  read(offset: number, length: number): Promise<Buffer>;
  /** The next packets, at most `max`, up to the one that reaches `maxBytes`; empty at the end. */
  nextPackets(max: number, maxBytes?: number): Promise<SegmentPacket[]>;
  close(): void;
}

export interface SegmentReaderExports {
  readSegmentHeader(path: string): SegmentHeader;
  openSegment(options: NativeReaderOptions, key: NativeKey): Promise<NativeSegmentReader>;
  /**
   * Cuts a version 2 file that a crash left behind to its authentic whole chunks and counts its
   * frames, on a thread of the pool; a version 1 file is verified and counted as it stands.
   * `durationMs` reaches to the end of the last frame.
   */
  recoverSegment(options: NativeReaderOptions, key: NativeKey): Promise<NativeRecovery>;
}
