// A network that fails in every way between one camera and the recorder: each hole is in the index with
// its reason, the camera comes back, and the camera beside it notices nothing.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { Recorder, RtspSimulator } from '../../../src/index.js';
import { makeClip, SMALL } from '../support/clips.js';
import { FlakyProxy } from '../support/flaky-proxy.js';
import { folderOfThisFile, until } from '../support/folder.js';
import { PASSPHRASE } from './bed.js';
import { checkAfterFault } from './check-storage.js';

const folder = folderOfThisFile();
const impatient = {
  connectTimeoutMs: 1000,
  stallTimeoutMs: 1500,
  reconnect: { minMs: 50, maxMs: 200 },
};
let simulator: RtspSimulator;
let proxy: FlakyProxy;
let recorder: Recorder | undefined;
let storages = 0;

beforeAll(async () => {
  const clip = makeClip(folder, 'clip.mp4', SMALL);
  simulator = await RtspSimulator.start({ clip, cameras: 2, sentLogCapacity: 100_000 });
});
afterAll(() => simulator?.close());
afterEach(async () => {
  await recorder?.close();
  await proxy?.close();
});

/** When the newest segment of a camera began; 0 where it has none. */
type Newest = (id: string) => number;

async function record(): Promise<{ storage: string; newest: Newest }> {
  proxy = await FlakyProxy.start(simulator.port);
  const storage = join(folder, `storage-${++storages}`);
  const seen = new Map<string, number>();
  recorder = await Recorder.open({
    ...{ storage, passphrase: PASSPHRASE, segmentDuration: 2 },
    cameras: [
      { id: 'flaky', url: `rtsp://127.0.0.1:${proxy.port}/cam1/main`, ...impatient },
      { id: 'steady', url: `rtsp://127.0.0.1:${simulator.port}/cam2/main`, ...impatient },
    ],
  });
  // What is wrong with a camera is told by its state; what reaches this is of the storage.
  const errors: unknown[] = [];
  recorder.on('error', (error) => errors.push(error));
  recorder.on('segment', ({ cameraId, startTime }) => seen.set(cameraId, startTime));
  const newest = (id: string) => seen.get(id) ?? 0;
  await until(() => newest('flaky') > 0 && newest('steady') > 0);
  return { storage, newest };
}

/** Ends the recording, and asks for the holes of the flaky camera. */
async function holesAfterwards({
  storage,
  newest,
}: Awaited<ReturnType<typeof record>>): Promise<{ reason: string; ms: number }[]> {
  const now = Date.now();
  // Not the one that the fault ended, whose news may come late: a hole has an end only when footage
  // follows it.
  await until(() => newest('flaky') > now && recorder?.stats().cameras.flaky?.state === 'playing');
  const writer = recorder?.stats().cameras.steady?.writer;
  expect(writer?.framesDropped).toBe(0);
  expect(recorder?.index.gaps({ cameraId: 'steady' })).toEqual([]);
  await recorder?.close();
  const gaps = recorder ? await gapsOf(storage) : [];
  expect((await checkAfterFault(storage, { acknowledged: [] })).problems).toEqual([]);
  return gaps;
}

async function gapsOf(storage: string): Promise<{ reason: string; ms: number }[]> {
  const reader = await Recorder.open({ storage, passphrase: PASSPHRASE });
  try {
    const gaps = reader.index.gaps({ cameraId: 'flaky' });
    return gaps.map(({ reason, from, to }) => ({ reason, ms: to - from }));
  } finally {
    await reader.close();
  }
}

it('flaps once a second', async () => {
  const recording = await record();
  const connections = proxy.connections;
  proxy.flap(1000);
  await until(() => proxy.connections >= connections + 5);
  proxy.mend();
  const holes = await holesAfterwards(recording);
  for (const { reason } of holes)
    expect(['disconnected', 'waiting-for-key-frame']).toContain(reason);
});

const CUTS = process.env.FLUXVISION_FAULTS_LONG === '1' ? [1, 10, 60] : [1, 10];
it.each(CUTS)('is cut for %d s', async (seconds) => {
  const recording = await record();
  proxy.cut();
  await sleep(seconds * 1000);
  proxy.mend();
  const holes = await holesAfterwards(recording);
  const away = holes.filter(({ reason }) => reason === 'disconnected');
  expect(away.length).toBeGreaterThan(0);
  expect(away.reduce((sum, { ms }) => sum + ms, 0)).toBeGreaterThan(seconds * 1000 - 500);
});

it('stalls without closing', async () => {
  const recording = await record();
  proxy.stall();
  await until(() => recorder?.stats().cameras.flaky?.state !== 'playing');
  proxy.mend();
  const holes = await holesAfterwards(recording);
  expect(holes.map(({ reason }) => reason)).toContain('disconnected');
});

it('injects garbage', async () => {
  const recording = await record();
  const connections = proxy.connections;
  for (let i = 0; i < 5; i++) {
    proxy.inject();
    await sleep(200);
  }
  // Whether the stream is found again in the noise or made anew is the engine's choice.
  expect(proxy.connections).toBeGreaterThanOrEqual(connections);
  const holes = await holesAfterwards(recording);
  for (const { reason } of holes) {
    expect(['disconnected', 'waiting-for-key-frame', 'discontinuity']).toContain(reason);
  }
});

it('leaves a connection half open', async () => {
  const recording = await record();
  proxy.halfOpen();
  await until(() => recorder?.stats().cameras.flaky?.state !== 'playing');
  const holes = await holesAfterwards(recording);
  expect(holes.map(({ reason }) => reason)).toContain('disconnected');
});
