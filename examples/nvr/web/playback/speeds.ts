// The speeds that are offered, and going from one to the next.

/** Backwards by key frames. */
export const SPEEDS = [-16, -8, -4, -2, -1, 0.5, 1, 2, 4, 8, 16] as const;

/** The next faster (1) or slower (-1) one; where it is none of them, the next beyond it. */
export function nextSpeed(speed: number, direction: 1 | -1): number {
  const beyond = SPEEDS.filter((one) => (one - speed) * direction > 0);
  return (direction > 0 ? beyond[0] : beyond.at(-1)) ?? speed;
}

/** As fast the other way; half speed has no reverse. */
export function reversed(speed: number): number {
  return speed > 0 ? -Math.max(1, speed) : -speed;
}

/** How many columns show `count` tiles best in an area of that shape; tiles are 16 to 9. */
export function columnsFor(count: number, width: number, height: number): number {
  let best = 1;
  let area = 0;
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const tileWidth = Math.min(width / columns, (height / rows) * (16 / 9));
    if (tileWidth > area * 1.001) {
      best = columns;
      area = tileWidth;
    }
  }
  return best;
}
