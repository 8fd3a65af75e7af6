import { describe, expect, it } from 'vitest';
import {
  aheadNeeded,
  correctionFor,
  MasterClock,
  rateFor,
} from '../../../../examples/nvr/web/playback/clock.js';
import { Epochs } from '../../../../examples/nvr/web/playback/epochs.js';
import { CodedQueue, DecodedQueue } from '../../../../examples/nvr/web/playback/schedule.js';
import { Skips } from '../../../../examples/nvr/web/playback/skips.js';
import { Taken } from '../../../../examples/nvr/web/playback/taken.js';

describe('the clock of a playback', () => {
  it('stands until it runs, and runs at its speed in its direction', () => {
    const clock = new MasterClock(10_000, 0);
    expect(clock.position(500)).toBe(10_000);
    clock.run(500);
    expect(clock.position(700)).toBe(10_200);
    clock.setSpeed(-4, 700);
    expect(clock.direction).toBe(-1);
    expect(clock.position(800)).toBe(9800);
    clock.stop(800);
    expect(clock.position(2000)).toBe(9800);
  });

  it('goes a little slower where that is asked, without a jump', () => {
    const clock = new MasterClock(0, 0, 2);
    clock.run(0);
    clock.correct(0.95, 100);
    expect(clock.position(100)).toBe(200);
    expect(clock.position(200)).toBeCloseTo(390, 6);
    clock.set(5000, 200);
    expect(clock.position(300)).toBeCloseTo(5190, 6);
  });

  it('slows down where pictures get scarce', () => {
    expect(rateFor(500)).toBe(1);
    expect(rateFor(50)).toBe(0.95);
  });

  it('begins with something in hand, and backwards runs from one key frame to the next', () => {
    expect(aheadNeeded(1)).toEqual({ toStart: 150, toGoOn: 20 });
    // A server sends 2 s of footage ahead at most, which at 16 times is an eighth of a second.
    expect(aheadNeeded(16).toStart).toBeLessThan(125);
    expect(aheadNeeded(-1).toGoOn).toBeLessThan(-10_000);
  });

  it('has a video element keep in step by its rate, and seek where it is far off', () => {
    expect(correctionFor(10, 1)).toEqual({ kind: 'rate', rate: 1 });
    expect(correctionFor(100, 2)).toEqual({ kind: 'rate', rate: 1.9 });
    expect(correctionFor(-100, 1)).toEqual({ kind: 'rate', rate: 1.05 });
    expect(correctionFor(-501, 1)).toEqual({ kind: 'seek' });
    expect(correctionFor(1500, 4).kind).toBe('rate');
  });

  it('jumps over holes where the server does, in either direction', () => {
    const skips = new Skips();
    skips.add({ start: 100, end: 200 });
    skips.add({ start: 200, end: 300 });
    expect(skips.from(99, 1)).toBeUndefined();
    expect(skips.from(150, 1)).toBe(300);
    expect(skips.from(300, 1)).toBeUndefined();
    expect(skips.from(250, -1)).toBe(100);
    expect(skips.from(100, -1)).toBeUndefined();
    skips.clear();
    expect(skips.from(150, 1)).toBeUndefined();
  });
});

describe('epochs of a playback', () => {
  it('leave out what comes of before the last seek', () => {
    const epochs = new Epochs();
    expect(epochs.accepts(7)).toBe(true);
    epochs.sought();
    expect(epochs.accepts(0)).toBe(false);
    epochs.sought();
    expect(epochs.begin(1)).toBe(false);
    expect(epochs.accepts(1)).toBe(false);
    expect(epochs.begin(2)).toBe(true);
    expect(epochs.isWaiting).toBe(false);
    expect(epochs.accepts(1)).toBe(false);
    expect(epochs.accepts(2)).toBe(true);
  });

  it('wrap around after 256, take what was not asked for, and begin anew', () => {
    const epochs = new Epochs();
    expect(epochs.begin(256)).toBe(true);
    expect(epochs.accepts(0)).toBe(true);
    expect(epochs.accepts(255)).toBe(false);
    epochs.sought();
    epochs.reset();
    expect(epochs.accepts(9)).toBe(true);
  });
});

