// SHA-256 of files, and the certainty that a file was the same all the while.
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { FluxError } from '../errors.js';
import { asFluxError, throwIfAborted } from '../events.js';

const PIECE_BYTES = 1 << 20;

/** What changes when a file is replaced or written to. */
export interface FileIdentity {
  device: bigint;
  inode: bigint;
  size: bigint;
  modified: bigint;
  changed: bigint;
}

export interface HashedFile {
  size: number;
  /** Hex. */
  sha256: string;
  identity: FileIdentity;
}

export interface HashOptions {
  signal?: AbortSignal | undefined;
  onBytes?: ((count: number) => void) | undefined;
  /** For messages: what is being done. */
  action: string;
}

/** ERR_NOT_FOUND where it is gone; ERR_EXPORT_FILE where it is no plain file. */
export async function identityOf(path: string): Promise<FileIdentity> {
  return withFile(path, identify);
}

/** Reads the file once; ERR_EXPORT_SOURCE_CHANGED where it changed while it was read. */
export async function hashFile(path: string, options: HashOptions): Promise<HashedFile> {
  return withFile(path, async (file) => {
    const identity = await identify(file, path);
    const hash = createHash('sha256');
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    let size = 0;
    for (;;) {
      throwIfAborted(options.signal, options.action);
      const { bytesRead } = await file.read(piece, 0, piece.length, size);
      if (bytesRead === 0) break;
      hash.update(piece.subarray(0, bytesRead));
      size += bytesRead;
      options.onBytes?.(bytesRead);
    }
    requireSame(path, identity, await identify(file, path));
    return { size, sha256: hash.digest('hex'), identity };
  });
}

/** ERR_EXPORT_SOURCE_CHANGED where the two are not of one file in one state. */
export function requireSame(path: string, before: FileIdentity, after: FileIdentity): void {
  const names = Object.keys(before) as (keyof FileIdentity)[];
  if (names.every((name) => before[name] === after[name])) return;
  throw new FluxError(
    'ERR_EXPORT_SOURCE_CHANGED',
    `${path} was replaced or changed meanwhile. Find out by whom, and try again.`,
  );
}

async function withFile<T>(
  path: string,
  use: (file: FileHandle, path: string) => Promise<T>,
): Promise<T> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    const gone = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw asFluxError(error, gone ? 'ERR_NOT_FOUND' : 'ERR_IO', `${path} cannot be read`);
  }
  try {
    return await use(file, path);
  } catch (error) {
    throw asFluxError(error, 'ERR_IO', `${path} cannot be read`);
  } finally {
    await file.close();
  }
}

async function identify(file: FileHandle, path: string): Promise<FileIdentity> {
  const found = await file.stat({ bigint: true });
  if (!found.isFile()) throw new FluxError('ERR_EXPORT_FILE', `${path} is not a plain file.`);
  const { dev, ino, size, mtimeNs, ctimeNs } = found;
  return { device: dev, inode: ino, size, modified: mtimeNs, changed: ctimeNs };
}
