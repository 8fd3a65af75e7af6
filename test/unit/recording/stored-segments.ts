// A storage with rows and files that stand for segments: what counts here is where they are.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { NewSegment, RecordingIndex } from '../../../src/recording/recording-index.js';
import { dayName, utcDay } from '../../../src/utc-day.js';

export const KEY_ID = '6f9619ff-8b86-4011-b42d-00cf4fc964ff';
export const START = Date.parse('2026-01-26T12:00:00Z');
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** Segment number `i` of a camera: ten seconds each, one behind the other from START on. */
export function segmentAt(i: number, changes: Partial<NewSegment> = {}): NewSegment {
  const startTime = changes.startTime ?? START + i * 10_000;
  const cameraId = changes.cameraId ?? 'door';
  const sub = changes.stream ? '.fvd' : '';
  return {
    cameraId,
    filePath: `${cameraId}/${dayName(utcDay(startTime))}/${Math.floor(startTime / 1000)}${sub}`,
    keyId: KEY_ID,
    startTime,
    endTime: startTime + 10_000,
    fileSize: 1000,
    stream: 0,
    formatVersion: 2,
    frames: 250,
    state: 'complete',
    endReason: 'cut',
    sequence: i,
    width: 1920,
    height: 1080,
    codec: 'avc1.640028',
    ...changes,
  };
}

/** Writes the file, then the row. */
export function store(index: RecordingIndex, segment: NewSegment): NewSegment {
  const path = join(index.storage, segment.filePath);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, Buffer.alloc(segment.fileSize, 1));
  index.insert(segment);
  return segment;
}
