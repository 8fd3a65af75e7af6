// One other server as this page reaches it: tickets from the server that the page came from, and by which
// way its pictures come.
import type {
  BrowserTicket,
  BrowserTicketRequest,
  TicketPermission,
} from '../../protocol/federation.js';
import { type ApiClient, path } from '../api/client.js';
import {
  DIRECT_AGAIN_MS,
  DIRECT_WITHIN_MS,
  type Ending,
  type Route,
  RouteChoice,
} from './route-choice.js';
import { Turnstile } from './turnstile.js';

/** Tickets of many tiles are asked for in parallel, and not all at once. */
const AT_ONCE = 6;

export interface NodeLinkSnapshot {
  /** By which way pictures come; undefined while none do. */
  route: Route | undefined;
  /** The direct way is being tried. */
  isTrying: boolean;
}

/** What a connection needs of its link, for as long as it lasts. */
export interface Passage {
  /** Of the next attempt. */
  url: () => string;
  opensWithin: () => number | undefined;
  opened: () => void;
  ended: (how: Ending) => boolean;
  /** Of the connection that is open. */
  readonly route: Route | undefined;
}

export class NodeLink {
  readonly #choice = new RouteChoice();
  readonly #turnstile = new Turnstile(AT_ONCE);
  readonly #listeners = new Set<() => void>();
  readonly #returns = new Set<() => void>();
  #current: NodeLinkSnapshot = { route: undefined, isTrying: false };
  #directUrl: string | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly api: ApiClient,
    readonly nodeId: string,
  ) {}

  readonly snapshot = (): NodeLinkSnapshot => this.#current;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Called when a relayed connection might be a direct one. Returns what ends it. */
  onDirectAgain(listener: () => void): () => void {
    this.#returns.add(listener);
    return () => this.#returns.delete(listener);
  }

  /** `cameraId`: as it is called here. Throws `ApiProblem`. */
  async ticket(
    cameraId: string,
    permissions: TicketPermission[],
    range?: { start: number; end: number },
  ): Promise<BrowserTicket> {
    const request: BrowserTicketRequest = { permissions, ...range };
    const ticket = await this.#turnstile.pass(() =>
      this.api.post<BrowserTicket>(path`/api/cameras/${cameraId}/ticket`, request),
    );
    this.#directUrl = ticket.directUrl;
    return ticket;
  }

  passage(kind: 'live' | 'playback'): Passage {
    let tried: Route = 'direct';
    let route: Route | undefined;
    return {
      get route() {
        return route;
      },
      url: () => {
        const direct = this.#directSocketUrl(kind);
        tried = direct === undefined ? 'relay' : this.#choice.next();
        return tried === 'direct' && direct !== undefined
          ? direct
          : this.api.socketUrl(path`/ws/relay/${this.nodeId}/${kind}`);
      },
      opensWithin: () => (tried === 'direct' ? DIRECT_WITHIN_MS : undefined),
      opened: () => {
        route = tried;
        this.#choice.opened(route);
        this.#publish({ route });
        if (route === 'relay') this.#tryLater();
      },
      ended: (how) => {
        route = undefined;
        return this.#choice.ended(tried, how);
      },
    };
  }

  /** Whether the direct way is open now; relayed connections take it then. */
  async tryDirect(): Promise<boolean> {
    const url = this.#directSocketUrl('live');
    if (url === undefined || this.#current.isTrying) return false;
    clearTimeout(this.#again);
    this.#publish({ isTrying: true });
    const opens = await opensSocket(url);
    this.#publish({ isTrying: false });
    if (opens) {
      this.#choice.tryDirect();
      for (const listener of [...this.#returns]) listener();
    } else {
      this.#choice.ended('direct', 'unopened');
      this.#tryLater();
    }
    return opens;
  }

  close(): void {
    clearTimeout(this.#again);
    this.#publish({ route: undefined });
  }

  #tryLater(): void {
    clearTimeout(this.#again);
    this.#again = setTimeout(() => {
      if (this.#current.route === 'relay') void this.tryDirect();
    }, DIRECT_AGAIN_MS);
  }

  #directSocketUrl(kind: 'live' | 'playback'): string | undefined {
    const { protocol, origin } = urlOf(this.#directUrl) ?? {};
    if (protocol !== 'https:' || origin === undefined) return undefined;
    return `${origin.replace(/^http/, 'ws')}/ws/${kind}`;
  }

  #publish(change: Partial<NodeLinkSnapshot>): void {
    this.#current = { ...this.#current, ...change };
    for (const listener of this.#listeners) listener();
  }
}

function urlOf(text: string | undefined): URL | undefined {
  try {
    return text === undefined ? undefined : new URL(text);
  } catch {
    return undefined;
  }
}

/** A connection that is given up at once: nothing is said over it. */
function opensSocket(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url);
    const end = (opened: boolean) => {
      clearTimeout(timer);
      socket.onopen = null;
      socket.onclose = null;
      socket.close();
      resolve(opened);
    };
    const timer = setTimeout(() => end(false), DIRECT_WITHIN_MS);
    socket.onopen = () => end(true);
    socket.onclose = () => end(false);
  });
}
