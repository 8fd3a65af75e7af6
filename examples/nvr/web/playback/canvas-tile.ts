// A tile that decodes with WebCodecs and draws on a canvas the picture whose time has come.
import type { InitMessage } from '../../protocol/picture.js';
import { CodedQueue, type DecodedPicture, DecodedQueue, MAX_DECODED } from './schedule.js';
import type { Moment, Tile, TileHost, TilePicture } from './tile.js';

/** Decoded so far ahead, in milliseconds of real time. */
const DECODE_AHEAD_MS = 300;
/** A decoder that gives nothing for so long waits for more input: it has to be flushed. */
const STUCK_MS = 150;
/** Chunks inside the decoder; more would only wait there. */
const MAX_DECODING = 24;

interface Decoded extends DecodedPicture {
  frame: VideoFrame;
  afterGap: boolean;
}

/** A picture, with what the decoder has to know before it. */
type Configured = TilePicture & { config: VideoDecoderConfig | undefined };

export function canDecode(): boolean {
  return typeof VideoDecoder === 'function' && typeof EncodedVideoChunk === 'function';
}

export class CanvasTile implements Tile {
  readonly element = 'canvas';
  readonly #coded = new CodedQueue<Configured>();
  readonly #decoded = new DecodedQueue<Decoded>();
  /** In the decoder, by their timestamps: whether they are shown, and stand behind a hole. */
  readonly #inside = new Map<number, { preroll: boolean; afterGap: boolean }>();
  #canvas: HTMLCanvasElement | null = null;
  #decoder: VideoDecoder | undefined;
  #config: VideoDecoderConfig | undefined;
  #nextConfig: VideoDecoderConfig | undefined;
  #shown: number | undefined;
  #frames = 0;
  #fedAt = 0;
  #flushed = false;
  #isFlushing = false;
  #failures = 0;
  #jpegs: Promise<void> = Promise.resolve();
  /** Kept for a canvas that comes later. */
  #last: VideoFrame | undefined;

  constructor(private readonly host: TileHost) {}

  get shown(): number | undefined {
    return this.#shown;
  }

  get frames(): number {
    return this.#frames;
  }

  get upcoming(): { time: number; afterGap: boolean } | undefined {
    return this.#decoded.next ?? this.#coded.first;
  }

  attach(element: HTMLCanvasElement | HTMLVideoElement | null): void {
    this.#canvas = element instanceof HTMLCanvasElement ? element : null;
    if (this.#canvas && this.#last) this.#draw(this.#last);
  }

  init(init: InitMessage): void {
    // It takes effect with the picture behind it, not with those that still wait.
    this.#nextConfig = {
      codec: init.codec,
      codedWidth: init.width,
      codedHeight: init.height,
      description: init.configuration.slice(),
      optimizeForLatency: true,
    };
  }

  push(picture: TilePicture): void {
    this.#coded.push({ ...picture, config: this.#nextConfig });
    this.#nextConfig = undefined;
    this.host.wake();
  }

  reset(): void {
    for (const { sequence, config } of this.#coded.clear()) {
      this.host.taken(sequence);
      this.#config = config ?? this.#config;
    }
    this.#decoded.clear();
    this.#begin();
  }

  tick(moment: Moment): boolean {
    if (moment.isFrozen) return false;
    this.#feed(moment);
    const due = this.#decoded.take(moment.position, moment.direction);
    if (due) this.#show(due);
    this.#unstick(moment);
    return this.#inside.size > 0 || this.#isFlushing;
  }

  async snapshot(): Promise<Blob | undefined> {
    const frame = this.#last;
    if (!frame) return undefined;
    const canvas = new OffscreenCanvas(frame.displayWidth, frame.displayHeight);
    canvas.getContext('2d')?.drawImage(frame, 0, 0);
    return canvas.convertToBlob({ type: 'image/png' });
  }

