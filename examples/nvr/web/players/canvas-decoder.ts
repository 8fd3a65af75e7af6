// Decoder and painter of one canvas; in a worker or, where canvases cannot go there, in the page.
import { CanvasPainter } from './canvas-painter.js';
import { DecoderCore } from './decoder-core.js';
import { type FromDecoder, REPORT_MS, type ToDecoder } from './decoder-messages.js';

export class CanvasDecoder {
  private readonly painter: CanvasPainter;
  private readonly core: DecoderCore;
  private frames = 0;
  private latencyMs: number | undefined;
  private reportedAt = 0;

  constructor(
    private readonly id: number,
    canvas: HTMLCanvasElement | OffscreenCanvas,
    private readonly post: (message: FromDecoder) => void,
  ) {
    this.painter = new CanvasPainter(canvas);
    this.core = new DecoderCore({
      onFrame: (frame, capturedAt) => this.show(frame, capturedAt),
      onNeedKey: () => post({ type: 'needKey', id }),
      onFailed: (reason) => post({ type: 'failed', id, reason }),
    });
  }

  take(message: ToDecoder): void {
    switch (message.type) {
      case 'init':
        this.core.init(message);
        break;
      case 'picture':
        this.core.picture({ ...message, data: message.message.subarray(message.offset) });
        break;
      case 'resize':
        this.painter.seen(message.width, message.height);
        break;
      case 'close':
        this.core.close();
        break;
    }
  }

  private show(frame: VideoFrame, capturedAt: number | undefined): void {
    this.painter.paint(frame);
    this.frames += 1;
    const now = Date.now();
    if (capturedAt !== undefined) this.latencyMs = Math.max(0, now - capturedAt);
    if (this.frames > 1 && now - this.reportedAt < REPORT_MS) return;
    this.reportedAt = now;
    this.post({ type: 'shown', id: this.id, frames: this.frames, latencyMs: this.latencyMs });
  }
}
