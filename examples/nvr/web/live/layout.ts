// Arithmetic of grids: which tiles there are, what lies where, and what changes when one is moved or grows.
import type { GridLayout, GridTile } from '../../protocol/cameras.js';

/** What is on the screen: a layout that is saved, or not yet. */
export type Grid = Pick<GridLayout, 'columns' | 'rows' | 'tiles'>;

export const MOST_SIDE = 8;

/** Equal tiles. */
export function uniform(columns: number, rows = columns): Grid {
  const tiles: GridTile[] = [];
  for (let y = 0; y < rows; y += 1) {
    for (let x = 0; x < columns; x += 1) tiles.push({ x, y, width: 1, height: 1 });
  }
  return { columns, rows, tiles };
}

/** One or more large tiles, and the rest around them. */
export function around(side: number, large: readonly Omit<GridTile, 'cameraId'>[]): Grid {
  const tiles: GridTile[] = large.map((tile) => ({ ...tile }));
  return completed({ columns: side, rows: side, tiles });
}

export const PRESETS: Readonly<Record<string, Grid>> = {
  '1+5': around(3, [{ x: 0, y: 0, width: 2, height: 2 }]),
  '1+7': around(4, [{ x: 0, y: 0, width: 3, height: 3 }]),
  '1+12': around(4, [{ x: 1, y: 1, width: 2, height: 2 }]),
  '2+8': around(4, [
    { x: 0, y: 0, width: 2, height: 2 },
    { x: 2, y: 0, width: 2, height: 2 },
  ]),
};

/** Equal tiles for so many cameras: as wide as high, less the rows that would be empty. */
export function fitting(cameras: number): Grid {
  const columns = Math.min(MOST_SIDE, Math.max(1, Math.ceil(Math.sqrt(cameras))));
  return uniform(columns, Math.min(MOST_SIDE, Math.max(1, Math.ceil(cameras / columns))));
}

/** Cameras of `from` come into the tiles of `shape`, in reading order; then `others` where there is room. */
export function poured(shape: Grid, from: Grid, others: readonly string[] = []): Grid {
  const ids = [...camerasOf(from), ...others];
  const unique = [...new Set(ids)];
  return { ...shape, tiles: shape.tiles.map((tile, i) => withCamera(tile, unique[i])) };
}

/** In reading order, the large ones as they begin. */
export function camerasOf(grid: Grid): string[] {
  return inOrder(grid).flatMap((tile) => (tile.cameraId === undefined ? [] : [tile.cameraId]));
}

/** Fills what is empty with cameras that are nowhere in it. */
export function filled(grid: Grid, cameras: readonly string[]): Grid {
  const shown = new Set(camerasOf(grid));
  const rest = cameras.filter((id) => !shown.has(id));
  const tiles = grid.tiles.map((tile) =>
    tile.cameraId === undefined ? withCamera(tile, rest.shift()) : tile,
  );
  return { ...grid, tiles };
}

/** Puts a camera into a tile; where it was before, what was in that tile comes. */
export function placed(grid: Grid, index: number, cameraId: string | undefined): Grid {
  const before = grid.tiles.findIndex((tile) => tile.cameraId === cameraId);
  if (cameraId !== undefined && before >= 0) return swapped(grid, before, index);
  return {
    ...grid,
    tiles: grid.tiles.map((tile, i) => (i === index ? withCamera(tile, cameraId) : tile)),
  };
}

/** Two tiles change what they show. */
export function swapped(grid: Grid, a: number, b: number): Grid {
  const cameraA = grid.tiles[a]?.cameraId;
  const cameraB = grid.tiles[b]?.cameraId;
  const tiles = grid.tiles.map((tile, i) => {
    if (i === a) return withCamera(tile, cameraB);
    return i === b ? withCamera(tile, cameraA) : tile;
  });
  return { ...grid, tiles };
}

/**
 * Gives a tile another size, within the grid. Tiles that it covers go, their cameras too; cells that it
 * leaves become tiles of their own.
 */
export function resized(grid: Grid, index: number, width: number, height: number): Grid {
  const tile = grid.tiles[index];
  if (!tile) return grid;
  const next: GridTile = {
    ...tile,
    width: Math.max(1, Math.min(width, grid.columns - tile.x)),
    height: Math.max(1, Math.min(height, grid.rows - tile.y)),
  };
  const tiles = grid.tiles.filter((other, i) => i === index || !overlap(other, next));
  return completed({ ...grid, tiles: tiles.map((other) => (other === tile ? next : other)) });
}

/** Whether it can be drawn: all tiles within it, none over another. What is stored may be anybody's. */
export function drawable(grid: Grid): boolean {
  const inside = grid.tiles.every(
    (tile) => tile.x + tile.width <= grid.columns && tile.y + tile.height <= grid.rows,
  );
  return (
    inside &&
    grid.tiles.every((tile, i) => grid.tiles.slice(i + 1).every((other) => !overlap(tile, other)))
  );
}

export type Direction = 'left' | 'right' | 'up' | 'down';

/** The tile that the eye finds next in that direction; the same where there is none. */
export function neighbour(grid: Grid, index: number, direction: Direction): number {
  const from = grid.tiles[index];
  if (!from) return index;
  const [dx, dy] = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] }[direction] as [
    number,
    number,
  ];
  let best = index;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const [i, tile] of grid.tiles.entries()) {
    const x = centre(tile.x, tile.width) - centre(from.x, from.width);
    const y = centre(tile.y, tile.height) - centre(from.y, from.height);
    const along = x * dx + y * dy;
    if (i === index || along <= 0.4) continue;
    const distance = along + 3 * Math.abs(x * dy + y * dx);
    if (distance < bestDistance) {
      best = i;
      bestDistance = distance;
    }
  }
  return best;
}

function centre(start: number, length: number): number {
  return start + length / 2;
}

function overlap(a: GridTile, b: GridTile): boolean {
  const across = a.x < b.x + b.width && b.x < a.x + a.width;
  return across && a.y < b.y + b.height && b.y < a.y + a.height;
}

function inOrder(grid: Grid): GridTile[] {
  return [...grid.tiles].sort((a, b) => a.y - b.y || a.x - b.x);
}

/** Each cell that no tile covers becomes one. */
function completed(grid: Grid): Grid {
  const tiles = [...grid.tiles];
  for (const cell of uniform(grid.columns, grid.rows).tiles) {
    if (!tiles.some((tile) => overlap(tile, cell))) tiles.push(cell);
  }
  return { ...grid, tiles };
}

function withCamera({ x, y, width, height }: GridTile, cameraId: string | undefined): GridTile {
  return { x, y, width, height, ...(cameraId === undefined ? {} : { cameraId }) };
}
