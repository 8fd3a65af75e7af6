import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  KeyManager,
  Playback,
  type PlaybackClock,
  type PlaybackGap,
  RecordingIndex,
  type SegmentRecord,
} from '../../../src/index.js';
import { copyOf, passphrase } from '../recording/recorded.js';
import { rejectionOf, thrownBy } from '../thrown.js';
import {
  forget,
  open,
  openFilesBelow,
  playAll,
  type RecordedFrame,
  segmentsOf,
  take,
  times,
} from './played.js';
import { CountingClock, recordTwoCameras } from './two-cameras.js';

const footage = recordTwoCameras();
let storage: string;
let door: RecordedFrame[];
let yard: RecordedFrame[];
let segments: SegmentRecord[];
let start: number;
beforeAll(() => {
  ({ storage, door, yard, segments, start } = footage());
});

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
    const copy = copyOf(footage().recorded);
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
    const ofDoor = (stream: 'main' | 'sub') => new Map([['door', stream]]);
    expect(await playAll(storage, { from: start, stream: ofDoor('sub') })).toEqual([]);
    expect(await playAll(storage, { from: start, stream: new Map() })).toHaveLength(door.length);
    const wrong = { from: start, stream: ofDoor('third' as never) };
    await expect(open(storage, wrong)).rejects.toThrow(/stream.get\('door'\)/);
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

  it('goes where it was sought while it looked for the key frame of a step back', async () => {
    const playback = await open(storage, { from: (door[60] as RecordedFrame).time });
    await take(playback, 60 - keyBefore(60) + 1);
    playback.step(-1);
    const next = playback.nextFrame();
    // It has begun to read, and no read is done within a microtask.
    await Promise.resolve().then(() => {});
    playback.seek((door[150] as RecordedFrame).time);
    expect((await next)?.time).toBe((door[keyBefore(150)] as RecordedFrame).time);
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
