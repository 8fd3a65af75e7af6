// What every player of a tile is to the one who feeds it.
import type { InitMessage, PictureHeader } from '../../protocol/picture.js';
import type { PlayerKind } from './choice.js';

export interface PlayerStats {
  /** Shown so far. */
  frames: number;
  /** From the server having the picture to its being shown; undefined before the first. */
  latencyMs: number | undefined;
}

export interface PlayerEvents {
  /** The first picture is out. */
  onShown(): void;
  /** The stream has to begin again with a key frame: the decoder lost its place. */
  onNeedKey(): void;
  /** This player cannot show the stream: try the next one. */
  onFailed(reason: string): void;
}

/** Made for a stream, fed with its messages, shows them in {@link element}. */
export interface Player {
  readonly kind: PlayerKind;
  /** A canvas or a video; its maker puts it into the page. */
  readonly element: HTMLCanvasElement | HTMLVideoElement;
  init(init: InitMessage): void;
  /** `time` of the header is UTC by the server's clock; `clockOffsetMs` is what that is ahead of ours. */
  picture(header: PictureHeader, message: Uint8Array, clockOffsetMs: number): void;
  /** Size on the screen in device pixels: none paints more than can be seen. */
  resize(width: number, height: number): void;
  stats(): PlayerStats;
  destroy(): void;
}
