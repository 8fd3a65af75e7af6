// Who is logged in at the server the page came from, and how that begins and ends.
import type { QueryClient } from '@tanstack/react-query';
import { createContext, useContext, useMemo, useSyncExternalStore } from 'react';
import type { Account, LoginResponse, SetupRequest, SetupState } from '../../protocol/accounts.js';
import { wantsSealedPictures } from '../account/preferences.js';
import { ApiProblem, createQueryClient, ServerConnection, useServer } from '../api/index.js';

export type SessionState =
  | { phase: 'starting' }
  | { phase: 'setup'; serverName: string }
  /**
   * `ended`: why the last session did, as `session_expired` names it. `fault`: why the server can take no
   * login at present.
   */
  | { phase: 'login'; ended?: string; fault?: ApiProblem }
  /** The server's keys are: it can check no login until somebody has unlocked them. */
  | { phase: 'locked' }
  | { phase: 'password'; account: Account }
  | { phase: 'in'; account: Account };

/** What the user may do at all; each camera's `may` says it for the camera. */
export interface Access {
  admin: boolean;
  live: boolean;
  archive: boolean;
  export: boolean;
  ptz: boolean;
}

/** One per page. */
export class Session {
  readonly queries: QueryClient = createQueryClient();
  readonly home: ServerConnection = new ServerConnection({
    id: 'home',
    label: location.host,
    origin: '',
    onSessionEnd: (code) => this.ended(code),
    seals: () => wantsSealedPictures(this.queries, this.home),
  });
  private current: SessionState = { phase: 'starting' };
  private readonly listeners = new Set<() => void>();
  /** Other tabs of this browser: they share the cookie. */
  private readonly tabs = new BroadcastChannel('fluxvision.session');

  constructor() {
    this.tabs.onmessage = () => void this.start();
  }

  readonly state = (): SessionState => this.current;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Asks the server who we are; the public question first, which nobody is refused. */
  async start(): Promise<void> {
    let setup: SetupState | undefined;
    try {
      setup = await this.home.api.get<SetupState>('/api/setup');
    } catch (error) {
      if (isLocked(error)) {
        this.leave({ phase: 'locked' });
        return;
      }
      if (error instanceof ApiProblem && error.status === 503) {
        this.leave({ phase: 'login', fault: error });
        return;
      }
    }
    if (setup) this.home.label = setup.serverName;
    if (setup?.required) {
      this.show({ phase: 'setup', serverName: setup.serverName });
      return;
    }
    if (setup?.authenticated === false) {
      this.leave({ phase: 'login' });
      return;
    }
    try {
      this.enter(await this.home.api.get<Account>('/api/account'));
    } catch (error) {
      if (isLocked(error)) {
        this.leave({ phase: 'locked' });
        return;
      }
      const refused = error instanceof ApiProblem && error.status === 401;
      this.leave(refused ? { phase: 'login' } : { phase: 'login', ended: 'unreachable' });
    }
  }

  /** Throws {@link ApiProblem}. */
  async login(username: string, password: string): Promise<void> {
    let answer: LoginResponse;
    try {
      answer = await this.home.api.post<LoginResponse>('/api/auth/login', { username, password });
    } catch (error) {
      if (isLocked(error)) this.leave({ phase: 'locked' });
      throw error;
    }
    this.tabs.postMessage('login');
    // Which other servers a page may connect to is told with the page, and to nobody who is not logged in.
    if (await this.hasNodes()) location.reload();
    else this.enter(answer);
  }

  private async hasNodes(): Promise<boolean> {
    const nodes = await this.home.api
      .get<{ items: { enabled: boolean }[] }>('/api/system/nodes')
      .catch(() => undefined);
    return nodes?.items.some(({ enabled }) => enabled) ?? false;
  }

  /** Makes the first administrator and logs in. Throws {@link ApiProblem}. */
  async setup(request: SetupRequest): Promise<void> {
    await this.home.api.post('/api/setup', request);
    if (request.serverName !== undefined) this.home.label = request.serverName;
    await this.login(request.username, request.password);
  }

  async logout(): Promise<void> {
    await this.home.api.post('/api/auth/logout').catch(() => undefined);
    this.leave({ phase: 'login' });
    this.tabs.postMessage('logout');
  }

  /** After the own password was changed. */
  passwordChanged(account: Account): void {
    this.enter({ ...account, mustChangePassword: false });
  }

  private enter(account: Account): void {
    if (account.mustChangePassword) {
      this.show({ phase: 'password', account });
      return;
    }
    if (this.current.phase === 'in' && this.current.account.sessionId !== account.sessionId) {
      this.leave({ phase: 'starting' });
    }
    this.home.open();
    this.show({ phase: 'in', account });
  }

  private ended(code: string): void {
    if (code === 'ERR_PASSWORD_CHANGE_REQUIRED') {
      if (this.current.phase === 'in') {
        const { account } = this.current;
        this.leave({ phase: 'password', account });
      }
      return;
    }
    if (this.current.phase === 'in' || this.current.phase === 'password') {
      this.leave({ phase: 'login', ended: code });
    }
  }

  /** Nothing of what was seen stays: neither pictures nor answers. */
  private leave(next: SessionState): void {
    this.home.close();
    this.queries.clear();
    this.show(next);
  }

  private show(next: SessionState): void {
    this.current = next;
    for (const listener of this.listeners) listener();
  }
}

function isLocked(error: unknown): boolean {
  return error instanceof ApiProblem && error.code === 'ERR_LOCKED';
}

export const SessionContext = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('useSession needs a SessionContext above it');
  return session;
}

export function useSessionState(): SessionState {
  const session = useSession();
  return useSyncExternalStore(session.subscribe, session.state);
}

/** Of the user who is logged in at the server the page came from; only below the shell. */
export function useAccount(): Account {
  const state = useSessionState();
  if (state.phase !== 'in' && state.phase !== 'password') throw new Error('nobody is logged in');
  return state.account;
}

/** At the server that is shown: each has users of its own. */
export function useAccess(): Access {
  const home = useAccount();
  const { permissions } = useServer().account ?? home;
  return useMemo(
    () => ({
      admin: permissions.role === 'ADMIN',
      live: permissions.canViewLive,
      archive: permissions.canViewArchive,
      export: permissions.canExport,
      ptz: permissions.canControlPTZ,
    }),
    [permissions],
  );
}
