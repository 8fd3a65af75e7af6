// Enlarging a part of a picture: 1 to 8 times, moved no further than its edges.

/** The picture is drawn `scale` times as large; its middle is `x`, `y` pixels off the tile's. */
export interface DigitalZoom {
  scale: number;
  x: number;
  y: number;
}

export const WHOLE: DigitalZoom = { scale: 1, x: 0, y: 0 };
const MOST = 8;

interface Size {
  width: number;
  height: number;
}

/** `point` is from the tile's middle; what is under it stays there. */
export function zoomAt(
  zoom: DigitalZoom,
  factor: number,
  point: { x: number; y: number },
  size: Size,
): DigitalZoom {
  const scale = Math.max(1, Math.min(MOST, zoom.scale * factor));
  const grown = scale / zoom.scale;
  const x = point.x - (point.x - zoom.x) * grown;
  const y = point.y - (point.y - zoom.y) * grown;
  return within({ scale, x, y }, size);
}

export function moveBy(zoom: DigitalZoom, dx: number, dy: number, size: Size): DigitalZoom {
  return within({ ...zoom, x: zoom.x + dx, y: zoom.y + dy }, size);
}

function within({ scale, x, y }: DigitalZoom, { width, height }: Size): DigitalZoom {
  const limit = (value: number, side: number) => {
    const most = ((scale - 1) * side) / 2;
    return Math.max(-most, Math.min(most, value));
  };
  return { scale, x: limit(x, width), y: limit(y, height) };
}
