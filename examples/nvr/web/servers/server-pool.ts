// The connections to other servers: each has its own state, login and session, and comes back by itself.
import type { LoginResponse } from '../../protocol/index.js';
import { Backoff } from '../api/backoff.js';
import { ApiClient, ApiProblem, ServerConnection } from '../api/index.js';
import { reach } from './reach.js';
import type { KnownServer } from './server-list.js';
import { DISCONNECTED, nextStatus, type ServerSignal, type ServerStatus } from './server-state.js';

interface Entry {
  server: KnownServer;
  status: ServerStatus;
  backoff: Backoff;
  timer?: ReturnType<typeof setTimeout>;
  connection?: ServerConnection;
}

export interface ServerPoolOptions {
  onConnected: (connection: ServerConnection) => void;
  onGone: (id: string) => void;
  /** Whether the user wants pictures sealed. Never rejects. */
  seals: () => Promise<boolean>;
}

export type Statuses = ReadonlyMap<string, ServerStatus>;

/** One while somebody is logged in at the server the page came from. */
export class ServerPool {
  readonly #options: ServerPoolOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Set<() => void>();
  #statuses: Statuses = new Map();

  constructor(options: ServerPoolOptions) {
    this.#options = options;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly statuses = (): Statuses => this.#statuses;

  /** Those that are new are connected, those that are gone are left. */
  setServers(servers: readonly KnownServer[]): void {
    for (const id of [...this.#entries.keys()]) {
      if (!servers.some((server) => server.id === id)) this.#forget(id);
    }
    for (const server of servers) {
      const entry = this.#entries.get(server.id);
      if (!entry) {
        this.#entries.set(server.id, {
          ...{ server, status: DISCONNECTED, backoff: new Backoff() },
        });
        void this.connect(server.id);
        continue;
      }
      const moved = entry.server.address !== server.address;
      entry.server = server;
      if (entry.connection) entry.connection.label = server.name;
      if (moved) {
        this.disconnect(server.id);
        void this.connect(server.id);
      }
    }
  }

  /** Tries now, and again by itself while nobody answers. */
  async connect(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    if (!entry || entry.connection) return;
    clearTimeout(entry.timer);
    const { address } = entry.server;
    this.#signal(entry, { type: 'connect' });
    const reached = await reach(address, id);
    if (this.#entries.get(id) !== entry || entry.server.address !== address) return;
    if ('info' in reached) {
      entry.backoff.reset();
      this.#signal(entry, { type: 'reached', session: false });
      return;
    }
    const { fault } = reached;
    // What is not a matter of time is tried again when somebody asks for it.
    if (fault !== 'unreachable') {
      this.#signal(entry, { type: 'failed', fault });
      return;
    }
    const wait = entry.backoff.next();
    this.#signal(entry, { type: 'failed', fault, retryAt: Date.now() + wait });
    if (entry.status.state === 'ERROR') {
      entry.timer = setTimeout(() => void this.connect(id), wait);
    }
  }

  /** The token stays in memory; nobody keeps the password. Throws {@link ApiProblem}. */
  async login(id: string, username: string, password: string): Promise<void> {
    const entry = this.#entries.get(id);
    if (!entry) return;
    const { address, name } = entry.server;
    let answer: LoginResponse;
    try {
      answer = await new ApiClient({ origin: address }).post<LoginResponse>('/api/auth/login', {
        ...{ username, password, tokenDelivery: 'body' },
      });
    } catch (error) {
      const refused = error instanceof ApiProblem && error.status !== 0;
      this.#signal(entry, refused ? { type: 'refused' } : { type: 'failed', fault: 'unreachable' });
      throw error;
    }
    if (answer.mustChangePassword) {
      throw new ApiProblem({ code: 'ERR_PASSWORD_CHANGE_REQUIRED', status: 403 });
    }
    if (this.#entries.get(id) !== entry || answer.sessionToken === undefined) return;
    const connection = new ServerConnection({
      ...{ id, label: name, origin: address, token: answer.sessionToken, account: answer },
      onSessionEnd: () => this.#ended(entry, connection),
      seals: this.#options.seals,
    });
    entry.connection = connection;
    connection.open();
    this.#signal(entry, { type: 'logged_in' });
    this.#options.onConnected(connection);
  }

  /** Ends the session there, too. */
  disconnect(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    clearTimeout(entry.timer);
    const { connection } = entry;
    if (connection) {
      void connection.api.post('/api/auth/logout').catch(() => undefined);
      this.#drop(entry);
    }
    this.#signal(entry, { type: 'disconnect' });
  }

  close(): void {
    for (const id of [...this.#entries.keys()]) this.#forget(id);
  }

  #forget(id: string): void {
    this.disconnect(id);
    this.#entries.delete(id);
    this.#publish();
  }

  #ended(entry: Entry, connection: ServerConnection): void {
    if (entry.connection !== connection) return;
    this.#drop(entry);
    this.#signal(entry, { type: 'session_ended' });
  }

  #drop(entry: Entry): void {
    entry.connection?.close();
    delete entry.connection;
    this.#options.onGone(entry.server.id);
  }

  #signal(entry: Entry, signal: ServerSignal): void {
    entry.status = nextStatus(entry.status, signal);
    this.#publish();
  }

  #publish(): void {
    this.#statuses = new Map([...this.#entries].map(([id, { status }]) => [id, status]));
    for (const listener of this.#listeners) listener();
  }
}
