import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Recorder, type RecordingPlan, type SegmentRecord } from '../../../src/index.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { thrownBy } from '../thrown.js';
import { passphrase, simulate, until } from './recorded.js';

async function recorderWith(recording: RecordingPlan) {
  const simulator = await simulate();
  const url = simulator.urls[0] as string;
  const recorder = await Recorder.open({
    storage: join(temporaryDirectory(), 'storage'),
    passphrase,
    segmentDuration: 2,
  });
  onTestFinished(() => recorder.close());
  const segments: SegmentRecord[] = [];
  recorder.on('segment', (segment) => segments.push(segment));
  const add = () =>
    recorder.addCamera({ id: 'door', url, sub: { url: url.replace(/main$/, 'sub') }, recording });
  const stats = () => recorder.stats().cameras.door;
  return { recorder, segments, add, stats };
}

it('records events with pre-roll and post-roll, and says so in the index', async () => {
  const { recorder, segments, add, stats } = await recorderWith({
    mode: 'event',
    preRoll: 1,
    postRoll: 0.5,
  });
  add();
  await until(() => (stats()?.camera.accessUnits ?? 0) >= 40);
  expect(stats()?.writer).toMatchObject({ framesWritten: 0 });
  expect(stats()?.writer.preRollBytes).toBeGreaterThan(0);
  const event = recorder.trigger({
    cameraId: 'door',
    type: 'motion',
    score: 0.8,
    data: { zone: 1 },
  });
  await until(() => segments.at(-1)?.endReason === 'event-end');
  expect(new Set(segments.map(({ trigger, runId }) => `${trigger} ${runId}`)).size).toBe(1);
  expect(segments[0]?.trigger).toBe('event');
  expect(segments[0]?.startTime).toBeLessThanOrEqual(event.from - 1000);
  expect(segments.at(-1)?.endTime).toBeGreaterThanOrEqual(event.to + 400);
  expect(recorder.index.events({ cameraId: 'door' })).toEqual([event]);
  expect(event).toMatchObject({ type: 'motion', score: 0.8, data: { zone: 1 } });
  const frames = stats()?.writer.framesWritten;
  const units = stats()?.camera.accessUnits ?? 0;
  await until(() => (stats()?.camera.accessUnits ?? 0) >= units + 20);
  expect(stats()?.writer.framesWritten).toBe(frames);
});

it('records main and sub stream side by side', async () => {
  const { recorder, segments, add, stats } = await recorderWith({ streams: ['main', 'sub'] });
  add();
  await until(() => segments.some((s) => s.stream === 0) && segments.some((s) => s.stream === 1));
  expect(stats()?.sub?.connects).toBe(1);
  await recorder.close();
  const paths = segments.map(({ filePath }) => filePath);
  expect(new Set(paths).size).toBe(paths.length);
});

it('marks scheduled footage, and is off outside its hours', async () => {
  const always = await recorderWith({
    schedule: { entries: [{ from: '00:00', to: '24:00', mode: 'continuous' }] },
  });
  always.add();
  expect(always.stats()?.mode).toBe('continuous');
  await until(() => always.segments.length >= 1);
  expect(always.segments[0]?.trigger).toBe('scheduled');

  const never = await recorderWith({ schedule: { entries: [] } });
  never.add();
  await until(() => (never.stats()?.camera.accessUnits ?? 0) >= 20);
  expect(never.stats()).toMatchObject({ mode: 'off', writer: { framesWritten: 0 } });
});

it('marks what happens while it records continuously', async () => {
  const { recorder, add } = await recorderWith({});
  add();
  const from = Date.now() - 5000;
  recorder.trigger({ cameraId: 'door', from, to: from + 2000 });
  expect(recorder.index.events({ cameraId: 'door' })).toMatchObject([
    { type: 'trigger', from, to: from + 2000, score: null },
  ]);
});

it('lets cameras of one recorder cut at different moments', async () => {
  const simulator = await simulate(3);
  const recorder = await Recorder.open({
    storage: join(temporaryDirectory(), 'storage'),
    passphrase,
    segmentDuration: 4,
    cameras: simulator.urls
      .filter((url) => url.endsWith('main'))
      .map((url, i) => ({ id: `c${i}`, url })),
  });
  onTestFinished(() => recorder.close());
  const first = new Map<string, number>();
  recorder.on('segment', ({ cameraId, startTime, endTime }) => {
    if (!first.has(cameraId)) first.set(cameraId, endTime - startTime);
  });
  await until(() => first.size === 3);
  const lengths = ['c0', 'c1', 'c2'].map((id) => first.get(id) as number);
  expect(Math.round((lengths[0] as number) / 1000)).toBe(4);
  const apart = (lengths[1] as number) - (lengths[0] as number);
  expect(apart).toBeGreaterThan(1500);
  expect(lengths[2] as number).toBeGreaterThan(4500);
});

it('refuses plans that cannot be', async () => {
  const { recorder } = await recorderWith({});
  const add = (recording: unknown) =>
    thrownBy(() =>
      recorder.addCamera({
        id: 'x',
        url: 'rtsp://127.0.0.1:1/',
        recording: recording as RecordingPlan,
      }),
    ).message;
  expect(add({ streams: ['sub'] })).toContain('sub stream');
  expect(add({ mode: 'event', schedule: { entries: [] } })).toContain('mode');
  expect(add({ preRoll: 301 })).toContain('preRoll');
  expect(add({ colour: true })).toContain('colour');
  expect(thrownBy(() => recorder.trigger({ cameraId: 'x' })).code).toBe('ERR_CAMERA_NOT_FOUND');
  expect(recorder.stats().cameras).toEqual({});
});
