// Zones: where in the picture motion counts, or does not.
import {
  type Check,
  checkOptions,
  flag,
  integer,
  invalidArgument,
  list,
  optional,
  text,
} from '../arguments/index.js';
import type { NativeMotionZone } from '../native/index.js';

/** A part of the picture where motion counts, or does not. */
export interface MotionZone {
  /** For example `driveway`. */
  name: string;
  /** Three corners or more, [x, y] in shares of the picture from its top left corner: 0 to 1. */
  polygon: readonly (readonly [number, number])[];
  /** What happens here is never motion: a flag, a road, the time that the camera writes. */
  exclude?: boolean;
  /** 0 to 100, instead of the camera's. */
  sensitivity?: number;
}

/** The bits of a mask of zones. */
export const MAX_ZONES = 32;
const MAX_CORNERS = 256;

const polygon: Check<{ x: number; y: number }[]> = (name, value) => {
  const corners = list(name, value);
  if (corners.length < 3 || corners.length > MAX_CORNERS) {
    throw invalidArgument(name, `3 to ${MAX_CORNERS} corners`, value);
  }
  return corners.map((corner, i) => {
    const share = (each: unknown) => typeof each === 'number' && each >= 0 && each <= 1;
    if (!Array.isArray(corner) || corner.length !== 2 || !corner.every(share)) {
      throw invalidArgument(`${name}[${i}]`, '[x, y], each from 0 to 1', corner);
    }
    return { x: corner[0] as number, y: corner[1] as number };
  });
};

/** ERR_INVALID_ARGUMENT naming the zone. */
export function checkZones(sensitivity: number): Check<NativeMotionZone[]> {
  return (where, value) => {
    const zones = list(where, value);
    if (zones.length > MAX_ZONES) throw invalidArgument(where, `at most ${MAX_ZONES} zones`, value);
    const names = new Set<string>();
    return zones.map((zone, i) => {
      const checked = checkOptions(`${where}[${i}]`, zone as MotionZone, {
        name: text(1, 64),
        polygon,
        exclude: optional(flag, false),
        sensitivity: optional(integer(0, 100), sensitivity),
      });
      if (names.has(checked.name)) {
        throw invalidArgument(`${where}[${i}]: name`, 'a name of its own', checked.name);
      }
      names.add(checked.name);
      return checked;
    });
  };
}
