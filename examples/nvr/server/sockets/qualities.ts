// The qualities of live view, from nothing to all.
import type { Quality } from '../../protocol/index.js';

export type LiveQuality = Quality;

export const QUALITIES = [
  'PAUSED',
  'THUMBNAIL',
  'GRID_VIEW',
  'FOCUSED',
  'FULLSCREEN',
] as const satisfies readonly LiveQuality[];
