// Users, logins and API keys, as the settings of the server want them.
import { type KeyManager, SessionManager } from '@fluxvision/core';
import type { Config } from './config/index.js';

/** What is told of the sockets of a session, by who serves them. */
export interface SessionTraffic {
  connections: number;
  bitsPerSecond: number;
  framesDropped: number;
}

const DEFAULT_CLIENTS = 16;

/** As {@link SessionManager.open}. `audience`: tokens of another server are refused. */
export function openSessions(options: {
  storage: string;
  keys: KeyManager;
  config: Config;
  audience: string;
}): Promise<SessionManager> {
  const { storage, keys, audience } = options;
  const { limits, passwordIterations } = options.config;
  const { clients, clientsPerUser, sessionHours, bandwidthMbps } = limits ?? {};
  const maxSessions = clients ?? DEFAULT_CLIENTS;
  return SessionManager.open({
    ...{ storage, keys, audience, maxSessions },
    maxSessionsPerUser: Math.min(maxSessions, clientsPerUser ?? DEFAULT_CLIENTS),
    ...(passwordIterations !== undefined && { passwordIterations }),
    ...(sessionHours !== undefined && { lifetimeSeconds: Math.round(sessionHours * 3600) }),
    ...(bandwidthMbps !== undefined && { quota: { maxBandwidthMbps: bandwidthMbps } }),
  });
}
