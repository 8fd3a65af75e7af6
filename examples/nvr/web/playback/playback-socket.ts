// The connection of one playback: what is asked for as messages, what comes as messages and pictures.
// Without a decision of its own: epochs, clocks and tiles are the conductor's.
import type { Static } from 'typebox';
import type { PlaybackOpen, PlaybackRequest, ServerMessage } from '../../protocol/messages.js';
import {
  type InitMessage,
  type PictureHeader,
  readInit,
  readPictureHeader,
} from '../../protocol/picture.js';
import { ReconnectingSocket, type ServerConnection, type SocketState } from '../api/index.js';

export interface PlaybackSocketOptions {
  server: ServerConnection;
  /** What to open with, also after the connection was lost. */
  opening: () => Omit<Static<typeof PlaybackOpen>, 'type' | 'sessionToken'>;
  onMessage: (message: ServerMessage) => void;
  onInit: (init: InitMessage) => void;
  /** `data` is the whole message: fragments begin behind its header, units at `payloadOffset`. */
  onPicture: (header: PictureHeader, data: Uint8Array) => void;
  onState: (state: SocketState) => void;
}

export class PlaybackSocket {
  readonly #socket: ReconnectingSocket;

  constructor(private readonly options: PlaybackSocketOptions) {
    const { server, opening, onMessage, onState } = options;
    this.#socket = new ReconnectingSocket({
      url: () => server.api.socketUrl('/ws/playback'),
      seals: server.seals,
      onAltered: () => server.altered(),
      onOpen: (send, sealing) =>
        send({ type: 'open', ...server.credentials(), ...opening(), ...sealing }),
      onMessage,
      onBinary: (data) => this.#take(data),
      onState,
      // A refused upgrade tells a page nothing: a request says whether the session is over.
      onRefused: () => void server.api.get('/api/account').catch(() => undefined),
    });
  }

  /** Pictures of now are sealed between the server and this page. */
  get isSealed(): boolean {
    return this.#socket.isSealed;
  }

  open(): void {
    this.#socket.open();
  }

  close(): void {
    this.#socket.close();
  }

  /** False where there is no connection; {@link PlaybackSocketOptions.opening} says it all then. */
  send(request: PlaybackRequest): boolean {
    return this.#socket.send(request);
  }

  #take(data: Uint8Array): void {
    const header = readPictureHeader(data);
    if (header?.kind === 'fragment') this.options.onPicture(header, data);
    if (header?.kind !== 'init') return;
    const init = readInit(data);
    if (init) this.options.onInit(init);
  }
}
