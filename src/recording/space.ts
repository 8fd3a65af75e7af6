// Room on the disk: what is free to us, and a file that is given up when not even the index can grow.
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { open, rm, stat, statfs } from 'node:fs/promises';
import { layout } from './storage.js';

/** Room on the file system that a path lies on. */
export interface DiskSpace {
  totalBytes: number;
  /** For this user: without what the file system keeps for root. */
  freeBytes: number;
}

export type MeasureSpace = (path: string) => Promise<DiskSpace>;

export const measureSpace: MeasureSpace = async (path) => {
  const { blocks, bavail, bsize } = await statfs(path);
  return { totalBytes: blocks * bsize, freeBytes: bavail * bsize };
};

const RESERVE_BYTES = 4 << 20;

/**
 * Deleting needs a change of the index, and that needs room. The reserve is this room: given up when
 * the disk is full, put back when something was deleted.
 */
export class Reserve {
  constructor(private readonly storage: string) {}

  giveUp(): void {
    rmSync(layout.reserve(this.storage), { force: true });
  }

  /** Does nothing where it is there, or where there is hardly room for it. */
  async putBack({ totalBytes, freeBytes }: DiskSpace): Promise<void> {
    const size = Math.min(RESERVE_BYTES, Math.floor(totalBytes / 64));
    const path = layout.reserve(this.storage);
    if (freeBytes < size * 4) return;
    try {
      if ((await stat(path)).size >= size) return;
    } catch {
      // Not there.
    }
    try {
      const file = await open(path, 'w', 0o600);
      try {
        // Noise: file systems that compress would give zeros no room.
        await file.writeFile(randomBytes(size));
        await file.sync();
      } finally {
        await file.close();
      }
    } catch {
      await rm(path, { force: true }).catch(() => {});
    }
  }
}
