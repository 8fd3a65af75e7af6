import { describe, expect, it } from 'vitest';
import { Arrivals } from '../../../../examples/nvr/web/playback/arrivals.js';
import { CodedQueue, DecodedPictures } from '../../../../examples/nvr/web/playback/schedule.js';
import { Steps } from '../../../../examples/nvr/web/playback/steps.js';

describe('pictures that came', () => {
  const arrivalsOf = (times: number[]) => {
    const arrivals = new Arrivals();
    for (const time of times) arrivals.add({ time, afterGap: false });
    return arrivals;
  };

  it('are in the order in which they are shown, whatever the order in which they came', () => {
    const arrivals = arrivalsOf([0, 120, 40, 80]);
    expect([arrivals.due(50, 1)?.time, arrivals.next(50, 1)?.time]).toEqual([40, 80]);
    expect(arrivals.due(-1, 1)).toBeUndefined();
    expect(arrivals.next(120, 1)).toBeUndefined();
  });

  it('are past when the clock is beyond them, but for the one that is on the screen', () => {
    const arrivals = arrivalsOf([0, 40, 80]);
    arrivals.forget(50, 1);
    expect([arrivals.due(39, 1), arrivals.due(50, 1)?.time]).toEqual([undefined, 40]);
    arrivals.clear();
    expect(arrivals.due(50, 1)).toBeUndefined();
  });

  it('are due backwards when the clock has come down to them', () => {
    const arrivals = arrivalsOf([90, 60, 30]);
    expect([arrivals.due(60, -1)?.time, arrivals.next(60, -1)?.time]).toEqual([60, 30]);
    arrivals.forget(60, -1);
    expect(arrivals.due(90, -1)).toBeUndefined();
  });
});

describe('pictures that wait for the decoder', () => {
  const picture = (time: number, more: { key?: boolean; preroll?: boolean } = {}) => ({
    time,
    key: false,
    preroll: false,
    ...more,
  });

  it('begin with a key frame; what comes before it is of no use', () => {
    const queue = new CodedQueue();
    queue.push(picture(1));
    queue.push(picture(2));
    expect(queue.next(0, 1, true)).toEqual({ skipped: [picture(1), picture(2)] });
    queue.push(picture(3, { key: true }));
    expect(queue.next(0, 1, true).picture?.time).toBe(3);
    queue.push(picture(4));
    expect(queue.next(0, 1, true).picture?.time).toBe(4);
  });

  it('wait while there is no room, but not on the way to what was sought', () => {
    const queue = new CodedQueue();
    queue.push(picture(1000, { key: true }));
    expect(queue.next(600, 1, false).picture).toBeUndefined();
    expect(queue.next(600, 1, true).picture?.time).toBe(1000);
    queue.push(picture(9000, { preroll: true }));
    expect(queue.next(0, 1, false).picture?.time).toBe(9000);
  });

  it('are left out up to the last key frame whose time has come', () => {
    const queue = new CodedQueue();
    for (let time = 0; time < 100; time += 10) queue.push(picture(time, { key: time % 30 === 0 }));
    const { picture: next, skipped } = queue.next(65, 1, true);
    expect(next?.time).toBe(60);
    expect(skipped.map(({ time }) => time)).toEqual([0, 10, 20, 30, 40, 50]);
    expect(queue.next(65, 1, true).picture?.time).toBe(70);
  });

  it('are left out backwards, too', () => {
    const queue = new CodedQueue();
    for (const time of [90, 60, 30]) queue.push(picture(time, { key: true }));
    const { picture: next, skipped } = queue.next(55, -1, true);
    expect([next?.time, skipped.length]).toEqual([60, 1]);
    expect(queue.clear()).toHaveLength(1);
    expect(queue.length).toBe(0);
  });
});

describe('pictures that are decoded', () => {
  const closed: number[] = [];
  const decodedOf = (times: number[]) => {
    closed.length = 0;
    const decoded = new DecodedPictures<{ time: number; close(): void }>();
    for (const time of times) decoded.add({ time, close: () => closed.push(time) });
    return decoded;
  };

  it('are shown when their time has come, the newest of those that are due', () => {
    const decoded = decodedOf([10, 30, 20]);
    expect(decoded.take(5, 1)).toBeUndefined();
    expect([decoded.has(20), decoded.has(25)]).toEqual([true, false]);
    expect(decoded.take(25, 1)?.time).toBe(20);
    expect([closed, decoded.length]).toEqual([[10], 1]);
    expect(decoded.take(25, 1)).toBeUndefined();
    decoded.clear();
    expect(closed).toEqual([10, 30]);
  });

  it('are shown backwards when the clock has come down to them', () => {
    const decoded = decodedOf([20, 30]);
    expect(decoded.take(31, -1)).toBeUndefined();
    expect(decoded.take(30, -1)?.time).toBe(30);
    expect(decoded.take(19, -1)?.time).toBe(20);
  });
});

describe('steps', () => {
  it('go on to the next picture, and ask where it is not known yet', () => {
    const steps = new Steps();
    steps.want(1);
    steps.want(1);
    expect(steps.next({ newest: 0, next: 40, reach: 80 })).toEqual({ show: 40 });
    expect(steps.next({ newest: 40, next: undefined, reach: 80 })).toBe('ask');
    expect(steps.next({ newest: 40, next: undefined, reach: 80 })).toBeUndefined();
    steps.answered();
    expect(steps.next({ newest: 40, next: 80, reach: 80 })).toEqual({ show: 80 });
    expect(steps.next({ newest: 80, next: 120, reach: 120 })).toBeUndefined();
  });

  it('do not pass a picture that is decoded later and shown before', () => {
    const steps = new Steps();
    steps.want(1);
    expect(steps.next({ newest: 0, next: 120, reach: 40 })).toBe('ask');
    steps.answered();
    expect(steps.next({ newest: 0, next: 40, reach: 40 })).toEqual({ show: 40 });
  });

  it('go back to what was there before the newest picture', () => {
    const steps = new Steps();
    steps.want(-1);
    steps.want(-1);
    expect(steps.next({ newest: 80.5, next: 120, reach: 120 })).toEqual({ seek: 80 });
    expect(steps.next({ newest: undefined, next: 120, reach: 120 })).toBeUndefined();
    expect(steps.next({ newest: 40, next: 120, reach: 120 })).toBeUndefined();
  });

  it('in the other direction take back what waits', () => {
    const steps = new Steps();
    for (let i = 0; i < 5; i++) steps.want(1);
    steps.want(-1);
    expect(steps.next({ newest: 40, next: 80, reach: 80 })).toEqual({ seek: 39 });
    expect(steps.next({ newest: 40, next: 80, reach: 80 })).toBeUndefined();
  });
});
