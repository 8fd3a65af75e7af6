// What decides about players: capability, quality, chase, liveness, queue, demux, wishes.
import { describe, expect, it } from 'vitest';
import { Backoff } from '../../../../examples/nvr/web/api/backoff.js';
import { ServerClock } from '../../../../examples/nvr/web/api/server-clock.js';
import { AppendQueue } from '../../../../examples/nvr/web/players/append-queue.js';
import { ChaseController } from '../../../../examples/nvr/web/players/chase.js';
import {
  codecFamily,
  codecsOf,
  limited,
  playersFor,
} from '../../../../examples/nvr/web/players/choice.js';
import { StreamDirectory } from '../../../../examples/nvr/web/players/demux.js';
import { Liveness } from '../../../../examples/nvr/web/players/liveness.js';
import { qualityFor } from '../../../../examples/nvr/web/players/quality.js';
import { RateMeter } from '../../../../examples/nvr/web/players/rate-meter.js';
import { difference, wished } from '../../../../examples/nvr/web/players/wishes.js';

const chromium = {
  webcodecs: ['h264'] as const,
  mse: ['h264'] as const,
  codecs: ['h264'] as const,
  secure: true,
};
const firefox = {
  webcodecs: ['h264'] as const,
  mse: ['h264', 'h265'] as const,
  codecs: ['h264', 'h265'] as const,
  secure: true,
};

describe('the choice of a player', () => {
  it('is VideoDecoder first, then a video element, then single pictures', () => {
    expect(playersFor('avc1.64001f', chromium)).toEqual(['webcodecs', 'mse', 'snapshot']);
    expect(playersFor('avc1.64001f', { ...chromium, webcodecs: [] })).toEqual(['mse', 'snapshot']);
  });

  it('plays H.265 where the browser says that it can, and nowhere else', () => {
    expect(playersFor('hvc1.1.6.L93.B0', firefox)).toEqual(['mse', 'snapshot']);
    expect(playersFor('hvc1.1.6.L93.B0', chromium)).toEqual(['snapshot']);
    expect(codecsOf(firefox.webcodecs, firefox.mse)).toEqual(['h264', 'h265']);
    expect(codecsOf(['h264'], [])).toEqual(['h264']);
  });

  it('offers H.264 even where nothing decodes it: single pictures are left', () => {
    expect(codecsOf([], [])).toEqual(['h264']);
    expect(playersFor('avc1.42e01e', { ...chromium, webcodecs: [], mse: [] })).toEqual([
      'snapshot',
    ]);
  });

  it('knows Motion JPEG and does not guess about the rest', () => {
    expect(codecFamily('mjpeg')).toBe('mjpeg');
    expect(playersFor('mjpeg', chromium)).toEqual(['mjpeg', 'snapshot']);
    expect(codecFamily('av01.0.04M.08')).toBeUndefined();
  });

  it('can be limited by hand', () => {
    expect(limited(chromium, 'mse').webcodecs).toEqual([]);
    expect(limited(chromium, 'snapshot').mse).toEqual([]);
    expect(limited(chromium, 'nonsense')).toBe(chromium);
  });
});

describe('the quality of a tile', () => {
  it('follows what is seen of it in device pixels', () => {
    const at = (width: number) => qualityFor({ width, height: width / 2, visible: true });
    expect([80, 300, 700, 1600].map(at)).toEqual([
      'THUMBNAIL',
      'GRID_VIEW',
      'FOCUSED',
      'FULLSCREEN',
    ]);
  });

  it('is paused where nothing is seen', () => {
    expect(qualityFor({ width: 900, height: 500, visible: false })).toBe('PAUSED');
    expect(qualityFor({ width: 0, height: 0, visible: true })).toBe('PAUSED');
  });

  it('does not change with every pixel around a bound', () => {
    const view = { width: 405, height: 200, visible: true };
    expect(qualityFor(view, 'GRID_VIEW')).toBe('GRID_VIEW');
    expect(qualityFor({ ...view, width: 395 }, 'FOCUSED')).toBe('FOCUSED');
    expect(qualityFor({ ...view, width: 470 }, 'GRID_VIEW')).toBe('FOCUSED');
  });
});

