// Which other servers a page of this one may connect to: told with the page, to whoever is logged in.
import type { IncomingMessage } from 'node:http';
import { tokenIn } from '../access/index.js';
import type { Nvr } from '../nvr.js';
import { federationOf } from './federation.js';

/** Origins of the nodes that are switched on; none where it is not known who asks. */
export function pageOrigins(nvr: Nvr, request: Pick<IncomingMessage, 'headers'>): string[] {
  // Of what is no page nobody asks where it may go.
  if (nvr.unavailable || !request.headers.accept?.includes('text/html')) return [];
  const token = tokenIn(request.headers.cookie, nvr);
  if (token === undefined) return [];
  try {
    nvr.sessions.verify(token);
    const { registry } = federationOf(nvr);
    return registry
      .list()
      .filter(({ enabled }) => enabled)
      .map(({ url, directUrl = url }) => directUrl);
  } catch {
    return [];
  }
}
