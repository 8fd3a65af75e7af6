// A tile's live picture: watches its camera, chooses the player, goes on to the next where one fails.
import type { InitMessage, PictureHeader } from '../../protocol/picture.js';
import type { Quality } from '../../protocol/values.js';
import type { SocketState } from '../api/socket.js';
import type { Route } from '../federation/route-choice.js';
import { capabilities } from './capability.js';
import { type PlayerKind, playersFor } from './choice.js';
import type { LiveSink, LiveSocket, LiveWatch, StreamInfo } from './live-socket.js';
import { makePlayer } from './make-player.js';
import type { Player } from './player.js';
import { RateMeter } from './rate-meter.js';

export interface LivePlayerState {
  /** What shows it; undefined until the first stream. */
  player: PlayerKind | undefined;
  stream: StreamInfo | undefined;
  /** A picture is on the screen, and the camera sends. */
  showing: boolean;
  connection: SocketState;
  /** Its pictures come sealed. */
  sealed: boolean;
  /** By which way those of another server come; undefined for the server's own, and while none do. */
  route: Route | undefined;
  /** Why there are no pictures; a trouble's code. */
  stopped: { code: string; message: string } | undefined;
  /** Players that could not show this stream, and why. */
  failed: readonly { player: PlayerKind; reason: string }[];
}

export interface LivePlayerStats {
  frames: number;
  picturesPerSecond: number;
  bitsPerSecond: number;
  latencyMs: number | undefined;
  /** Left out by the server, since this client was too slow. */
  dropped: number;
}

export interface LivePlayerOptions {
  /** The player's element is put into it; it carries the counters as `data-` attributes. */
  host: HTMLElement;
  socket: LiveSocket;
  cameraId: string;
  quality: Quality;
  loadSnapshot: (signal: AbortSignal) => Promise<Blob>;
  onState: (state: LivePlayerState) => void;
}

const COUNTERS_MS = 250;
/** A stream is asked for anew at most so often. */
const RESTART_MS = 2000;
/**
 * After so long of single pictures the players that failed are tried again: a machine that was busy, or a
 * decoder that others held, is so for a while. It doubles each time, up to the longest.
 */
const RETRY_MS = 30_000;
const LONGEST_RETRY_MS = 300_000;

export class LivePlayer implements LiveSink {
  private readonly watch: LiveWatch;
  private readonly meter = new RateMeter();
  private readonly counters: ReturnType<typeof setInterval>;
  private player: Player | undefined;
  private newestInit: InitMessage | undefined;
  private family = '';
  private candidates: PlayerKind[] = [];
  private quality: Quality;
  private size = { width: 0, height: 0 };
  private framesBefore = 0;
  private droppedFrames = 0;
  private restartedAt = 0;
  private retryMs = RETRY_MS;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private destroyed = false;
  private current: LivePlayerState;

  constructor(private readonly options: LivePlayerOptions) {
    this.quality = options.quality;
    this.current = {
      player: undefined,
      stream: undefined,
      showing: false,
      connection: options.socket.state,
      sealed: options.socket.isSealed,
      route: options.socket.route,
      stopped: undefined,
      failed: [],
    };
    this.watch = options.socket.watch(options.cameraId, options.quality, this);
    this.counters = setInterval(() => this.writeCounters(), COUNTERS_MS);
  }

  get state(): LivePlayerState {
    return this.current;
  }

  setQuality(quality: Quality): void {
    this.quality = quality;
    this.watch.setQuality(this.player?.kind === 'snapshot' ? 'PAUSED' : quality);
  }

  /** Device pixels on the screen. */
  resize(width: number, height: number): void {
    this.size = { width, height };
    this.player?.resize(width, height);
  }

  stats(): LivePlayerStats {
    const shown = this.player?.stats();
    return {
      frames: this.framesBefore + (shown?.frames ?? 0),
      ...this.meter.rates(performance.now()),
      latencyMs: shown?.latencyMs,
      dropped: this.droppedFrames,
    };
  }

