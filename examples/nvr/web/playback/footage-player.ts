// The footage of one tile: decodes a few pictures ahead, and paints the one that is wished for; in a worker
// or, where canvases cannot go there, in the page.
import { CanvasPainter } from '../players/canvas-painter.js';
import { FootageDecoder } from './footage-decoder.js';
import type { FootagePicture, FootageWish, FromFootage, ToFootage } from './footage-messages.js';
import { CodedQueue, type DecodedPicture, DecodedPictures, MAX_DECODED } from './schedule.js';

/** Pictures in the decoder; more would only wait there. */
const MAX_DECODING = 24;
/** A decoder that gives nothing for so long keeps what it has until more comes. */
const STUCK_MS = 100;
/** Who is late paints the newest alone, though something so often. */
const LATE_PAINT_MS = 100;

interface Decoded extends DecodedPicture {
  frame: VideoFrame;
}

/** A picture, with what the decoder has to know before it. */
interface Coded {
  picture: FootagePicture;
  config: VideoDecoderConfig | undefined;
  /** UTC milliseconds. */
  time: number;
  key: boolean;
  preroll: boolean;
}

export class FootagePlayer {
  readonly #painter: CanvasPainter;
  readonly #decoder: FootageDecoder;
  readonly #coded = new CodedQueue<Coded>();
  readonly #decoded = new DecodedPictures<Decoded>();
  #nextConfig: VideoDecoderConfig | undefined;
  #round = 0;
  #wish: FootageWish | undefined;
  /** On the screen: to be painted again in another size, and saved. */
  #last: VideoFrame | undefined;
  #shown: number | undefined;
  #frames = 0;
  #paintedAt = Number.NEGATIVE_INFINITY;
  #taken: number[] = [];
  #reporting: ReturnType<typeof setTimeout> | undefined;
  #stuck: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(
    private readonly id: number,
    canvas: HTMLCanvasElement | OffscreenCanvas,
    private readonly post: (message: FromFootage) => void,
  ) {
    this.#painter = new CanvasPainter(canvas);
    this.#decoder = new FootageDecoder({
      onFrame: (frame) => this.#onFrame(frame),
      onProgress: () => this.#go(),
      onRestart: () => post({ type: 'restart', id, round: this.#round }),
      onFailed: (code) => post({ type: 'failed', id, code }),
    });
  }

  take(message: ToFootage): void {
    switch (message.type) {
      case 'init': {
        // It takes effect with the picture behind it, not with those that still wait.
        const { codec, configuration } = message;
        this.#nextConfig = { codec, description: configuration, optimizeForLatency: true };
        break;
      }
      case 'picture':
        this.#push(message);
        break;
      case 'reset':
        this.#reset(message.round);
        break;
      case 'show':
        this.#wish = message;
        this.#go();
        break;
      case 'resize':
        this.#painter.seen(message.width, message.height);
        if (this.#last) this.#painter.paint(this.#last);
        break;
      case 'snapshot':
        void this.#snapshot(message.request);
        break;
      case 'close':
        this.#close();
        break;
    }
  }

  #push(picture: FootagePicture): void {
    const { key, preroll } = picture;
    const time = picture.timestamp / 1000;
    this.#coded.push({ picture, config: this.#nextConfig, time, key, preroll });
    this.#nextConfig = undefined;
    this.#go();
  }

  #reset(round: number): void {
    this.#round = round;
    this.#wish = undefined;
    this.#taken = [];
    clearTimeout(this.#stuck);
    let config: VideoDecoderConfig | undefined;
    for (const left of this.#coded.clear()) config = left.config ?? config;
    this.#decoded.clear();
    this.#decoder.reset();
    if (config) this.#decoder.configure(config);
  }

  #close(): void {
    this.#isClosed = true;
    clearTimeout(this.#reporting);
    this.#reset(this.#round);
    this.#decoder.close();
    this.#last?.close();
    this.#last = undefined;
  }

  /** Whatever happened: what can be painted, decoded or told by now. */
  #go(): void {
    if (this.#isClosed) return;
    this.#paint();
    this.#feed();
    this.#watch();
  }

  #onFrame(frame: VideoFrame): void {
    if (this.#isClosed) {
      frame.close();
      return;
    }
    const time = frame.timestamp / 1000;
    this.#decoded.add({ time, frame, close: () => frame.close() });
    this.#go();
  }

  #paint(): void {
    const wish = this.#wish;
    if (!wish) return;
    const isOnTheWay = this.#decoder.waiting > 0 && !this.#decoded.has(wish.time);
    if (isOnTheWay && performance.now() - this.#paintedAt < LATE_PAINT_MS) return;
    const due = this.#decoded.take(wish.time, wish.direction);
    if (!due) return;
    this.#painter.paint(due.frame);
    this.#last?.close();
    this.#last = due.frame;
    this.#shown = due.time;
    this.#frames += 1;
    this.#paintedAt = performance.now();
    this.#report();
  }

  #feed(): void {
    const { time = Number.NEGATIVE_INFINITY, direction = 1 } = this.#wish ?? {};
    while (!this.#decoder.isFlushing && this.#decoder.size < MAX_DECODING) {
      const { picture, skipped } = this.#coded.next(time, direction, this.#hasRoom());
      for (const left of skipped) this.#leave(left);
      if (!picture) return;
      this.#leave(picture);
      this.#decoder.decode(picture.picture);
    }
  }

  /** For another decoded picture. A decoder that gives none wants more, however much it has. */
  #hasRoom(): boolean {
    const { length } = this.#decoded;
    if (length + this.#decoder.waiting < MAX_DECODED) return true;
    return length === 0 && this.#decoder.isIdle;
  }

  /** It waits no longer; what it brought for the decoder counts from here on. */
  #leave({ picture, config }: Coded): void {
    this.#taken.push(picture.sequence);
    if (config) this.#decoder.configure(config);
    this.#report();
  }

  /**
   * A decoder may keep the picture that is wished for until more come. While the clock stands none do:
   * it is emptied.
   */
  #watch(): void {
    clearTimeout(this.#stuck);
    const wish = this.#wish;
    if (!wish?.isStill || wish.time === this.#shown || this.#decoder.waiting === 0) return;
    this.#stuck = setTimeout(() => {
      if (this.#decoder.isIdle) this.#decoder.flush();
      else this.#watch();
    }, STUCK_MS);
  }

  /** At once for all that happens in a turn. */
  #report(): void {
    this.#reporting ??= setTimeout(() => {
      this.#reporting = undefined;
      const [taken, shown, frames] = [this.#taken, this.#shown, this.#frames];
      this.#taken = [];
      this.post({ type: 'progress', id: this.id, taken, shown, frames });
    });
  }

  async #snapshot(request: number): Promise<void> {
    const frame = this.#last;
    let picture: Blob | undefined;
    if (frame) {
      const canvas = new OffscreenCanvas(frame.displayWidth, frame.displayHeight);
      canvas.getContext('2d')?.drawImage(frame, 0, 0);
      picture = await canvas.convertToBlob({ type: 'image/png' }).catch(() => undefined);
    }
    this.post({ type: 'snapshot', id: this.id, request, picture });
  }
}
