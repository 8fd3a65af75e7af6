// A camera of a broadcaster: its streams that are watched, and what is known of them.
import type { Camera, CameraStateChange, StreamName } from '../camera/index.js';
import type { Choosable, StreamChoice, StreamFacts } from './choice.js';
import { LiveStream } from './live-stream.js';

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

export class LiveCamera implements Choosable {
  readonly transcode: 'never' | 'auto';
  readonly watchers = new Set<CameraWatcher>();
  readonly #streams = new Map<string, LiveStream>();
  /** Bits per second, as last measured, of streams by their keys. */
  readonly #rates = new Map<string, number>();
  readonly #closing = new Set<Promise<void>>();
  readonly #onState = (change: CameraStateChange) => this.#tell(change);
  readonly #onParameters = () => this.#changed();

  constructor(
    readonly camera: Camera,
    private readonly settings: LiveCameraSettings,
  ) {
    this.transcode = settings.transcode;
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

  /** What a choice costs, in bits per second: as measured, or guessed from what was. */
  rate(choice: StreamChoice, now: number): number {
    const measured = this.#streams.get(choice.key)?.bitsPerSecond(now) || 0;
    if (measured > 0) this.#rates.set(choice.key, measured);
    const known = this.#rates.get(choice.key);
    if (known !== undefined) return known;
    const whole = this.#streams.get(choice.stream);
    if (choice.keyFramesOnly && whole) {
      return whole.keyBitsPerSecond(now) || whole.bitsPerSecond(now) / 8;
    }
    const main = this.#rates.get('main') ?? this.#streams.get('main')?.bitsPerSecond(now) ?? 0;
    return choice.keyFramesOnly ? main / 8 : main / 4;
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
