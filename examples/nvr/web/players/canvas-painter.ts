// Paints pictures into a canvas of the page or of a worker, no larger than they are seen.

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

export class CanvasPainter {
  private readonly context: Context | null;
  private seenWidth = 0;
  private seenHeight = 0;

  constructor(private readonly canvas: HTMLCanvasElement | OffscreenCanvas) {
    const options = { alpha: false, desynchronized: true };
    this.context = canvas.getContext('2d', options) as Context | null;
  }

  /** Device pixels that the canvas takes on the screen; 0: not known, paint all. */
  seen(width: number, height: number): void {
    this.seenWidth = width;
    this.seenHeight = height;
  }

  paint(picture: VideoFrame | ImageBitmap): void {
    const width = 'displayWidth' in picture ? picture.displayWidth : picture.width;
    const height = 'displayHeight' in picture ? picture.displayHeight : picture.height;
    if (!this.context || width === 0 || height === 0) return;
    const scale = this.scaleFor(width, height);
    const w = Math.max(2, Math.round(width * scale));
    const h = Math.max(2, Math.round(height * scale));
    if (this.canvas.width !== w || this.canvas.height !== h) {
      this.canvas.width = w;
      this.canvas.height = h;
    }
    this.context.drawImage(picture, 0, 0, w, h);
  }

  private scaleFor(width: number, height: number): number {
    if (this.seenWidth === 0 || this.seenHeight === 0) return 1;
    return Math.min(1, Math.max(this.seenWidth / width, this.seenHeight / height));
  }
}
