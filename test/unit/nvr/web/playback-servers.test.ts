// Cameras of several servers under one clock: how they stay in step, and what becomes of one that is
// slow, silent, lost or back.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ServerConnection } from '../../../../examples/nvr/web/api/index.js';
import { Conductor } from '../../../../examples/nvr/web/playback/conductor.js';
import { FRAME_MS, ScriptedServer, ScriptedTile, type Span } from './scripted-playback.js';

const NODE = '7b1cf0de-0000-4000-8000-000000000001';
const OWN = 'yard';
const REMOTE = `door@${NODE}`;
/** Long ago for every server. */
const START = 1_790_000_000_000;
const MINUTE_MS = 60_000;

let own: ScriptedServer;
let remote: ScriptedServer;
let playback: Conductor;
let latency: { own?: number; remote?: number };

/** Seconds from {@link START}. */
const at = (seconds: number) => START + seconds * 1000;
const span = (from: number, to: number): Span => ({ start: at(from), end: at(to) });

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
    now: START + 60 * MINUTE_MS,
  });
  vi.stubGlobal('requestAnimationFrame', (tell: (now: number) => void) =>
    setTimeout(() => tell(performance.now()), 16),
  );
  vi.stubGlobal('cancelAnimationFrame', (id: number) => clearTimeout(id));
  const nothing = () => undefined;
  vi.stubGlobal('document', { addEventListener: nothing, removeEventListener: nothing });
  latency = {};
});
afterEach(() => {
  playback?.close();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

interface Opened {
  own: readonly Span[];
  remote: readonly Span[];
  /** Seconds. */
  from: number;
  speed?: number;
  wantsPlay?: boolean;
  /** Cameras of which nothing comes. */
  more?: readonly string[];
}

/** Both, side by side. */
function open({ from, speed = 1, wantsPlay = true, more = [], ...footage }: Opened): void {
  own = new ScriptedServer({ camera: OWN, footage: footage.own, latencyMs: latency.own ?? 15 });
  remote = new ScriptedServer({
    ...{ camera: REMOTE, footage: footage.remote, latencyMs: latency.remote ?? 15 },
  });
  playback = new Conductor({
    server: {} as ServerConnection,
    ...{ cameras: [OWN, REMOTE, ...more], position: at(from), speed, wantsPlay, codecs: ['h264'] },
    createTile: (host) => new ScriptedTile(host),
    connect: (options) => (options.cameras[0] === OWN ? own : remote).connect(options),
  });
  playback.open();
}

const passes = (ms: number) => vi.advanceTimersByTime(ms);
/** Seconds from {@link START}. */
const clock = () => (playback.position() - START) / 1000;
const shown = (camera: string) => playback.tiles.get(camera)?.shown ?? Number.NaN;
const trouble = (camera: string) => playback.snapshot().tiles.get(camera)?.trouble?.code;
const phase = () => playback.snapshot().phase;
const seeks = (server: ScriptedServer) =>
  server.asked.flatMap((one) => (one.type === 'seek' ? one.position : []));

/** Every camera shows the picture of where the clock is. */
function expectInStep(cameras = [OWN, REMOTE]): void {
  for (const camera of cameras) {
    expect(playback.position() - shown(camera)).toBeLessThanOrEqual(FRAME_MS + 20);
    expect(playback.position() - shown(camera)).toBeGreaterThanOrEqual(-1);
  }
}

/** Steps of time in which the clock did not stand, each a tenth of a second. */
function movesWithin(ms: number): number {
  let moves = 0;
  for (let passed = 0; passed < ms; passed += 100) {
    const before = playback.position();
    passes(100);
    if (playback.position() !== before) moves += 1;
  }
  return moves;
}

describe('cameras of two servers', () => {
  const footage = { own: [span(0, 600)], remote: [span(0, 600)] };

  it('play, seek, pause and step together, however far one of them is', () => {
    latency.remote = 180;
    open({ ...footage, from: 10 });
    passes(3000);
    expect(phase()).toBe('playing');
    expect(clock()).toBeGreaterThan(11.5);
    expectInStep();
    playback.seek(at(100));
    passes(2000);
    expect(clock()).toBeGreaterThan(101);
    expectInStep();
    playback.pause();
    passes(500);
    const before = playback.position();
    for (let step = 0; step < 3; step++) {
      playback.step(1);
      passes(900);
    }
    // Both have pictures at the same moments.
    expect(playback.position() - before).toBeGreaterThan(2 * FRAME_MS);
    expect(playback.position() - before).toBeLessThanOrEqual(3 * FRAME_MS);
    expect(shown(OWN)).toBe(shown(REMOTE));
    const forward = shown(OWN);
    playback.step(-1);
    passes(2000);
    expect([shown(OWN), shown(REMOTE)]).toEqual([forward - FRAME_MS, forward - FRAME_MS]);
  });

  it('go at every speed, and turn together', () => {
    open({ ...footage, from: 100 });
    passes(1000);
    for (const speed of [0.5, 4, 16]) {
      playback.setSpeed(speed);
      const before = clock();
      passes(2000);
      expect(clock() - before).toBeGreaterThan(1.8 * speed);
      expect(playback.position() - shown(OWN)).toBeLessThan(FRAME_MS + 20 * speed);
    }
    playback.setSpeed(-4);
    passes(3000);
    const before = clock();
    passes(2000);
    expect(before - clock()).toBeGreaterThan(7);
    expect(shown(OWN)).toBe(shown(REMOTE));
  });

  it('follow the pointer together, and stay where it is lifted', () => {
    open({ ...footage, from: 10, wantsPlay: false });
    passes(1000);
    for (const seconds of [20, 30, 40, 50]) {
      playback.scrub(at(seconds), false);
      passes(200);
      expect([shown(OWN), shown(REMOTE)]).toEqual([at(seconds), at(seconds)]);
    }
    playback.scrub(at(45.02), true);
    passes(1000);
    expect(phase()).toBe('paused');
    expectInStep();
  });

  it('wait for the one that comes later, and no longer than for a late camera', () => {
    latency.remote = 350;
    open({ ...footage, from: 10 });
    passes(1100);
    expect(clock()).toBe(10);
    passes(1500);
    expect(clock()).toBeGreaterThan(10);
    expectInStep();
    playback.close();

    latency.remote = 1600;
    open({ ...footage, from: 10 });
    passes(3000);
    expect(clock()).toBeGreaterThan(11);
    expectInStep([OWN]);
    passes(30_000);
    expectInStep();
  });
});

describe('a server without footage there', () => {
  it('does not keep the others up, and comes in where its footage goes on', () => {
    open({ own: [span(0, 600)], remote: [span(30, 600)], from: 10 });
    passes(2000);
    expect(clock()).toBeGreaterThan(11);
    expect(playback.snapshot().tiles.get(REMOTE)?.noFootageUntil).toBe(at(30));
    const moved = movesWithin(20_000);
    expect(moved).toBeGreaterThan(195);
    expectInStep();
    // What it sent meanwhile waited for the clock.
    expect(seeks(remote)).toEqual([]);
  });

  it('is not sent for more than it may, however long the others play', () => {
    open({ own: [span(0, 600)], remote: [span(300, 600)], from: 10 });
    passes(20_000);
    expect(remote.aheadMs).toBeLessThan(3000);
  });

  it('leaves a seek to the earliest of the others, in the direction of play', () => {
    const footage = { own: [span(0, 50), span(120, 600)], remote: [span(0, 60), span(100, 600)] };
    latency.remote = 200;
    open({ ...footage, from: 80 });
    passes(1500);
    expect(clock()).toBeGreaterThan(100);
    expect(clock()).toBeLessThan(102);
    expectInStep([REMOTE]);
    playback.pause();
    playback.setSpeed(-1);
    playback.play();
    playback.seek(at(80));
    passes(1500);
    expect(clock()).toBeLessThan(60);
    expect(clock()).toBeGreaterThan(57);
    playback.pause();
    playback.setSpeed(1);
    playback.seek(at(80));
    passes(1500);
    expect(clock()).toBe(100);
    expect(shown(REMOTE)).toBe(at(100));
  });

  it('has a seek come out where all go on, where they were switched on together', () => {
    open({ own: [span(100.3, 600)], remote: [span(100, 600)], from: 80, wantsPlay: false });
    passes(2000);
    expect(clock()).toBeCloseTo(100.3, 3);
    expectInStep();
  });

  it('is jumped over with the others alone', () => {
    const common = span(0, 20);
    open({
      own: [common, span(100, 600)],
      remote: [common, span(25, 30), span(90, 600)],
      from: 18,
    });
    passes(4000);
    // Both have none up to 25.
    expect(clock()).toBeGreaterThan(25);
    expect(clock()).toBeLessThan(30);
    passes(5000);
    expect(clock()).toBeGreaterThan(90);
    expectInStep([REMOTE]);
    passes(10_000);
    expectInStep();
  });

  it('ends with the last of them', () => {
    open({ own: [span(0, 20)], remote: [span(0, 25)], from: 15 });
    passes(8000);
    expect(phase()).toBe('playing');
    expect(clock()).toBeGreaterThan(20);
    passes(5000);
    expect(phase()).toBe('ended');
    expect(clock()).toBeCloseTo(25 - FRAME_MS / 1000, 3);
  });
});

describe('a server that fails', () => {
  const footage = { own: [span(0, 600)], remote: [span(0, 600)] };

  it('and does not answer is waited for a moment, said so, and joins the others when it does', () => {
    open({ ...footage, from: 10 });
    passes(2000);
    remote.freeze();
    const before = clock();
    passes(10_000);
    expect(clock() - before).toBeGreaterThan(7.5);
    expect(trouble(REMOTE)).toBe('ERR_NODE_TIMEOUT');
    expect(trouble(OWN)).toBeUndefined();
    expectInStep([OWN]);
    remote.thaw();
    // The others go on without a stop or a jump.
    expect(movesWithin(8000)).toBe(80);
    expect(clock() - before).toBeLessThan(18.1);
    expect(trouble(REMOTE)).toBeUndefined();
    expectInStep();
    expect(seeks(own)).toEqual([]);
  });

  it('by its connection is gone without at once, and joins them when it is back', () => {
    open({ ...footage, from: 10 });
    passes(2000);
    remote.cut();
    expect(movesWithin(5000)).toBe(50);
    expect(trouble(REMOTE)).toBe('ERR_NODE_UNREACHABLE');
    expect(phase()).toBe('playing');
    playback.seek(at(200));
    passes(1000);
    expectInStep([OWN]);
    remote.restore();
    expect(movesWithin(5000)).toBe(50);
    expect(trouble(REMOTE)).toBeUndefined();
    expectInStep();
    expect(seeks(own)).toEqual([at(200)]);
  });

  it('comes back to where the others stand', () => {
    open({ ...footage, from: 10, wantsPlay: false });
    passes(1000);
    remote.cut();
    playback.seek(at(77));
    passes(1000);
    expect(phase()).toBe('paused');
    remote.restore();
    passes(1000);
    expect([shown(OWN), shown(REMOTE)]).toEqual([at(77), at(77)]);
    expect(clock()).toBe(77);
  });

  it('with all others has everything begin where the clock stood', () => {
    open({ ...footage, from: 10 });
    passes(2000);
    own.cut();
    remote.cut();
    passes(2000);
    expect(phase()).toBe('connecting');
    const before = clock();
    remote.restore();
    passes(1000);
    expect(phase()).toBe('playing');
    expect(clock() - before).toBeLessThan(1.2);
    expectInStep([REMOTE]);
    own.restore();
    passes(4000);
    expectInStep();
  });

  it('so that it is too slow is asked for pictures further and further ahead', () => {
    latency.remote = 1200;
    open({ ...footage, from: 10 });
    passes(30_000);
    expect(clock()).toBeGreaterThan(30);
    expectInStep();
  });

  it('for one of its cameras alone plays the others of it', () => {
    const another = `hall@${NODE}`;
    open({ ...footage, more: [another], from: 10 });
    remote.refuseCamera(another);
    passes(5000);
    expect(trouble(another)).toBe('ERR_FORBIDDEN');
    expect(clock()).toBeGreaterThan(13);
    expectInStep();
  });

  it('where it refuses says why, and the others play', () => {
    open({ ...footage, from: 10 });
    passes(2000);
    remote.refuse('ERR_FORBIDDEN');
    playback.seek(at(50));
    passes(1000);
    expect(trouble(REMOTE)).toBe('ERR_FORBIDDEN');
    expect(playback.snapshot().refused).toBeUndefined();
    expect(clock()).toBeGreaterThan(50.4);
    expectInStep([OWN]);
    remote.refuse(undefined);
    passes(10_000);
    expect(trouble(REMOTE)).toBeUndefined();
    expectInStep();
  });
});
