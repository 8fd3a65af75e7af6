// Finds segment files on disk, folder by folder, in the order of camera and day.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isCameraId } from '../arguments/index.js';
import { native } from '../native/index.js';

/**
 * How a recorder names its segments, in the folder of their camera and UTC day:
 *
 * - `seconds`: `1769421600`, the unix second of the first frame;
 * - `fvd`: `1769421600.fvd`;
 * - `hash`: 32 hexadecimal digits, made with the key of the day: who lacks it cannot tell the time;
 * - `jpeg`: `thumb_36000.jpg`, behind a small picture that is no part of the recording, so that
 *   viewers and scanners see an image. Format version 2 only.
 *
 * Camera and day show in the folders' names with all of them.
 */
export type SegmentFileNames = 'seconds' | 'fvd' | 'hash' | 'jpeg';

export const SEGMENT_FILE_NAMES = ['seconds', 'fvd', 'hash', 'jpeg'] as const;

/** A day folder of one camera. */
export interface DayFolder {
  cameraId: string;
  /** YYYYMMDD */
  day: string;
  /** `camera/YYYYMMDD`, as paths in the index begin. */
  path: string;
  /** File names, sorted by the time that they name; names that tell none come last. */
  files: string[];
}

/** Version 1 ends in .part while it is written; it is never a picture. */
const SECONDS_NAME = /^(\d{1,12})(?:\.fvd)?(?:\.part)?$/;
const HASHED_NAME = /^[0-9a-f]{32}(?:\.part)?$/;
const PICTURE_NAME = /^thumb_(\d{5})\.jpg$/;

/** True for every name that a recorder gives a segment. */
export function isSegmentName(fileName: string): boolean {
  return [SECONDS_NAME, HASHED_NAME, PICTURE_NAME].some((form) => form.test(fileName));
}

/** The unix second that a file of a day folder is named after; undefined where its name tells none. */
export function secondOf(day: string, fileName: string): number | undefined {
  const second = SECONDS_NAME.exec(fileName)?.[1];
  if (second !== undefined) return Number(second);
  const ofDay = PICTURE_NAME.exec(fileName)?.[1];
  if (ofDay === undefined) return undefined;
  const midnight = Date.UTC(+day.slice(0, 4), +day.slice(4, 6) - 1, +day.slice(6, 8));
  return midnight / 1000 + Number(ofDay);
}

/** True for a version 1 segment that was still being written. */
export function isPartial(fileName: string): boolean {
  return fileName.endsWith('.part');
}

/**
 * The unix second that a file seems to begin in: by its name, else its header, else the file system
 * (which is where version 1 keeps it). Good for sorting; nothing of it is authenticated.
 */
export async function apparentSecond(
  storage: string,
  folder: DayFolder,
  fileName: string,
): Promise<number> {
  const named = secondOf(folder.day, fileName);
  if (named !== undefined) return named;
  const path = join(storage, folder.path, fileName);
  try {
    const { startTime } = native.readSegmentHeader(path);
    if (startTime !== undefined) return Math.floor(startTime / 1000);
  } catch {
    // No header yet, or none that can be read: whoever opens the file says so.
  }
  return Math.floor((await stat(path)).mtimeMs / 1000);
}

/** A day folder, not looked into yet. */
export type DayFolderPlace = Omit<DayFolder, 'files'>;

/** All day folders, by camera and day. */
export async function* dayFolderPlaces(
  storage: string,
  cameraId?: string,
): AsyncGenerator<DayFolderPlace> {
  const cameras = cameraId === undefined ? await folders(storage, isCameraId) : [cameraId];
  for (const camera of cameras) {
    const days = await folders(join(storage, camera), (name) => /^\d{8}$/.test(name));
    for (const day of days) yield { cameraId: camera, day, path: `${camera}/${day}` };
  }
}

/** A day folder with its segment files; what has another name is passed over. */
export async function readDayFolder(storage: string, place: DayFolderPlace): Promise<DayFolder> {
  const entries = await list(join(storage, ...place.path.split('/')));
  const files = entries
    .filter((entry) => entry.isFile() && isSegmentName(entry.name))
    .map(({ name }) => ({ name, second: secondOf(place.day, name) ?? Number.MAX_SAFE_INTEGER }))
    .sort((a, b) => a.second - b.second || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name);
  return { ...place, files };
}

/** All day folders with their segment files. */
export async function* dayFolders(storage: string, cameraId?: string): AsyncGenerator<DayFolder> {
  for await (const place of dayFolderPlaces(storage, cameraId)) {
    yield await readDayFolder(storage, place);
  }
}

async function folders(path: string, wanted: (name: string) => boolean): Promise<string[]> {
  const entries = await list(path);
  return entries
    .filter((entry) => entry.isDirectory() && wanted(entry.name))
    .map((entry) => entry.name)
    .sort();
}

async function list(path: string) {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** In bytes; undefined where the file is gone. */
export async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
