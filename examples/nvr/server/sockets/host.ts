// What the sockets need of the server, and who is at their other end.
import type {
  KeyManager,
  Recorder,
  SessionKey,
  StreamBroadcaster,
  TicketHolder,
} from '@fluxvision/core';
import type { Static } from 'typebox';
import type { PtzCommand, Quality, Quota, ServerStatus } from '../../protocol/index.js';
import type { Bus } from '../events/bus.js';
import type { NodeEventListener } from '../federation/node-events.js';
import type { Traffic } from './traffic.js';

export type SocketPermission = 'live' | 'archive' | 'ptz' | 'admin';

/** A session, as far as a socket is concerned. */
export interface SocketSession {
  readonly id: string;
  /** Aborted when the session ends; `reason` says why. */
  readonly ended: AbortSignal;
  readonly quota: Quota;
  /** What it watches, over all its sockets. */
  readonly subscriptions: Map<string, Quality>;
  readonly key?: SessionKey;
  touch(): void;
}

/** Who is at the other end. API keys have no session. */
export interface SocketCaller {
  readonly name: string;
  readonly session: SocketSession | undefined;
  /** A page of another server, which came by tickets; they say which footage it may see, too. */
  readonly tickets?: TicketHolder;
  may(permission: SocketPermission, cameraId?: string): boolean;
}

export interface SocketHost {
  readonly bus: Bus;
  readonly recorder: Recorder;
  readonly keys: KeyManager;
  readonly broadcaster: StreamBroadcaster;
  readonly traffic: Traffic;
  /** Pictures are sealed for everybody. */
  readonly requiresSealing: boolean;
  readonly cameras: {
    has(id: string): boolean;
    hasFootage(id: string): boolean;
    /** A camera's connection is there, or again. */
    on(event: 'added', listener: (camera: { id: string }) => void): unknown;
    off(event: 'added', listener: (camera: { id: string }) => void): unknown;
  };
  /** What the session may take now. */
  quotaOf(session: SocketSession): Quota;
  /** The caller that a token stands for. `ERR_SESSION`. */
  authenticate(token: string): SocketCaller;
  /**
   * The caller that tickets stand for; `caller`, with what they add, where it came by others before.
   * `leftOut`: so many were not good. `ERR_TICKET`, `ERR_STATE`, `ERR_LIMIT`.
   */
  redeem(
    tickets: readonly string[],
    caller: SocketCaller | undefined,
  ): { caller: SocketCaller; leftOut: number };
  /** Events of all cameras of other servers, until what it returns is called. */
  listenToNodes(listener: NodeEventListener): () => void;
  ptz(caller: SocketCaller, cameraId: string, command: PtzCommand): Promise<void>;
  status(): Omit<Static<typeof ServerStatus>, 'type'>;
}
