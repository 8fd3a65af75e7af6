// A VideoDecoder that lives as long as its camera: begins at key frames, comes back after it was taken.

export interface CoreInit {
  codec: string;
  /** avcC or hvcC. */
  configuration: Uint8Array;
}

export interface CorePicture {
  key: boolean;
  /** Presentation time, microseconds; unique within the stream. */
  timestamp: number;
  /** When the server had it, by our clock, in milliseconds. */
  capturedAt: number;
  /** NAL units with lengths in front. */
  data: Uint8Array;
}

export interface CoreEvents {
  /** Paint it now; it is closed afterwards. */
  onFrame(frame: VideoFrame, capturedAt: number | undefined): void;
  onNeedKey(): void;
  onFailed(reason: string): void;
}

/** Errors in a row, without a picture in between, after which another player is tried. */
const MOST_ERRORS = 4;
/** Fed with so many pictures for so long, and nothing came out: the decoder pretends. */
const SILENT_PICTURES = 40;
const SILENT_MS = 5000;
/** More waiting in the decoder than this: it lags, and only the newest picture is painted. */
const LAG_PICTURES = 3;
/** While it lags, something is painted so often all the same. */
const LAG_PAINT_MS = 150;
const MOST_TIMES = 256;

export class DecoderCore {
  private decoder: VideoDecoder | undefined;
  private config: VideoDecoderConfig | undefined;
  private needKey = true;
  private errors = 0;
  private fed = 0;
  private fedSince = 0;
  private paintedAt = 0;
  private closed = false;
  /** `capturedAt` by timestamp, until the picture comes out. */
  private readonly times = new Map<number, number>();

  constructor(private readonly events: CoreEvents) {}

  init({ codec, configuration }: CoreInit): void {
    this.config = {
      codec,
      description: configuration.slice(),
      optimizeForLatency: true,
    };
    this.release();
  }

  picture(picture: CorePicture): void {
    if (this.closed || !this.config) return;
    if (this.needKey && !picture.key) return;
    const decoder = this.decoder ?? this.open(this.config);
    if (!decoder) return;
    this.needKey = false;
    this.remember(picture);
    try {
      decoder.decode(
        new EncodedVideoChunk({
          type: picture.key ? 'key' : 'delta',
          timestamp: picture.timestamp,
          data: picture.data,
        }),
      );
    } catch (error) {
      this.failed(error);
      return;
    }
    this.watch();
  }

  close(): void {
    this.closed = true;
    this.release();
  }

  private open(config: VideoDecoderConfig): VideoDecoder | undefined {
    const decoder = new VideoDecoder({
      output: (frame) => this.output(frame, decoder),
      // Also when the browser takes it back since the page was not looked at (QuotaExceededError).
      error: (error) => {
        if (this.decoder === decoder) this.failed(error);
      },
    });
    try {
      decoder.configure(config);
    } catch (error) {
      this.closed = true;
      this.events.onFailed(`configure: ${String(error)}`);
      return undefined;
    }
    this.decoder = decoder;
    this.fed = 0;
    this.fedSince = performance.now();
    return decoder;
  }

  private output(frame: VideoFrame, decoder: VideoDecoder): void {
    try {
      if (this.decoder !== decoder) return;
      this.errors = 0;
      this.fed = 0;
      const now = performance.now();
      const capturedAt = this.times.get(frame.timestamp);
      this.times.delete(frame.timestamp);
      const lags = decoder.decodeQueueSize > LAG_PICTURES;
      if (lags && now - this.paintedAt < LAG_PAINT_MS) return;
      this.paintedAt = now;
      this.events.onFrame(frame, capturedAt);
    } finally {
      frame.close();
    }
  }

  private failed(error: unknown): void {
    this.release();
    this.errors += 1;
    if (this.errors > MOST_ERRORS) {
      this.closed = true;
      this.events.onFailed(`decode: ${String(error)}`);
      return;
    }
    this.events.onNeedKey();
  }

  private watch(): void {
    if (this.fed === 0) this.fedSince = performance.now();
    this.fed += 1;
    if (this.fed < SILENT_PICTURES || performance.now() - this.fedSince < SILENT_MS) return;
    this.closed = true;
    this.release();
    this.events.onFailed('no-output');
  }

  private remember({ timestamp, capturedAt }: CorePicture): void {
    if (this.times.size >= MOST_TIMES) this.times.clear();
    this.times.set(timestamp, capturedAt);
  }

  private release(): void {
    const decoder = this.decoder;
    this.decoder = undefined;
    this.needKey = true;
    this.times.clear();
    if (decoder && decoder.state !== 'closed') decoder.close();
  }
}
