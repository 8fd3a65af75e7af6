// The five qualities of a tile.
import { native, type Quality } from '../native/index.js';

export type { Quality } from '../native/index.js';

export const QUALITIES = [
  'PAUSED',
  'THUMBNAIL',
  'GRID_VIEW',
  'FOCUSED',
  'FULLSCREEN',
] as const satisfies readonly Quality[];

/**
 * The quality for a tile of this size in device pixels; its larger side counts: under 100
 * `THUMBNAIL`, under 400 `GRID_VIEW`, under 800 `FOCUSED`, else `FULLSCREEN`. Nothing to see:
 * `PAUSED`.
 */
export function qualityForTile(width: number, height: number): Quality {
  return native.qualityForTile(width, height);
}
