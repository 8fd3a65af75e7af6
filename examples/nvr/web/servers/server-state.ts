// What a connection to a server goes through (vms-v2-plan, "Server Connection Pool").

export type ConnectionState =
  | 'DISCONNECTED'
  | 'CONNECTING'
  | 'AUTHENTICATING'
  | 'CONNECTED'
  | 'ERROR';

/** Why a server is not connected; each has words of its own. */
export type ServerFault =
  /** No answer: off, another address, a certificate that this browser does not believe, or CORS. */
  | 'unreachable'
  /** This server's content security policy has no such address: its `allowedOrigins` say which it has. */
  | 'blocked'
  /** It answers, and is no FluxVision or one that this interface is too old or too new for. */
  | 'incompatible'
  /** Another server than the one that was added answers at the address. */
  | 'other_server'
  /** User name or password were refused. */
  | 'refused'
  /** The session was ended there. */
  | 'session_ended';

/** Before anybody could log in. */
export type ConnectFault = Exclude<ServerFault, 'refused' | 'session_ended'>;

export interface ServerStatus {
  state: ConnectionState;
  fault?: ServerFault;
  /** Failed attempts since it was last connected. */
  attempts: number;
  /** When it is tried again by itself, UTC milliseconds. */
  retryAt?: number;
}

export type ServerSignal =
  | { type: 'connect' }
  /** It answered. `session`: one of ours goes on; otherwise it waits for a login. */
  | { type: 'reached'; session: boolean }
  | { type: 'logged_in' }
  | { type: 'refused' }
  | { type: 'failed'; fault: ConnectFault; retryAt?: number }
  | { type: 'session_ended' }
  | { type: 'disconnect' };

export const DISCONNECTED: ServerStatus = { state: 'DISCONNECTED', attempts: 0 };

/** Signals that do not fit the state are late answers to what was given up, and change nothing. */
export function nextStatus(status: ServerStatus, signal: ServerSignal): ServerStatus {
  const { state, attempts } = status;
  switch (signal.type) {
    case 'disconnect':
      return DISCONNECTED;
    case 'connect':
      if (state === 'CONNECTED' || state === 'CONNECTING') return status;
      return { state: 'CONNECTING', attempts };
    case 'reached':
      if (state !== 'CONNECTING') return status;
      if (signal.session) return { state: 'CONNECTED', attempts: 0 };
      return { state: 'AUTHENTICATING', attempts: 0 };
    case 'logged_in':
      return state === 'AUTHENTICATING' ? { state: 'CONNECTED', attempts: 0 } : status;
    case 'refused':
      if (state !== 'AUTHENTICATING') return status;
      return { state: 'AUTHENTICATING', fault: 'refused', attempts: 0 };
    case 'failed': {
      if (state === 'DISCONNECTED') return status;
      const { fault, retryAt } = signal;
      const failed: ServerStatus = { state: 'ERROR', fault, attempts: attempts + 1 };
      return retryAt === undefined ? failed : { ...failed, retryAt };
    }
    case 'session_ended':
      if (state === 'DISCONNECTED') return status;
      return { state: 'AUTHENTICATING', fault: 'session_ended', attempts: 0 };
  }
}
