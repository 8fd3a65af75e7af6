// The layout of a storage directory: a marker with its version, the index, the keys, the lock, and
// a folder per camera and UTC day.
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { isCameraId } from '../arguments/index.js';
import { createDurably } from '../durable-file.js';
import { FluxError } from '../errors.js';
import { asFluxError } from '../events.js';

const LAYOUT_VERSION = 1;

export const layout = {
  marker: (storage: string) => join(storage, 'storage.json'),
  index: (storage: string) => join(storage, 'index.db'),
  keys: (storage: string) => join(storage, 'keys'),
  lock: (storage: string) => join(storage, '.lock'),
  quarantine: (storage: string) => join(storage, 'quarantine'),
  reserve: (storage: string) => join(storage, '.reserve'),
} as const;

/** The content of storage.json. */
export interface StorageMarker {
  version: number;
  /** UUID of this storage. */
  id: string;
  /** How often a recorder opened it; absent before the first time. The index counts too. */
  opens?: number;
}

export function markerText(marker: StorageMarker): string {
  return `${JSON.stringify(marker)}\n`;
}

/** Makes the directory and its marker where they are missing; checks the marker where it is there. */
export async function openOrCreateStorage(directory: string): Promise<StorageMarker> {
  const storage = resolve(directory);
  await makeStorageDirectory(storage);
  const marker = newMarker();
  const existing = readMarkerSync(storage);
  if (existing) return existing;
  requireNoIndex(storage);
  try {
    await createDurably(layout.marker(storage), markerText(marker));
    return marker;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw asFluxError(error, 'ERR_STORAGE', `${layout.marker(storage)} cannot be written`);
    }
  }
  return openStorage(storage);
}

/** Does nothing where it is there. */
export async function makeStorageDirectory(storage: string): Promise<void> {
  try {
    await mkdir(storage, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw asFluxError(error, 'ERR_STORAGE', `${storage} cannot be made`);
  }
}

/** ERR_STORAGE_MISSING, for those that shall not make a storage where a disk is not mounted. */
export function requireStorage(storage: string): void {
  if (existsSync(layout.marker(storage))) return;
  throw new FluxError(
    'ERR_STORAGE_MISSING',
    `${storage} holds no storage, and none may be made (create: false, --no-create). Mount its disk, or create the storage first.`,
  );
}

export function newMarker(id: string = randomUUID()): StorageMarker {
  return { version: LAYOUT_VERSION, id };
}

/** A new marker beside an old index would take the footage of one storage for that of another. */
function requireNoIndex(storage: string): void {
  if (!existsSync(layout.index(storage))) return;
  throw new FluxError(
    'ERR_STORAGE_MISSING',
    `${storage} has an index.db, but no storage.json: it was deleted, or another disk is mounted. Restore storage.json from a backup, or make it anew: fluxvision check --storage ${storage} --repair`,
  );
}

/** Checks that `directory` is a storage of a version that this release knows. */
export async function openStorage(directory: string): Promise<StorageMarker> {
  const storage = resolve(directory);
  const marker = readMarkerSync(storage);
  if (marker) return marker;
  requireNoIndex(storage);
  throw new FluxError(
    'ERR_STORAGE_NOT_FOUND',
    `${storage} is not a storage directory: it has no storage.json. Check the path, and that its disk is mounted.`,
  );
}

/** Undefined where there is none. */
export function readMarkerSync(storage: string): StorageMarker | undefined {
  const path = layout.marker(storage);
  let marker: Partial<StorageMarker> | null;
  try {
    marker = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw asFluxError(error, 'ERR_STORAGE', `${path} cannot be read`);
  }
  if (typeof marker?.id !== 'string' || !Number.isInteger(marker.version)) {
    throw new FluxError('ERR_STORAGE', `${path} is damaged. Restore it from a backup.`);
  }
  if ((marker.version as number) > LAYOUT_VERSION) {
    throw new FluxError(
      'ERR_SCHEMA_VERSION',
      `${storage} has layout version ${marker.version}, this release knows up to ${LAYOUT_VERSION}. Update @fluxvision/core.`,
    );
  }
  const opens = Number.isSafeInteger(marker.opens) ? { opens: marker.opens as number } : {};
  return { version: marker.version as number, id: marker.id, ...opens };
}

/** The path of a segment as the index holds it: relative, with forward slashes. */
export function relativeSegmentPath(storage: string, path: string): string {
  const inside = relative(storage, path);
  if (inside === '' || isAbsolute(inside) || inside.split(sep)[0] === '..') {
    throw new FluxError('ERR_STORAGE', `${path} is not below ${storage}.`);
  }
  return inside.split(sep).join('/');
}

/** `camera/YYYYMMDD/name`: the form of every segment's path; anything else is not followed. */
export function isSegmentPath(path: string): boolean {
  const [camera, day, name, ...more] = path.split('/');
  return (
    more.length === 0 &&
    isCameraId(camera ?? '') &&
    /^\d{8}$/.test(day ?? '') &&
    /^[\w][\w.-]*$/.test(name ?? '')
  );
}

/** Absolute path of a row's file. ERR_INDEX where the row leads out of the storage. */
export function segmentFile(storage: string, filePath: string): string {
  if (!isSegmentPath(filePath)) {
    throw new FluxError(
      'ERR_INDEX',
      `The index names a file at ${JSON.stringify(filePath)}, where no segment can lie: it was altered.`,
    );
  }
  return join(storage, ...filePath.split('/'));
}
