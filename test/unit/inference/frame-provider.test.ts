// Frames for models, and what comes back of them.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import {
  Camera,
  DecoderPool,
  type Detection,
  type DetectionEvent,
  FrameProvider,
  type FrameProviderOptions,
  RtspSimulator,
} from '../../../src/index.js';
import { makeSquareClip, SQUARE_CLIP } from '../../support/square-clip.js';
import { rejectionOf, thrownBy } from '../thrown.js';

let folder: string;
let simulator: RtspSimulator;
let pool: DecoderPool;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fluxvision-'));
  const clip = makeSquareClip(folder);
  simulator = await RtspSimulator.start({ clip, cameras: 3 });
  pool = await DecoderPool.open({ backend: 'libavcodec' });
});

afterAll(async () => {
  await pool.close();
  await simulator.close();
  rmSync(folder, { recursive: true, force: true });
});

async function openProvider(options: FrameProviderOptions = {}): Promise<FrameProvider> {
  const provider = await FrameProvider.open({ pool, ...options });
  onTestFinished(() => provider.close());
  return provider;
}

function openCamera(index: number): Camera {
  const url = simulator.urls[index] ?? '';
  const camera = new Camera({ id: `cam${index}`, url, onDemand: true });
  camera.start();
  onTestFinished(() => camera.close());
  return camera;
}

/** Never connected: for what needs no frames. */
function idleCamera(id: string): Camera {
  const camera = new Camera({ id, url: 'rtsp://127.0.0.1:9/' });
  onTestFinished(() => camera.close());
  return camera;
}

/** The bright part of a letterboxed picture, in its pixels. */
function brightBox(values: ArrayLike<number>, width: number, rows: [number, number]) {
  const box = { left: width, top: 1e9, right: 0, bottom: 0 };
  for (let y = rows[0]; y < rows[1]; y++) {
    for (let x = 0; x < width; x++) {
      if ((values[y * width + x] ?? 0) < 0.7) continue;
      box.left = Math.min(box.left, x);
      box.right = Math.max(box.right, x + 1);
      box.top = Math.min(box.top, y);
      box.bottom = Math.max(box.bottom, y + 1);
    }
  }
  return {
    ...{ x: box.left, y: box.top },
    ...{ width: box.right - box.left, height: box.bottom - box.top },
  };
}

test('a batch gets the newest frame of each camera, letterboxed, and boxes find their way back', async () => {
  const provider = await openProvider();
  for (const index of [0, 1]) provider.add(openCamera(index), { maxFrameRate: 0 });
  const batch = provider.createBatch({ width: 320, height: 320, count: 2 });
  expect(batch.dims).toEqual([2, 3, 320, 320]);
  const seen = new Map<string, number>();
  for (let i = 0; i < 30; i++) {
    const items = await batch.next({ timeoutMs: 20_000 });
    expect(items.length).toBeGreaterThan(0);
    items.forEach((item, place) => {
      expect(item.number).toBeGreaterThan(seen.get(item.cameraId) ?? 0);
      seen.set(item.cameraId, item.number);
      const values = batch.data.subarray(place * 3 * 320 * 320, (place * 3 + 1) * 320 * 320);
      expect(values[320 * 10 + 160]).toBeCloseTo(114 / 255, 2); // a bar
      const found = item.toPicture(brightBox(values, 320, [70, 250]));
      const { width, height, side, top } = SQUARE_CLIP;
      expect(found.y).toBeCloseTo(top / height, 1);
      expect(Math.abs(found.width - side / width)).toBeLessThan(0.02);
      expect(Math.abs(found.height - side / height)).toBeLessThan(0.02);
    });
    if (items.length === 1) expect(batch.data.at(-1)).toBe(0);
  }
  expect([...seen.keys()].sort()).toEqual(['cam0', 'cam1']);
  expect(provider.stats().framesTaken).toBe(
    provider.stats('cam0').framesTaken + provider.stats('cam1').framesTaken,
  );
});

test('a decoder that is there already is shared, and stays open', async () => {
  const camera = openCamera(2);
  const decoder = pool.decoder(camera, { quality: 'GRID_VIEW' });
  const provider = await openProvider();
  provider.add(camera, { decoder });
  const batch = provider.createBatch({ width: 32, height: 32, format: 'rgb' });
  await batch.next({ timeoutMs: 20_000 });
  expect(batch.data).toHaveLength(32 * 32 * 3);
  const newest = provider.newest('cam2');
  expect(newest?.frame).toMatchObject({ width: 640, height: 360 });
  const gray = new Uint8Array(64 * 36);
  await newest?.frame.copyTo(gray, { format: 'gray', width: 64, height: 36 });
  expect(Math.max(...gray)).toBeGreaterThan(240);
  newest?.frame.close();
  expect(provider.newest('cam2', { after: 1e9 })).toBeUndefined();
  await provider.close();
  const frames = decoder.frames();
  const next = await frames[Symbol.asyncIterator]().next();
  next.value?.close();
  expect(next.done).toBe(false);
  await decoder.close();
});

