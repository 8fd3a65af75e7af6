// A tour: the grid shows all cameras in turn, as many at once as it has tiles.
import { useEffect, useMemo, useState } from 'react';
import { type Grid, poured } from './layout.js';

/** Seconds that one may choose for the cameras to stay. */
export const TOUR_SECONDS = [5, 10, 20, 30, 60] as const;
export const DEFAULT_TOUR_SECONDS = 10;

/** `held`: it waits, for example while somebody looks at one camera alone. */
export interface Tour {
  running: boolean;
  held: boolean;
  seconds: number;
}

/** `grid` itself while there is no tour. */
export function useTour(grid: Grid, cameras: readonly string[], tour: Tour): Grid {
  const { running, held, seconds } = tour;
  const [page, setPage] = useState(0);
  useEffect(() => {
    if (!running) setPage(0);
  }, [running]);
  useEffect(() => {
    if (!running || held) return;
    const timer = setInterval(() => setPage((before) => before + 1), seconds * 1000);
    return () => clearInterval(timer);
  }, [running, held, seconds]);
  return useMemo(
    () => (running ? turn(grid, cameras, page) : grid),
    [grid, cameras, running, page],
  );
}

/** The cameras of one page; the last page begins again with the first ones. */
export function turn(grid: Grid, cameras: readonly string[], page: number): Grid {
  const count = Math.min(grid.tiles.length, cameras.length);
  if (count === 0) return grid;
  const shown = Array.from(
    { length: count },
    (_, i) => cameras[(page * count + i) % cameras.length],
  );
  const shape = { ...grid, tiles: grid.tiles.map(({ cameraId: _, ...tile }) => tile) };
  return poured(
    shape,
    shape,
    shown.filter((id) => id !== undefined),
  );
}
