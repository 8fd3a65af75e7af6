// The rules by which several servers are played as one, one by one.
import { describe, expect, it } from 'vitest';
import { CatchUp } from '../../../../examples/nvr/web/playback/catch-up.js';
import { wrongClocks } from '../../../../examples/nvr/web/playback/clock-offsets.js';
import { ownMarks, sharedMarks } from '../../../../examples/nvr/web/playback/marks.js';
import { type AwaitedLane, Patience } from '../../../../examples/nvr/web/playback/patience.js';
import { Skips } from '../../../../examples/nvr/web/playback/skips.js';
import type { ServerState } from '../../../../examples/nvr/web/playback/snapshot.js';
import {
  areEnded,
  landingOf,
  overHoles,
  reachOf,
} from '../../../../examples/nvr/web/playback/together.js';

interface Given extends Partial<Omit<AwaitedLane, 'skips'>> {
  skips?: [start: number, end: number][];
}

function lane({ skips = [], ...given }: Given = {}): AwaitedLane {
  const known = new Skips();
  for (const [start, end] of skips) known.add({ start, end });
  return {
    ...{ reach: 1000, isEnded: false, isLate: false, landed: undefined, skips: known },
    mayComeYet: () => false,
    ...given,
  };
}

describe('several servers', () => {
  it('let the clock go as far as the last of those that are awaited', () => {
    expect(reachOf([lane({ reach: 500 }), lane({ reach: 800 })], 1)).toBe(500);
    expect(reachOf([lane({ reach: 500 }), lane({ reach: 800 })], -1)).toBe(800);
    expect(reachOf([lane({ reach: 500, isLate: true }), lane({ reach: 800 })], 1)).toBe(800);
    expect(reachOf([lane({ reach: 500, isEnded: true }), lane({ reach: 800 })], 1)).toBe(800);
    expect(reachOf([lane({ reach: undefined }), lane({ reach: 800 })], 1)).toBeUndefined();
    expect(reachOf([lane({ isLate: true })], 1)).toBeUndefined();
  });

  it('end with the last of them', () => {
    const ended = [lane({ reach: 500, isEnded: true }), lane({ reach: 800, isEnded: true })];
    expect([areEnded(ended), reachOf(ended, 1)]).toEqual([true, 800]);
    expect(areEnded([...ended, lane()])).toBe(false);
    expect(areEnded([...ended, lane({ isLate: true })])).toBe(true);
    expect(areEnded([lane({ isLate: true, isEnded: true })])).toBe(false);
  });

  it('have a hole jumped over that all of them have, to the nearest of its ends', () => {
    const one = lane({ skips: [[100, 500]], reach: 500 });
    expect(overHoles([one, lane({ skips: [[150, 300]], reach: 300 })], 200, 1)).toBe(300);
    expect(overHoles([one, lane({ skips: [[150, 300]], reach: 300 })], 120, 1)).toBeUndefined();
    expect(overHoles([one, lane()], 200, 1)).toBeUndefined();
    expect(overHoles([one, lane({ isLate: true })], 200, 1)).toBe(500);
    // At its end, and shown to its end.
    expect(overHoles([one, lane({ isEnded: true, reach: 150 })], 200, 1)).toBe(500);
    const last = lane({ isEnded: true, reach: 900, skips: [[100, 400]] });
    expect(overHoles([one, last], 200, 1)).toBe(400);
  });

  it('have a seek come out at once where one has footage, else when all have said', () => {
    const waits = lane();
    expect(landingOf([lane({ landed: 'there' }), waits], 1, false)).toBe('there');
    expect(landingOf([lane({ landed: 700 }), waits], 1, false)).toBeUndefined();
    expect(landingOf([lane({ landed: 700 }), waits], 1, true)).toBe(700);
    expect(landingOf([lane({ landed: 700 }), lane({ landed: 600 })], 1, false)).toBe(600);
    expect(landingOf([lane({ landed: 700 }), lane({ landed: 600 })], -1, false)).toBe(700);
    expect(landingOf([lane({ landed: 700 }), lane({ isEnded: true })], 1, false)).toBe(700);
    expect(landingOf([lane({ landed: 700 }), lane({ isLate: true })], 1, false)).toBe(700);
    // What was known of one that is gone is of before.
    const gone = lane({ landed: 'there', isLate: true });
    expect(landingOf([lane({ landed: 700 }), gone], 1, false)).toBe(700);
  });
});