  close(): void {
    this.reset();
    this.#last?.close();
    this.#last = undefined;
    if (this.#decoder && this.#decoder.state !== 'closed') this.#decoder.close();
    this.#decoder = undefined;
  }

  /** With an empty decoder; the next chunk has to be a key frame. */
  #begin(): void {
    this.#inside.clear();
    this.#flushed = false;
    this.#isFlushing = false;
    if (this.#decoder?.state === 'configured') this.#decoder.reset();
    this.#configure();
  }

  #configure(): void {
    if (!this.#config || this.#config.codec === 'mjpeg') return;
    try {
      if (!this.#decoder || this.#decoder.state === 'closed') this.#decoder = this.#create();
      this.#decoder.configure(this.#config);
    } catch {
      this.host.failed('ERR_UNSUPPORTED_CODEC');
    }
  }

  #create(): VideoDecoder {
    const decoder: VideoDecoder = new VideoDecoder({
      output: (frame) => this.#output(decoder, frame),
      error: (error) => {
        if (decoder === this.#decoder) this.#onError(error);
      },
    });
    return decoder;
  }

  #output(decoder: VideoDecoder | undefined, frame: VideoFrame): void {
    const known = this.#inside.get(frame.timestamp);
    this.#inside.delete(frame.timestamp);
    // Without an entry it is of before a seek: reset() takes effect a little later.
    if (decoder !== this.#decoder || !known || known.preroll) {
      frame.close();
      this.host.wake();
      return;
    }
    const time = frame.timestamp / 1000;
    this.#failures = 0;
    this.#decoded.push({ time, frame, afterGap: known.afterGap, close: () => frame.close() });
    this.host.failed(undefined);
    this.host.landed(time);
    this.host.wake();
  }

  #feed({ position, direction, speed, isLanding }: Moment): void {
    if (this.#isFlushing) return;
    const aheadMs = isLanding ? Number.POSITIVE_INFINITY : DECODE_AHEAD_MS * Math.abs(speed);
    while (this.#inside.size < MAX_DECODING) {
      const room = MAX_DECODED - this.#decoded.length - this.#waiting();
      const { picture, skipped } = this.#coded.next(position, direction, room, aheadMs);
      for (const left of skipped) this.#leave(left);
      if (!picture) return;
      this.#leave(picture);
      if (this.#flushed && !picture.key) {
        this.host.restart();
        return;
      }
      this.#decode(picture);
    }
  }

  /** It waits no longer; what it brought for the decoder counts from here on. */
  #leave({ sequence, config }: Configured): void {
    this.host.taken(sequence);
    if (!config) return;
    this.#config = config;
    this.#failures = 0;
    this.#configure();
  }

  /** Those in the decoder that will be shown. */
  #waiting(): number {
    let waiting = 0;
    for (const { preroll } of this.#inside.values()) if (!preroll) waiting += 1;
    return waiting;
  }

  #decode({ header, data, key, preroll, afterGap }: TilePicture): void {
    const units = data.subarray(header.payloadOffset);
    const isJpeg = this.#config?.codec === 'mjpeg';
    const decoder = this.#decoder;
    if (!isJpeg && decoder?.state !== 'configured') return;
    this.#flushed = false;
    this.#inside.set(header.time, { preroll, afterGap });
    this.#fedAt = performance.now();
    if (isJpeg || !decoder) {
      this.#decodeJpeg(units, header.time);
      return;
    }
    const type = key ? 'key' : 'delta';
    try {
      decoder.decode(new EncodedVideoChunk({ type, timestamp: header.time, data: units }));
    } catch (error) {
      this.#onError(error);
    }
  }

  /** One behind the other, so that they stay in order. */
  #decodeJpeg(units: Uint8Array, timestamp: number): void {
    const decoder = this.#decoder;
    const image = new Blob([units as BlobPart], { type: 'image/jpeg' });
    this.#jpegs = this.#jpegs
      .then(() => createImageBitmap(image))
      .then((bitmap) => {
        this.#output(decoder, new VideoFrame(bitmap, { timestamp }));
        bitmap.close();
      })
      // A damaged one is left out; the next is whole by itself.
      .catch(() => void this.#inside.delete(timestamp));
  }

  /**
   * With reordered pictures a decoder keeps the one that was sought until more come; while the clock
   * stands none do. Behind a flush it wants a key frame, hence the restart when it goes on.
   */
  #unstick(moment: Moment): void {
    const isIdle = this.#coded.length === 0 && this.#inside.size > 0 && !this.#isFlushing;
    if (moment.isRunning || !isIdle || performance.now() - this.#fedAt < STUCK_MS) return;
    const decoder = this.#decoder;
    if (decoder?.state !== 'configured') return;
    this.#isFlushing = true;
    decoder.flush().then(
      () => {
        this.#isFlushing = false;
        this.#flushed = true;
        this.#inside.clear();
        this.host.wake();
      },
      // Reset meanwhile.
      () => undefined,
    );
  }

  #onError(error: unknown): void {
    this.#failures += 1;
    const isUnsupported = error instanceof DOMException && error.name === 'NotSupportedError';
    if (isUnsupported || this.#failures > 3) {
      this.host.failed(isUnsupported ? 'ERR_UNSUPPORTED_CODEC' : 'ERR_DECODER');
      return;
    }
    // Chrome takes decoders back that were idle for long, and damaged pictures end one.
    this.#decoder = undefined;
    this.#begin();
    this.host.restart();
  }

  #show({ frame, time }: Decoded): void {
    this.#draw(frame);
    this.#last?.close();
    this.#last = frame;
    this.#shown = time;
    this.#frames += 1;
    const canvas = this.#canvas;
    if (!canvas) return;
    canvas.dataset.position = time.toFixed(3);
    canvas.dataset.frames = String(this.#frames);
  }

  #draw(frame: VideoFrame): void {
    const canvas = this.#canvas;
    if (!canvas) return;
    const { displayWidth, displayHeight } = frame;
    if (canvas.width !== displayWidth) canvas.width = displayWidth;
    if (canvas.height !== displayHeight) canvas.height = displayHeight;
    canvas.getContext('2d', { alpha: false })?.drawImage(frame, 0, 0);
  }
}
