// From a simulated camera to motion, and from motion to footage.
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  Camera,
  DecoderPool,
  MotionDetector,
  type MotionEvent,
  Recorder,
  RtspSimulator,
} from '../../../src/index.js';
import { makeSquareClip, squareAt } from '../../support/square-clip.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { rejectionOf, thrownBy } from '../thrown.js';

test('a square that crosses the picture is motion, is recorded, and stands in the index', async () => {
  const folder = temporaryDirectory();
  // There from the third to the fifth second of eight.
  const clip = makeSquareClip(folder, [3, 5]);
  const simulator = await RtspSimulator.start({ clip });
  onTestFinished(() => simulator.close());
  const recorder = await Recorder.open({
    storage: join(folder, 'storage'),
    passphrase: 'a long enough passphrase',
    segmentDuration: 2,
  });
  onTestFinished(() => recorder.close());
  const camera = recorder.addCamera({
    id: 'gate',
    url: simulator.urls[0] ?? '',
    sub: { url: simulator.subUrls[0] ?? '' },
    recording: { mode: 'event', preRoll: 1, postRoll: 0 },
  });
  const pool = await DecoderPool.open({ backend: 'libavcodec' });
  const motion = await MotionDetector.open({ pool, stopAfterMs: 1000, updateEveryMs: 500 });
  onTestFinished(async () => {
    await motion.close();
    await pool.close();
  });
  const events: MotionEvent[] = [];
  const ended = new Promise<void>((resolve) =>
    motion.on('motion', (event) => {
      events.push(event);
      if (event.phase === 'end') resolve();
    }),
  );
  motion.recordInto(recorder);
  const segment = new Promise<void>((resolve) =>
    recorder.on('segment', ({ trigger }) => trigger === 'event' && resolve()),
  );
  motion.add(camera, {
    zones: [
      {
        name: 'way',
        polygon: [
          [0, 0.2],
          [1, 0.2],
          [1, 0.8],
          [0, 0.8],
        ],
      },
      {
        name: 'sky',
        polygon: [
          [0, 0],
          [1, 0],
          [1, 0.2],
          [0, 0.2],
        ],
        exclude: true,
      },
    ],
  });
  await ended;
  const [start] = events;
  const end = events.at(-1);
  expect(start).toMatchObject({ cameraId: 'gate', phase: 'start', zones: ['way'] });
  expect(start?.regions[0]?.zones).toEqual(['way']);
  const truth = squareAt(3.5);
  expect(Math.abs((start?.regions[0]?.box.y ?? 0) - truth.y)).toBeLessThan(0.03);
  expect(Math.abs((start?.regions[0]?.box.height ?? 0) - truth.height)).toBeLessThan(0.06);
  expect(end).toMatchObject({ from: start?.from, regions: [] });
  expect((end?.to ?? 0) - (end?.from ?? 0)).toBeGreaterThan(1000);
  expect((end?.to ?? 0) - (end?.from ?? 0)).toBeLessThan(4000);
  expect(motion.stats('gate')).toMatchObject({ events: 1, framesFailed: 0 });

  const [event] = recorder.index.events({ cameraId: 'gate' });
  expect(event).toMatchObject({ type: 'motion', from: end?.from, to: end?.to, score: end?.score });
  expect(event?.data).toMatchObject({ zones: ['way'] });
  await segment;
});

test('motion that goes on ends when the camera is removed', async () => {
  const folder = temporaryDirectory();
  const simulator = await RtspSimulator.start({ clip: makeSquareClip(folder) });
  onTestFinished(() => simulator.close());
  const camera = new Camera({ id: 'yard', url: simulator.urls[0] ?? '', onDemand: true });
  camera.start();
  onTestFinished(() => camera.close());
  const motion = await MotionDetector.open({ framesPerSecond: 10 });
  onTestFinished(() => motion.close());
  const phases: string[] = [];
  const begun = new Promise<void>((resolve) =>
    motion.on('motion', ({ phase }) => {
      phases.push(phase);
      resolve();
    }),
  );
  motion.add(camera);
  await begun;
  await motion.remove('yard');
  expect(phases[0]).toBe('start');
  expect(phases.at(-1)).toBe('end');
  expect(motion.cameras).toEqual([]);
});

test('wrong options are refused by name', async () => {
  const motion = await MotionDetector.open();
  onTestFinished(() => motion.close());
  const camera = new Camera({ id: 'door', url: 'rtsp://127.0.0.1:9/' });
  onTestFinished(() => camera.close());
  const refused = (options: object) => thrownBy(() => motion.add(camera, options)).message;
  const polygon = [
    [0, 0],
    [1, 0],
    [1, 1],
  ];
  expect(refused({ sensitivity: 101 })).toMatch(/sensitivity/);
  expect(refused({ minRegion: 2 })).toMatch(/minRegion/);
  expect(refused({ cells: 10 })).toMatch(/cells/);
  expect(refused({ zones: [{ name: 'a', polygon: [[0, 0]] }] })).toMatch(/zones\[0\]: polygon/);
  expect(
    refused({
      zones: [
        {
          name: 'a',
          polygon: [
            [0, 0],
            [1, 0],
            [2, 0],
          ],
        },
      ],
    }),
  ).toMatch(/polygon\[2\]/);
  expect(
    refused({
      zones: [
        { name: 'a', polygon },
        { name: 'a', polygon },
      ],
    }),
  ).toMatch(/zones\[1\]: name/);
  expect(thrownBy(() => motion.stats('door')).code).toBe('ERR_CAMERA_NOT_FOUND');
  motion.add(camera);
  expect(thrownBy(() => motion.add(camera)).code).toBe('ERR_CAMERA_EXISTS');
  await motion.close();
  expect(thrownBy(() => motion.add(camera)).code).toBe('ERR_CLOSED');
  expect((await rejectionOf(() => MotionDetector.open({ cells: 1 }))).message).toMatch(/cells/);
});
