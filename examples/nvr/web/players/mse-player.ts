// Shows a stream by a <video> fed with fragments: where there is no VideoDecoder for it.
import { HEADER_BYTES, type InitMessage, type PictureHeader } from '../../protocol/picture.js';
import { AppendQueue, type Chunk } from './append-queue.js';
import { mediaSourceClass } from './capability.js';
import { ChaseController } from './chase.js';
import { Liveness } from './liveness.js';
import type { Player, PlayerEvents, PlayerStats } from './player.js';

const TICK_MS = 100;
/** Without a new picture for so long, although some came: it ran dry. */
const SEEN_STALL_MS = 400;
/** Kept behind what is shown, seconds: removed down to the first as soon as it is the second. */
const KEEP = 5;
const KEEP_AT_MOST = 10;

export class MsePlayer implements Player {
  readonly kind = 'mse';
  readonly element = document.createElement('video');
  private readonly source: MediaSource;
  private readonly managed: boolean;
  private readonly chase: ChaseController;
  private readonly liveness = new Liveness();
  private readonly queue = new AppendQueue();
  private buffer: SourceBuffer | undefined;
  private codec = '';
  /** Seconds to add to the stream's time for the element's: it begins at 0 and has no holes. */
  private offset: number | undefined;
  private needKey = true;
  private fed = false;
  private shown = false;
  private newest: { end: number; capturedAt: number } | undefined;
  private lastTick = performance.now();
  private lastFrames = { count: 0, at: 0, told: true };
  private readonly ticker: ReturnType<typeof setInterval>;
  private objectUrl: string | undefined;
  private destroyed = false;

  constructor(private readonly events: PlayerEvents) {
    const Source = mediaSourceClass();
    if (!Source) throw new Error('this browser has no MediaSource');
    this.managed = Source !== globalThis.MediaSource;
    this.chase = new ChaseController({ rateChanges: !this.managed });
    this.source = new Source();
    const video = this.element;
    video.muted = true;
    video.autoplay = true;
    video.playsInline = true;
    video.tabIndex = -1;
    video.addEventListener('error', () => this.fail(`media: ${video.error?.message ?? ''}`));
    if (this.managed) {
      // Or it never opens.
      video.disableRemotePlayback = true;
      video.srcObject = this.source;
    } else {
      this.objectUrl = URL.createObjectURL(this.source);
      video.src = this.objectUrl;
    }
    this.source.addEventListener('sourceopen', () => this.pump());
    this.ticker = setInterval(() => this.tick(), TICK_MS);
  }

  init({ codec, segment }: InitMessage): void {
    this.needKey = true;
    this.push({
      data: segment,
      init: { codec },
      key: false,
      joins: false,
      decodeTime: 0,
      presentationTime: 0,
      capturedAt: 0,
    });
  }

  picture(header: PictureHeader, message: Uint8Array, clockOffsetMs: number): void {
    if (header.audio || (this.needKey && !header.key)) return;
    const joins = this.needKey || (header.key && header.afterGap);
    this.needKey = false;
    this.fed = true;
    this.push({
      data: message.subarray(HEADER_BYTES),
      key: header.key,
      joins,
      decodeTime: header.decodeTime / 1e6,
      presentationTime: (header.decodeTime + header.compositionOffset) / 1e6,
      capturedAt: header.time / 1000 - clockOffsetMs,
    });
  }

  resize(): void {
    // The browser scales.
  }

  stats(): PlayerStats {
    const frames = this.frames();
    if (!this.newest || frames === 0) return { frames, latencyMs: undefined };
    const behind = (this.newest.end - this.element.currentTime) * 1000;
    return { frames, latencyMs: Math.max(0, Date.now() - this.newest.capturedAt + behind) };
  }

  destroy(): void {
    this.destroyed = true;
    clearInterval(this.ticker);
    this.queue.clear();
    this.element.removeAttribute('src');
    this.element.srcObject = null;
    this.element.load();
    if (this.objectUrl) URL.revokeObjectURL(this.objectUrl);
    this.element.remove();
  }

  private frames(): number {
    const quality = this.element.getVideoPlaybackQuality?.();
    return quality ? Math.max(0, quality.totalVideoFrames - quality.droppedVideoFrames) : 0;
  }

  private push(chunk: Chunk): void {
    if (!this.queue.push(chunk)) {
      this.needKey = true;
      this.events.onNeedKey();
      return;
    }
    this.pump();
  }