test('waiting for a frame ends by time, by signal, with the camera and with the provider', async () => {
  const provider = await openProvider();
  provider.add(idleCamera('idle'));
  const batch = provider.createBatch({ width: 32, height: 32 });
  const waits = (options = {}) => rejectionOf(() => batch.next(options));
  expect((await waits({ timeoutMs: 20 })).code).toBe('ERR_TIMEOUT');
  expect((await waits({ signal: AbortSignal.abort() })).code).toBe('ERR_ABORTED');
  const controller = new AbortController();
  const aborted = waits({ signal: controller.signal });
  controller.abort();
  expect((await aborted).code).toBe('ERR_ABORTED');
  expect((await waits({ cameras: ['yard'] })).code).toBe('ERR_CAMERA_NOT_FOUND');
  const removed = waits({ cameras: ['idle'] });
  await provider.remove('idle');
  expect((await removed).code).toBe('ERR_CAMERA_NOT_FOUND');
  const closed = waits();
  await provider.close();
  expect((await closed).code).toBe('ERR_CLOSED');
  expect(thrownBy(() => provider.createBatch({ width: 32, height: 32 })).code).toBe('ERR_CLOSED');
});

test('a result goes back through the letterbox, and counts for a while', async () => {
  const provider = await openProvider({ resultTtlMs: 200 });
  provider.add(openCamera(0));
  const batch = provider.createBatch({ width: 320, height: 320 });
  const [item] = await batch.next({ timeoutMs: 20_000 });
  if (!item) throw new Error('there is no item');
  // 640x360 in 320x320: half the size, 70 lines of bars.
  const boxes: Detection[] = [
    { x: 160, y: 70, width: 160, height: 90, label: 'corner', score: 1 },
    { x: -10, y: 60, width: 20, height: 20, label: 'cut', score: 0.5 },
    { x: 0, y: 0, width: 320, height: 60, label: 'in the bar', score: 0.9 },
  ];
  const added = provider.addResult(item, { boxes, inferenceMs: 3 });
  expect(added).toMatchObject({ cameraId: 'cam0', timestamp: item.timestamp, inferenceMs: 3 });
  expect(added.boxes.map(({ label }) => label)).toEqual(['corner', 'cut']);
  expect(added.boxes[0]).toMatchObject({ x: 0.5, y: 0, width: 0.5, height: 0.5 });
  expect(added.boxes[1]?.x).toBe(0);
  expect(added.boxes[1]?.width).toBeCloseTo(10 / 320);
  const now = provider.addResult('cam0', { boxes: [] });
  expect(provider.result('cam0')).toBe(now);
  await sleep(300);
  expect(provider.result('cam0')).toBeUndefined();
});

test('what is never gone is several events, one behind the other', async () => {
  const provider = await openProvider({ minResults: 1, maxEventMs: 1000 });
  provider.add(idleCamera('street'));
  const events: DetectionEvent[] = [];
  provider.on('detection', (event) => events.push(event));
  const start = Date.now();
  for (let after = 0; after <= 2500; after += 500) {
    const car = { ...{ x: 0, y: 0, width: 0.1, height: 0.1 }, label: 'car', score: 0.5 };
    provider.addResult('street', { at: start + after, boxes: [car] });
  }
  await provider.remove('street');
  const ends = events.filter(({ phase }) => phase === 'end');
  expect(ends.map(({ from, to }) => [from - start, to - start])).toEqual([
    [0, 500],
    [1000, 1500],
    [2000, 2500],
  ]);
});

