// Where the tiles of a grid lie.
import {
  checkOptions,
  decimal,
  integer,
  invalidArgument,
  list,
  oneOf,
  optional,
} from '../arguments/index.js';
import type { NativeLayout } from '../native/index.js';

/** Tiles of a {@link GridRenderer} are numbered from 0 to one less than this, whatever its layout. */
export const MAX_TILES = 64;

/** A place on the picture; the origin is at the top left. */
export interface TileRect {
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * Equal tiles (`'6x6'`: columns by rows, 1 to 8 each), counted from left to right and from top to
 * bottom; with `gap` pixels between them. Or tiles anywhere, later ones over earlier ones, in
 * fractions of the picture's width and height, or in `pixels`.
 */
export type Layout =
  | `${number}x${number}`
  | { columns: number; rows: number; gap?: number }
  | { tiles: readonly TileRect[]; unit?: 'fraction' | 'pixel' };

const side = integer(1, 8);
const coordinate = decimal(-1_000_000, 1_000_000);
const length = decimal(Number.MIN_VALUE, 1_000_000);

/** @throws FluxError `ERR_INVALID_ARGUMENT`, with `name`. */
export function checkLayout(name: string, value: unknown): NativeLayout {
  if (typeof value === 'string') {
    const [, columns, rows] = /^(\d+)x(\d+)$/.exec(value) ?? [];
    if (columns === undefined) throw invalidArgument(name, "columns by rows, such as '4x3'", value);
    return {
      columns: side(`${name}: columns`, Number(columns)),
      rows: side(`${name}: rows`, Number(rows)),
      gap: 0,
    };
  }
  if (typeof value === 'object' && value !== null && 'tiles' in value) {
    const { tiles, unit } = checkOptions(name, value, {
      tiles: list,
      unit: optional(oneOf('fraction', 'pixel'), 'fraction'),
    });
    if (tiles.length < 1 || tiles.length > MAX_TILES) {
      throw invalidArgument(`${name}: tiles`, `an array of 1 to ${MAX_TILES} places`, tiles);
    }
    return {
      tiles: tiles.map((tile, index) =>
        checkOptions(`${name}: tiles[${index}]`, tile, {
          x: coordinate,
          y: coordinate,
          width: length,
          height: length,
        }),
      ),
      pixels: unit === 'pixel',
    };
  }
  return checkOptions(name, value, {
    columns: side,
    rows: side,
    gap: optional(integer(0, 256, 'pixels'), 0),
  });
}
