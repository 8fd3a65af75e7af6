// The grid on the screen: remembered in this browser, filled by itself at the very first time.
import { useCallback, useEffect, useMemo, useState } from 'react';
import type { CameraView, GridLayout } from '../../protocol/cameras.js';
import { useServer, useServers } from '../api/index.js';
import { useAccount } from '../app/session.js';
import { drawable, fitting, type Grid, poured } from './layout.js';

interface Remembered {
  grid: Grid;
  /** Of a saved layout that it came from. */
  layoutId?: string;
}

export interface GridState {
  grid: Grid;
  layoutId: string | undefined;
  /** Changes what is shown; it is still the same layout, unsaved. */
  change: (next: (grid: Grid) => Grid) => void;
  /** Another shape; cameras stay as far as there is room, and others fill what is empty. */
  reshape: (shape: Grid) => void;
  open: (layout: GridLayout) => void;
  saved: (layoutId: string | undefined) => void;
  /** As many equal tiles as there are cameras. */
  automatic: () => void;
}

export function useGrid(cameras: readonly CameraView[] | undefined): GridState {
  const server = useServer();
  const { node } = useServers();
  const { userId } = useAccount();
  const key = `fluxvision.grid.${node ?? server.id}.${userId}`;
  const [state, setState] = useState<Remembered | undefined>(() => recall(key));
  const ids = useMemo(
    () => (cameras ?? []).filter((camera) => camera.may.live).map((camera) => camera.id),
    [cameras],
  );
  const automaticGrid = useMemo(() => poured(fitting(ids.length), EMPTY, ids), [ids]);
  const grid = state?.grid ?? automaticGrid;

  useEffect(() => setState(recall(key)), [key]);

  const keep = useCallback(
    (next: Remembered | undefined) => {
      setState(next);
      if (next) localStorage.setItem(key, JSON.stringify(next));
      else localStorage.removeItem(key);
    },
    [key],
  );
  const layoutId = state?.layoutId;
  return {
    grid,
    layoutId,
    change: (next) => keep({ grid: next(grid), ...(layoutId ? { layoutId } : {}) }),
    reshape: (shape) => keep({ grid: poured(shape, grid, ids) }),
    open: ({ id, columns, rows, tiles }) => keep({ grid: { columns, rows, tiles }, layoutId: id }),
    saved: (id) => keep({ grid, ...(id ? { layoutId: id } : {}) }),
    automatic: () => keep(undefined),
  };
}

const EMPTY: Grid = { columns: 1, rows: 1, tiles: [] };

/** What lies in the browser may be old, or somebody's: it is looked at before it is drawn. */
function recall(key: string): Remembered | undefined {
  try {
    const value = JSON.parse(localStorage.getItem(key) ?? 'null') as Remembered | null;
    const grid = value?.grid;
    if (!grid || !Array.isArray(grid.tiles) || grid.tiles.length > 64) return undefined;
    return drawable(grid) ? value : undefined;
  } catch {
    return undefined;
  }
}
