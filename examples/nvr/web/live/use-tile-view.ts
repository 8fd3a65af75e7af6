// What is seen of a tile: its size in device pixels, and whether it is on the screen at all.
import { type RefObject, useEffect, useState } from 'react';
import type { TileView } from '../players/index.js';

export function useTileView(tile: RefObject<HTMLElement | null>): TileView {
  const [view, setView] = useState<TileView>({ width: 0, height: 0, visible: false });
  useEffect(() => {
    const element = tile.current;
    if (!element) return;
    const change = (next: Partial<TileView>) =>
      setView((before) => {
        const after = { ...before, ...next };
        const same =
          after.width === before.width &&
          after.height === before.height &&
          after.visible === before.visible;
        return same ? before : after;
      });
    const size = new ResizeObserver(([entry]) => {
      if (!entry) return;
      const { width, height } = entry.contentRect;
      const ratio = window.devicePixelRatio;
      change({ width: Math.round(width * ratio), height: Math.round(height * ratio) });
    });
    const sight = new IntersectionObserver(
      (entries) => {
        const entry = entries.at(-1);
        if (entry) change({ visible: entry.isIntersecting });
      },
      { threshold: 0 },
    );
    size.observe(element);
    sight.observe(element);
    return () => {
      size.disconnect();
      sight.disconnect();
    };
  }, [tile]);
  return view;
}
