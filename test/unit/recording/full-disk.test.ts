// A disk that is really full: a tmpfs of 8 MB in a namespace of its own.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeClip } from '../clip.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { type ChildProgram, childProgram } from './child.js';

describe('a recorder whose disk gets full', () => {
  let child: ChildProgram;
  beforeAll(() => {
    child = childProgram('fill-disk');
  });
  afterAll(() => child.remove());

  async function fill(mode: 'retention' | 'off' | 'locked') {
    const directory = temporaryDirectory();
    const disk = temporaryDirectory();
    const { code, stdout } = await child.runWithMounts(disk, makeClip(directory), mode);
    expect(code).toBe(0);
    return JSON.parse(stdout);
  }

  it('deletes the oldest footage and goes on recording', async () => {
    const { seen, left, free } = await fill('retention');
    expect(seen.deleted).toBeGreaterThan(0);
    expect(seen.storageFull).toBeUndefined();
    expect(left).toBeLessThan(16);
    // No more than it takes.
    expect(left).toBeGreaterThan(4);
    expect(free).toBeLessThan(2 << 20);
  });

  it('raises the alarm where everything is evidence, and deletes none of it', async () => {
    const { seen, left, full, errors } = await fill('locked');
    expect(left).toBe(16);
    expect(seen).toMatchObject({ recordingBlocked: 1, storageFull: 1 });
    expect(full).toMatchObject({ reason: 'locked' });
    expect(errors).toContain('ERR_STORAGE_FULL');
  });

  it('raises the alarm where retention is off, and deletes nothing', async () => {
    const { seen, left, full } = await fill('off');
    expect(left).toBe(16);
    expect(seen.deleted).toBeUndefined();
    expect(seen).toMatchObject({ recordingBlocked: 1, storageFull: 1 });
    expect(full).toMatchObject({ reason: 'off' });
  });
});
