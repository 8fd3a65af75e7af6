// The five qualities of a tile.
import { type NativeQuality, native } from '../native/index.js';

/**
 * What a viewer needs of a camera: `PAUSED` key frames of the sub stream only, `THUMBNAIL` and
 * `GRID_VIEW` the sub stream (for decoders: 5 and 15 frames a second), `FOCUSED` and `FULLSCREEN` the
 * main stream (25 and 30).
 */
export type Quality = NativeQuality;

export const QUALITIES = ['PAUSED', 'THUMBNAIL', 'GRID_VIEW', 'FOCUSED', 'FULLSCREEN'] as const;

/**
 * The quality for a tile of this size in device pixels; its larger side counts: under 100
 * `THUMBNAIL`, under 400 `GRID_VIEW`, under 800 `FOCUSED`, else `FULLSCREEN`. Nothing to see:
 * `PAUSED`.
 */
export function qualityForTile(width: number, height: number): Quality {
  return native.qualityForTile(width, height);
}
