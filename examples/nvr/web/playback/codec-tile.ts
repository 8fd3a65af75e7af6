// A tile that decodes as the browser can: by WebCodecs where it has the codec of the footage, else by a
// video element. Firefox has H.265 for that one alone.
import type { InitMessage } from '../../protocol/picture.js';
import { type Capabilities, playersFor } from '../players/choice.js';
import { CanvasTile } from './canvas-tile.js';
import { MseTile } from './mse-tile.js';
import type { Moment, Tile, TileHost, TilePicture } from './tile.js';

/** What shows footage of a codec, an RFC 6381 string. */
export function elementFor(codec: string, can: Capabilities): Tile['element'] {
  const [first] = playersFor(codec, can);
  return first === 'mse' ? 'video' : 'canvas';
}

export class CodecTile implements Tile {
  #tile: Tile;
  /** Put on the screen by those that decoded what came before. */
  #framesBefore = 0;

  constructor(
    private readonly host: TileHost,
    private readonly can: Capabilities,
  ) {
    this.#tile = this.#make(can.webcodecs.length > 0 ? 'canvas' : 'video');
  }

  get element(): Tile['element'] {
    return this.#tile.element;
  }

  get shown(): number | undefined {
    return this.#tile.shown;
  }

  get frames(): number {
    return this.#framesBefore + this.#tile.frames;
  }

  get upcoming(): Tile['upcoming'] {
    return this.#tile.upcoming;
  }

  attach(element: HTMLCanvasElement | HTMLVideoElement | null): void {
    this.#tile.attach(element);
  }

  init(init: InitMessage): void {
    const wanted = elementFor(init.codec, this.can);
    if (wanted !== this.element) {
      this.#framesBefore += this.#tile.frames;
      this.#tile.close();
      this.#tile = this.#make(wanted);
      // The page puts the other element in its place.
      this.host.wake();
    }
    this.#tile.init(init);
  }

  push(picture: TilePicture): void {
    this.#tile.push(picture);
  }

  reset(): void {
    this.#tile.reset();
  }

  tick(moment: Moment): boolean {
    return this.#tile.tick(moment);
  }

  snapshot(): Promise<Blob | undefined> {
    return this.#tile.snapshot();
  }

  close(): void {
    this.#tile.close();
  }

  #make(element: Tile['element']): Tile {
    return element === 'canvas' ? new CanvasTile(this.host) : new MseTile(this.host);
  }
}
