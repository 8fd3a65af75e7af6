// What a soak is judged by: a line through samples, and frames sent against frames recorded.
import { describe, expect, it } from 'vitest';
import { judgeFlatness, MIN_SAMPLES } from './flatness.js';
import { FrameAccount } from './frame-account.js';

const times = Array.from({ length: 60 }, (_, i) => i * 10_000);

describe('a line through the samples', () => {
  it('is flat where they only jump about', () => {
    const values = times.map((_, i) => 100 + (i % 7));
    const { rise, problem, min, max } = judgeFlatness('rss', times, values, { rise: 2 });
    expect(Math.abs(rise)).toBeLessThan(1);
    expect({ min, max, problem }).toEqual({ min: 100, max: 106, problem: undefined });
  });

  it('tells a slow rise among larger jumps, and its slope', () => {
    const values = times.map((time, i) => 100 + (i % 7) + (time / 3_600_000) * 60);
    const { slopePerHour, problem } = judgeFlatness('rss', times, values, { rise: 8 });
    expect(slopePerHour).toBeCloseTo(60, -1);
    expect(problem).toMatch(/^rss rose by 10\.03 over 60 samples, more than 8$/);
  });

  it('allows a part of the mean where that is more, and never more than the maximum', () => {
    const values = times.map((_, i) => 100 + i / 6);
    expect(judgeFlatness('rss', times, values, { rise: 8, risePart: 0.1 }).problem).toBeUndefined();
    const { problem } = judgeFlatness('rss', times, values, { rise: 20, max: 109 });
    expect(problem).toBe('rss reached 109.83, more than 109');
  });

  it('shows nothing with few samples', () => {
    const few = times.slice(0, MIN_SAMPLES - 1);
    const values = few.map((_, i) => i * 1000);
    expect(judgeFlatness('rss', few, values, { rise: 1 }).problem).toBeUndefined();
  });
});

describe('frames sent against frames recorded', () => {
  /** 25 a second. */
  const frames = (from: number, to: number) =>
    Array.from({ length: (to - from) / 40 }, (_, i) => from + i * 40);
  const segment = (startTime: number, endTime: number, lost = 0) => ({
    ...{ startTime, endTime },
    frames: (endTime - startTime) / 40 - lost,
  });
  const END = 100_000;

  it('agree where segments hold all that was sent in their time', () => {
    const account = new FrameAccount('door', 3);
    account.sent(frames(0, 20_000));
    for (const at of [4000, 8000, 12_000]) account.segment(segment(at, at + 4000));
    account.settle(END);
    expect(account).toMatchObject({ runs: 1, recorded: 300, worst: 0, problems: [], waiting: 100 });
  });

  it('add up over a run, so that small losses are found as well', () => {
    const account = new FrameAccount('door', 3);
    account.sent(frames(0, 40_000));
    for (let at = 0; at < 40_000; at += 4000) account.segment(segment(at, at + 4000, 1));
    account.settle(END);
    expect(account.problems).toEqual([
      'door: 396 frames recorded of 400 sent from 1970-01-01T00:00:00.000Z to 1970-01-01T00:00:16.000Z',
      'door: 396 frames recorded of 400 sent from 1970-01-01T00:00:16.000Z to 1970-01-01T00:00:32.000Z',
    ]);
  });

  it('leave out what is sent between two runs', () => {
    const account = new FrameAccount('door', 3);
    account.sent(frames(0, 20_000));
    account.segment(segment(0, 4000));
    account.segment(segment(12_000, 16_000));
    account.settle(END);
    expect(account).toMatchObject({ runs: 2, recorded: 200, problems: [] });
  });

  it('wait for what may still come', () => {
    const account = new FrameAccount('door', 3);
    account.sent(frames(0, 2000));
    account.segment(segment(0, 4000));
    account.settle(5000);
    expect(account.recorded).toBe(0);
    account.sent(frames(2000, 6000));
    account.settle(END);
    expect(account).toMatchObject({ recorded: 100, problems: [] });
  });
});
