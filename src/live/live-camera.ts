// A camera of a broadcaster: its streams that are watched, and what is known of them.
import type { Camera, CameraStateChange, StreamName } from '../camera/index.js';
import { ENCODER_SETTINGS } from '../encode/index.js';
import { isFluxError } from '../errors.js';
import type { Choosable, StreamChoice, StreamFacts } from './choice.js';
import { LiveStream } from './live-stream.js';
import { ReceivedRate } from './received-rate.js';

/** Who has to hear of a camera's connections. */
export interface CameraWatcher {
  /** There are no pictures of a stream, and why. */
  onTrouble(stream: StreamName, code: string, message: string): void;
  /** A stream is not, or not any more, what it was taken for. */
  onChange(): void;
  onRemoved(): void;
}

export interface LiveCameraSettings {
  transcode: 'never' | 'auto';
  maxCachedBytes: number;
  lingerMs: number;
}

/** Of streams that nobody has measured, in bits per second: few cameras send more. */
const ASSUMED: Record<StreamName, number> = { main: 8e6, sub: 1e6 };
/** Key frames are about so much of a stream. */
const KEY_SHARE = 1 / 8;
/** A stream that is opened to be measured is open for so long; most connect within a second. */
const MEASURE_MS = 4000;

export class LiveCamera implements Choosable {
  readonly transcode: 'never' | 'auto';
  readonly watchers = new Set<CameraWatcher>();
  readonly #streams = new Map<string, LiveStream>();
  /** Bits per second, as last measured, of streams by their keys. */
  readonly #rates = new Map<string, number>();
  readonly #received: Record<StreamName, ReceivedRate>;
  /** Streams that cannot be had at present. */
  readonly #failed = new Set<StreamName>();
  readonly #closing = new Set<Promise<void>>();
  readonly #onState = (change: CameraStateChange) => {
    this.#follow(change);
    this.#tell(change);
  };
  readonly #onParameters = () => this.#changed();

  constructor(
    readonly camera: Camera,
    private readonly settings: LiveCameraSettings,
  ) {
    this.transcode = settings.transcode;
    this.#received = {
      main: new ReceivedRate(camera, 'main'),
      sub: new ReceivedRate(camera, 'sub'),
    };
    camera.on('state', this.#onState);
    camera.on('parameters', this.#onParameters);
  }

  get hasSubStream(): boolean {
    return this.camera.hasSubStream;
  }

  get streams(): Iterable<LiveStream> {
    return this.#streams.values();
  }

  /** The stream of a choice, opened where nobody watches it yet. Throws ERR_CLOSED. */
  stream(choice: StreamChoice): LiveStream {
    const found = this.#streams.get(choice.key);
    if (found) return found;
    const stream = new LiveStream(this.camera, choice, this.settings, () => this.#close(stream));
    this.#streams.set(choice.key, stream);
    return stream;
  }

  facts(stream: StreamName): StreamFacts | undefined {
    const [plain, keys] = [this.#streams.get(stream), this.#streams.get(`${stream}:keys`)];
    const told = this.camera.streamParameters(stream);
    const sent = plain?.init ?? keys?.init;
    const known = sent ?? told;
    if (known === undefined) return undefined;
    return {
      codec: known.codec,
      width: known.width,
      frameRate: told?.frameRate ?? 0,
      keyFrameRate: plain?.keyFrameRate ?? keys?.keyFrameRate,
    };
  }

  /** What a choice costs, in bits per second: as measured, or as much as it may well be. */
  rate(choice: StreamChoice, now: number): number {
    const known = this.#known(choice, now);
    if (known !== undefined) return known;
    const begun = this.#streams.get(choice.key)?.bitsPerSecond(now) ?? 0;
    return Math.max(begun, this.#assumed(choice, now));
  }

  /** Was it measured what a choice costs? */
  knows(choice: StreamChoice, now: number): boolean {
    return this.#known(choice, now) !== undefined;
  }

  /** Opens a stream for a moment, so that its rate becomes known. */
  measure(choice: StreamChoice): void {
    try {
      this.stream(choice).keep(MEASURE_MS);
    } catch (error) {
      // Of a camera that is being closed there is nothing to know.
      if (!isFluxError(error, 'ERR_CLOSED')) throw error;
    }
  }

  /** Now and then, so that rates are of late. */
  mark(now: number): void {
    for (const received of Object.values(this.#received)) received.mark(now);
  }

  /** Why a stream has no pictures at present. */
  trouble(stream: StreamName): { code: string; message: string } | undefined {
    const state = this.camera.streamState(stream);
    if (state === 'closed') return closed(this.camera.id);
    const { lastError } = this.camera;
    if (state !== 'waiting' || !lastError) return undefined;
    return { code: lastError.code, message: lastError.message };
  }

  /** Its watchers hear that it is gone. */
  async close(): Promise<void> {
    this.camera.off('state', this.#onState);
    this.camera.off('parameters', this.#onParameters);
    for (const watcher of [...this.watchers]) watcher.onRemoved();
    this.watchers.clear();
    for (const stream of [...this.#streams.values()]) this.#close(stream);
    await Promise.all(this.#closing);
  }

  /** Rates of streams that are open, of the camera's own connections, and of earlier, in that order. */
  #known({ key, stream, keyFramesOnly, encode }: StreamChoice, now: number): number | undefined {
    const open = this.#streams.get(key);
    const measured = open?.isMeasured(now) ? open.bitsPerSecond(now) : 0;
    const received = encode ? undefined : this.#received[stream].bitsPerSecond(now);
    if (!encode && received !== undefined) this.#rates.set(stream, received);
    if (measured > 0) this.#rates.set(key, measured);
    const known = measured || (keyFramesOnly ? undefined : received) || this.#rates.get(key);
    if (known) return known;
    if (encode) return ENCODER_SETTINGS[encode.quality].bitrate;
    if (keyFramesOnly) {
      const whole = this.#known({ key: stream, stream, keyFramesOnly: false }, now);
      return whole && (this.#streams.get(stream)?.keyBitsPerSecond(now) || whole * KEY_SHARE);
    }
    // What sends nothing costs nothing.
    return this.#failed.has(stream) ? 0 : undefined;
  }

  #assumed({ stream, keyFramesOnly }: StreamChoice, now: number): number {
    const main = this.#known({ key: 'main', stream: 'main', keyFramesOnly: false }, now);
    const whole = stream === 'sub' && main ? Math.min(main / 4, ASSUMED.sub) : ASSUMED[stream];
    return keyFramesOnly ? whole * KEY_SHARE : whole;
  }

  #follow({ stream, state, error }: CameraStateChange): void {
    if (state === 'playing' || error) this.#received[stream].begin(performance.now());
    if (state === 'playing') this.#failed.delete(stream);
    else if (error) this.#failed.add(stream);
  }

  #close(stream: LiveStream): void {
    this.#streams.delete(stream.choice.key);
    const closing = stream.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  #tell({ stream, state, error }: CameraStateChange): void {
    const trouble = state === 'closed' ? closed(this.camera.id) : state === 'waiting' && error;
    if (!trouble) return;
    const { code, message } = trouble;
    for (const watcher of [...this.watchers]) watcher.onTrouble(stream, code, message);
  }

  #changed(): void {
    for (const watcher of [...this.watchers]) watcher.onChange();
  }
}

function closed(id: string): { code: string; message: string } {
  return { code: 'ERR_CLOSED', message: `Camera '${id}' is closed.` };
}
