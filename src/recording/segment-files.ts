// Finds segment files on disk, folder by folder, in the order of camera and day.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isCameraId } from '../arguments/index.js';

/** A day folder of one camera. */
export interface DayFolder {
  cameraId: string;
  /** YYYYMMDD */
  day: string;
  /** `camera/YYYYMMDD`, as paths in the index begin. */
  path: string;
  /** File names, sorted by the time that they name. */
  files: string[];
}

/** A segment's name: the unix second that it begins in; version 1 ends in .part while it is written. */
const SEGMENT_NAME = /^(\d{1,12})(\.part)?$/;

/** The unix second that a segment's file name tells; undefined where it is no segment's name. */
export function secondOf(fileName: string): number | undefined {
  const match = SEGMENT_NAME.exec(fileName);
  return match ? Number(match[1]) : undefined;
}

/** True for a version 1 segment that was still being written. */
export function isPartial(fileName: string): boolean {
  return fileName.endsWith('.part');
}

/** All day folders with their segment files; what has another name is passed over. */
export async function* dayFolders(storage: string, cameraId?: string): AsyncGenerator<DayFolder> {
  const cameras = cameraId === undefined ? await folders(storage, isCameraId) : [cameraId];
  for (const camera of cameras) {
    const days = await folders(join(storage, camera), (name) => /^\d{8}$/.test(name));
    for (const day of days) {
      const entries = await list(join(storage, camera, day));
      const files = entries
        .filter((entry) => entry.isFile() && secondOf(entry.name) !== undefined)
        .map((entry) => entry.name)
        .sort((a, b) => (secondOf(a) ?? 0) - (secondOf(b) ?? 0));
      yield { cameraId: camera, day, path: `${camera}/${day}`, files };
    }
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
