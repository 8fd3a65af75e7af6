// Takes footage away, such that a crash at any point leaves either a row with its file or garbage that
// the next start finishes: row -> garbage row, unlink, fsync of the folder, garbage row gone.
import { lstat, rmdir, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncDirectory } from '../durable-file.js';
import { asFluxError } from '../events.js';
import { DAY_MS, dayStart } from '../utc-day.js';
import type { DeleteReason, Garbage } from './garbage.js';
import type { RecordingIndex } from './recording-index.js';
import { sizeOf } from './segment-files.js';
import { segmentFile } from './storage.js';

/** The points between two steps; tests end the process there. */
export type DeletionStep = 'garbage' | 'unlinked' | 'synced' | 'forgotten';

export interface DeletionEvents {
  deleted: (garbage: Garbage) => void;
  failed: (garbage: Garbage, error: Error) => void;
  step?: (step: DeletionStep) => void;
}

/** A failed deletion is tried again after this long, doubled with each attempt up to an hour. */
const RETRY_MS = 10_000;
const MAX_RETRY_MS = 3_600_000;

/** Is a file that has no row on its way out, or gone since it was seen? */
export async function isLeaving(index: RecordingIndex, path: string): Promise<boolean> {
  // In this order: what is garbage no more is gone by then.
  return index.garbage.has(path) || (await sizeOf(segmentFile(index.storage, path))) === undefined;
}

export class Deletion {
  constructor(
    private readonly index: RecordingIndex,
    private readonly events: DeletionEvents,
  ) {}

  /** Deletes one batch of segments, by their rows. Returns the bytes of the files that are gone. */
  async delete(ids: readonly number[], reason: DeleteReason): Promise<number> {
    const garbage = this.index.garbage.take(ids, reason, Date.now());
    this.events.step?.('garbage');
    return this.#remove(garbage);
  }

  /**
   * Finishes what an earlier process began (`afterStart`), or tries again what failed. A file that is
   * not the one that was to go (its path has a row, or another size) stays.
   */
  async resume(afterStart: boolean): Promise<number> {
    const now = Date.now();
    const due = this.index.garbage.list().filter((garbage) => afterStart || isDue(garbage, now));
    let freed = 0;
    for (let i = 0; i < due.length; i += 64) {
      const batch: Garbage[] = [];
      for (const garbage of due.slice(i, i + 64)) {
        if (await this.#isTheOne(garbage)) batch.push(garbage);
        else this.index.garbage.forget([garbage.path]);
      }
      freed += await this.#remove(batch);
    }
    return freed;
  }

  async #remove(garbage: readonly Garbage[]): Promise<number> {
    const gone: Garbage[] = [];
    const folders = new Map<string, string>();
    for (const file of garbage) {
      try {
        const path = segmentFile(this.index.storage, file.path);
        await unlinkIfThere(path);
        folders.set(dirname(path), file.path);
        gone.push(file);
      } catch (error) {
        this.#fail(file, error);
      }
    }
    this.events.step?.('unlinked');
    for (const [folder, path] of folders) await settleFolder(folder, path);
    this.events.step?.('synced');
    this.index.garbage.forget(gone.map(({ path }) => path));
    this.events.step?.('forgotten');
    for (const file of gone) this.events.deleted(file);
    return gone.reduce((sum, { size }) => sum + size, 0);
  }

  /** Since its file went, a new segment may have got the name: then only the garbage row is left over. */
  async #isTheOne(file: Garbage): Promise<boolean> {
    if (this.index.byPath(file.path)) return false;
    try {
      return (await lstat(segmentFile(this.index.storage, file.path))).size === file.size;
    } catch {
      // Gone, which is what was wanted; or unreadable, and unlink() will say why.
      return true;
    }
  }

  #fail(file: Garbage, error: unknown): void {
    const failure = asFluxError(error, 'ERR_DELETE', `${file.path} cannot be deleted`);
    this.index.garbage.failed(file.path, failure.message, Date.now());
    this.events.failed(file, failure);
  }
}

function isDue({ attempts, lastAttempt }: Garbage, now: number): boolean {
  const wait = Math.min(RETRY_MS * 2 ** Math.min(attempts, 20), MAX_RETRY_MS);
  return now - lastAttempt >= wait || now < lastAttempt;
}

async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/** Makes the unlinks durable; an empty folder goes too, unless a recorder may be about to use it. */
async function settleFolder(folder: string, path: string): Promise<void> {
  const day = dayStart(path.split('/')[1] as string);
  try {
    if (day < Date.now() - 2 * DAY_MS) {
      await rmdir(folder);
      await syncDirectory(dirname(folder));
      return;
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'ENOENT') return;
    if (!['ENOTEMPTY', 'EEXIST', 'EBUSY', 'EACCES', 'EPERM'].includes(code)) throw error;
  }
  await syncDirectory(folder).catch((error) => {
    if (!isGone(error)) throw error;
  });
}

function isGone(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