  destroy(): void {
    this.destroyed = true;
    clearInterval(this.counters);
    clearTimeout(this.retry);
    this.watch.stop();
    this.player?.destroy();
    this.player = undefined;
  }

  // ---- what the connection says

  stream(info: StreamInfo): void {
    this.publish({ stream: info, stopped: undefined });
  }

  init(init: InitMessage): void {
    this.newestInit = init;
    const family = init.codec.split('.')[0] ?? '';
    if (this.player && family === this.family) {
      this.player.init(init);
      return;
    }
    this.family = family;
    void this.choose(init);
  }

  picture(header: PictureHeader, message: Uint8Array): void {
    this.meter.add(message.byteLength, performance.now());
    this.player?.picture(header, message, this.options.socket.clockOffsetMs);
    if (this.player && !this.current.showing && this.player.stats().frames > 0) {
      this.publish({ showing: true, stopped: undefined });
    }
  }

  stopped(code: string, message: string): void {
    this.publish({ showing: false, stopped: { code, message } });
  }

  dropped(frames: number): void {
    this.droppedFrames += frames;
  }

  connection(state: SocketState): void {
    const { isSealed: sealed, route } = this.options.socket;
    const now = { connection: state, sealed, route };
    this.publish(state === 'open' ? now : { ...now, showing: false });
  }

  // ---- players

  private async choose(init: InitMessage): Promise<void> {
    const can = await capabilities();
    if (this.destroyed || init !== this.newestInit) return;
    clearTimeout(this.retry);
    this.candidates = playersFor(init.codec, can);
    this.publish({ failed: [] });
    this.next();
  }

  /** Where single pictures are shown though others can show the stream. */
  private tryAgainLater(): void {
    clearTimeout(this.retry);
    this.retry = setTimeout(() => {
      if (this.newestInit) void this.choose(this.newestInit);
    }, this.retryMs);
    this.retryMs = Math.min(this.retryMs * 2, LONGEST_RETRY_MS);
  }

  private next(): void {
    const kind = this.candidates.shift();
    const init = this.newestInit;
    if (!kind || !init) return;
    const before = this.player;
    this.framesBefore += before?.stats().frames ?? 0;
    const player = makePlayer(
      kind,
      {
        onShown: () => this.publish({ showing: true, stopped: undefined }),
        onNeedKey: () => this.restart(),
        onFailed: (reason) => this.failed(player, reason),
      },
      this.options.loadSnapshot,
    );
    this.player = player;
    before?.destroy();
    player.resize(this.size.width, this.size.height);
    this.options.host.append(player.element);
    player.init(init);
    this.publish({ player: kind, showing: false });
    this.setQuality(this.quality);
    // The key frame that came meanwhile is lost to it; the server has it at hand.
    if (kind !== 'snapshot') this.restart();
    else if (this.current.failed.length > 0) this.tryAgainLater();
  }

  private failed(player: Player, reason: string): void {
    if (this.destroyed || player !== this.player) return;
    this.publish({ failed: [...this.current.failed, { player: player.kind, reason }] });
    this.next();
  }

  private restart(): void {
    const now = performance.now();
    if (now - this.restartedAt < RESTART_MS) return;
    this.restartedAt = now;
    this.watch.restart();
  }

  private publish(change: Partial<LivePlayerState>): void {
    if (this.destroyed) return;
    this.current = { ...this.current, ...change };
    this.options.onState(this.current);
  }

  private writeCounters(): void {
    const { dataset } = this.options.host;
    const stats = this.stats();
    dataset.frames = String(stats.frames);
    dataset.player = this.current.player ?? '';
    dataset.quality = this.current.stream?.quality ?? '';
    dataset.latencyMs = stats.latencyMs === undefined ? '' : stats.latencyMs.toFixed(0);
  }
}
