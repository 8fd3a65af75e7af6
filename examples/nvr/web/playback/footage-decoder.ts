// A VideoDecoder for footage: it goes through seeks, and gives a picture also where nothing comes behind it.
import type { FootagePicture } from './footage-messages.js';

/** Behind a flush a decoder wants a key frame: it gets once more what came since the last one. */
const MAX_KEPT_BYTES = 4 << 20;
const MOST_FAILURES = 3;

export interface FootageDecoderEvents {
  /** To be closed by who gets it. */
  onFrame(frame: VideoFrame): void;
  /** It has room again. */
  onProgress(): void;
  /** It lost what it had: decoding has to begin at a key frame. */
  onRestart(): void;
  /** A code of the catalog; undefined: it decodes again. */
  onFailed(code: string | undefined): void;
}

export class FootageDecoder {
  #decoder: VideoDecoder | undefined;
  #config: VideoDecoderConfig | undefined;
  #isNew = true;
  /** In the decoder, by their timestamps: whether they only lead to what is shown. */
  readonly #inside = new Map<number, { preroll: boolean }>();
  /** Since the last key frame; undefined: too much to be kept. */
  #kept: FootagePicture[] | undefined = [];
  #keptBytes = 0;
  #isFlushed = false;
  #isFlushing = false;
  /** Nothing can be decoded until it begins anew; that is asked for. */
  #isLost = false;
  #failures = 0;
  /** Counts beginnings: what a decoder gives of an earlier one is late. */
  #generation = 0;
  #jpegs: Promise<void> = Promise.resolve();

  constructor(private readonly events: FootageDecoderEvents) {}

  /** Pictures in the decoder. */
  get size(): number {
    return this.#inside.size;
  }

