// While a tile is dragged by keyboard, an arrow takes it over the next tile of that direction.
import type { KeyboardCoordinateGetter } from '@dnd-kit/core';

const DIRECTIONS: Partial<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export const gridKeys: KeyboardCoordinateGetter = (event, { context, currentCoordinates }) => {
  const direction = DIRECTIONS[event.code];
  if (!direction) return undefined;
  event.preventDefault();
  const [dx, dy] = direction;
  const from = context.over?.rect ?? context.collisionRect;
  if (!from || !context.collisionRect) return undefined;
  const [fromX, fromY] = [from.left + from.width / 2, from.top + from.height / 2];
  let best: { x: number; y: number; distance: number } | undefined;
  for (const rect of context.droppableRects.values()) {
    const x = rect.left + rect.width / 2 - fromX;
    const y = rect.top + rect.height / 2 - fromY;
    const along = x * dx + y * dy;
    if (along <= 4) continue;
    const distance = along + 3 * Math.abs(x * dy + y * dx);
    if (!best || distance < best.distance) {
      best = { x: rect.left + rect.width / 2, y: rect.top + rect.height / 2, distance };
    }
  }
  if (!best) return currentCoordinates;
  const moved = context.collisionRect;
  return { x: best.x - moved.width / 2, y: best.y - moved.height / 2 };
};
