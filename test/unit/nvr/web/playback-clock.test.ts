import { describe, expect, it } from 'vitest';
import {
  aheadNeeded,
  correctionFor,
  MasterClock,
  rateFor,
} from '../../../../examples/nvr/web/playback/clock.js';
import { Epochs } from '../../../../examples/nvr/web/playback/epochs.js';
import { pace } from '../../../../examples/nvr/web/playback/pace.js';
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

  it('forwards runs no further than pictures came, and never back', () => {
    const clock = new MasterClock(1000, 0);
    clock.limit(1050);
    clock.run(0);
    expect(clock.position(40)).toBe(1040);
    expect(clock.position(400)).toBe(1050);
    clock.limit(900);
    expect(clock.position(400)).toBe(1000);
    clock.setSpeed(-1, 400);
    expect(clock.position(500)).toBe(900);
  });

  it('runs while there is something ahead of it, and stands at the end', () => {
    const clock = new MasterClock(1000, 0);
    const ahead = { over: () => undefined, isEnded: false };
    expect(pace(clock, { ...ahead, reach: undefined }, 0)).toBe(true);
    expect(pace(clock, { ...ahead, reach: 1100 }, 0) && clock.isRunning).toBe(false);
    expect(pace(clock, { ...ahead, reach: 1200 }, 0) && clock.isRunning).toBe(true);
    expect(pace(clock, { ...ahead, reach: 1200 }, 190) && clock.isRunning).toBe(false);
    expect(pace(clock, { ...ahead, reach: 1200, isEnded: true }, 200)).toBe(true);
    expect(pace(clock, { ...ahead, reach: 1200, isEnded: true }, 400)).toBe(false);
    expect(clock.position(500)).toBe(1200);
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
