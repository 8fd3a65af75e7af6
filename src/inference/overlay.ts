// Results over the tiles of a renderer, as long as they count.
import { isFluxError } from '../errors.js';
import type { GridRenderer } from '../render/index.js';
import type { DetectionResult } from './result.js';

/** What a tile takes. */
const MAX_DRAWN = 256;

export class Overlay {
  /** Tiles with boxes, and the time of the frame that these are of. */
  readonly #drawn = new Map<number, number>();

  constructor(
    private readonly renderer: Pick<GridRenderer, 'setBoxes'>,
    private readonly tileOf: (id: string) => number | undefined,
    private readonly ttlMs: number,
  ) {}

  /** Throws what the renderer throws; nothing once it is closed. */
  draw({ cameraId, at, boxes }: DetectionResult): void {
    const tile = this.tileOf(cameraId);
    if (tile === undefined || tile < 0) return;
    const surest = boxes.toSorted((a, b) => b.score - a.score).slice(0, MAX_DRAWN);
    this.#set(tile, surest);
    if (surest.length > 0) this.#drawn.set(tile, at);
    else this.#drawn.delete(tile);
  }

  /** The time is `now`: takes away what is too old. */
  pass(now: number): void {
    for (const [tile, at] of this.#drawn) {
      if (now - at <= this.ttlMs) continue;
      this.#drawn.delete(tile);
      this.#set(tile, []);
    }
  }

  #set(tile: number, boxes: DetectionResult['boxes']): void {
    try {
      this.renderer.setBoxes(tile, boxes);
    } catch (error) {
      if (!isFluxError(error, 'ERR_CLOSED')) throw error;
    }
  }
}
