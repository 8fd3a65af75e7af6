// kill -9 at each named point of the commit, of a deletion and of an opening.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderOfThisFile } from '../support/folder.js';
import { Bed } from './bed.js';
import { COMMIT_POINTS, DELETE_POINTS, type KillPoint, OPENING_POINTS } from './kill-points.js';
import { KilledStorage } from './kills.js';

const folder = folderOfThisFile();
let bed: Bed;
beforeAll(async () => {
  bed = await Bed.make(folder);
});
afterAll(() => bed?.close());

async function losesNothing(storage: KilledStorage, point: KillPoint): Promise<void> {
  const { problems, killed, child } = await storage.killAt(point);
  expect(problems).toEqual([]);
  expect(killed, child.describe()).toBe(true);
}

describe('a recorder killed while it commits loses nothing it acknowledged, and under a second', () => {
  let storage: KilledStorage;
  beforeAll(() => {
    storage = new KilledStorage(bed);
  });

  it.each(COMMIT_POINTS)('$name', (point) => losesNothing(storage, point));

  it('and goes on recording afterwards', async () => {
    expect(await storage.goesOn()).toEqual([]);
  });
});

describe('a recorder killed while it deletes loses nothing but what was to go', () => {
  let storage: KilledStorage;
  beforeAll(() => {
    storage = new KilledStorage(bed);
  });

  it.each(DELETE_POINTS)('$name', (point) => losesNothing(storage, point));

  it('and goes on recording afterwards', async () => {
    expect(await storage.goesOn()).toEqual([]);
  });
});

describe('a recorder killed while it makes a storage leaves one that opens', () => {
  it.each(OPENING_POINTS)('$name', async (point) => {
    await losesNothing(new KilledStorage(bed), point);
  });
});