describe('what was taken', () => {
  it('is told up to the oldest picture that was not', () => {
    const taken = new Taken();
    const [first, second, third] = [taken.receive(), taken.receive(), taken.receive()];
    expect(taken.news()).toBeUndefined();
    taken.take(third);
    expect(taken.news()).toBeUndefined();
    taken.take(first);
    expect(taken.news()).toBe(1);
    expect(taken.news()).toBeUndefined();
    taken.take(second);
    expect(taken.news()).toBe(3);
    taken.reset();
    expect(taken.receive()).toBe(1);
  });
});

describe('pictures on their way to the screen', () => {
  const picture = (time: number, more: { key?: boolean; preroll?: boolean } = {}) => ({
    sequence: time,
    time,
    key: false,
    preroll: false,
    ...more,
  });

  it('begin with a key frame; what comes before it is of no use', () => {
    const queue = new CodedQueue();
    queue.push(picture(1));
    queue.push(picture(2));
    expect(queue.next(0, 1, 4, 500)).toEqual({ skipped: [picture(1), picture(2)] });
    queue.push(picture(3, { key: true }));
    expect(queue.next(0, 1, 4, 500).picture?.time).toBe(3);
    queue.push(picture(4));
    expect(queue.next(0, 1, 4, 500).picture?.time).toBe(4);
  });

  it('wait while there is no room or they are far ahead, but not on the way to what was sought', () => {
    const queue = new CodedQueue();
    queue.push(picture(1000, { key: true }));
    expect(queue.next(0, 1, 4, 500).picture).toBeUndefined();
    expect(queue.next(600, 1, 0, 500).picture).toBeUndefined();
    expect(queue.next(600, 1, 1, 500).picture?.time).toBe(1000);
    queue.push(picture(9000, { preroll: true }));
    expect(queue.next(0, 1, 0, 500).picture?.time).toBe(9000);
  });

  it('are left out up to the last key frame whose time has come', () => {
    const queue = new CodedQueue();
    for (let time = 0; time < 100; time += 10) queue.push(picture(time, { key: time % 30 === 0 }));
    const { picture: next, skipped } = queue.next(65, 1, 4, 500);
    expect(next?.time).toBe(60);
    expect(skipped.map(({ time }) => time)).toEqual([0, 10, 20, 30, 40, 50]);
    expect(queue.first?.time).toBe(70);
  });

  it('are left out backwards, too', () => {
    const queue = new CodedQueue();
    for (const time of [90, 60, 30]) queue.push(picture(time, { key: true }));
    const { picture: next, skipped } = queue.next(55, -1, 4, 5);
    expect([next?.time, skipped.length]).toEqual([60, 1]);
    expect(queue.clear()).toHaveLength(1);
    expect(queue.length).toBe(0);
  });

  it('are shown when their time has come, the newest of those that are due', () => {
    const closed: number[] = [];
    const queue = new DecodedQueue<{ time: number; close(): void }>();
    for (const time of [10, 20, 30]) queue.push({ time, close: () => closed.push(time) });
    expect(queue.take(5, 1)).toBeUndefined();
    expect(queue.take(25, 1)?.time).toBe(20);
    expect(closed).toEqual([10]);
    expect(queue.next?.time).toBe(30);
    expect(queue.take(25, 1)).toBeUndefined();
    queue.clear();
    expect(closed).toEqual([10, 30]);
  });

  it('are shown backwards when the clock has come down to them', () => {
    const queue = new DecodedQueue<{ time: number; close(): void }>();
    for (const time of [30, 20]) queue.push({ time, close: () => {} });
    expect(queue.take(31, -1)).toBeUndefined();
    expect(queue.take(30, -1)?.time).toBe(30);
    expect(queue.shift()?.time).toBe(20);
  });
});
