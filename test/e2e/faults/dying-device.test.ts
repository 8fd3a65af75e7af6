// A disk that goes away under a running recorder: recording is blocked and said to be, nothing lands in
// the folder below, nothing is deleted, and all goes on as soon as the disk is back.
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { makeClip, SMALL } from '../support/clips.js';
import { folderOfThisFile } from '../support/folder.js';

const CHILD = join(import.meta.dirname, 'dying-device-child.mjs');
const folder = folderOfThisFile();
const clip = makeClip(folder, 'clip.mp4', SMALL);
// Root may mount in any namespace; another user is root in a user namespace of its own.
const isRoot = process.getuid?.() === 0;
const unshare = isRoot ? ['-m'] : ['-r', '-m'];

async function lose(how: 'same' | 'moved' | 'dead') {
  const disks = join(folder, how);
  mkdirSync(disks);
  const child = [process.execPath, CHILD, disks, clip, how];
  const { stdout } = await promisify(execFile)('unshare', [...unshare, ...child]);
  return JSON.parse(stdout);
}

function expectRecovered(told: Awaited<ReturnType<typeof lose>>): void {
  expect(told).toMatchObject({
    ...{ blocked: ['storage'], resumed: ['storage'], stateWhileAway: 'playing' },
    ...{ below: [], deleted: 0, problems: [], recovery: [], lost: [] },
    ...{ second: 'ERR_STORAGE_LOCKED', evidence: ['case 7'] },
  });
  expect(told.gaps).toContain('storage');
  expect(told.rows).toBeGreaterThanOrEqual(told.segments.length);
}

describe.concurrent('a disk that goes away while it is recorded to', () => {
  it('is missed, and recorded to again, where it is unmounted and mounted', async () => {
    const told = await lose('same');
    expectRecovered(told);
    expect(told.errors).toContain('ERR_STORAGE_MISSING');
  });

  it('is recorded to again where it comes back as another device', async () => {
    const told = await lose('moved');
    expectRecovered(told);
    expect(told.errors).toContain('ERR_STORAGE_MISSING');
  });

  // Needs root and a loop device.
  it.runIf(process.env.FLUXVISION_FAULTS_LONG === '1')(
    'is recorded to again where it died, each call failing, and was plugged in again',
    async () => {
      const told = await lose('dead');
      expectRecovered(told);
      expect(told.errors).toContain('ERR_IO');
    },
  );
});
