// The session of a browser's page: a cookie that counts on pages of this very server alone. Cookies know
// no ports: a browser sends it with what a page of another server on the same host name asks, too.
import cookie from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Nvr } from '../nvr.js';
import { isOwnPage } from './origin.js';

/** Before the server's id: two servers of one host name do not log each other out. */
export const COOKIE_PREFIX = '__Host-fluxvision-';

const ATTRIBUTES = { path: '/', secure: true, httpOnly: true, sameSite: 'strict' } as const;

/** The token that the request's cookie has; undefined where none counts. `ERR_LOCKED`. */
export function cookieToken(request: FastifyRequest, nvr: Nvr): string | undefined {
  if (!isOwnPage(request)) return undefined;
  const { cookies } = request;
  // Where no browser of ours asks, nobody needs to know who we are: also while the keys are locked.
  if (!Object.keys(cookies).some((name) => name.startsWith(COOKIE_PREFIX))) return undefined;
  return cookies[nameOf(nvr)];
}

/** The token of this server in a header `cookie`, whoever sent it: for what is no secret of a page. */
export function tokenIn(header: string | undefined, nvr: Nvr): string | undefined {
  return header === undefined ? undefined : cookie.parse(header)[nameOf(nvr)];
}

export function setCookie(reply: FastifyReply, nvr: Nvr, token: string, expiresAt: number): void {
  reply.setCookie(nameOf(nvr), token, { ...ATTRIBUTES, expires: new Date(expiresAt) });
}

export function clearCookie(reply: FastifyReply, nvr: Nvr): void {
  reply.clearCookie(nameOf(nvr), ATTRIBUTES);
}

function nameOf(nvr: Nvr): string {
  return `${COOKIE_PREFIX}${nvr.parts.serverId}`;
}
