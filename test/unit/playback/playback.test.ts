import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  type FluxError,
  KeyManager,
  Playback,
  type PlaybackClock,
  type PlaybackGap,
  type PlaybackSegment,
  RecordingIndex,
  type SegmentRecord,
} from '../../../src/index.js';
import { copyOf, passphrase, type Recorded, record, remove } from '../recording/recorded.js';
import { rejectionOf, thrownBy } from '../thrown.js';
import {
  forget,
  framesOf,
  open,
  openFilesBelow,
  playAll,
  type RecordedFrame,
  segmentsOf,
  take,
  times,
} from './played.js';

let recorded: Recorded;
let storage: string;
let door: RecordedFrame[];
let yard: RecordedFrame[];
let segments: SegmentRecord[];
let start: number;

beforeAll(async () => {
  recorded = await record(260, { cameraIds: ['door', 'yard'] });
  storage = recorded.storage;
  door = await framesOf(storage, 'door');
  yard = await framesOf(storage, 'yard');
  segments = await segmentsOf(storage);
  start = (segments[0] as SegmentRecord).startTime;
}, 60_000);
afterAll(() => remove(recorded));

/** The index in `door` of the frame that is on the screen. */
function shownAt(time: number): number {
  return door.findLastIndex((frame) => frame.time <= time);
}

function keyBefore(index: number): number {
  return door.findLastIndex(({ keyFrame }, i) => keyFrame && i <= index);
}

describe('playing forward', () => {
  it('delivers every frame of a camera across its segments, in order, until it has ended', async () => {
    const playback = await open(storage, { from: start });
    const states: string[] = [];
    playback.on('state', (state) => states.push(state));
    playback.play();
    const frames = await take(playback);
    expect(times(frames)).toEqual(times(door));
    expect(frames.every(({ data }, i) => data.equals((door[i] as RecordedFrame).data))).toBe(true);
    expect(frames.some(({ preroll }) => preroll)).toBe(false);
    expect(playback.state).toBe('ended');
    expect(states).toEqual(['playing', 'buffering', 'playing', 'ended']);
    expect(playback.stats()).toMatchObject({ framesDelivered: door.length, framesDropped: 0 });
  });

  it('gives key frames what a decoder needs, and each frame its segment', async () => {
    const frames = await playAll(storage, { from: start });
    for (const frame of frames) {
      expect(frame.decoderConfiguration !== undefined).toBe(frame.keyFrame);
      expect(frame).toMatchObject({ cameraId: 'door', kind: 'video', width: 320, height: 240 });
      expect(frame.codec).toMatch(/^avc1\./);
      expect(frame.time).toBeGreaterThanOrEqual(frame.segment.startTime);
      expect(frame.time).toBeLessThan(frame.segment.endTime);
    }
    expect(new Set(frames.map(({ segment }) => segment.filePath)).size).toBe(segments.length);
    expect(frames.map(({ afterGap }) => afterGap).indexOf(true)).toBe(0);
    expect(frames.filter(({ afterGap }) => afterGap)).toHaveLength(1);
  });

  it('plays cameras in step', async () => {
    const from = Math.max(start, (yard[0] as RecordedFrame).time);
    const frames = await playAll(storage, { cameras: ['door', 'yard'], from });
    const shown = frames.filter(({ preroll }) => !preroll);
    expect(new Set(shown.map(({ cameraId }) => cameraId))).toEqual(new Set(['door', 'yard']));
    const after = shown.filter(({ time }) => time > from);
    expect(times(after)).toEqual(times(after).toSorted((a, b) => a - b));
    const both = [...door, ...yard].filter(({ time }) => time > from);
    expect(after).toHaveLength(both.length);
  });

  it('goes on with the others where a camera has nothing', async () => {
    const copy = copyOf(recorded);
    for (const segment of (await segmentsOf(copy, 'yard')).slice(1)) await forget(copy, segment);
    const frames = await playAll(copy, { cameras: ['yard', 'door', 'nobody'], from: start });
    expect(frames.filter(({ cameraId }) => cameraId === 'door')).toHaveLength(door.length);
    expect(frames.filter(({ cameraId }) => cameraId === 'yard').length).toBeGreaterThan(0);
  });

  it('ends at once where there is nothing', async () => {
    expect(await playAll(storage, { cameras: ['nobody'], from: start })).toEqual([]);
    expect(await playAll(storage, { from: start + 86_400_000 })).toEqual([]);
  });

  it.each([0.5, 2, 8, 16])(
    'delivers every frame at speed %d where it can be read',
    async (speed) => {
      expect(times(await playAll(storage, { from: start, speed }))).toEqual(times(door));
    },
  );

  it('holds no more than its read-ahead', async () => {
    const readAheadBytes = 64 << 10;
    const playback = await open(storage, { from: start, readAheadBytes });
    playback.play();
    const largest = Math.max(...door.map(({ data }) => data.length));
    for (let frame = await playback.nextFrame(); frame; frame = await playback.nextFrame()) {
      expect(playback.stats().queuedBytes).toBeLessThanOrEqual(readAheadBytes + largest);
    }
    expect(playback.stats().framesDelivered).toBe(door.length);
  });

  it('tells its position', async () => {
    const playback = await open(storage, { from: start });
    const positions: number[] = [];
    playback.on('position', (position) => positions.push(position));
    playback.play();
    await take(playback);
    expect(positions[0]).toBe(start);
    expect(positions).toEqual(positions.toSorted((a, b) => a - b));
    const steps = positions.slice(1).map((position, i) => position - (positions[i] as number));
    expect(Math.max(...steps)).toBeLessThan(500);
  });

  it('reads the sub stream where it was asked for, and finds none', async () => {
    expect(await playAll(storage, { from: start, stream: 'sub' })).toEqual([]);
  });
});

