// The server of a playback: what it was asked for, and which of its pictures are the answer to that.
import type { Static } from 'typebox';
import type { PlaybackOpen, ServerMessage } from '../../protocol/messages.js';
import type { InitMessage, PictureHeader } from '../../protocol/picture.js';
import type { ServerConnection, SocketState } from '../api/index.js';
import type { Route } from '../federation/route-choice.js';
import { Epochs } from './epochs.js';
import { PlaybackSocket, type PlaybackSocketOptions } from './playback-socket.js';

/** What a playback opens with, but for the cameras. */
export type Opening = Omit<Static<typeof PlaybackOpen>, 'type' | 'sessionToken' | 'cameras'>;

/** A connection to a server. */
export type PlaybackLink = Pick<
  PlaybackSocket,
  'open' | 'close' | 'renew' | 'send' | 'route' | 'isSealed'
>;

export type Connect = (options: PlaybackSocketOptions) => PlaybackLink;

export interface RemoteOptions {
  server: ServerConnection;
  /** Of the server itself, or all of one other server. */
  cameras: readonly string[];
  /** Default: a WebSocket. */
  connect?: Connect;
  /** What to open with, also after the connection was lost. */
  opening(): Opening & { cameras: string[] };
  /** Where that is. */
  beginning(): number;
  /** The answer to the last seek begins; `wasAsked`: there was one. */
  onSought(position: number, wasAsked: boolean): void;
  onMessage(message: Exclude<ServerMessage, { type: 'sought' }>): void;
  onInit(init: InitMessage): void;
  /** `counts`: it is of the present epoch. */
  onPicture(header: PictureHeader, data: Uint8Array, counts: boolean): void;
  onState(state: SocketState): void;
  /** A seek was refused, or is lost: nothing would be shown any more. */
  onSilence(): void;
}

/** An answer to a seek takes no longer. */
const PATIENCE_MS = 4000;

export class Remote {
  readonly #socket: PlaybackLink;
  readonly #epochs = new Epochs();
  #patience: ReturnType<typeof setTimeout> | undefined;
  #isOpening = false;

  constructor(private readonly options: RemoteOptions) {
    const { server, cameras, connect = (of) => new PlaybackSocket(of) } = options;
    this.#socket = connect({
      ...{ server, cameras },
      opening: () => this.#opening(),
      beginning: () => options.beginning(),
      onMessage: (message) => this.#take(message),
      onInit: (init) => options.onInit(init),
      onPicture: (header, data) =>
        options.onPicture(header, data, this.#epochs.accepts(header.epoch)),
      onState: (state) => options.onState(state),
    });
  }

  /** The server has not begun to play yet. */
  get isOpening(): boolean {
    return this.#isOpening;
  }

  /** What comes is of before the last seek. */
  get isWaiting(): boolean {
    return this.#epochs.isWaiting;
  }

  /** Pictures of now are sealed between the server and this page. */
  get isSealed(): boolean {
    return this.#socket.isSealed;
  }

  /** By which way footage of another server comes. */
  get route(): Route | undefined {
    return this.#socket.route;
  }

  open(): void {
    this.#socket.open();
  }

  close(): void {
    clearTimeout(this.#patience);
    this.#socket.close();
  }

  /** Over another connection. */
  renew(): void {
    this.#socket.renew();
  }

  play(isPlaying: boolean): void {
    this.#socket.send({ type: isPlaying ? 'play' : 'pause' });
  }

  /** `position`: whole UTC milliseconds. */
  seek(position: number): void {
    clearTimeout(this.#patience);
    if (!this.#socket.send({ type: 'seek', position })) return;
    this.#epochs.sought();
    this.#patience = setTimeout(() => {
      if (!this.isWaiting) return;
      this.#epochs.reset();
      this.options.onSilence();
    }, PATIENCE_MS);
  }

  /** A server that turns begins an epoch where it is, ahead of the screen: a seek has to follow. */
  speed(speed: number, turns: boolean): void {
    if (this.#socket.send({ type: 'speed', speed }) && turns) this.#epochs.sought();
  }

  /** One more picture, of any camera, while it stands. */
  step(): void {
    this.#socket.send({ type: 'step', direction: 1 });
  }

  /** So many pictures of this connection. False where there is none. */
  taken(through: number): boolean {
    return this.#socket.send({ type: 'taken', through });
  }

  #opening() {
    clearTimeout(this.#patience);
    this.#epochs.reset();
    this.#epochs.sought();
    this.#isOpening = true;
    return this.options.opening();
  }

  #take(message: ServerMessage): void {
    if (message.type !== 'sought') {
      this.options.onMessage(message);
      return;
    }
    const wasAsked = this.#epochs.isWaiting;
    this.#isOpening = false;
    if (this.#epochs.begin(message.epoch)) this.options.onSought(message.position, wasAsked);
  }
}

/** A moment to ask the server for. Up: the picture that is on the screen begins with a fraction. */
export function whole(position: number): number {
  return Math.max(0, Math.min(Date.now(), Math.ceil(position)));
}
