// What the watch says of a storage whose disk goes away, and comes back as another one.
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openOrCreateStorage } from '../../../src/recording/storage.js';
import { StorageWatch } from '../../../src/recording/storage-watch.js';
import { temporaryDirectory } from '../temporary-directory.js';

async function watched() {
  const folder = temporaryDirectory();
  const disk = join(folder, 'disk');
  const storage = join(folder, 'storage');
  mkdirSync(disk);
  symlinkSync(disk, storage);
  const marker = await openOrCreateStorage(storage);
  const told: string[] = [];
  const watch = new StorageWatch(storage, marker, {
    lost: ({ code }) => told.push(code),
    back: () => told.push('back'),
  });
  const mount = (other: string) => {
    rmSync(storage);
    symlinkSync(other, storage);
  };
  return { disk, watch, told, mount };
}

it('tells once that a disk is gone, and that it is back', async () => {
  const { disk, watch, told } = await watched();
  expect(watch.check()).toBe(true);
  renameSync(disk, `${disk}.away`);
  expect([watch.check(), watch.check()]).toEqual([false, false]);
  expect(watch.lost?.code).toBe('ERR_STORAGE_MISSING');
  renameSync(`${disk}.away`, disk);
  expect([watch.check(), watch.check()]).toEqual([true, true]);
  expect(told).toEqual(['ERR_STORAGE_MISSING', 'back']);
});

const MEMORY = '/dev/shm';
const hasOtherDevice = statSync(MEMORY, { throwIfNoEntry: false })?.isDirectory() ?? false;

it.runIf(hasOtherDevice)(
  'tells of a disk that became another device between two looks',
  async (context) => {
    const { disk, watch, told, mount } = await watched();
    const other = mkdtempSync(join(MEMORY, 'fluxvision-'));
    onTestFinished(() => rmSync(other, { recursive: true }));
    if (statSync(other).dev === statSync(disk).dev) return context.skip('one device only');
    cpSync(disk, other, { recursive: true });
    mount(other);
    expect([watch.check(), watch.check()]).toEqual([true, true]);
    expect(told).toEqual(['ERR_STORAGE_MISSING', 'back']);
  },
);