describe('a seek', () => {
  it('leads to the very frame, from the key frame in front of it', async () => {
    const playback = await open(storage, { from: start });
    const last = (door.at(-1) as RecordedFrame).time;
    for (let i = 0; i < 25; i++) {
      const target = start + Math.random() * (last - start);
      const wanted = shownAt(target);
      const key = keyBefore(wanted);
      playback.seek(target);
      const frames = await take(playback, wanted - key + 1);
      expect(times(frames)).toEqual(times(door.slice(key, wanted + 1)));
      expect(frames.map(({ preroll }) => preroll)).toEqual(
        frames.map((_, at) => at < frames.length - 1),
      );
      expect(frames.at(-1)?.data.equals((door[wanted] as RecordedFrame).data)).toBe(true);
      expect(frames[0]).toMatchObject({ keyFrame: true, afterGap: true });
      expect(playback.position).toBe(target);
    }
  });

  it('goes on from there when it plays', async () => {
    const playback = await open(storage, { from: start });
    playback.play();
    await take(playback, 10);
    const target = (door[130] as RecordedFrame).time;
    playback.seek(target);
    const frames = await take(playback);
    expect(times(frames)).toEqual(times(door.slice(keyBefore(130))));
    playback.seek(start);
    expect(times(await take(playback))).toEqual(times(door));
  });

  it('leads every camera there', async () => {
    const playback = await open(storage, { cameras: ['door', 'yard'], from: start });
    const target = (door[100] as RecordedFrame).time + 1;
    playback.seek(target);
    const yardShown = yard.findLastIndex(({ time }) => time <= target);
    const yardKey = yard.findLastIndex(({ keyFrame }, i) => keyFrame && i <= yardShown);
    const count = 100 - keyBefore(100) + 1 + (yardShown - yardKey + 1);
    const frames = await take(playback, count);
    const shown = frames.filter(({ preroll }) => !preroll);
    expect(new Map(shown.map(({ cameraId, time }) => [cameraId, time]))).toEqual(
      new Map([
        ['door', (door[100] as RecordedFrame).time],
        ['yard', (yard[yardShown] as RecordedFrame).time],
      ]),
    );
  });

  it('wins over what another seek was reading', async () => {
    const playback = await open(storage, { from: start });
    const pending = playback.nextFrame();
    const target = (door[150] as RecordedFrame).time;
    playback.seek((door[60] as RecordedFrame).time);
    playback.seek(target);
    const first = (await pending) as { time: number };
    expect([start, (door[keyBefore(150)] as RecordedFrame).time]).toContain(first.time);
    const frames = await take(playback, 150 - keyBefore(150));
    expect(frames.at(-1)?.time ?? first.time).toBe(target);
  });
});

