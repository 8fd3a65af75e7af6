// One camera's segments in their order, found by the index one at a time, and opened.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { MAX_TIME } from '../arguments/index.js';
import { FluxError } from '../errors.js';
import { asFluxError } from '../events.js';
import type { KeyManager } from '../keys/index.js';
import { type NativeExportSegment, native } from '../native/index.js';
import {
  type RecordingIndex,
  type SegmentPacket,
  type SegmentPlace,
  SegmentReader,
  segmentFile,
} from '../recording/index.js';
import { dayName, utcDay } from '../utc-day.js';
import { type PlaybackSegment, segmentOf } from './frame.js';

/** What goes through memory in one go; a larger frame comes alone. */
const PACKETS_PER_READ = 16;

export interface FootageOptions {
  index: RecordingIndex;
  keys: KeyManager;
  cameraId: string;
  stream: number;
  audio: boolean;
  /** Reads the file that is being written, too. */
  unfinished: boolean;
  /** Bytes of frames that one read may bring. */
  bytesPerRead: number;
}

export class Footage {
  constructor(readonly options: FootageOptions) {}

  /** The segment that `time` lies in, else the next one. */
  at(time: number): PlaybackSegment | undefined {
    const before = this.upTo(time);
    return before && before.endTime > time ? before : this.#next({ startTime: time }, before);
  }

  after(segment: PlaybackSegment): PlaybackSegment | undefined {
    return this.#next(segment, segment);
  }

  /** The last segment that begins at or before `time`. */
  upTo(time: number): PlaybackSegment | undefined {
    const row = this.options.index.previousSegment(this.#place({ startTime: time }));
    return row && segmentOf(row);
  }

  before({ startTime, id = 0 }: PlaybackSegment): PlaybackSegment | undefined {
    const row = this.options.index.previousSegment(this.#place({ startTime, id }));
    return row && segmentOf(row);
  }

  /** The row that a segment has got meanwhile. */
  finished(segment: PlaybackSegment): PlaybackSegment | undefined {
    const row = this.options.index.byPath(segment.filePath);
    return row && segmentOf(row);
  }

  /** What the engine opens it with. Errors of {@link KeyManager.key}. */
  sealed(segment: PlaybackSegment): NativeExportSegment {
    const { cameraId, startTime, unfinished: allowUnfinished } = segment;
    const path = segmentFile(this.options.index.storage, segment.filePath);
    return {
      path,
      key: this.options.keys.key(segment.keyId),
      cameraId,
      startTime,
      allowUnfinished,
    };
  }

  /** Its frames, a few at a time, in the file's order. Throws what {@link problem} words. */
  async *read(
    segment: PlaybackSegment,
    audio = this.options.audio,
  ): AsyncGenerator<SegmentPacket[], void, void> {
    const reader = await SegmentReader.open({
      path: segmentFile(this.options.index.storage, segment.filePath),
      keys: this.options.keys,
      cameraId: segment.cameraId,
      startTime: segment.startTime,
      allowUnfinished: segment.unfinished,
      audio,
    });
    try {
      for (;;) {
        const packets = await reader.nextPackets(PACKETS_PER_READ, this.options.bytesPerRead);
        if (packets.length === 0) return;
        yield packets;
      }
    } finally {
      await reader.close();
    }
  }

  /** Names the segment; `outcome` is what becomes of it. */
  problem(
    error: unknown,
    { cameraId, filePath, startTime }: PlaybackSegment,
    outcome = 'is skipped',
  ): FluxError {
    const { code, message } = asFluxError(error, 'ERR_IO', 'it cannot be read');
    const at = new Date(startTime).toISOString();
    const what = `Camera '${cameraId}': segment ${filePath} of ${at} ${outcome}`;
    return new FluxError(code, `${what}: ${message}`, { cause: error });
  }

  #place({ startTime, id }: Pick<PlaybackSegment, 'startTime' | 'id'>): SegmentPlace {
    const { cameraId, stream } = this.options;
    // Frames lie between the milliseconds at which segments begin, and a position may run out of them.
    const whole = Math.min(Math.max(0, Math.floor(startTime)), MAX_TIME);
    return { cameraId, stream, startTime: whole, ...(id !== undefined && { id }) };
  }

  /** Behind a place; `last` is the segment in front of it. */
  #next(
    place: Pick<PlaybackSegment, 'startTime' | 'id'>,
    last: PlaybackSegment | undefined,
  ): PlaybackSegment | undefined {
    const row = this.options.index.nextSegment(this.#place(place));
    if (row) return segmentOf(row);
    return this.options.unfinished ? this.#beingWritten(last?.startTime ?? 0) : undefined;
  }

  /** The file without a row that begins after `time`: it is being written, or was just cut. */
  #beingWritten(time: number): PlaybackSegment | undefined {
    const { index, cameraId, stream } = this.options;
    const today = utcDay(Date.now());
    const found: PlaybackSegment[] = [];
    for (const day of [today - 1, today]) {
      const folder = `${cameraId}/${dayName(day)}`;
      const indexed = new Set(index.pathsIn(folder));
      for (const name of namesIn(join(index.storage, cameraId, dayName(day)))) {
        const filePath = `${folder}/${name}`;
        if (indexed.has(filePath)) continue;
        const header = headerOf(index.storage, filePath);
        if (header?.cameraId !== cameraId || header.stream !== stream) continue;
        const { keyId, startTime = 0 } = header;
        if (startTime <= time) continue;
        const place = { cameraId, filePath, keyId, stream, formatVersion: 2 as const };
        found.push({ ...place, startTime, endTime: startTime, unfinished: true });
      }
    }
    return found.sort((a, b) => a.startTime - b.startTime)[0];
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return []; // nothing was recorded on that day
  }
}

/** Undefined for what is no segment of version 2, and for one that has no header yet. */
function headerOf(storage: string, filePath: string) {
  try {
    return native.readSegmentHeader(segmentFile(storage, filePath));
  } catch {
    return undefined;
  }
}
