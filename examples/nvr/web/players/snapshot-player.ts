// Shows single pictures, asked for one after the other: the last resort, and honest about it.
import { CanvasPainter } from './canvas-painter.js';
import type { Player, PlayerEvents, PlayerStats } from './player.js';

/** From one picture to the next, milliseconds. */
const INTERVAL_MS = 1000;
/** After one that did not come. */
const RETRY_MS = 4000;

export class SnapshotPlayer implements Player {
  readonly kind = 'snapshot';
  readonly element = document.createElement('canvas');
  private readonly painter = new CanvasPainter(this.element);
  private readonly ended = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private frames = 0;

  constructor(
    private readonly events: PlayerEvents,
    private readonly load: (signal: AbortSignal) => Promise<Blob>,
  ) {
    void this.next();
  }

  init(): void {
    // It asks for itself.
  }

  picture(): void {
    // It asks for itself.
  }

  resize(width: number, height: number): void {
    this.painter.seen(width, height);
  }

  stats(): PlayerStats {
    return { frames: this.frames, latencyMs: undefined };
  }

  destroy(): void {
    this.ended.abort();
    clearTimeout(this.timer);
    this.element.remove();
  }

  private async next(): Promise<void> {
    let wait = INTERVAL_MS;
    try {
      if (document.visibilityState === 'visible') await this.show();
    } catch {
      wait = RETRY_MS;
    }
    if (!this.ended.signal.aborted) this.timer = setTimeout(() => void this.next(), wait);
  }

  private async show(): Promise<void> {
    const bitmap = await createImageBitmap(await this.load(this.ended.signal));
    this.painter.paint(bitmap);
    bitmap.close();
    this.frames += 1;
    if (this.frames === 1) this.events.onShown();
  }
}
