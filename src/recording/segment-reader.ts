// Opens a sealed segment. Nothing it returns has skipped verification.
import { resolve } from 'node:path';
import {
  cameraId,
  checkOptions,
  flag,
  instanceOf,
  integer,
  invalidArgument,
  optional,
  path,
  time,
} from '../arguments/index.js';
import { FluxError } from '../errors.js';
import { KeyManager } from '../keys/index.js';
import {
  type NativeSegmentReader,
  native,
  type SegmentHeader,
  type SegmentPacket,
  type SegmentVerification,
} from '../native/index.js';

export type { SegmentHeader, SegmentPacket, SegmentVerification } from '../native/index.js';

/** Options of {@link SegmentReader.open}. */
export interface SegmentReaderOptions {
  /** The segment file. */
  path: string;
  keys: KeyManager;
  /** Version 1 needs it, as it does not store it; with version 2 the file must agree. */
  cameraId?: string;
  /** UTC milliseconds of the first frame. Version 1 needs it; with version 2 the file must agree. */
  startTime?: number;
  /**
   * Reads a version 2 file whose end is missing (a crash, or still being written) up to its last
   * whole chunk. Without it that is `ERR_SEGMENT_TRUNCATED`.
   */
  allowUnfinished?: boolean;
  /** Reads the sound beside the picture. Default false. */
  audio?: boolean;
}

const PACKETS_PER_CALL = 64;
/** Most a call takes to hold; a packet may be larger, and then comes alone. */
const BYTES_PER_CALL = 4 << 20;
/** A read comes back as one Buffer. */
const MAX_READ = 64 << 20;

/**
 * Reads one segment file. Opening checks header and key (`ERR_SEGMENT_KEY`, `ERR_AUTH_TAG`); every
 * byte is verified before it is released.
 *
 * @example
 * ```ts
 * const reader = await SegmentReader.open({ path, keys });
 * for await (const packet of reader.packets()) console.log(packet.timestamp, packet.keyFrame);
 * await reader.close();
 * ```
 */
export class SegmentReader {
  /** Absolute. */
  readonly path: string;
  readonly header: SegmentHeader;
  readonly #native: NativeSegmentReader;
  #closed = false;

  private constructor(file: string, reader: NativeSegmentReader) {
    this.path = file;
    this.header = reader.header;
    this.#native = reader;
  }

  /**
   * `ERR_NOT_FOUND`, `ERR_SEGMENT_MAGIC`, `ERR_SEGMENT_VERSION`, `ERR_SEGMENT_ALGORITHM`,
   * `ERR_SEGMENT_HEADER`, `ERR_SEGMENT_TRUNCATED` (what is there is no segment, or not all of one);
   * `ERR_KEY_NOT_FOUND`; `ERR_SEGMENT_KEY` and `ERR_AUTH_TAG` (altered, or a wrong key);
   * `ERR_SEGMENT_COVER` (the picture in front is not its own); `ERR_SEGMENT_IDENTITY` (another camera's, or of another time). The end of a version 2 file is
   * looked at when something is read.
   */
  static async open(options: SegmentReaderOptions): Promise<SegmentReader> {
    const checked = checkOptions('SegmentReader.open', options, {
      path,
      keys: instanceOf(KeyManager),
      cameraId: optional(cameraId),
      startTime: optional(time),
      allowUnfinished: optional(flag, false),
      audio: optional(flag, false),
    });
    const file = resolve(checked.path);
    const header = native.readSegmentHeader(file);
    if (header.version === 1) {
      const stored = '(a version 1 file does not store it; the index does)';
      if (checked.cameraId === undefined) {
        throw invalidArgument('SegmentReader.open: cameraId', `given ${stored}`, undefined);
      }
      if (checked.startTime === undefined) {
        throw invalidArgument('SegmentReader.open: startTime', `given ${stored}`, undefined);
      }
    }
    const key = checked.keys.key(header.keyId);
    const reader = await native.openSegment(
      {
        path: file,
        cameraId: checked.cameraId ?? '',
        startTime: checked.startTime ?? 0,
        allowUnfinished: checked.allowUnfinished,
        audio: checked.audio,
      },
      key,
    );
    return new SegmentReader(file, reader);
  }

  /** The file has its end. */
  get finished(): boolean {
    return this.#open().finished;
  }

  /** Size of the Matroska file inside. */
  get size(): number {
    return this.#open().plaintextSize;
  }

  /**
   * Verifies the whole file. What is wrong with it (`ERR_AUTH_TAG`, `ERR_SEGMENT_TRUNCATED`,
   * `ERR_SEGMENT_TRAILING`) is in `problem`, beside how much of it is authentic from its start on.
   */
  async inspect(): Promise<SegmentVerification & { problem?: FluxError }> {
    const { code, message, ...verification } = await this.#open().inspect();
    return code === undefined
      ? verification
      : { ...verification, problem: new FluxError(code, message ?? code) };
  }

  /** Verifies the whole file. Rejects with `ERR_AUTH_TAG` naming the chunk that was altered. */
  async verify(): Promise<SegmentVerification> {
    return this.#open().verify();
  }

  /** Bytes [offset, offset + length) of the Matroska file inside; fewer at its end. */
  async read(offset: number, length: number): Promise<Buffer> {
    integer(0, Number.MAX_SAFE_INTEGER)('SegmentReader.read: offset', offset);
    integer(0, MAX_READ)('SegmentReader.read: length', length);
    return this.#open().read(offset, length);
  }

  /** The frames from the start on, in the file's order. One walk per reader. */
  async *packets(): AsyncGenerator<SegmentPacket, void, void> {
    for (;;) {
      const packets = await this.nextPackets(PACKETS_PER_CALL, BYTES_PER_CALL);
      if (packets.length === 0) return;
      yield* packets;
    }
  }

  /** The next frames of that walk: at most `max`, up to the one that reaches `maxBytes`; none at its end. */
  async nextPackets(max: number, maxBytes: number): Promise<SegmentPacket[]> {
    integer(1, 4096)('SegmentReader.nextPackets: max', max);
    integer(1, MAX_READ, 'bytes')('SegmentReader.nextPackets: maxBytes', maxBytes);
    return this.#open().nextPackets(max, maxBytes);
  }

  /** Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#native.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #open(): NativeSegmentReader {
    if (this.#closed) throw new FluxError('ERR_CLOSED', `The reader of ${this.path} is closed.`);
    return this.#native;
  }
}
