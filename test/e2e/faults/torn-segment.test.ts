// A power cut may keep later chunks of a file and lose earlier ones. What stands before is recovered, and
// nothing is thrown away.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RecordingIndex } from '../../../src/index.js';
import { folderOfThisFile } from '../support/folder.js';
import { Bed } from './bed.js';
import { checkAfterFault } from './check-storage.js';

const folder = folderOfThisFile();
let bed: Bed;
beforeAll(async () => {
  bed = await Bed.make(folder, 1);
});
afterAll(() => bed?.close());

it('recovers what stands before a hole in an unfinished segment, and keeps the whole file', async () => {
  const storage = bed.newStorage();
  const child = bed.record(storage, { rules: ['fsync cam1/????????/* 1 1 kill-before'] });
  await child.ends();
  expect(child.exit?.signal).toBe('SIGKILL');
  const [day] = readdirSync(join(storage, 'cam1')) as [string];
  const [name] = readdirSync(join(storage, 'cam1', day)) as [string];
  const path = join(storage, 'cam1', day, name);
  const bytes = readFileSync(path);
  bytes.fill(0, bytes.length >> 1, (bytes.length >> 1) + 4096);
  writeFileSync(path, bytes);

  const { problems, recovery } = await checkAfterFault(storage, { acknowledged: [] });
  expect(problems).toEqual([]);
  expect(recovery?.quarantined).toMatchObject([
    { file: `cam1/${day}/${name}`, code: 'ERR_AUTH_TAG' },
  ]);
  const index = await RecordingIndex.open({ storage, readOnly: true });
  const rows = index.segments();
  await index.close();
  expect(rows).toMatchObject([{ state: 'recovered', fileSize: statSync(path).size }]);
  expect(rows[0]?.frames).toBeGreaterThan(10);
  expect(rows[0]?.frames).toBeLessThan(40);
  const kept = readFileSync(join(storage, 'quarantine', `cam1_${day}_${name}`));
  expect(kept.equals(bytes)).toBe(true);
});
