// Shows Motion JPEG: each picture is one by itself, and the browser knows how to read it.
import type { PictureHeader } from '../../protocol/picture.js';
import { CanvasPainter } from './canvas-painter.js';
import type { Player, PlayerEvents, PlayerStats } from './player.js';

/** Unreadable pictures in a row. */
const MOST_ERRORS = 10;

export class MjpegPlayer implements Player {
  readonly kind = 'mjpeg';
  readonly element = document.createElement('canvas');
  private readonly painter = new CanvasPainter(this.element);
  private current: PlayerStats = { frames: 0, latencyMs: undefined };
  /** The newest that waits while one is read. */
  private waiting: { data: Uint8Array; capturedAt: number } | undefined;
  private busy = false;
  private errors = 0;
  private destroyed = false;

  constructor(private readonly events: PlayerEvents) {}

  init(): void {
    // Pictures carry all that is needed.
  }

  picture(header: PictureHeader, message: Uint8Array, clockOffsetMs: number): void {
    this.waiting = {
      data: message.subarray(header.payloadOffset),
      capturedAt: header.time / 1000 - clockOffsetMs,
    };
    if (!this.busy) void this.show();
  }

  resize(width: number, height: number): void {
    this.painter.seen(width, height);
  }

  stats(): PlayerStats {
    return this.current;
  }

  destroy(): void {
    this.destroyed = true;
    this.element.remove();
  }

  private async show(): Promise<void> {
    this.busy = true;
    while (this.waiting && !this.destroyed) {
      const { data, capturedAt } = this.waiting;
      this.waiting = undefined;
      try {
        const blob = new Blob([data as Uint8Array<ArrayBuffer>], { type: 'image/jpeg' });
        const bitmap = await createImageBitmap(blob);
        this.painter.paint(bitmap);
        bitmap.close();
        this.errors = 0;
        const frames = this.current.frames + 1;
        this.current = { frames, latencyMs: Math.max(0, Date.now() - capturedAt) };
        if (frames === 1) this.events.onShown();
      } catch {
        this.errors += 1;
        if (this.errors > MOST_ERRORS) this.events.onFailed('jpeg');
      }
    }
    this.busy = false;
  }
}
