// A tile for codecs that the browser decodes, but not by WebCodecs: a video element that is kept in step
// with the clock. Backwards and while the clock stands it is put on each picture by a seek.
import type { InitMessage } from '../../protocol/picture.js';
import { HEADER_BYTES } from '../../protocol/picture.js';
import { mediaSourceClass } from '../players/capability.js';
import { correctionFor } from './clock.js';
import type { Moment, Tile, TileHost, TilePicture } from './tile.js';

/** Seconds behind the position that are kept in the buffer. */
const BACK_SECONDS = 10;
/** Where in a picture's time a seek goes: behind the rounding of its beginning. */
const INSIDE_SECONDS = 0.002;
const MAX_QUEUED = 400;

interface Placed {
  /** UTC milliseconds. */
  time: number;
  /** Seconds of the element's media time. */
  at: number;
}

interface Queued {
  data: Uint8Array;
  sequence?: number;
  /** Absent for what is not shown by itself: initialization, preroll. */
  placed?: Placed;
}

export class MseTile implements Tile {
  readonly screen = document.createElement('video');
  #source: MediaSource | undefined;
  #buffer: SourceBuffer | undefined;
  #url: string | undefined;
  #init: InitMessage | undefined;
  /** To be appended, in order. */
  #queue: Queued[] = [];
  /** In the buffer, in the order in which they are shown, along the direction. */
  #placed: Placed[] = [];
  #direction: 1 | -1 = 1;
  #sought: number | undefined;
  #shown: number | undefined;
  #frames = 0;

  constructor(private readonly host: TileHost) {}

  get shown(): number | undefined {
    return this.#shown;
  }

  init(init: InitMessage): void {
    const before = this.#init;
    this.#init = init;
    if (before && before.codec !== init.codec) this.#open();
    else this.#queue.push({ data: init.segment });
    if (!this.#source) this.#open();
  }

  push({ sequence, header, data, time, preroll }: TilePicture): void {
    const at = (header.decodeTime + header.compositionOffset) / 1e6;
    const placed = preroll ? undefined : { time, at };
    this.#queue.push({ data: data.subarray(HEADER_BYTES), sequence, ...(placed && { placed }) });
    if (this.#queue.length > MAX_QUEUED) this.#take(this.#queue.shift());
    this.#append();
    this.host.wake();
  }

  reset(): void {
    for (const item of this.#queue) this.#take(item);
    this.#queue = [];
    this.#placed = [];
    this.#sought = undefined;
    this.#open();
  }

  tick(moment: Moment): boolean {
    const video = this.screen;
    this.#direction = moment.direction;
    this.#append();
    const due = this.#due(moment);
    if (!due) return this.#queue.length > 0;
    if (moment.isRunning && moment.direction > 0) this.#play(video, due, moment);
    else this.#putOn(video, due);
    return this.#queue.length > 0 || video.seeking;
  }

  /** The browser paints it as large as it is. */
  resize(): void {}

  async snapshot(): Promise<Blob | undefined> {
    const video = this.screen;
    if (!video.videoWidth) return undefined;
    const canvas = document.createElement('canvas');
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext('2d')?.drawImage(video, 0, 0);
    return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? undefined)));
  }

  close(): void {
    for (const item of this.#queue) this.#take(item);
    this.#queue = [];
    this.screen.removeAttribute('src');
    this.screen.load();
    this.screen.remove();
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#source = undefined;
    this.#buffer = undefined;
  }

  /** A new source: what was buffered is of another epoch, or of another codec. */
  #open(): void {
    const video = this.screen;
    const MediaSourceClass = mediaSourceClass();
    const init = this.#init;
    if (!MediaSourceClass || !init) return;
    if (this.#url) URL.revokeObjectURL(this.#url);
    const source = new MediaSourceClass();
    this.#source = source;
    this.#buffer = undefined;
    this.#queue.unshift({ data: init.segment });
    source.onsourceopen = () => {
      if (source !== this.#source) return;
      try {
        this.#buffer = source.addSourceBuffer(`video/mp4; codecs="${init.codec}"`);
      } catch {
        this.host.failed('ERR_UNSUPPORTED_CODEC');
        return;
      }
      this.#buffer.onupdateend = () => this.#append();
      this.#append();
    };
    // iPhones open a source only so.
    video.disableRemotePlayback = true;
    video.muted = true;
    video.playsInline = true;
    this.#url = URL.createObjectURL(source);
    video.src = this.#url;
  }

  #append(): void {
    const buffer = this.#buffer;
    if (!buffer || buffer.updating || this.#source?.readyState !== 'open') return;
    const item = this.#queue.shift();
    if (!item) return;
    try {
      buffer.appendBuffer(item.data as BufferSource);
    } catch (error) {
      this.#onFull(error, buffer, item);
      return;
    }
    this.#take(item);
    if (!item.placed) return;
    this.#place(item.placed);
    this.host.failed(undefined);
    this.host.wake();
  }

  #place(picture: Placed): void {
    const before = this.#placed.findLastIndex(
      ({ time }) => (time - picture.time) * this.#direction <= 0,
    );
    this.#placed.splice(before + 1, 0, picture);
  }

  #onFull(error: unknown, buffer: SourceBuffer, item: Queued): void {
    const at = this.screen.currentTime;
    const isFull = error instanceof DOMException && error.name === 'QuotaExceededError';
    if (isFull && at > BACK_SECONDS) {
      this.#queue.unshift(item);
      buffer.remove(0, at - 1);
      return;
    }
    this.#take(item);
    this.host.failed('ERR_DECODER');
  }

  #take(item: Queued | undefined): void {
    if (item?.sequence !== undefined) this.host.taken(item.sequence);
  }

  /** The picture whose time has come last; those far behind it are forgotten. */
  #due({ position, direction }: Moment): Placed | undefined {
    const i = this.#placed.findLastIndex(({ time }) => (time - position) * direction <= 0);
    if (i > 500) this.#placed.splice(0, i - 100);
    return this.#placed[Math.min(i, this.#placed.length - 1)];
  }

  #play(video: HTMLVideoElement, due: Placed, { position, speed }: Moment): void {
    const wanted = due.at + (position - due.time) / 1000;
    const correction = correctionFor((video.currentTime - wanted) * 1000, speed);
    if (correction.kind === 'seek') {
      if (!video.seeking) video.currentTime = wanted;
    } else if (video.playbackRate !== correction.rate) {
      video.playbackRate = correction.rate;
    }
    if (video.paused) void video.play().catch(() => undefined);
    this.#sought = undefined;
    this.#note(due);
  }

  #putOn(video: HTMLVideoElement, due: Placed): void {
    if (!video.paused) video.pause();
    if (this.#sought !== due.time && !video.seeking && video.readyState > 0) {
      this.#sought = due.time;
      video.currentTime = due.at + INSIDE_SECONDS;
    }
    if (!video.seeking) this.#note(due);
  }

  #note({ time }: Placed): void {
    if (this.#shown === time) return;
    this.#shown = time;
    this.#frames += 1;
    this.screen.dataset.position = time.toFixed(3);
    this.screen.dataset.frames = String(this.#frames);
  }
}
