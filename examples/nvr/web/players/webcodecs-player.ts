// Shows a stream by VideoDecoder and a canvas: the least delay there is in a browser.
import type { InitMessage, PictureHeader } from '../../protocol/picture.js';
import { CanvasDecoder } from './canvas-decoder.js';
import type { FromDecoder, ToDecoder } from './decoder-messages.js';
import { DecoderWorkers, nextDecoderId, workersCanPaint } from './decoder-workers.js';
import type { Player, PlayerEvents, PlayerStats } from './player.js';

const workers = new DecoderWorkers<ToDecoder, FromDecoder>(
  () => new Worker(new URL('./decoder.worker.ts', import.meta.url), { type: 'module' }),
);

export class WebCodecsPlayer implements Player {
  readonly kind = 'webcodecs';
  readonly element = document.createElement('canvas');
  private readonly id: number;
  private readonly send: (message: ToDecoder) => void;
  private readonly release: () => void;
  private current: PlayerStats = { frames: 0, latencyMs: undefined };

  constructor(private readonly events: PlayerEvents) {
    if (workersCanPaint()) {
      const link = workers.link({
        onMessage: (message) => this.hear(message),
        onLost: () => this.events.onFailed('worker'),
      });
      const canvas = this.element.transferControlToOffscreen();
      this.id = link.id;
      this.send = (message) => link.post(message);
      this.release = () => link.release();
      link.post({ type: 'open', id: link.id, canvas }, [canvas]);
      return;
    }
    this.id = nextDecoderId();
    const decoder = new CanvasDecoder(this.id, this.element, (message) => this.hear(message));
    this.send = (message) => decoder.take(message);
    this.release = () => undefined;
  }

  init({ codec, configuration }: InitMessage): void {
    this.send({ type: 'init', id: this.id, codec, configuration: configuration.slice() });
  }

  picture(header: PictureHeader, message: Uint8Array, clockOffsetMs: number): void {
    this.send({
      type: 'picture',
      id: this.id,
      key: header.key,
      timestamp: header.decodeTime + header.compositionOffset,
      capturedAt: header.time / 1000 - clockOffsetMs,
      message,
      offset: header.payloadOffset,
    });
  }

  resize(width: number, height: number): void {
    this.send({ type: 'resize', id: this.id, width, height });
  }

  stats(): PlayerStats {
    return this.current;
  }

  destroy(): void {
    this.send({ type: 'close', id: this.id });
    this.release();
    this.element.remove();
  }

  private hear(message: FromDecoder): void {
    switch (message.type) {
      case 'shown':
        if (this.current.frames === 0) this.events.onShown();
        this.current = { frames: message.frames, latencyMs: message.latencyMs };
        break;
      case 'needKey':
        this.events.onNeedKey();
        break;
      case 'failed':
        this.events.onFailed(message.reason);
        break;
    }
  }
}
