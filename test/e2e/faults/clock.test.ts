// A clock that is set by an hour while a camera is recorded: nothing is lost, and what has no footage has
// a reason.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RecordingIndex } from '../../../src/index.js';
import { folderOfThisFile } from '../support/folder.js';
import { Bed } from './bed.js';
import { checkAfterFault } from './check-storage.js';

const LIBRARY = ['x86_64-linux-gnu', 'aarch64-linux-gnu']
  .map((machine) => `/usr/lib/${machine}/faketime/libfaketimeMT.so.1`)
  .find((path) => existsSync(path));
const folder = folderOfThisFile();
let bed: Bed;
beforeAll(async () => {
  bed = await Bed.make(folder, 1);
});
afterAll(() => bed?.close());

it('is set an hour ahead', () => isSet('+3600'));

it('is set an hour back', () => isSet('-3600'));

async function isSet(step: string): Promise<void> {
  expect(LIBRARY, 'apt-get install faketime').toBeDefined();
  const storage = bed.newStorage();
  const clock = join(folder, `clock${step}`);
  writeFileSync(clock, '+0');
  const child = bed.record(storage, {
    preload: [LIBRARY as string],
    env: {
      FAKETIME_TIMESTAMP_FILE: clock,
      FAKETIME_NO_CACHE: '1',
      // Clocks are set; time goes on.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    },
  });
  try {
    await child.until('a segment', () => child.segments().length > 1);
    const set = child.news.length;
    writeFileSync(clock, step);
    await child.until('segments behind the step', () => child.segments(set).length > 2);
    await child.close();
  } finally {
    child.kill();
    await child.ends();
  }
  expect(child.exit, child.describe()).toEqual({ code: 0, signal: null });
  const segments = child.segments();
  const { problems } = await checkAfterFault(storage, { acknowledged: segments });
  expect(problems).toEqual([]);
  const last = segments.at(-1)?.startTime ?? 0;
  expect(Math.abs(last - (segments[0]?.startTime ?? 0))).toBeGreaterThan(3_500_000);
  const recorded = segments.reduce((sum, { frames }) => sum + frames, 0);
  expect(recorded).toBeGreaterThanOrEqual(bed.sent('cam1', child.startedAt, child.endedAt - 1500));

  const index = await RecordingIndex.open({ storage, readOnly: true });
  const gaps = index.gaps({ cameraId: 'cam1' });
  await index.close();
  expect(gaps.map(({ reason }) => reason)).toContain('discontinuity');
}
