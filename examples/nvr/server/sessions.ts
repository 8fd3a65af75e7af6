// Users, logins and API keys, as the settings of the server want them.
import { DEFAULT_QUOTA, type KeyManager, SessionManager } from '@fluxvision/core';
import type { Config } from './config/index.js';

/** What is told of the sockets of a session, by who serves them. */
export interface SessionTraffic {
  connections: number;
  bitsPerSecond: number;
  framesDropped: number;
}

const DEFAULT_CLIENTS = 16;
const DEFAULT_HOURS = 24;

/** As {@link SessionManager.open}. `audience`: tokens of another server are refused. */
export function openSessions(options: {
  storage: string;
  keys: KeyManager;
  config: Config;
  audience: string;
}): Promise<SessionManager> {
  const { storage, keys, audience } = options;
  const { passwordIterations } = options.config;
  return SessionManager.open({
    ...{ storage, keys, audience },
    ...limitsOf(options.config),
    ...(passwordIterations !== undefined && { passwordIterations }),
  });
}

/** As {@link SessionManager.setLimits} takes them: all of them, so that what was left out has its default. */
export function limitsOf({ limits = {} }: Pick<Config, 'limits'>) {
  const { clients: maxSessions = DEFAULT_CLIENTS, clientsPerUser = DEFAULT_CLIENTS } = limits;
  const { sessionHours = DEFAULT_HOURS, bandwidthMbps } = limits;
  return {
    maxSessions,
    maxSessionsPerUser: Math.min(maxSessions, clientsPerUser),
    lifetimeSeconds: Math.round(sessionHours * 3600),
    quota: { maxBandwidthMbps: bandwidthMbps ?? DEFAULT_QUOTA.maxBandwidthMbps },
  };
}
