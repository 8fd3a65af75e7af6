// Who asks: a user with a session (cookie or bearer token), or another program with an API key.
import {
  type ApiKey,
  type ClientSession,
  type Permission,
  splitFederatedId,
} from '@fluxvision/core';
import type { FastifyRequest } from 'fastify';
import type { Nvr } from '../nvr.js';
import { refusal } from '../problem.js';
import type { Access } from './access.js';
import { cookieToken } from './session-cookie.js';

export interface Caller {
  /** For the audit log. */
  readonly name: string;
  /** Undefined for API keys. */
  readonly session: ClientSession | undefined;
  /** Undefined for sessions. */
  readonly key: ApiKey | undefined;
  readonly mustChangePassword: boolean;
  allows(access: Exclude<Access, { public: true }>): boolean;
  may(permission: Permission, cameraId?: string): boolean;
}

/** Undefined where the request shows no credentials. `ERR_SESSION`, `ERR_API_KEY` where they are not good. */
export async function callerOf(request: FastifyRequest, nvr: Nvr): Promise<Caller | undefined> {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const token = /^Bearer ([\x21-\x7e]{1,8192})$/i.exec(authorization)?.[1];
    if (!token) throw refusal('ERR_SESSION', 'Authorization is no bearer token.');
    return sessionCaller(nvr, token);
  }
  const key = request.headers['x-nvr-auth'];
  if (key !== undefined) return keyCaller(nvr.sessions.apiKeys.verify(String(key)));
  const cookie = cookieToken(request, nvr);
  return cookie === undefined ? undefined : sessionCaller(nvr, cookie);
}

/** The caller that a session's token stands for. `ERR_SESSION`, `ERR_LOCKED`. */
export function sessionCaller(nvr: Nvr, token: string): Caller {
  const session = nvr.sessions.verify(token);
  session.touch();
  return {
    name: session.username,
    session,
    key: undefined,
    mustChangePassword: session.mustChangePassword,
    allows: ({ permission }) => permission === 'any' || session.may(permission),
    may: (permission, cameraId) => session.may(permission, cameraId),
  };
}

/** What each scope opens: everything of all cameras of this server, but nothing that changes it. */
const SCOPES: Record<string, readonly Permission[]> = {
  metadata: ['live', 'archive'],
  media: ['live', 'archive'],
  ptz: ['live', 'ptz'],
  export: ['live', 'archive', 'export'],
};

function keyCaller(key: ApiKey): Caller {
  const permissions = new Set(key.scopes.flatMap((scope) => SCOPES[scope] ?? []));
  return {
    name: `key:${key.id}`,
    session: undefined,
    key,
    mustChangePassword: false,
    allows: ({ apiKey }) => apiKey !== undefined && key.scopes.includes(apiKey),
    // Nothing is passed on from node to node.
    may: (permission, cameraId) =>
      permissions.has(permission) && !(cameraId && splitFederatedId(cameraId)),
  };
}
