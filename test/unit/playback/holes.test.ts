import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  type FluxError,
  KeyManager,
  type PlaybackGap,
  type PlaybackSegment,
  RecordingIndex,
  type SegmentRecord,
} from '../../../src/index.js';
import { copyOf, passphrase } from '../recording/recorded.js';
import { forget, framesOf, open, playAll, type RecordedFrame, take, times } from './played.js';
import { CountingClock, recordTwoCameras } from './two-cameras.js';

const footage = recordTwoCameras();
let door: RecordedFrame[];
let segments: SegmentRecord[];
let start: number;
beforeAll(() => {
  ({ door, segments, start } = footage());
});

describe('holes', () => {
  /** Without the second and third segment: more than two seconds. */
  async function withHole(): Promise<{ storage: string; hole: { from: number; to: number } }> {
    const copy = copyOf(footage().recorded);
    for (const segment of segments.slice(1, 3)) await forget(copy, segment);
    const [first, , , fourth] = segments as [SegmentRecord, unknown, unknown, SegmentRecord];
    return { storage: copy, hole: { from: first.endTime, to: fourth.startTime } };
  }

  it.each(['skip', 'wait'] as const)('are told, and left by option (%s)', async (gaps) => {
    const { storage: copy, hole } = await withHole();
    const events: PlaybackGap[] = [];
    const playback = await open(copy, { from: start, gaps });
    playback.on('gap', (gap) => events.push(gap));
    playback.play();
    const frames = await take(playback);
    expect(times(frames)).toEqual(times(await framesOf(copy)));
    expect(events).toEqual([{ ...hole, reason: 'deleted', skipped: gaps === 'skip' }]);
    const behind = frames.find(({ time }) => time >= hole.to);
    expect(behind).toMatchObject({ keyFrame: true, afterGap: true });
  });

  it('are waited for, or not, by the clock', async () => {
    const { storage: copy, hole } = await withHole();
    const waited = async (gaps: 'skip' | 'wait') => {
      const clock = new CountingClock();
      await playAll(copy, { from: start, gaps, clock });
      return clock.waited;
    };
    const difference = (await waited('wait')) - (await waited('skip'));
    expect(difference).toBeGreaterThan(hole.to - hole.from - 100);
  });

  it('have the reason that the index knows', async () => {
    const { storage: copy, hole } = await withHole();
    const index = await RecordingIndex.open({ storage: copy });
    const place = { cameraId: 'door', stream: 0, frames: 0 };
    index.addGap({ ...place, ...hole, reason: 'disconnected' });
    const playback = await open(copy, { from: start });
    const reasons: string[] = [];
    playback.on('gap', ({ reason }) => reasons.push(reason));
    playback.play();
    await take(playback);
    await index.close();
    expect(reasons).toEqual(['disconnected']);
  });

  it('are jumped over backwards', async () => {
    const { storage: copy, hole } = await withHole();
    const playback = await open(copy, { from: (door.at(-1) as RecordedFrame).time, speed: -4 });
    const events: PlaybackGap[] = [];
    playback.on('gap', (gap) => events.push(gap));
    playback.play();
    const keys = (await framesOf(copy)).filter(({ keyFrame }) => keyFrame).reverse();
    expect(times(await take(playback))).toEqual(times(keys));
    expect(events).toMatchObject([hole]);
  });

  it('of one camera are none where another has footage', async () => {
    const { storage: copy } = await withHole();
    const playback = await open(copy, { cameras: ['door', 'yard'], from: start });
    let gaps = 0;
    playback.on('gap', () => gaps++);
    playback.play();
    const frames = await take(playback);
    expect(gaps).toBe(0);
    const doorFrames = frames.filter(({ cameraId, preroll }) => cameraId === 'door' && !preroll);
    expect(doorFrames.filter(({ afterGap }) => afterGap)).toHaveLength(2);
  });
});

describe('a segment that cannot be read', () => {
  async function played(copy: string) {
    const playback = await open(copy, { from: start });
    const problems: { error: FluxError; segment: PlaybackSegment | undefined }[] = [];
    const gaps: PlaybackGap[] = [];
    playback.on('error', (error, segment) => problems.push({ error, segment }));
    playback.on('gap', (gap) => gaps.push(gap));
    playback.play();
    return { frames: await take(playback), problems, gaps, stats: playback.stats() };
  }

  const without = (broken: SegmentRecord) =>
    times(door.filter(({ time }) => time < broken.startTime || time >= broken.endTime));

  it('is skipped where its file is gone', async () => {
    const copy = copyOf(footage().recorded);
    const broken = segments[1] as SegmentRecord;
    rmSync(join(copy, broken.filePath));
    const { frames, problems, stats } = await played(copy);
    expect(times(frames)).toEqual(without(broken));
    expect(problems).toHaveLength(1);
    expect(problems[0]?.error.code).toBe('ERR_NOT_FOUND');
    expect(problems[0]?.error.message).toContain(broken.filePath);
    expect(problems[0]?.segment?.filePath).toBe(broken.filePath);
    expect(stats.segmentsSkipped).toBe(1);
  });

  it('is skipped from where it was altered on', async () => {
    const copy = copyOf(footage().recorded);
    const broken = segments[1] as SegmentRecord;
    const path = join(copy, broken.filePath);
    const bytes = readFileSync(path);
    bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1);
    writeFileSync(path, bytes);
    const { frames, problems } = await played(copy);
    expect(problems.map(({ error }) => error.code)).toEqual(['ERR_AUTH_TAG']);
    const outside = times(frames).filter(
      (time) => time < broken.startTime || time >= broken.endTime,
    );
    expect(outside).toEqual(without(broken));
    for (const frame of frames) {
      expect(frame.data.equals(door.find(({ time }) => time === frame.time)?.data as Buffer)).toBe(
        true,
      );
    }
  });

  it('is skipped where its key was destroyed', async () => {
    const copy = copyOf(footage().recorded);
    await using keys = await KeyManager.open({ directory: join(copy, 'keys'), passphrase });
    const keyId = segments[0]?.keyId as string;
    // A key is in use until its day is over.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3 * 86_400_000 });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    keys.destroyKeys({ ids: [keyId], reason: 'a test' });
    const playback = await open(copy, { from: start, cameras: ['door', 'yard'] });
    const codes: string[] = [];
    playback.on('error', ({ code }) => codes.push(code));
    playback.play();
    const frames = await take(playback);
    expect(frames.some(({ segment }) => segment.keyId === keyId)).toBe(false);
    expect(new Set(codes)).toEqual(new Set(['ERR_KEY_DESTROYED']));
  });

  it('is told backwards, too', async () => {
    const copy = copyOf(footage().recorded);
    const broken = segments[1] as SegmentRecord;
    rmSync(join(copy, broken.filePath));
    const from = (door.at(-1) as RecordedFrame).time;
    const playback = await open(copy, { from, speed: -1 });
    const codes: string[] = [];
    playback.on('error', ({ code }) => codes.push(code));
    playback.play();
    const keys = times(door.filter(({ keyFrame }) => keyFrame));
    expect(times(await take(playback)).reverse()).toEqual(
      keys.filter((time) => without(broken).includes(time)),
    );
    expect(codes).toEqual(['ERR_NOT_FOUND']);
  });

  it('makes a hole whose reason says so', async () => {
    const copy = copyOf(footage().recorded);
    for (const { filePath } of segments.slice(1, 3)) rmSync(join(copy, filePath));
    const { gaps, problems } = await played(copy);
    expect(problems).toHaveLength(2);
    expect(gaps).toMatchObject([{ reason: 'unreadable', skipped: true }]);
  });
});
