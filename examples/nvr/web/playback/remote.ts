// The server of a playback: what it was asked for, and which of its pictures are the answer to that.
import type { Static } from 'typebox';
import type { PlaybackOpen, ServerMessage } from '../../protocol/messages.js';
import type { InitMessage, PictureHeader } from '../../protocol/picture.js';
import type { ServerConnection, SocketState } from '../api/index.js';
import type { Route } from '../federation/route-choice.js';
import { Epochs } from './epochs.js';
import { PlaybackSocket } from './playback-socket.js';

export interface RemoteEvents {
  /** What to open with, also after the connection was lost. */
  opening(): Omit<Static<typeof PlaybackOpen>, 'type' | 'sessionToken'>;
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
  readonly #socket: PlaybackSocket;
  readonly #epochs = new Epochs();
  #patience: ReturnType<typeof setTimeout> | undefined;

  constructor(
    server: ServerConnection,
    cameras: readonly string[],
    private readonly events: RemoteEvents,
  ) {
    this.#socket = new PlaybackSocket({
      ...{ server, cameras },
      opening: () => this.#opening(),
      beginning: () => events.beginning(),
      onMessage: (message) => this.#take(message),
      onInit: (init) => events.onInit(init),
      onPicture: (header, data) =>
        events.onPicture(header, data, this.#epochs.accepts(header.epoch)),
      onState: (state) => events.onState(state),
    });
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
      this.events.onSilence();
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
    return this.events.opening();
  }

  #take(message: ServerMessage): void {
    if (message.type !== 'sought') {
      this.events.onMessage(message);
      return;
    }
    const wasAsked = this.#epochs.isWaiting;
    if (this.#epochs.begin(message.epoch)) this.events.onSought(message.position, wasAsked);
  }
}

/** A moment to ask the server for. Up: the picture that is on the screen begins with a fraction. */
export function whole(position: number): number {
  return Math.max(0, Math.min(Date.now(), Math.ceil(position)));
}
