// Pages of other sites must not act in a user's name: what changes something, and every WebSocket, has
// to come from a page of this server (or of one that is allowed), or from no page at all. Pages of paired
// homes get WebSockets, where they show tickets, and nothing that changes something.
import type { FastifyRequest } from 'fastify';
import type { Nvr } from '../nvr.js';
import { refusal } from '../problem.js';

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/** `ERR_ORIGIN`. */
export function requireOwnOrigin(request: FastifyRequest, nvr: Nvr): void {
  const upgrades = request.headers.upgrade !== undefined;
  if (READING.has(request.method) && !upgrades) return;
  const { origin } = request.headers;
  if (origin !== undefined && nvr.config.allowedOrigins?.includes(origin)) return;
  if (upgrades && request.method === 'GET' && isHomePage(nvr, origin)) return;
  if (!isOwnPage(request)) throw foreign();
}

/** Exactly the origin of a page of a server that has this one as a node. */
export function isHomePage(nvr: Nvr, origin: string | undefined): boolean {
  return nvr.unavailable === undefined && nvr.homes.isHomeOrigin(origin);
}

/** A page of this very server asks, or none at all. */
export function isOwnPage({ headers }: FastifyRequest): boolean {
  const { origin, host } = headers;
  // TLS may end at a proxy, but no browser page of ours comes without it.
  if (origin !== undefined) return host !== undefined && origin === `https://${host}`;
  // Browsers say it where they leave the origin out; other programs say neither.
  const site = headers['sec-fetch-site'];
  return site === undefined || site === 'same-origin' || site === 'none';
}

function foreign() {
  const advice = 'Open the server by its own address, or add the origin to allowedOrigins.';
  return refusal('ERR_ORIGIN', `Pages of this origin may not do that. ${advice}`);
}