describe('patience', () => {
  const clock = { position: 1000, speed: 1, isRunning: false };
  const quick = lane({ reach: 3000 });

  /** Milliseconds until somebody is not waited for any more. */
  function waits(patience: Patience<AwaitedLane>, lanes: AwaitedLane[], from: number): number {
    for (let now = from; now < from + 10_000; now += 50) {
      if (patience.over(lanes, clock, now).length > 0) return now - from;
    }
    return Number.POSITIVE_INFINITY;
  }

  it('is over sooner with one that was late shortly before', () => {
    const patience = new Patience();
    const slow = lane({ reach: 1010 });
    expect(waits(patience, [quick, slow], 0)).toBe(1500);
    patience.clear();
    expect(waits(patience, [quick, slow], 10_000)).toBe(250);
    patience.clear();
    expect(waits(patience, [quick, slow], 200_000)).toBe(1500);
  });

  it('has no end where all are slow, and lasts longer where footage is being recorded', () => {
    const slow = lane({ reach: 1010 });
    expect(waits(new Patience(), [slow, slow], 0)).toBe(Number.POSITIVE_INFINITY);
    const young = lane({ reach: 1010, mayComeYet: () => true });
    expect(waits(new Patience(), [quick, young], 0)).toBe(5000);
    expect(waits(new Patience(), [quick, young, slow], 0)).toBe(1500);
  });

  it('does not count the time in which the page was busy itself', () => {
    const patience = new Patience();
    const lanes = [quick, lane({ reach: 1010 })];
    expect(patience.over(lanes, clock, 0)).toEqual([]);
    expect(patience.over(lanes, clock, 5000)).toEqual([]);
  });
});

describe('a server that comes in again', () => {
  const chase = { position: 10_000, speed: 2, isRunning: true };
  const NOW = 1_790_000_000_000;

  it('is asked for pictures ahead of the clock, further each time it was too slow', () => {
    const catchUp = new CatchUp();
    expect([1, 2, 3, 4, 5].map(() => catchUp.next(chase) - 10_000)).toEqual([
      ...[3000, 6000, 12_000, 24_000, 24_000],
    ]);
    catchUp.done();
    expect(catchUp.next({ ...chase, speed: -2 })).toBe(7000);
    expect(catchUp.next({ ...chase, isRunning: false })).toBe(10_000);
  });

  it('is in step when the clock is where its pictures begin', () => {
    const catchUp = new CatchUp();
    const state = (asked: number, reach: number | undefined) =>
      catchUp.state({ asked, reach }, chase, NOW);
    expect(state(9000, undefined)).toBeUndefined();
    expect(state(12_000, 13_000)).toBeUndefined();
    expect(state(9500, 12_000)).toBe('with');
    expect(state(9500, 9900)).toBe('behind');
    const stands = { ...chase, isRunning: false };
    expect(catchUp.state({ asked: 12_000, reach: 13_000 }, stands, NOW)).toBe('behind');
    expect(catchUp.state({ asked: 10_000, reach: 10_000 }, stands, NOW)).toBe('with');
  });

  it('is waited for where nobody could be asked for anything ahead', () => {
    const catchUp = new CatchUp();
    catchUp.next(chase);
    catchUp.next(chase);
    expect(catchUp.state({ asked: 9500, reach: 9900 }, chase, 15_000)).toBe('with');
    expect(catchUp.state({ asked: 9500, reach: 9900 }, chase, NOW)).toBe('behind');
  });
});

describe('what is said of servers', () => {
  const own: ServerState = { nodeId: '', socket: 'open', sealed: true, route: undefined };
  const direct: ServerState = { nodeId: 'a', socket: 'open', sealed: true, route: 'direct' };
  const relayed: ServerState = { nodeId: 'b', socket: 'open', sealed: false, route: 'relay' };

  it('is said once where it is so for all, else of each', () => {
    expect(sharedMarks([direct])).toEqual({ route: 'direct', sealed: true });
    expect(sharedMarks([own, direct])).toEqual({ route: undefined, sealed: true });
    expect(ownMarks([own, direct], 'a')).toEqual({ route: 'direct', sealed: false });
    expect(ownMarks([direct], 'a')).toEqual({ route: undefined, sealed: false });
    expect(ownMarks([own, direct, relayed], 'b')).toEqual({ route: 'relay', sealed: false });
    expect(ownMarks([own, direct, relayed], '')).toEqual({ route: undefined, sealed: true });
    expect(sharedMarks([{ ...direct, socket: 'waiting' }])).toEqual({
      ...{ route: undefined, sealed: false },
    });
  });

  it('is that a clock is wrong, by more than half a minute', () => {
    const nodes = [
      { id: 'a', clockOffsetMs: 29_000 },
      { id: 'b', clockOffsetMs: -31_000 },
      { id: 'c' },
    ];
    expect([...wrongClocks(nodes)]).toEqual([['b', -31_000]]);
  });
});
