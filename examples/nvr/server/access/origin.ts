// Pages of other sites must not act in a user's name: what changes something, and every WebSocket, has
// to come from a page of this server (or of one that is allowed), or from no page at all.
import type { FastifyRequest } from 'fastify';
import { refusal } from '../problem.js';

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/** `ERR_ORIGIN`. */
export function requireOwnOrigin(request: FastifyRequest, allowed: readonly string[]): void {
  const upgrades = request.headers.upgrade !== undefined;
  if (READING.has(request.method) && !upgrades) return;
  const { origin, host } = request.headers;
  if (origin === undefined) {
    // Browsers say it where they leave the origin out; other programs say neither.
    const site = request.headers['sec-fetch-site'];
    if (site === undefined || site === 'same-origin' || site === 'none') return;
    throw foreign();
  }
  if (allowed.includes(origin)) return;
  // TLS may end at a proxy, but no browser page of ours comes without it.
  if (host !== undefined && origin === `https://${host}`) return;
  throw foreign();
}

function foreign() {
  const advice = 'Open the server by its own address, or add the origin to allowedOrigins.';
  return refusal('ERR_ORIGIN', `Pages of this origin may not do that. ${advice}`);
}
