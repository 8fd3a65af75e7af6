// Segments read, verified and recovered.
import type { NativeKey } from './keys.js';

export interface NativeSegmentHeader {
  version: 1 | 2;
  algorithm: 'LEA-256-GCM';
  keyId: string;
  headerSize: number;
  /** Bytes of the picture in front of the header; 0 where there is none. */
  coverSize: number;
  /** Version 2 only. */
  cameraId?: string;
  startTime?: number;
  sequence?: number;
  stream?: number;
  chunkSize?: number;
}

export interface NativeVerification {
  chunks: number;
  plaintextBytes: number;
  finished: boolean;
  verifiedFileBytes: number;
}

export interface NativeRecovery extends NativeVerification {
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

export interface NativePacket {
  kind: 'video' | 'audio';
  /** 0: the video. */
  track: number;
  codec: string;
  /** NAL units, each behind its length as a 4-byte big-endian integer; a JPEG; an audio frame. */
  data: Buffer;
  /** Microseconds from the segment's start. */
  timestamp: number;
  decodeTimestamp: number;
  keyFrame: boolean;
  width: number;
  height: number;
  decoderConfiguration?: Buffer;
}

export interface NativeSegmentReader {
  readonly header: NativeSegmentHeader;
  readonly finished: boolean;
  readonly plaintextSize: number;
  /** As verify(), but what is wrong is in the result, beside what of the file is authentic. */
  inspect(): Promise<NativeVerification & { code?: string; message?: string }>;
  verify(): Promise<NativeVerification>;
  /** The verified Matroska bytes [offset, offset + length). */
  read(offset: number, length: number): Promise<Buffer>;
  /** The next packets, at most `max`, up to the one that reaches `maxBytes`; empty at the end. */
  nextPackets(max: number, maxBytes?: number): Promise<NativePacket[]>;
  close(): void;
}

export interface SegmentReaderExports {
  readSegmentHeader(path: string): NativeSegmentHeader;
  openSegment(options: NativeReaderOptions, key: NativeKey): Promise<NativeSegmentReader>;
  /**
   * Cuts a version 2 file that a crash left behind to its authentic whole chunks and counts its
   * frames, on a thread of the pool; a version 1 file is verified and counted as it stands.
   * `durationMs` reaches to the end of the last frame.
   */
  recoverSegment(options: NativeReaderOptions, key: NativeKey): Promise<NativeRecovery>;
}
