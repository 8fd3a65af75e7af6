// What all tiles together want of the cameras, and what has to be asked of the server for it.
import type { Quality } from '../../protocol/values.js';

const RANK: Record<Quality, number> = {
  PAUSED: 0,
  THUMBNAIL: 1,
  GRID_VIEW: 2,
  FOCUSED: 3,
  FULLSCREEN: 4,
};

export interface WishedCamera {
  id: string;
  quality: Quality;
}

export interface Difference {
  subscribe: WishedCamera[];
  unsubscribe: string[];
}

/** A camera is asked for once, in the best quality that one of its tiles wants. */
export function wished(tiles: Iterable<{ cameraId: string; quality: Quality }>): WishedCamera[] {
  const best = new Map<string, Quality>();
  for (const { cameraId, quality } of tiles) {
    if (quality === 'PAUSED') continue;
    const known = best.get(cameraId);
    if (!known || RANK[quality] > RANK[known]) best.set(cameraId, quality);
  }
  return [...best].map(([id, quality]) => ({ id, quality }));
}

/** From what the server was asked for to what is wished now. */
export function difference(
  asked: ReadonlyMap<string, Quality>,
  wishes: readonly WishedCamera[],
): Difference {
  const ids = new Set(wishes.map((wish) => wish.id));
  return {
    subscribe: wishes.filter((wish) => asked.get(wish.id) !== wish.quality),
    unsubscribe: [...asked.keys()].filter((id) => !ids.has(id)),
  };
}