describe('paused', () => {
  it('shows the frame it stands at, and waits', async () => {
    const playback = await open(storage, { from: (door[25] as RecordedFrame).time });
    expect((await playback.nextFrame())?.time).toBe((door[25] as RecordedFrame).time);
    let more: unknown = 'nothing';
    const next = playback.nextFrame().then((frame) => {
      more = frame;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(more).toBe('nothing');
    expect(playback.state).toBe('paused');
    playback.play();
    await next;
    expect(more).toMatchObject({ time: (door[26] as RecordedFrame).time });
  });

  it('steps frame by frame, and back by key frames', async () => {
    const playback = await open(storage, { from: start });
    await take(playback, 1);
    for (let i = 1; i <= 30; i++) {
      playback.step(1);
      expect((await playback.nextFrame())?.time).toBe((door[i] as RecordedFrame).time);
      expect(playback.position).toBe((door[i] as RecordedFrame).time);
    }
    playback.step(-1);
    expect((await playback.nextFrame())?.time).toBe((door[25] as RecordedFrame).time);
    playback.step(-1);
    expect((await playback.nextFrame())?.time).toBe(start);
    playback.step(-1);
    playback.step(1);
    playback.step(1);
    expect((await playback.nextFrame())?.time).toBe((door[1] as RecordedFrame).time);
  });

  it('begins with the footage behind a hole', async () => {
    const playback = await open(storage, { from: start - 60_000 });
    const gaps: PlaybackGap[] = [];
    playback.on('gap', (gap) => gaps.push(gap));
    expect((await playback.nextFrame())?.time).toBe(start);
    expect(gaps).toMatchObject([{ from: start - 60_000, to: start, skipped: true }]);
  });
});

describe('backwards', () => {
  it.each([-1, -16])('delivers key frames at speed %d, the last of them first', async (speed) => {
    const from = (door.at(-1) as RecordedFrame).time;
    const frames = await playAll(storage, { from, speed });
    const keys = door.filter(({ keyFrame }) => keyFrame).reverse();
    expect(times(frames)).toEqual(times(keys));
    expect(frames.every(({ data }, i) => data.equals((keys[i] as RecordedFrame).data))).toBe(true);
  });

  it('delivers them all where they do not fit into the read-ahead at once', async () => {
    const from = (door.at(-1) as RecordedFrame).time;
    const frames = await playAll(storage, { from, speed: -1, readAheadBytes: 64 << 10 });
    expect(times(frames)).toEqual(times(door.filter(({ keyFrame }) => keyFrame).reverse()));
  });

  it('plays cameras in step', async () => {
    const from = (door.at(-1) as RecordedFrame).time;
    const frames = await playAll(storage, { cameras: ['door', 'yard'], from, speed: -2 });
    expect(times(frames)).toEqual(times(frames).toSorted((a, b) => b - a));
    const keys = [...door, ...yard].filter(({ keyFrame, time }) => keyFrame && time <= from);
    expect(frames).toHaveLength(keys.length);
  });

  it('turns around where it is', async () => {
    const playback = await open(storage, { from: start });
    playback.play();
    await take(playback, 80);
    playback.setSpeed(-1);
    const back = await take(playback, 2);
    const key = keyBefore(79);
    expect(times(back)).toEqual([door[key]?.time, door[key - 25]?.time]);
    playback.setSpeed(2);
    expect(times(await take(playback))).toEqual(times(door.slice(key - 25)));
  });
});

describe('holes', () => {
  /** Without the second and third segment: more than two seconds. */
  async function withHole(): Promise<{ storage: string; hole: { from: number; to: number } }> {
    const copy = copyOf(recorded);
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
    const copy = copyOf(recorded);
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
    const copy = copyOf(recorded);
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
    const copy = copyOf(recorded);
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
    const copy = copyOf(recorded);
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
    const copy = copyOf(recorded);
    for (const { filePath } of segments.slice(1, 3)) rmSync(join(copy, filePath));
    const { gaps, problems } = await played(copy);
    expect(problems).toHaveLength(2);
    expect(gaps).toMatchObject([{ reason: 'unreadable', skipped: true }]);
  });
});

/** Counts what was waited, and can be late. */
class CountingClock implements PlaybackClock {
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

describe('a slow consumer', () => {
  async function slowly(options: { onSlow?: 'wait' | 'drop'; speed?: number }, ms: number) {
    const clock = new CountingClock();
    const playback = await open(storage, { from: start, clock, ...options });
    playback.play();
    const frames = [];
    for (let frame = await playback.nextFrame(); frame; frame = await playback.nextFrame()) {
      frames.push(frame);
      clock.time += ms;
    }
    return { frames, stats: playback.stats() };
  }

  it('slows playback down', async () => {
    const { frames, stats } = await slowly({}, 400);
    expect(times(frames)).toEqual(times(door));
    expect(stats.framesDropped).toBe(0);
  });

  it('loses frames up to a key frame where the time is to be kept', async () => {
    const { frames, stats } = await slowly({ onSlow: 'drop' }, 200);
    expect(stats.framesDropped).toBeGreaterThan(0);
    expect(frames.length + stats.framesDropped).toBe(door.length);
    // What comes behind a frame that was dropped begins with a key frame.
    const indexes = frames.map(({ time }) => door.findIndex((frame) => frame.time === time));
    indexes.forEach((index, i) => {
      if (i > 0 && index !== (indexes[i - 1] as number) + 1) {
        expect(frames[i]?.keyFrame).toBe(true);
      }
    });
  });

  it('gets key frames at high speed, all of them', async () => {
    const { frames } = await slowly({ speed: 8 }, 600);
    const keys = door.filter(({ keyFrame }) => keyFrame);
    expect(times(frames.filter(({ keyFrame }) => keyFrame))).toEqual(times(keys));
    expect(frames.length).toBeLessThan(keys.length * 3);
  });
});

describe('closing', () => {
  it('ends a loop that waits, and lets files and index go', async () => {
    const before = openFiles();
    const playback = await Playback.open({ storage, passphrase, cameras: ['door'], from: start });
    await playback.nextFrame();
    const waiting = playback.nextFrame();
    await playback.close();
    expect(await waiting).toBeUndefined();
    expect(await playback.nextFrame()).toBeUndefined();
    expect(openFiles()).toEqual(before);
  });

  it('may come at any moment', async () => {
    const before = openFiles();
    for (let i = 0; i < 30; i++) {
      const cameras = ['door', 'yard'];
      const options = { storage, passphrase, cameras, from: start, speed: i % 3 ? 1 : -4 };
      const playback = await Playback.open(options);
      playback.play();
      const loop = take(playback);
      for (let turn = 0; turn < i; turn++) await new Promise((resolve) => setImmediate(resolve));
      if (i % 2) playback.seek(start + i * 100);
      if (i % 5 === 0) playback.step(-1);
      await playback.close();
      await loop;
    }
    expect(openFiles()).toEqual(before);
  });

  it('may come from a listener', async () => {
    const playback = await open(storage, { from: start });
    playback.on('position', () => void playback.close());
    playback.play();
    expect((await take(playback)).length).toBeLessThanOrEqual(1);
  });

  it('leaves an index and keys that were passed in open', async () => {
    const index = await RecordingIndex.open({ storage, readOnly: true });
    await using keys = await KeyManager.open({ directory: join(storage, 'keys'), passphrase });
    const playback = await Playback.open({ index, keys, cameras: ['door'], from: start });
    expect((await playback.nextFrame())?.time).toBe(start);
    await playback.close();
    expect(index.count()).toBeGreaterThan(0);
    expect(keys.key(segments[0]?.keyId as string)).toBeDefined();
    await index.close();
  });

  const openFiles = () => openFilesBelow(storage);
});

describe('wrong arguments', () => {
  it.each([
    ['cameras', { cameras: [] }],
    ['cameras', { cameras: ['door', 'door'] }],
    ['cameras[0]', { cameras: ['../door'] }],
    ['speed', { speed: 0 }],
    ['speed', { speed: 17 }],
    ['speed', { speed: -0.5 }],
    ['from', { from: -1 }],
    ['clock', { clock: {} as PlaybackClock }],
    ['gaps', { gaps: 'jump' as 'skip' }],
    ['storage', { index: {} as RecordingIndex }],
  ])('names %s', async (name, options) => {
    const error = await rejectionOf(() => open(storage, { from: start, ...options }));
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toMatch(name === 'storage' ? /index/ : name);
  });

  it('are refused by calls, too', async () => {
    const playback = await open(storage, { from: start });
    for (const call of [
      () => playback.setSpeed(100),
      () => playback.seek(Number.NaN),
      () => playback.step(2 as 1),
    ]) {
      expect(thrownBy(call).code).toBe('ERR_INVALID_ARGUMENT');
    }
  });
});
