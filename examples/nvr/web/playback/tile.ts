// What shows one camera of a playback, whatever it decodes with.
import type { InitMessage, PictureHeader } from '../../protocol/picture.js';

/** A picture of a tile, as it came. */
export interface TilePicture {
  /** Fragments of the connection, counted from 1. */
  sequence: number;
  /** UTC milliseconds, with a fraction. */
  time: number;
  key: boolean;
  preroll: boolean;
  header: PictureHeader;
  /** The whole message. */
  data: Uint8Array;
}

/** The clock as a tile needs it. */
export interface Moment {
  /** UTC milliseconds. */
  position: number;
  direction: 1 | -1;
  speed: number;
  isRunning: boolean;
  /** UTC milliseconds of the picture that belongs on the screen; undefined: none came. */
  due: number | undefined;
}

export interface TileHost {
  /** The picture may be counted as taken. */
  taken(sequence: number): void;
  /** There is something to do at the next picture of the screen. */
  wake(): void;
  /** Pictures cannot be decoded: a code of the catalog. Undefined: they can again. */
  failed(code: string | undefined): void;
  /** Decoding has to begin anew from where the clock stands. */
  restart(): void;
}

export interface Tile {
  /** Shows the pictures; to be put into the page. */
  readonly screen: HTMLElement;
  /** UTC milliseconds of the picture on the screen, also after {@link reset}. */
  readonly shown: number | undefined;
  init(init: InitMessage): void;
  push(picture: TilePicture): void;
  /** A new epoch: nothing that waits is shown any more. */
  reset(): void;
  /** Shows what is due, as soon as it is decoded. True where it wants to be asked again soon. */
  tick(moment: Moment): boolean;
  /** Device pixels that the picture takes on the screen. */
  resize(width: number, height: number): void;
  /** What is on the screen, as PNG. */
  snapshot(): Promise<Blob | undefined>;
  close(): void;
}
