// The grid's arithmetic: pouring, placing, swapping, growing, walking.
import { describe, expect, it } from 'vitest';
import {
  camerasOf,
  drawable,
  filled,
  fitting,
  neighbour,
  PRESETS,
  placed,
  poured,
  resized,
  swapped,
  uniform,
} from '../../../../examples/nvr/web/live/layout.js';
import { turn } from '../../../../examples/nvr/web/live/tour.js';

const ids = (count: number) => Array.from({ length: count }, (_, i) => `cam${i}`);
const cells = (grid: { tiles: readonly { width: number; height: number }[] }) =>
  grid.tiles.reduce((sum, tile) => sum + tile.width * tile.height, 0);

describe('a grid', () => {
  it('fits so many cameras without empty rows', () => {
    const shape = (count: number) => [fitting(count).columns, fitting(count).rows];
    expect(shape(0)).toEqual([1, 1]);
    expect(shape(2)).toEqual([2, 1]);
    expect(shape(6)).toEqual([3, 2]);
    expect(shape(42)).toEqual([7, 6]);
    expect(shape(500)).toEqual([8, 8]);
  });

  it('covers every cell once, whatever its shape', () => {
    for (const grid of Object.values(PRESETS)) {
      expect(drawable(grid)).toBe(true);
      expect(cells(grid)).toBe(grid.columns * grid.rows);
    }
  });

  it('keeps its cameras when it takes another shape, and takes others where there is room', () => {
    const four = poured(uniform(2), uniform(1), ids(4));
    const more = poured(uniform(3), four, ids(9));
    expect(camerasOf(more)).toEqual(ids(9));
    expect(camerasOf(poured(uniform(1), more))).toEqual(['cam0']);
  });

  it('fills empty tiles with cameras that are nowhere in it', () => {
    const grid = placed(uniform(2), 3, 'cam1');
    expect(filled(grid, ids(4)).tiles.map((tile) => tile.cameraId)).toEqual([
      'cam0',
      'cam2',
      'cam3',
      'cam1',
    ]);
  });

  it('moves a camera that is in it already, and never shows it twice', () => {
    const grid = poured(uniform(2), uniform(2), ids(3));
    const after = placed(grid, 3, 'cam0');
    expect(after.tiles.map((tile) => tile.cameraId)).toEqual([undefined, 'cam1', 'cam2', 'cam0']);
  });

  it('changes what two tiles show', () => {
    const grid = poured(uniform(2), uniform(2), ids(4));
    expect(camerasOf(swapped(grid, 0, 3))).toEqual(['cam3', 'cam1', 'cam2', 'cam0']);
  });

  it('lets a tile grow over its neighbours and leave cells behind when it shrinks', () => {
    const grid = poured(uniform(3), uniform(3), ids(9));
    const large = resized(grid, 0, 2, 2);
    expect(camerasOf(large)).toEqual(['cam0', 'cam2', 'cam5', 'cam6', 'cam7', 'cam8']);
    expect(cells(large)).toBe(9);
    const small = resized(
      large,
      large.tiles.findIndex((t) => t.cameraId === 'cam0'),
      1,
      1,
    );
    expect(drawable(small)).toBe(true);
    expect(cells(small)).toBe(9);
  });

  it('does not let a tile grow out of it', () => {
    const grid = resized(uniform(2), 3, 5, 5);
    expect(grid.tiles[3]).toEqual({ x: 1, y: 1, width: 1, height: 1 });
  });

  it('refuses to be drawn where tiles lie over each other or outside', () => {
    const tile = { x: 0, y: 0, width: 2, height: 1 };
    expect(drawable({ columns: 2, rows: 1, tiles: [tile, { ...tile, x: 1, width: 1 }] })).toBe(
      false,
    );
    expect(drawable({ columns: 1, rows: 1, tiles: [tile] })).toBe(false);
  });

  it('is walked with the arrow keys, also over large tiles', () => {
    const grid = PRESETS['1+5'];
    if (!grid) throw new Error('1+5 is gone');
    expect(neighbour(uniform(3), 4, 'left')).toBe(3);
    expect(neighbour(uniform(3), 4, 'down')).toBe(7);
    expect(neighbour(uniform(3), 0, 'up')).toBe(0);
    const right = neighbour(grid, 0, 'right');
    expect(grid.tiles[right]).toMatchObject({ x: 2 });
  });
});

describe('a tour', () => {
  it('shows every camera in turn, as many at once as there are tiles', () => {
    const pages = [0, 1, 2, 3].map((page) => camerasOf(turn(uniform(2), ids(6), page)));
    expect(pages[0]).toEqual(['cam0', 'cam1', 'cam2', 'cam3']);
    expect(pages[1]).toEqual(['cam4', 'cam5', 'cam0', 'cam1']);
    expect(pages[3]).toEqual(pages[0]);
    expect(camerasOf(turn(uniform(3), ids(2), 7))).toEqual(['cam0', 'cam1']);
    expect(camerasOf(turn(uniform(2), [], 1))).toEqual([]);
  });
});
