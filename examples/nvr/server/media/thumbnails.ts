// Pictures of footage for timelines and lists: few at a time, the newest request waits least, and what
// was made lately is not made again.
import { createHash } from 'node:crypto';
import { FluxError, type KeyManager, type RecordingIndex, thumbnail } from '@fluxvision/core';

export interface Picture {
  data: Buffer;
  /** Strong, with its quotes. */
  etag: string;
  /** UTC milliseconds at which it was taken. */
  time: number;
}

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

interface Waiting {
  start(): void;
  refuse(error: FluxError): void;
}

export class Thumbnails {
  readonly #options: Required<ThumbnailsOptions>;
  /** In the order of their last use. */
  readonly #cache = new Map<string, Picture>();
  readonly #making = new Map<string, Promise<Picture>>();
  readonly #waiting: Waiting[] = [];
  #cachedBytes = 0;
  #running = 0;

  constructor(options: ThumbnailsOptions) {
    this.#options = { concurrency: 2, maxWaiting: 64, maxCachedBytes: 32 << 20, ...options };
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

  async #make({ cameraId, time, width, unfinished = false }: PictureRequest): Promise<Picture> {
    await this.#turn();
    try {
      const { index, keys } = this.#options;
      const made = await thumbnail({ index, keys, cameraId, time, width, unfinished });
      const hash = createHash('sha256').update(made.data).digest('base64url').slice(0, 22);
      return { data: made.data, etag: `"${hash}"`, time: made.time };
    } finally {
      this.#running -= 1;
      this.#waiting.pop()?.start();
    }
  }

  #turn(): Promise<void> {
    const enter = () => {
      this.#running += 1;
    };
    if (this.#running < this.#options.concurrency) {
      enter();
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        start: () => {
          enter();
          resolve();
        },
        refuse: reject,
      });
      if (this.#waiting.length <= this.#options.maxWaiting) return;
      const message = 'Too many pictures are asked for at once. Ask again in a moment.';
      this.#waiting.shift()?.refuse(new FluxError('ERR_BUSY', message));
    });
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
