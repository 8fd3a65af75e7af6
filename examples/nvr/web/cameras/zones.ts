// Motion zones as the editor changes them: polygons whose corners go from 0 to 1 of the picture.
import type { MotionSettings } from '../../protocol/index.js';

export type Zone = MotionSettings['zones'][number];
export type Corner = Zone['points'][number];

export const MAX_ZONES = 16;
export const MIN_CORNERS = 3;
export const MAX_CORNERS = 32;

/** A rectangle in the middle, to be dragged into shape. */
export function newZone(name: string): Zone {
  return {
    name,
    points: [
      [0.25, 0.25],
      [0.75, 0.25],
      [0.75, 0.75],
      [0.25, 0.75],
    ],
  };
}

/** Corners never leave the picture. */
export function moveCorner(zone: Zone, index: number, to: Corner): Zone {
  return withPoints(
    zone,
    zone.points.map((point, i) => (i === index ? inside(to) : point)),
  );
}

/** Moves all corners alike, as far as the picture goes. */
export function moveZone(zone: Zone, dx: number, dy: number): Zone {
  const xs = zone.points.map(([x]) => x);
  const ys = zone.points.map(([, y]) => y);
  const x = clamp(dx, -Math.min(...xs), 1 - Math.max(...xs));
  const y = clamp(dy, -Math.min(...ys), 1 - Math.max(...ys));
  return withPoints(
    zone,
    zone.points.map((point) => inside([point[0] + x, point[1] + y])),
  );
}

/** A new corner half way to the next one. */
export function addCorner(zone: Zone, after: number): Zone {
  const from = zone.points[after];
  const to = zone.points[(after + 1) % zone.points.length];
  if (!from || !to || zone.points.length >= MAX_CORNERS) return zone;
  const middle = inside([(from[0] + to[0]) / 2, (from[1] + to[1]) / 2]);
  return withPoints(zone, zone.points.toSpliced(after + 1, 0, middle));
}

/** A polygon keeps at least three corners. */
export function removeCorner(zone: Zone, index: number): Zone {
  if (zone.points.length <= MIN_CORNERS) return zone;
  return withPoints(zone, zone.points.toSpliced(index, 1));
}

/** The share of the picture that a zone covers, 0 to 1 (shoelace formula). */
export function areaOf({ points }: Zone): number {
  const sum = points.reduce((total, [x, y], i) => {
    const [nextX, nextY] = points[(i + 1) % points.length] as Corner;
    return total + x * nextY - nextX * y;
  }, 0);
  return Math.abs(sum) / 2;
}

/** The numbers that SVG wants for a polygon in a box of 1 by 1. */
export function svgPoints({ points }: Zone): string {
  return points.map(([x, y]) => `${x},${y}`).join(' ');
}

const clamp = (value: number, from: number, to: number) => Math.min(to, Math.max(from, value));
// Four digits: a pixel of a picture of 8K, and no tail of binary fractions in the server's database.
const rounded = (value: number) => Math.round(clamp(value, 0, 1) * 10_000) / 10_000;
const inside = ([x, y]: Corner): Corner => [rounded(x), rounded(y)];
const withPoints = (zone: Zone, points: Corner[]): Zone => ({ ...zone, points });
