// One server as the interface sees it: its requests, its live pictures, what it tells by itself.
import type { Account } from '../../protocol/accounts.js';
import type { ServerMessage } from '../../protocol/messages.js';
import { placeOf } from '../federation/ids.js';
import { NodeLink } from '../federation/node-link.js';
import { LiveSocket } from '../players/live-socket.js';
import { ApiClient } from './client.js';
import type { ApiProblem } from './problem.js';
import { type MessageOf, ReconnectingSocket, type SocketState } from './socket.js';

export type ServerStatus = MessageOf<'server_status'>;

export interface ServerOptions {
  /** Unique in this browser; `home` is the server the page came from. */
  id: string;
  label: string;
  /** `''` for `home`. */
  origin: string;
  /** Of other servers: the session's token (`tokenDelivery: 'body'`), in memory alone. */
  token?: string;
  /** Of other servers: who is logged in there. */
  account?: Account;
  /** The session is over, for the reason of `session_expired`, or as a refused request says. */
  onSessionEnd: (code: string) => void;
  /** Whether the user wants pictures sealed. Never rejects. */
  seals: () => Promise<boolean>;
}

/** What a component may wait for: see `useServerSnapshot`. */
export interface ServerSnapshot {
  /** Of /ws/events, which is open as long as somebody is logged in. */
  state: SocketState;
  status: ServerStatus | undefined;
  /** Sealed pictures that did not open, since the page is there. */
  alteredPictures: number;
}

/** Opened at login, closed at logout. */
export class ServerConnection {
  readonly id: string;
  readonly origin: string;
  readonly api: ApiClient;
  readonly live: LiveSocket;
  /** Undefined for `home`, whose user the page's session knows. */
  readonly account: Account | undefined;
  label: string;
  token: string | undefined;
  readonly seals: () => Promise<boolean>;
  private readonly events: ReconnectingSocket;
  private readonly links = new Map<string, NodeLink>();
  private readonly lives = new Map<string, LiveSocket>();
  /** Cameras of nodes that the user may move: asked for with their tickets. */
  private readonly movable = new Set<string>();
  private readonly messageListeners = new Set<(message: ServerMessage) => void>();
  private readonly snapshotListeners = new Set<() => void>();
  private current: ServerSnapshot = { state: 'closed', status: undefined, alteredPictures: 0 };

  constructor(private readonly options: ServerOptions) {
    this.id = options.id;
    this.label = options.label;
    this.origin = options.origin;
    this.token = options.token;
    this.account = options.account;
    this.seals = options.seals;
    this.api = new ApiClient({
      origin: options.origin,
      token: () => this.token,
      onUnauthorized: (problem) => this.unauthorized(problem),
    });
    const shared = {
      onMessage: (message: ServerMessage) => this.take(message),
      onRefused: () => this.checkSession(),
    };
    this.live = new LiveSocket({
      ...shared,
      url: () => this.api.socketUrl('/ws/live'),
      credentials: () => this.credentials(),
      seals: options.seals,
      onAltered: () => this.altered(),
    });
    this.events = new ReconnectingSocket({
      ...shared,
      url: () => this.api.socketUrl('/ws/events'),
      onOpen: (send) => send({ type: 'hello', ...this.credentials() }),
      onState: (state) => this.publish({ ...this.current, state }),
    });
  }

  /** To be put into the first message of a socket: another server's session has no cookie here. */
  credentials(): { sessionToken?: string } {
    return this.token ? { sessionToken: this.token } : {};
  }

  open(): void {
    this.events.open();
  }

  close(): void {
    this.events.close();
    this.live.close();
    for (const socket of this.lives.values()) socket.close();
    for (const link of this.links.values()) link.close();
    this.lives.clear();
    this.links.clear();
    this.publish({ ...this.current, state: 'closed', status: undefined });
  }

  /** The connection for live pictures of a camera: the server's own, or that of the node that has it. */
  liveOf(camera: { id: string; may: { ptz: boolean } }): LiveSocket {
    const place = placeOf(camera.id);
    if (!place) return this.live;
    if (camera.may.ptz) this.movable.add(camera.id);
    else this.movable.delete(camera.id);
    const known = this.lives.get(place.nodeId);
    if (known) return known;
    const made = this.liveAt(this.linkTo(place.nodeId));
    this.lives.set(place.nodeId, made);
    return made;
  }

  /** How this page reaches a node. */
  linkTo(nodeId: string): NodeLink {
    const known = this.links.get(nodeId);
    if (known) return known;
    const made = new NodeLink(this.api, nodeId);
    this.links.set(nodeId, made);
    return made;
  }

  /** What the node says of itself is not told further: sessions and cameras are the home's. */
  private liveAt(link: NodeLink): LiveSocket {
    const passage = link.passage('live');
    const socket: LiveSocket = new LiveSocket({
      url: passage.url,
      credentials: () => ({}),
      seals: this.seals,
      onAltered: () => this.altered(),
      onMessage: () => undefined,
      onRefused: () => this.checkSession(),
      node: {
        id: link.nodeId,
        passage,
        ask: (id) => link.ticket(id, this.movable.has(id) ? ['live', 'ptz'] : ['live']),
      },
    });
    link.onDirectAgain(() => socket.renew());
    return socket;
  }

  /** A picture of this server was altered on its way. */
  altered(): void {
    this.publish({ ...this.current, alteredPictures: this.current.alteredPictures + 1 });
  }

  /** All JSON messages of /ws/events and /ws/live. Returns what ends it. */
  onMessage(listener: (message: ServerMessage) => void): () => void {
    this.messageListeners.add(listener);
    return () => this.messageListeners.delete(listener);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.snapshotListeners.add(listener);
    return () => this.snapshotListeners.delete(listener);
  };

  readonly snapshot = (): ServerSnapshot => this.current;

  private publish(next: ServerSnapshot): void {
    this.current = next;
    for (const listener of this.snapshotListeners) listener();
  }

  private take(message: ServerMessage): void {
    if (message.type === 'session_expired') {
      this.options.onSessionEnd(message.code);
      return;
    }
    if (message.type === 'server_status') this.publish({ ...this.current, status: message });
    for (const listener of [...this.messageListeners]) listener(message);
  }

  private unauthorized(problem: ApiProblem): void {
    this.options.onSessionEnd(problem.code);
  }

  /** A refused upgrade tells a page nothing: a request does. */
  private checkSession(): void {
    this.api.get('/api/account').catch(() => undefined);
  }
}
