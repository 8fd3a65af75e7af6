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
  afterGap: boolean;
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
  /** A seek is on its way: what waits is of before it. */
  isFrozen: boolean;
  /** After a seek the first picture is decoded however far behind the position it is. */
  isLanding: boolean;
}

export interface TileHost {
  /** The picture may be counted as taken. */
  taken(sequence: number): void;
  /** A picture of the present epoch is on the screen, or ready to be. */
  landed(time: number): void;
  /** There is something to do at the next picture of the screen. */
  wake(): void;
  /** Pictures cannot be decoded: a code of the catalog. Undefined: they can again. */
  failed(code: string | undefined): void;
  /** Decoding has to begin anew from where the clock stands. */
  restart(): void;
}

export interface Tile {
  /** Of which kind the element is that shows it. */
  readonly element: 'canvas' | 'video';
  /** UTC milliseconds of the picture on the screen. */
  readonly shown: number | undefined;
  /** Pictures that were put on the screen, of all epochs. */
  readonly frames: number;
  /** The next picture that waits, along the direction. */
  readonly upcoming: { time: number; afterGap: boolean } | undefined;
  attach(element: HTMLCanvasElement | HTMLVideoElement | null): void;
  init(init: InitMessage): void;
  push(picture: TilePicture): void;
  /** A new epoch: nothing that waits is shown any more. */
  reset(): void;
  /** Decodes and shows what is due. True where there is more to do while the clock stands. */
  tick(moment: Moment): boolean;
  /** What is on the screen, as PNG. */
  snapshot(): Promise<Blob | undefined>;
  close(): void;
}
