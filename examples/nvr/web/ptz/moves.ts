// Directions of the pad, as velocities from -1 to 1.
import type { PtzCommand } from '../../protocol/cameras.js';

export const MOVES = [
  'upLeft',
  'up',
  'upRight',
  'left',
  'right',
  'downLeft',
  'down',
  'downRight',
  'in',
  'out',
] as const;
export type MoveName = (typeof MOVES)[number];

const VECTORS: Record<MoveName, readonly [pan: number, tilt: number, zoom: number]> = {
  upLeft: [-1, 1, 0],
  up: [0, 1, 0],
  upRight: [1, 1, 0],
  left: [-1, 0, 0],
  right: [1, 0, 0],
  downLeft: [-1, -1, 0],
  down: [0, -1, 0],
  downRight: [1, -1, 0],
  in: [0, 0, 1],
  out: [0, 0, -1],
};

export const KEYS: Readonly<Partial<Record<string, MoveName>>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
  '+': 'in',
  '-': 'out',
};

/** It ends by itself, so that a lost connection leaves no camera turning: repeat it to go on. */
export const MOVE_MS = 1000;
export const REPEAT_MS = 500;

/** `speed` from 0 to 1. */
export function velocity(name: MoveName, speed: number): PtzCommand {
  const [pan, tilt, zoom] = VECTORS[name];
  return {
    action: 'move',
    pan: pan * speed,
    tilt: tilt * speed,
    zoom: zoom * speed,
    durationMs: MOVE_MS,
  };
}
