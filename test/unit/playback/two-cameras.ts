// The footage that tests of playback play: ten seconds of two cameras, recorded once for a file.
import { afterAll, beforeAll } from 'vitest';
import type { PlaybackClock, SegmentRecord } from '../../../src/index.js';
import { type Recorded, record, remove } from '../recording/recorded.js';
import { framesOf, type RecordedFrame, segmentsOf } from './played.js';

export interface TwoCameras {
  recorded: Recorded;
  storage: string;
  door: RecordedFrame[];
  yard: RecordedFrame[];
  /** Of the camera `door`, and when the first of them begins. */
  segments: SegmentRecord[];
  start: number;
}

/** Records before the tests of the file; what it returns gives the footage from then on. */
export function recordTwoCameras(): () => TwoCameras {
  let footage: TwoCameras;
  beforeAll(async () => {
    const recorded = await record(260, { cameraIds: ['door', 'yard'] });
    const { storage } = recorded;
    const [door, yard] = [await framesOf(storage, 'door'), await framesOf(storage, 'yard')];
    const segments = await segmentsOf(storage);
    const start = (segments[0] as SegmentRecord).startTime;
    footage = { recorded, storage, door, yard, segments, start };
  }, 60_000);
  afterAll(() => remove(footage.recorded));
  return () => footage;
}

/** Counts what was waited, and can be late. */
export class CountingClock implements PlaybackClock {
  time = 0;
  waited = 0;
  now() {
    return this.time;
  }
  async wait(ms: number) {
    this.time += ms;
    this.waited += ms;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
