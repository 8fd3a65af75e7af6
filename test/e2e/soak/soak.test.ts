// The long run of a recorder, made short: that everything in it happens and is judged. Whether memory
// stays flat is for `npm run soak`.
import { expect, it } from 'vitest';
import { folderOfThisFile } from '../support/folder.js';
import { runSoak } from './soak.js';

const folder = folderOfThisFile();

it('finds nothing lost, nothing altered and nothing unexplained', async () => {
  const { problems, counts, samples } = await runSoak({
    ...{ folder: `${folder}/soak`, cameras: 5, minutes: 0.25, sampleMs: 1000 },
    ...{ maxBytesPerCamera: 200_000, say: () => {} },
  });
  expect(problems).toEqual([]);
  expect(counts.deleted).toBeGreaterThan(0);
  expect(counts.frames).toBeGreaterThan(1000);
  expect(samples.length).toBeGreaterThan(8);
});
