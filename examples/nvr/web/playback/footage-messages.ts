// What passes between a tile of a playback and the worker that decodes and paints for it.

export type ToFootage =
  | { type: 'open'; id: number; canvas: OffscreenCanvas }
  | { type: 'init'; id: number; codec: string; configuration: Uint8Array }
  | FootagePicture
  /** Nothing that waits is shown any more; what comes from now on belongs to `round`. */
  | { type: 'reset'; id: number; round: number }
  | FootageWish
  /** Device pixels that the picture takes on the screen. */
  | { type: 'resize'; id: number; width: number; height: number }
  | { type: 'snapshot'; id: number; request: number }
  | { type: 'close'; id: number };

export interface FootagePicture {
  type: 'picture';
  id: number;
  /** Fragments of the connection, counted from 1. */
  sequence: number;
  /** UTC microseconds. */
  timestamp: number;
  key: boolean;
  preroll: boolean;
  /** A whole message, and where its picture begins. */
  message: Uint8Array;
  offset: number;
}

/** What belongs on the screen now. Within a round it goes on in one direction, never back. */
export interface FootageWish {
  type: 'show';
  id: number;
  /** UTC milliseconds of a picture that was sent. */
  time: number;
  direction: 1 | -1;
  /** Nothing comes behind it by itself: it is worth to have the decoder emptied for it. */
  isStill: boolean;
}

export type FromFootage =
  | {
      type: 'progress';
      id: number;
      /** Sequence numbers of pictures that wait no longer. */
      taken: number[];
      /** UTC milliseconds of the picture on the screen. */
      shown: number | undefined;
      /** Pictures that were put on the screen so far. */
      frames: number;
    }
  /** Pictures cannot be decoded: a code of the catalog. Undefined: they can again. */
  | { type: 'failed'; id: number; code: string | undefined }
  /** Decoding has to begin anew from where the clock stands. */
  | { type: 'restart'; id: number; round: number }
  | { type: 'snapshot'; id: number; request: number; picture: Blob | undefined };
