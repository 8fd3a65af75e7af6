// Which quality a tile needs: by what is seen of it, in device pixels.
import type { Quality } from '../../protocol/values.js';

export interface TileView {
  /** Device pixels: CSS pixels by the screen's ratio, and by the digital zoom. */
  width: number;
  height: number;
  visible: boolean;
}

/** Of the larger side, as the SDK's `qualityForTile`: beneath it is the quality of that row. */
const BOUNDS: readonly (readonly [number, Quality])[] = [
  [100, 'THUMBNAIL'],
  [400, 'GRID_VIEW'],
  [800, 'FOCUSED'],
  [Number.POSITIVE_INFINITY, 'FULLSCREEN'],
];
/** A tile at a bound would change its stream at each pixel: it has to be so much beyond it. */
const HYSTERESIS = 0.08;

export function qualityFor(view: TileView, present?: Quality): Quality {
  const side = Math.max(view.width, view.height);
  if (!view.visible || side < 1) return 'PAUSED';
  const wanted = qualityOfSide(side);
  if (!present || present === 'PAUSED' || wanted === present) return wanted;
  const stays =
    qualityOfSide(side * (1 + HYSTERESIS)) === present ||
    qualityOfSide(side * (1 - HYSTERESIS)) === present;
  return stays ? present : wanted;
}

function qualityOfSide(side: number): Quality {
  return BOUNDS.find(([bound]) => side < bound)?.[1] ?? 'FULLSCREEN';
}