describe('the chase of a video element', () => {
  it('never seeks before the first picture is out', () => {
    const chase = new ChaseController();
    expect(chase.step({ gap: 9, started: false, elapsed: 0.1 })).toEqual({ rate: 1 });
  });

  it('jumps when it is far behind, and is a little faster when it is a little behind', () => {
    const chase = new ChaseController();
    expect(chase.step({ gap: 2.1, started: true, elapsed: 0.1 }).jumpBehindEnd).toBeCloseTo(0.12);
    expect(chase.step({ gap: 0.27, started: true, elapsed: 0.1 }).rate).toBeCloseTo(1.3);
    expect(chase.step({ gap: 0.9, started: true, elapsed: 0.1 }).rate).toBe(1.5);
    expect(chase.step({ gap: 0.08, started: true, elapsed: 0.1 }).rate).toBe(1);
  });

  it('comes within 100 ms of the live edge in less than two seconds from 0.9 s behind', () => {
    const chase = new ChaseController();
    let gap = 0.9;
    let seconds = 0;
    while (gap > 0.22 && seconds < 20) {
      const { rate } = chase.step({ gap, started: true, elapsed: 0.1 });
      gap -= (rate - 1) * 0.1;
      seconds += 0.1;
    }
    expect(seconds).toBeLessThan(2);
  });

  it('stays further behind after it ran dry, and forgets that', () => {
    const chase = new ChaseController();
    chase.stalled();
    expect(chase.step({ gap: 0.18, started: true, elapsed: 0 }).rate).toBe(1);
    expect(chase.step({ gap: 0.18, started: true, elapsed: 20 }).rate).toBeGreaterThan(1);
  });

  it('only jumps where the browser buffers anew at each change of the rate', () => {
    const chase = new ChaseController({ rateChanges: false });
    expect(chase.step({ gap: 1.2, started: true, elapsed: 0.1 })).toEqual({ rate: 1 });
    expect(chase.step({ gap: 1.6, started: true, elapsed: 0.1 }).jumpBehindEnd).toBe(0.75);
  });
});

describe('the liveness of a player', () => {
  it('is fine while pictures come, or while there is nothing to show', () => {
    const liveness = new Liveness();
    let frames = 0;
    for (let now = 0; now < 20_000; now += 100) {
      const position = now / 1000;
      frames += 1;
      expect(liveness.look({ now, position, frames, fed: true })).toBe('fine');
    }
    for (let now = 20_000; now < 60_000; now += 100) {
      expect(liveness.look({ now, position: 20, frames, fed: false })).toBe('fine');
    }
  });

  it('is stuck, then dead, where it is fed and shows nothing new', () => {
    const liveness = new Liveness();
    liveness.look({ now: 0, position: 1, frames: 10, fed: true });
    const verdicts = new Set<string>();
    for (let now = 100; now < 8000; now += 100) {
      verdicts.add(liveness.look({ now, position: 1, frames: 10, fed: true }));
    }
    expect([...verdicts]).toEqual(['fine', 'stuck', 'dead']);
  });
});

describe('what waits to be appended', () => {
  const chunk = (bytes: number) => ({
    data: new Uint8Array(bytes),
    key: false,
    joins: false,
    decodeTime: 0,
    presentationTime: 0,
    capturedAt: 0,
  });

  it('is bounded, and empty after it was full', () => {
    const queue = new AppendQueue(100, 10);
    expect(queue.push(chunk(60))).toBe(true);
    expect(queue.push(chunk(60))).toBe(false);
    expect(queue.length).toBe(0);
    expect(queue.push(chunk(60))).toBe(true);
  });

  it('comes out in order, also what could not be appended', () => {
    const queue = new AppendQueue();
    queue.push(chunk(1));
    queue.push(chunk(2));
    const first = queue.shift();
    if (first) queue.unshift(first);
    expect([queue.shift()?.data.length, queue.shift()?.data.length]).toEqual([1, 2]);
    expect(queue.shift()).toBeUndefined();
  });
});

