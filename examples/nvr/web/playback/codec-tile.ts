// A tile that decodes as the browser can: by WebCodecs where it has the codec of the footage, else by a
// video element. Firefox has H.265 for that one alone.
import type { InitMessage } from '../../protocol/picture.js';
import { type Capabilities, playersFor } from '../players/choice.js';
import { CanvasTile } from './canvas-tile.js';
import { MseTile } from './mse-tile.js';
import type { Moment, Tile, TileHost, TilePicture } from './tile.js';

type Element = 'canvas' | 'video';

/** A worker that breaks again so soon breaks of what it is to decode. */
const RELAPSE_MS = 10_000;

/** What shows footage of a codec, an RFC 6381 string. */
export function elementFor(codec: string, can: Capabilities): Element {
  const [first] = playersFor(codec, can);
  return first === 'mse' ? 'video' : 'canvas';
}

export class CodecTile implements Tile {
  /** Around the screen of the one that decodes now. */
  readonly screen = document.createElement('div');
  #element: Element;
  #tile: Tile;
  #size: [width: number, height: number] = [0, 0];
  #lostAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly host: TileHost,
    private readonly can: Capabilities,
  ) {
    this.#element = can.webcodecs.length > 0 ? 'canvas' : 'video';
    this.#tile = this.#make(this.#element);
  }

  get shown(): number | undefined {
    return this.#tile.shown;
  }

  init(init: InitMessage): void {
    const wanted = elementFor(init.codec, this.can);
    if (wanted !== this.#element) {
      this.#replace(wanted);
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

  resize(width: number, height: number): void {
    this.#size = [width, height];
    this.#tile.resize(width, height);
  }

  snapshot(): Promise<Blob | undefined> {
    return this.#tile.snapshot();
  }

  close(): void {
    this.#tile.close();
    this.screen.remove();
  }

  #replace(element: Element): void {
    this.#tile.close();
    this.#element = element;
    this.#tile = this.#make(element);
  }

  /** Its worker broke: another goes on from where the clock stands, as the answer to a seek begins anew. */
  #onLost(): void {
    const now = performance.now();
    const isRelapse = now - this.#lostAt < RELAPSE_MS;
    this.#lostAt = now;
    if (isRelapse || this.shown === undefined) {
      this.host.failed('ERR_DECODER');
      return;
    }
    this.#replace(this.#element);
    this.host.restart();
  }

  #make(element: Element): Tile {
    const tile =
      element === 'canvas'
        ? new CanvasTile({ ...this.host, lost: () => this.#onLost() })
        : new MseTile(this.host);
    tile.resize(...this.#size);
    this.screen.append(tile.screen);
    return tile;
  }
}
