// Saves the picture of a tile as a file whose name says what it shows.
import { momentText } from '../timeline/index.js';
import type { Tile } from './tile.js';

/** `Front door 2026-11-22 14-03-20.250.png`: nothing that a file system refuses. */
export function snapshotName(camera: string, zone: string, time: number): string {
  const safe = camera.replace(/[^\p{L}\p{N} ._-]+/gu, '_').replace(/^[. ]+/, '') || 'camera';
  return `${safe.slice(0, 80)} ${momentText(zone, time, true).replaceAll(':', '-')}.png`;
}

/** False where there is no picture. */
export async function saveSnapshot(tile: Tile, camera: string, zone: string): Promise<boolean> {
  const picture = await tile.snapshot();
  if (!picture || tile.shown === undefined) return false;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(picture);
  link.download = snapshotName(camera, zone, tile.shown);
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  return true;
}
