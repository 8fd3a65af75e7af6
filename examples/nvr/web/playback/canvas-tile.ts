// A tile whose footage is decoded with WebCodecs and painted on a canvas, by a worker where the browser
// allows it. Here is what the page knows of that.
import type { InitMessage } from '../../protocol/picture.js';
import { DecoderWorkers, nextDecoderId, workersCanPaint } from '../players/decoder-workers.js';
import type { FootageWish, FromFootage, ToFootage } from './footage-messages.js';
import { FootagePlayer } from './footage-player.js';
import type { Moment, Tile, TileHost, TilePicture } from './tile.js';

const workers = new DecoderWorkers<ToFootage, FromFootage>(
  () => new Worker(new URL('./footage.worker.ts', import.meta.url), { type: 'module' }),
);

export interface CanvasTileHost extends TileHost {
  /** Its worker broke, and its canvas with it: it is of no use any more. */
  lost(): void;
}

export class CanvasTile implements Tile {
  readonly screen = document.createElement('canvas');
  readonly #id: number;
  readonly #send: (message: ToFootage, transfer?: Transferable[]) => void;
  readonly #release: () => void;
  /** Counts resets. */
  #round = 0;
  /** Pictures of this round that wait there. */
  readonly #given = new Set<number>();
  readonly #snapshots = new Map<number, (picture: Blob | undefined) => void>();
  #requests = 0;
  #wish: FootageWish | undefined;
  #shown: number | undefined;

  constructor(private readonly host: CanvasTileHost) {
    if (workersCanPaint()) {
      const link = workers.link({
        onMessage: (message) => this.#hear(message),
        onLost: () => host.lost(),
      });
      const canvas = this.screen.transferControlToOffscreen();
      this.#id = link.id;
      this.#send = link.post;
      this.#release = link.release;
      link.post({ type: 'open', id: link.id, canvas }, [canvas]);
      return;
    }
    this.#id = nextDecoderId();
    const player = new FootagePlayer(this.#id, this.screen, (message) => this.#hear(message));
    this.#send = (message) => player.take(message);
    this.#release = () => undefined;
  }

  get shown(): number | undefined {
    return this.#shown;
  }

  init({ codec, configuration }: InitMessage): void {
    const copy = configuration.slice();
    this.#send({ type: 'init', id: this.#id, codec, configuration: copy });
  }

  push({ sequence, header, data, key, preroll }: TilePicture): void {
    this.#given.add(sequence);
    // Its memory goes along, where nothing else lies in it.
    const transfer = data.byteLength === data.buffer.byteLength ? [data.buffer as ArrayBuffer] : [];
    this.#send(
      {
        ...{ type: 'picture', id: this.#id, sequence, timestamp: header.time, key, preroll },
        ...{ message: data, offset: header.payloadOffset },
      },
      transfer,
    );
  }

  reset(): void {
    this.#round += 1;
    this.#wish = undefined;
    for (const sequence of this.#given) this.host.taken(sequence);
    this.#given.clear();
    this.#send({ type: 'reset', id: this.#id, round: this.#round });
  }

  tick({ due, direction, isRunning }: Moment): boolean {
    const isStill = !isRunning;
    const isKnown = this.#wish?.time === due && this.#wish?.isStill === isStill;
    if (due === undefined || isKnown) return false;
    this.#wish = { type: 'show', id: this.#id, time: due, direction, isStill };
    this.#send(this.#wish);
    return false;
  }

  resize(width: number, height: number): void {
    this.#send({ type: 'resize', id: this.#id, width, height });
  }

  snapshot(): Promise<Blob | undefined> {
    this.#requests += 1;
    const request = this.#requests;
    this.#send({ type: 'snapshot', id: this.#id, request });
    return new Promise((resolve) => this.#snapshots.set(request, resolve));
  }

  close(): void {
    this.reset();
    this.#send({ type: 'close', id: this.#id });
    this.#release();
    for (const resolve of this.#snapshots.values()) resolve(undefined);
    this.#snapshots.clear();
    this.screen.remove();
  }

  #hear(message: FromFootage): void {
    switch (message.type) {
      case 'progress':
        this.#progress(message);
        break;
      case 'failed':
        this.host.failed(message.code);
        break;
      case 'restart':
        if (message.round === this.#round) this.host.restart();
        break;
      case 'snapshot':
        this.#snapshots.get(message.request)?.(message.picture);
        this.#snapshots.delete(message.request);
        break;
    }
  }

  #progress({ taken, shown, frames }: FromFootage & { type: 'progress' }): void {
    for (const sequence of taken) if (this.#given.delete(sequence)) this.host.taken(sequence);
    if (shown !== undefined && shown !== this.#shown) {
      this.#shown = shown;
      this.screen.dataset.position = shown.toFixed(3);
      this.screen.dataset.frames = String(frames);
    }
    this.host.wake();
  }
}
