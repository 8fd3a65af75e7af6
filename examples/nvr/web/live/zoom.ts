// Digital zoom: which part of the picture is seen. Points from 0 to 1 of the tile.

export interface Zoom {
  /** 1 to {@link MOST_ZOOM}. */
  factor: number;
  /** Of the picture's upper left corner, in widths and heights of the tile; 0 or less. */
  x: number;
  y: number;
}

export const MOST_ZOOM = 8;
export const WHOLE: Zoom = { factor: 1, x: 0, y: 0 };

/** The picture's point under `at` stays there. */
export function zoomed(zoom: Zoom, by: number, at: { x: number; y: number }): Zoom {
  const factor = Math.min(MOST_ZOOM, Math.max(1, zoom.factor * by));
  const change = factor / zoom.factor;
  return within({
    factor,
    x: at.x - (at.x - zoom.x) * change,
    y: at.y - (at.y - zoom.y) * change,
  });
}

export function panned(zoom: Zoom, by: { x: number; y: number }): Zoom {
  return within({ ...zoom, x: zoom.x + by.x, y: zoom.y + by.y });
}

/** The picture always covers the tile. */
function within({ factor, x, y }: Zoom): Zoom {
  const least = 1 - factor;
  return {
    factor,
    x: Math.min(0, Math.max(least, x)),
    y: Math.min(0, Math.max(least, y)),
  };
}
