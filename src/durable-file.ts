// Writes small files that must be either whole or absent after a power cut.
import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { link, open, rename, rm, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Creates `path` with mode 0600 and makes it durable: temporary file, fsync, into place, fsync of
 * the directory. Throws EEXIST where `path` exists; it is never replaced.
 */
export async function createDurably(path: string, content: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await moveWithoutReplacing(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}

/**
 * Puts `content` in the place of the file, durably: at every moment, also after a power cut, the old
 * content is there or the new one. Synchronous, so that it can stand inside a database transaction.
 */
export function replaceDurablySync(path: string, content: string): void {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  try {
    const file = openSync(temporary, 'wx', 0o600);
    try {
      const bytes = Buffer.from(content);
      for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  const directory = openSync(dirname(path), 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

/** Renames a file; EEXIST, and nothing is touched, where `to` exists. */
export async function moveWithoutReplacing(from: string, to: string): Promise<void> {
  try {
    // rename() would replace a file that another process put there meanwhile; link() cannot.
    await link(from, to);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK'].includes(code)) throw error;
    // A file system without hard links. Claim the name, then replace the claim.
    await (await open(to, 'wx', 0o600)).close();
    await rename(from, to);
    return;
  }
  await unlink(from);
}

export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