  /** Those among them that will be shown. */
  get waiting(): number {
    let waiting = 0;
    for (const { preroll } of this.#inside.values()) if (!preroll) waiting += 1;
    return waiting;
  }

  /** It has begun with all that it has: what does not come out of it now waits for more. */
  get isIdle(): boolean {
    return (this.#decoder?.decodeQueueSize ?? 0) === 0;
  }

  get isFlushing(): boolean {
    return this.#isFlushing;
  }

  /** What comes next is of that kind: it takes effect with the next key frame. */
  configure(config: VideoDecoderConfig): void {
    if (isSame(config, this.#config)) return;
    this.#config = config;
    this.#isNew = true;
    this.#failures = 0;
  }

  /** With an empty decoder; the next picture has to be a key frame. */
  reset(): void {
    this.#empty();
    if (this.#decoder?.state === 'configured') this.#decoder.reset();
  }

  close(): void {
    this.#empty();
    if (this.#decoder && this.#decoder.state !== 'closed') this.#decoder.close();
    this.#decoder = undefined;
  }

  decode(picture: FootagePicture): void {
    if (picture.key) {
      this.#isFlushed = false;
      this.#isLost = false;
      // To begin costs: not before there is something to begin with.
      if (this.#isNew || this.#decoder?.state !== 'configured') this.#apply();
    }
    if (this.#isFlushed && !this.#replay()) return;
    this.#keep(picture);
    this.#give(picture, picture.preroll);
  }

  /** Has it give all that it has. */
  flush(): void {
    const decoder = this.#decoder;
    if (this.#isFlushing || decoder?.state !== 'configured') return;
    this.#isFlushing = true;
    const generation = this.#generation;
    decoder.flush().then(
      () => {
        if (generation !== this.#generation) return;
        this.#isFlushing = false;
        this.#isFlushed = true;
        this.#inside.clear();
        this.events.onProgress();
      },
      // Reset meanwhile.
      () => undefined,
    );
  }

  #empty(): void {
    this.#generation += 1;
    this.#inside.clear();
    this.#kept = [];
    this.#keptBytes = 0;
    this.#isFlushed = false;
    this.#isFlushing = false;
    this.#isLost = false;
  }

  #apply(): void {
    this.#isNew = false;
    if (!this.#config || this.#config.codec === 'mjpeg') return;
    try {
      if (!this.#decoder || this.#decoder.state === 'closed') this.#decoder = this.#create();
      this.#decoder.configure(this.#config);
    } catch {
      this.events.onFailed('ERR_UNSUPPORTED_CODEC');
    }
  }

  #create(): VideoDecoder {
    const decoder: VideoDecoder = new VideoDecoder({
      output: (frame) => {
        if (decoder === this.#decoder) this.#output(frame);
        else frame.close();
      },
      error: (error) => {
        if (decoder === this.#decoder) this.#onError(error);
      },
    });
    decoder.ondequeue = () => this.events.onProgress();
    return decoder;
  }

  #output(frame: VideoFrame): void {
    const known = this.#inside.get(frame.timestamp);
    this.#inside.delete(frame.timestamp);
    // Without an entry it is of before a seek: reset() takes effect a little later.
    if (!known || known.preroll) {
      frame.close();
      this.events.onProgress();
      return;
    }
    if (this.#failures > 0) this.events.onFailed(undefined);
    this.#failures = 0;
    this.events.onFrame(frame);
  }

  #keep(picture: FootagePicture): void {
    if (picture.key) {
      this.#kept = [];
      this.#keptBytes = 0;
    }
    this.#keptBytes += picture.message.byteLength;
    if (this.#keptBytes > MAX_KEPT_BYTES) this.#kept = undefined;
    this.#kept?.push(picture);
  }

  /** False where that cannot be, and decoding begins anew. */
  #replay(): boolean {
    if (!this.#kept) {
      if (!this.#isLost) this.events.onRestart();
      this.#isLost = true;
      return false;
    }
    this.#isFlushed = false;
    for (const picture of this.#kept) this.#give(picture, true);
    return true;
  }

  #give({ timestamp, key, message, offset }: FootagePicture, preroll: boolean): void {
    const data = message.subarray(offset);
    const decoder = this.#decoder;
    if (this.#config?.codec === 'mjpeg') {
      this.#inside.set(timestamp, { preroll });
      this.#decodeJpeg(data, timestamp);
      return;
    }
    // It failed: from the next key frame on it is tried again.
    if (decoder?.state !== 'configured') return;
    this.#inside.set(timestamp, { preroll });
    try {
      decoder.decode(new EncodedVideoChunk({ type: key ? 'key' : 'delta', timestamp, data }));
    } catch (error) {
      this.#onError(error);
    }
  }

  /** One behind the other, so that they stay in order. */
  #decodeJpeg(data: Uint8Array, timestamp: number): void {
    const generation = this.#generation;
    const image = new Blob([data as BlobPart], { type: 'image/jpeg' });
    this.#jpegs = this.#jpegs
      .then(() => createImageBitmap(image))
      .then((bitmap) => {
        if (generation === this.#generation) this.#output(new VideoFrame(bitmap, { timestamp }));
        bitmap.close();
      })
      // A damaged one is left out; the next is whole by itself.
      .catch(() => {
        if (generation !== this.#generation) return;
        this.#inside.delete(timestamp);
        this.events.onProgress();
      });
  }

  #onError(error: unknown): void {
    this.#failures += 1;
    this.#decoder = undefined;
    this.#empty();
    const isUnsupported = error instanceof DOMException && error.name === 'NotSupportedError';
    if (isUnsupported || this.#failures > MOST_FAILURES) {
      this.events.onFailed(isUnsupported ? 'ERR_UNSUPPORTED_CODEC' : 'ERR_DECODER');
      return;
    }
    // Chrome takes decoders back that were idle for long, and damaged pictures end one.
    this.events.onRestart();
  }
}

function isSame(a: VideoDecoderConfig, b: VideoDecoderConfig | undefined): boolean {
  const [one, other] = [a.description as Uint8Array, b?.description as Uint8Array | undefined];
  if (a.codec !== b?.codec || one.byteLength !== other?.byteLength) return false;
  return one.every((byte, i) => byte === other[i]);
}