test('what is seen again and again becomes one event with a beginning and an end', async () => {
  const provider = await openProvider({ minResults: 2, stopAfterMs: 1000, updateEveryMs: 500 });
  provider.add(idleCamera('door'));
  const events: DetectionEvent[] = [];
  provider.on('detection', (event) => events.push(event));
  const start = Date.now();
  const see = (after: number, ...labels: string[]) =>
    provider.addResult('door', {
      at: start + after,
      boxes: labels.map((label, i) => ({
        ...{ x: 0.1 * i, y: 0.2, width: 0.1, height: 0.1 },
        ...{ label, score: 0.5 + after / 10_000 },
      })),
    });
  see(0, 'dog');
  see(200, 'person', 'person');
  see(400, 'person');
  expect(events.map(({ phase, label }) => `${phase} ${label}`)).toEqual(['start person']);
  expect(events[0]).toMatchObject({ cameraId: 'door', from: start + 200, count: 2 });
  expect(events[0]?.box.width).toBeCloseTo(0.2);
  see(1000, 'person');
  expect(events[1]).toMatchObject({ phase: 'update', to: start + 1000, score: 0.6 });
  see(2500);
  expect(events[2]).toMatchObject({ phase: 'end', from: start + 200, to: start + 1000 });
  see(3000, 'car');
  see(3100, 'car');
  see(2000, 'truck'); // an old one, overtaken
  expect(provider.result('door')?.boxes.map(({ label }) => label)).toEqual(['car']);
  await provider.remove('door');
  expect(events.slice(3).map(({ phase, label }) => `${phase} ${label}`)).toEqual([
    'start car',
    'end car',
  ]);
});

test('a detection ends although no result comes any more', async () => {
  const provider = await openProvider({ minResults: 1, stopAfterMs: 0 });
  provider.add(idleCamera('door'));
  const ended = new Promise<DetectionEvent>((resolve) =>
    provider.on('detection', (event) => event.phase === 'end' && resolve(event)),
  );
  provider.addResult('door', {
    boxes: [{ x: 0, y: 0, width: 1, height: 1, label: 'cat', score: 1 }],
  });
  expect((await ended).label).toBe('cat');
});

test('results are drawn over the tile of their camera until they are too old', async () => {
  const provider = await openProvider({ resultTtlMs: 100 });
  provider.add(idleCamera('door'));
  provider.add(idleCamera('yard'));
  const drawn: [number, string[]][] = [];
  let cleared = () => {};
  const empty = new Promise<void>((resolve) => {
    cleared = resolve;
  });
  const renderer = {
    setBoxes: (tile: number, boxes: readonly { label?: string }[]) => {
      drawn.push([tile, boxes.map(({ label = '' }) => label)]);
      if (boxes.length === 0) cleared();
    },
  };
  const stop = provider.drawInto(renderer, (id) => (id === 'door' ? 3 : undefined));
  const box = { x: 0, y: 0, width: 1, height: 1 };
  const boxes = [
    { ...box, label: 'cat', score: 0.5 },
    { ...box, label: 'dog', score: 0.9 },
  ];
  provider.addResult('door', { boxes });
  provider.addResult('yard', { boxes });
  await empty;
  expect(drawn).toEqual([
    [3, ['dog', 'cat']],
    [3, []],
  ]);
  stop();
  provider.addResult('door', { boxes });
  expect(drawn).toHaveLength(2);
});

test('wrong options and results are refused by name', async () => {
  const provider = await openProvider();
  const camera = idleCamera('door');
  provider.add(camera);
  expect(thrownBy(() => provider.add(camera)).code).toBe('ERR_CAMERA_EXISTS');
  const batch = (options: object) =>
    thrownBy(() => provider.createBatch({ width: 32, height: 32, ...options })).message;
  expect(batch({ width: 0 })).toMatch(/width/);
  expect(batch({ format: 'yuv' })).toMatch(/format/);
  expect(batch({ fill: [1, 2] })).toMatch(/fill/);
  expect(batch({ deviation: [1, 0, 1] })).toMatch(/deviation/);
  expect(batch({ count: 1024, width: 8192, height: 4096 })).toMatch(/2 GiB/);
  const box = { x: 0, y: 0, width: 1, height: 1, label: 'cat', score: 1 };
  const result = (each: object) =>
    thrownBy(() => provider.addResult('door', { boxes: [{ ...box, ...each }] })).message;
  expect(result({ score: 2 })).toMatch(/boxes\[0\]: score/);
  expect(result({ x: Number.NaN })).toMatch(/boxes\[0\]: x/);
  expect(result({ width: -1 })).toMatch(/width/);
  expect(result({ label: '' })).toMatch(/label/);
  expect(thrownBy(() => provider.addResult('yard', { boxes: [] })).code).toBe(
    'ERR_CAMERA_NOT_FOUND',
  );
  expect(thrownBy(() => provider.addResult({} as never, { boxes: [] })).message).toMatch(/item/);
  expect((await rejectionOf(() => FrameProvider.open({ minResults: 0 }))).message).toMatch(
    /minResults/,
  );
});