describe('binary messages', () => {
  function fragment(stream: number): Uint8Array {
    const message = new Uint8Array(40);
    const view = new DataView(message.buffer);
    view.setUint8(0, 1);
    view.setUint8(1, 2);
    view.setUint32(4, stream);
    view.setUint32(24, 36);
    return message;
  }

  it('go to the camera that their stream was announced for', () => {
    const directory = new StreamDirectory();
    directory.announce('gate', 7);
    directory.announce('dock', 8);
    expect(directory.route(fragment(7))?.cameraId).toBe('gate');
    expect(directory.route(fragment(8))?.cameraId).toBe('dock');
    expect(directory.route(fragment(9))).toBeUndefined();
  });

  it('of a stream that was replaced or is not wanted any more go nowhere', () => {
    const directory = new StreamDirectory();
    directory.announce('gate', 7);
    directory.announce('gate', 9);
    expect(directory.route(fragment(7))).toBeUndefined();
    directory.forget('gate');
    expect(directory.route(fragment(9))).toBeUndefined();
  });

  it('that are cut or of another version go nowhere', () => {
    const directory = new StreamDirectory();
    directory.announce('gate', 7);
    const other = fragment(7);
    other[0] = 2;
    expect(directory.route(other)).toBeUndefined();
    expect(directory.route(fragment(7).subarray(0, 20))).toBeUndefined();
  });
});

describe('wishes', () => {
  it('ask for a camera once, in the best quality that a tile wants', () => {
    const wishes = wished([
      { cameraId: 'gate', quality: 'GRID_VIEW' },
      { cameraId: 'gate', quality: 'FULLSCREEN' },
      { cameraId: 'dock', quality: 'PAUSED' },
    ]);
    expect(wishes).toEqual([{ id: 'gate', quality: 'FULLSCREEN' }]);
  });

  it('are asked of the server only as far as they changed', () => {
    const asked = new Map([
      ['gate', 'GRID_VIEW'],
      ['dock', 'GRID_VIEW'],
    ] as const);
    const change = difference(asked, [
      { id: 'gate', quality: 'GRID_VIEW' },
      { id: 'lobby', quality: 'FOCUSED' },
    ]);
    expect(change).toEqual({
      subscribe: [{ id: 'lobby', quality: 'FOCUSED' }],
      unsubscribe: ['dock'],
    });
  });
});

describe('rates, clocks and waiting', () => {
  it('counts pictures and bits per second over the last seconds', () => {
    const meter = new RateMeter();
    for (let i = 0; i < 250; i += 1) meter.add(1000, i * 40);
    const { picturesPerSecond, bitsPerSecond } = meter.rates(10_000);
    expect(picturesPerSecond).toBeGreaterThan(23);
    expect(picturesPerSecond).toBeLessThan(27);
    expect(bitsPerSecond / picturesPerSecond).toBeCloseTo(8000);
    expect(meter.rates(20_000).picturesPerSecond).toBe(0);
  });

  it('takes the quickest answer for the server’s clock', () => {
    const clock = new ServerClock();
    clock.asked(1000);
    clock.answered(6020, 1040);
    expect(clock.offsetMs).toBe(5000);
    clock.asked(2000);
    clock.answered(9000, 4000);
    expect(clock.offsetMs).toBe(5000);
  });

  it('waits longer each time, with chance in it, up to a bound', () => {
    const backoff = new Backoff(() => 1);
    expect([backoff.next(), backoff.next(), backoff.next()]).toEqual([500, 1000, 2000]);
    for (let i = 0; i < 20; i += 1) backoff.next();
    expect(backoff.next()).toBe(15_000);
    backoff.reset();
    expect(backoff.next()).toBe(500);
    expect(new Backoff(() => 0).next()).toBe(250);
  });
});
