// A power cut at points of a recording's log: only what was fsynced is left, and it is enough.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { folderOfThisFile } from '../support/folder.js';
import { Bed } from './bed.js';
import { LoggedRecording, sample } from './cuts.js';

const CUTS = 40;
const SEED = 1;
const folder = folderOfThisFile();
let bed: Bed;
beforeAll(async () => {
  bed = await Bed.make(folder);
});
afterAll(() => bed?.close());

it(`loses nothing acknowledged, and a second at most, to a cut at any of ${CUTS} points`, async () => {
  const recording = await LoggedRecording.make(bed, 4);
  const results = [];
  for await (const result of recording.cutAt(sample(recording.points(), CUTS, SEED), SEED)) {
    results.push(result);
  }
  expect(results.filter(({ problems }) => problems.length > 0)).toEqual([]);
  expect(results).toHaveLength(CUTS);
});
