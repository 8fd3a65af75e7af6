// Which day folders have to be compared with the index, and how much of the footage is missing: told
// before anything is changed.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { isCameraId } from '../arguments/index.js';
import { FluxError } from '../errors.js';
import { dayName, utcDay } from '../utc-day.js';
import type { RecordingIndex } from './recording-index.js';
import { type DayFolder, dayFolderPlaces, readDayFolder } from './segment-files.js';

/** What {@link compareFolders} found. */
export interface FolderComparison {
  /** Folders whose files are not the rows' files, or that changed. */
  changed: DayFolder[];
  /** Folders that rows name and that are not there (`camera/YYYYMMDD`). */
  gone: string[];
  /** Rows without a file, by camera. */
  missing: Map<string, number>;
}

/** More than this many rows, and ... */
const SUSPECT_ROWS = 100;
/** ... more than this part of the rows. */
const SUSPECT_PART = 0.5;

/**
 * Looks into folders that changed after `settledAt` (UTC milliseconds) or that the index does not
 * know; with `all` into every one. Of the others only their existence is checked, by the sums of days,
 * so that millions of rows cost nothing.
 */
export async function compareFolders(
  index: RecordingIndex,
  settledAt: number,
  all: boolean,
): Promise<FolderComparison> {
  const { storage } = index;
  const known = new Set(
    all
      ? index.folders()
      : index.totals().map(({ cameraId, day }) => `${cameraId}/${dayName(utcDay(day))}`),
  );
  const comparison: FolderComparison = { changed: [], gone: [], missing: new Map() };
  const miss = (camera: string, rows: number) => {
    if (rows > 0) comparison.missing.set(camera, (comparison.missing.get(camera) ?? 0) + rows);
  };
  for await (const place of dayFolderPlaces(storage)) {
    const isKnown = known.delete(place.path);
    if (!all && isKnown && changedAt(join(storage, place.path)) <= settledAt) continue;
    const folder = await readDayFolder(storage, place);
    const rows = index.pathsIn(place.path);
    const files = new Set(folder.files.map((name) => `${place.path}/${name}`));
    const found = rows.filter((path) => files.has(path)).length;
    if (found < rows.length || found < files.size) comparison.changed.push(folder);
    miss(place.cameraId, rows.length - found);
  }
  for (const folder of known) {
    // A path without a folder was altered; reading it says so.
    const rows = folder === '' ? 0 : index.pathsIn(folder).length;
    // A segment that begins at midnight may lie in the next day's folder.
    if (rows === 0) continue;
    comparison.gone.push(folder);
    miss(folder.split('/')[0] as string, rows);
  }
  return comparison;
}

/** A folder's time of change moves when a file comes or goes. */
function changedAt(path: string): number {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** ERR_STORAGE_SUSPECT: an empty disk is a wrong disk, until somebody says otherwise. */
export function requireMostFiles(index: RecordingIndex, missing: Map<string, number>): void {
  const all = [...missing.values()].reduce((sum, rows) => sum + rows, 0);
  const suspects: [string, number, number][] = [['the storage', all, index.count()]];
  for (const [camera, rows] of missing) {
    if (isCameraId(camera)) {
      suspects.push([`camera '${camera}'`, rows, index.count({ cameraId: camera })]);
    }
  }
  for (const [what, rows, of] of suspects) {
    if (rows <= SUSPECT_ROWS || rows <= of * SUSPECT_PART) continue;
    throw new FluxError(
      'ERR_STORAGE_SUSPECT',
      `${index.storage}: of ${what}, ${rows} of ${of} segments are not on the disk. Is the right disk mounted, whole? Nothing was changed. Where the footage is really lost: fluxvision check --storage ${index.storage} --repair --accept-loss`,
    );
  }
}
