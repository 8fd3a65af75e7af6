// The tiles of a playback, and what came for them: which picture belongs on which screen at a moment.
import type { InitMessage } from '../../protocol/picture.js';
import { Arrivals } from './arrivals.js';
import type { Conditions } from './conditions.js';
import type { TileStatus } from './snapshot.js';
import type { StepPlace } from './steps.js';
import type { Moment, Tile, TilePicture } from './tile.js';

interface Screen {
  tile: Tile;
  arrivals: Arrivals;
}

export class Screens {
  /** By camera. */
  readonly #all: ReadonlyMap<string, Screen>;
  /** Cameras of which all that came is of before a seek. */
  readonly #stale = new Set<string>();

  constructor(
    tiles: ReadonlyMap<string, Tile>,
    private readonly conditions: Conditions,
  ) {
    this.#all = new Map([...tiles].map(([id, tile]) => [id, { tile, arrivals: new Arrivals() }]));
  }

  /** Something else was asked for: their tiles stay as they are until it comes. */
  leave(cameras: readonly string[]): void {
    for (const camera of cameras) this.#stale.add(camera);
  }

  /** A new epoch of these cameras: nothing that came before it is shown any more. */
  begin(cameras: readonly string[]): void {
    for (const camera of cameras) {
      const screen = this.#all.get(camera);
      this.#stale.delete(camera);
      screen?.arrivals.clear();
      screen?.tile.reset();
    }
  }

  init(camera: string, init: InitMessage): void {
    this.#all.get(camera)?.tile.init(init);
  }

  /** False where the camera is none of them. */
  push(camera: string, picture: TilePicture): boolean {
    const screen = this.#all.get(camera);
    if (!screen) return false;
    screen.tile.push(picture);
    const { time, preroll, header } = picture;
    if (!preroll) screen.arrivals.add({ time, afterGap: header.afterGap });
    return true;
  }

  /** Has each show its picture of the moment. True where one wants to be asked again soon. */
  show(moment: Omit<Moment, 'due'>): boolean {
    const { position, direction } = moment;
    let isBusy = false;
    for (const [camera, { tile, arrivals }] of this.#all) {
      if (this.#stale.has(camera)) continue;
      const due = arrivals.due(position, direction)?.time;
      isBusy = tile.tick({ ...moment, due }) || isBusy;
      arrivals.forget(position, direction);
    }
    return isBusy;
  }

  /** Is everything on its screen that is to be there? */
  isComplete(position: number, direction: 1 | -1): boolean {
    return [...this.#all].every(([camera, { tile, arrivals }]) => {
      if (!this.conditions.isExpected(camera, position)) return true;
      if (this.#stale.has(camera)) return false;
      const due = arrivals.due(position, direction);
      // Backwards pictures come one by one.
      return due ? due.time === tile.shown : direction < 0;
    });
  }

  /** Between which pictures it stands. */
  place(position: number): Omit<StepPlace, 'reach'> {
    const all = [...this.#all].flatMap(([id, screen]) => (this.#stale.has(id) ? [] : screen));
    const past = all.flatMap(({ arrivals }) => arrivals.due(position, 1)?.time ?? []);
    const coming = all.flatMap(({ arrivals }) => arrivals.next(position, 1)?.time ?? []);
    return {
      newest: past.length > 0 ? Math.max(...past) : undefined,
      next: coming.length > 0 ? Math.min(...coming) : undefined,
    };
  }

  /** `known`: as of the last time, where pictures of a new position are still awaited. */
  statuses(
    { position, direction, speed }: Pick<Moment, 'position' | 'direction' | 'speed'>,
    known: ReadonlyMap<string, TileStatus> | undefined,
  ): Map<string, TileStatus> {
    return new Map(
      [...this.#all].map(([camera, { tile, arrivals }]) => {
        const next = arrivals.next(position, direction);
        const place = { shown: tile.shown, next, position, speed };
        const before = known && (known.get(camera) ?? {});
        return [camera, this.conditions.status(camera, place, before)];
      }),
    );
  }

  close(): void {
    for (const { tile } of this.#all.values()) tile.close();
  }
}