  /** One append at a time, one fragment per append. */
  private pump(): void {
    if (this.destroyed || this.source.readyState !== 'open' || this.buffer?.updating) return;
    const chunk = this.queue.shift();
    if (!chunk) return;
    try {
      this.append(chunk);
    } catch (error) {
      if (error instanceof DOMException && error.name === 'QuotaExceededError') {
        this.queue.unshift(chunk);
        this.evict(1);
        return;
      }
      this.fail(`append: ${String(error)}`);
    }
  }

  private append(chunk: Chunk): void {
    if (chunk.init) this.prepare(chunk.init.codec);
    const { buffer } = this;
    if (!buffer) return;
    if (chunk.joins || this.offset === undefined) {
      if (!chunk.init) this.join(buffer, chunk.decodeTime);
    }
    buffer.appendBuffer(chunk.data as Uint8Array<ArrayBuffer>);
    if (chunk.init || this.offset === undefined) return;
    this.newest = { end: chunk.presentationTime + this.offset, capturedAt: chunk.capturedAt };
  }

  private prepare(codec: string): void {
    const type = `video/mp4; codecs="${codec}"`;
    if (!this.buffer) {
      const buffer = this.source.addSourceBuffer(type);
      buffer.addEventListener('updateend', () => this.appended());
      this.buffer = buffer;
    } else if (codec !== this.codec) {
      this.buffer.changeType(type);
    }
    this.codec = codec;
  }

  /** The first picture is at 0; after a gap the next one follows the last: nothing has to be sought. */
  private join(buffer: SourceBuffer, decodeTime: number): void {
    const end = endOf(buffer.buffered) ?? 0;
    this.offset = end - decodeTime;
    buffer.timestampOffset = this.offset;
  }

  private appended(): void {
    if (this.destroyed) return;
    if (this.element.paused && this.element.readyState >= 2) this.play();
    this.evict(KEEP_AT_MOST);
    this.pump();
  }

  private play(): void {
    this.element.play().catch(() => undefined);
  }

  private evict(longest: number): void {
    const { buffer } = this;
    if (!buffer || buffer.updating || buffer.buffered.length === 0) return;
    const start = buffer.buffered.start(0);
    const until = this.element.currentTime - Math.min(KEEP, longest);
    if (this.element.currentTime - start > longest && until > start) buffer.remove(start, until);
  }

  private tick(): void {
    const now = performance.now();
    const elapsed = (now - this.lastTick) / 1000;
    this.lastTick = now;
    const frames = this.frames();
    if (frames > 0 && !this.shown) {
      this.shown = true;
      this.events.onShown();
    }
    this.notice(frames, now);
    this.follow(elapsed);
    const verdict = this.liveness.look({
      now,
      position: this.element.currentTime,
      frames,
      fed: this.fed,
    });
    this.fed = false;
    if (verdict === 'dead') this.fail('stalled');
    else if (verdict === 'stuck') this.nudge();
    this.pump();
  }

  /** At the live edge each picture is waited for; a wait that is seen is one too long. */
  private notice(frames: number, now: number): void {
    if (frames !== this.lastFrames.count) {
      this.lastFrames = { count: frames, at: now, told: false };
      return;
    }
    if (this.lastFrames.told || !this.fed || now - this.lastFrames.at < SEEN_STALL_MS) return;
    this.lastFrames.told = true;
    this.chase.stalled();
  }

  private follow(elapsed: number): void {
    const end = this.buffer && endOf(this.buffer.buffered);
    if (end === undefined) return;
    const video = this.element;
    const order = this.chase.step({
      gap: end - video.currentTime,
      started: this.shown,
      elapsed,
    });
    if (order.jumpBehindEnd !== undefined) video.currentTime = end - order.jumpBehindEnd;
    if (video.playbackRate !== order.rate) video.playbackRate = order.rate;
  }

  /** It stands although there is something: over a hole, or never begun. */
  private nudge(): void {
    const video = this.element;
    if (video.paused) this.play();
    if (!this.shown || !this.buffer) return;
    const { buffered } = this.buffer;
    for (let i = 0; i < buffered.length; i += 1) {
      if (buffered.start(i) > video.currentTime + 0.01) {
        video.currentTime = buffered.start(i);
        return;
      }
    }
  }

  private fail(reason: string): void {
    if (this.destroyed) return;
    clearInterval(this.ticker);
    this.events.onFailed(reason);
  }
}

function endOf(ranges: TimeRanges): number | undefined {
  return ranges.length > 0 ? ranges.end(ranges.length - 1) : undefined;
}
