// A tour: the grid shows all cameras in turn, as many at once as it has tiles.
import { useEffect, useMemo, useState } from 'react';
import { type Grid, poured } from './layout.js';

const STAY_MS = 10_000;

/** `grid` itself while there is no tour. */
export function useTour(grid: Grid, cameras: readonly string[], running: boolean): Grid {
  const [page, setPage] = useState(0);
  useEffect(() => {
    if (!running) return;
    setPage(0);
    const timer = setInterval(() => setPage((before) => before + 1), STAY_MS);
    return () => clearInterval(timer);
  }, [running]);
  return useMemo(() => {
    if (!running || cameras.length === 0) return grid;
    const count = Math.min(grid.tiles.length, cameras.length);
    const first = page * count;
    const turn = Array.from({ length: count }, (_, i) => cameras[(first + i) % cameras.length]);
    const shape = {
      ...grid,
      tiles: grid.tiles.map(({ cameraId: _, ...tile }) => tile),
    };
    return poured(
      shape,
      shape,
      turn.filter((id) => id !== undefined),
    );
  }, [grid, cameras, running, page]);
}
