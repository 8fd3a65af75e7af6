// Pictures of footage for timelines and lists: few at a time, the newest request waits least, and what
// was made lately is not made again.
import { type KeyManager, type RecordingIndex, thumbnail } from '@fluxvision/core';
import { type Picture, pictureOf } from './picture.js';
import { Turns } from './turns.js';

export interface PictureRequest {
  cameraId: string;
  /** UTC milliseconds. */
  time: number;
  /** Pixels. */
  width: number;
  /** Also what is being written. */
  unfinished?: boolean;
}

export interface ThumbnailsOptions {
  index: RecordingIndex;
  keys: KeyManager;
  /** Made at the same time. Default 2: decoding for live view and motion goes on beside it. */
  concurrency?: number;
  /** Waiting. Default 64; who has waited longest is turned away first (`ERR_BUSY`). */
  maxWaiting?: number;
  /** Default 32 MiB. */
  maxCachedBytes?: number;
}

export class Thumbnails {
  readonly #options: Required<ThumbnailsOptions>;
  /** In the order of their last use. */
  readonly #cache = new Map<string, Picture>();
  readonly #making = new Map<string, Promise<Picture>>();
  readonly #turns: Turns;
  #cachedBytes = 0;

  constructor(options: ThumbnailsOptions) {
    this.#options = { concurrency: 2, maxWaiting: 64, maxCachedBytes: 32 << 20, ...options };
    this.#turns = new Turns(this.#options.concurrency, this.#options.maxWaiting);
  }

  /** Codes of {@link thumbnail}; `ERR_BUSY` where too many wait. */
  async get(request: PictureRequest): Promise<Picture> {
    const key = `${request.cameraId}/${request.time}/${request.width}`;
    const cached = this.#cache.get(key);
    if (cached) {
      this.#cache.delete(key);
      this.#cache.set(key, cached);
      return cached;
    }
    const running = this.#making.get(key);
    if (running) return running;
    const made = this.#make(request).finally(() => this.#making.delete(key));
    this.#making.set(key, made);
    const picture = await made;
    // What is being written has a newer picture next time.
    if (!request.unfinished) this.#keep(key, picture);
    return picture;
  }

  /** Of a camera, or all: footage was deleted. */
  forget(cameraId: string): void {
    for (const [key, { data }] of this.#cache) {
      if (!key.startsWith(`${cameraId}/`)) continue;
      this.#cache.delete(key);
      this.#cachedBytes -= data.length;
    }
  }

  #make({ cameraId, time, width, unfinished = false }: PictureRequest): Promise<Picture> {
    const { index, keys } = this.#options;
    return this.#turns.run(async () =>
      pictureOf(await thumbnail({ index, keys, cameraId, time, width, unfinished })),
    );
  }

  #keep(key: string, picture: Picture): void {
    this.#cache.set(key, picture);
    this.#cachedBytes += picture.data.length;
    for (const [oldest, { data }] of this.#cache) {
      if (this.#cachedBytes <= this.#options.maxCachedBytes) return;
      this.#cache.delete(oldest);
      this.#cachedBytes -= data.length;
    }
  }
}
