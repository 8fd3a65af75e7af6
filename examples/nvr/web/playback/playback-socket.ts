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
import type { Route } from '../federation/route-choice.js';
import { type NodePlayback, nodePlayback } from './node-playback.js';

export interface PlaybackSocketOptions {
  server: ServerConnection;
  /** Of the server itself, or all of one other server. */
  cameras: readonly string[];
  /** What to open with, also after the connection was lost. */
  opening: () => Omit<Static<typeof PlaybackOpen>, 'type' | 'sessionToken'>;
  /** Where it opens, UTC milliseconds. */
  beginning: () => number;
  onMessage: (message: ServerMessage) => void;
  onInit: (init: InitMessage) => void;
  /** `data` is the whole message: fragments begin behind its header, units at `payloadOffset`. */
  onPicture: (header: PictureHeader, data: Uint8Array) => void;
  onState: (state: SocketState) => void;
}

export class PlaybackSocket {
  readonly #socket: ReconnectingSocket;
  readonly #node: NodePlayback | undefined;
  #isOpen = false;

  constructor(private readonly options: PlaybackSocketOptions) {
    const { server, opening, onMessage, onState } = options;
    const node = nodePlayback({
      ...{ server, cameras: options.cameras, beginning: options.beginning },
      send: (message) => this.#socket.send(message),
      onRefused: (code, message) => onMessage({ type: 'error', code, message }),
    });
    this.#node = node;
    this.#socket = new ReconnectingSocket({
      url: node?.passage.url ?? (() => server.api.socketUrl('/ws/playback')),
      // Nothing is said to another server before there are tickets.
      seals: async () => {
        await node?.ready();
        return server.seals();
      },
      onAltered: () => server.altered(),
      onOpen: (send, sealing) => {
        node?.passage.opened();
        for (const message of node?.greeting() ?? []) send(message);
        const asked = opening();
        const open = node ? node.there(asked) : { ...server.credentials(), ...asked };
        send({ type: 'open', ...open, ...sealing });
      },
      onMessage: (message) => onMessage(node ? node.here(message) : message),
      onBinary: (data) => this.#take(data),
      onState,
      // A refused upgrade tells a page nothing: a request says whether the session is over.
      onRefused: () => void server.api.get('/api/account').catch(() => undefined),
      ...(node && {
        opensWithin: node.passage.opensWithin,
        onEnded: (how) => {
          node.ended(how);
          return node.passage.ended(how);
        },
      }),
    });
  }

  /** By which way footage of another server comes. */
  get route(): Route | undefined {
    return this.#node?.passage.route;
  }

  /** Pictures of now are sealed between the server and this page. */
  get isSealed(): boolean {
    return this.#socket.isSealed;
  }

  open(): void {
    this.#isOpen = true;
    if (this.#node) void this.#openWithTickets(this.#node);
    else this.#socket.open();
  }

  close(): void {
    this.#isOpen = false;
    this.#node?.close();
    this.#socket.close();
  }

  /** Another connection, for other cameras. */
  renew(): void {
    this.#node?.ended('used');
    this.#socket.renew();
  }

  /** With the first ticket comes where to go. */
  async #openWithTickets(node: NodePlayback): Promise<void> {
    await node.ready();
    if (this.#isOpen) this.#socket.open();
  }

  /** False where there is no connection; {@link PlaybackSocketOptions.opening} says it all then. */
  send(request: PlaybackRequest): boolean {
    return this.#node ? this.#node.send(request) : this.#socket.send(request);
  }

  #take(data: Uint8Array): void {
    const header = readPictureHeader(data);
    if (header?.kind === 'fragment') this.options.onPicture(header, data);
    if (header?.kind !== 'init') return;
    const init = readInit(data);
    if (init) this.options.onInit(init);
  }
}
