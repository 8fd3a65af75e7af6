// A home of a served node, as the node sees it: what it asks with its key.
import { randomUUID } from 'node:crypto';
import type { Served } from './served.js';

export const HOME_ORIGIN = 'https://home.example:8443';

/** Paired, with the key that an administrator of the node made. */
export async function pairHome(served: Served, origins: readonly string[] = [HOME_ORIGIN]) {
  const { nvr } = served;
  const { id: keyId, key } = nvr.homes.createKey({ label: 'home' });
  /** As a server asks, which is no page. */
  const ask = (method: string, url: string, body?: unknown, headers: Record<string, string> = {}) =>
    served.app.inject({
      ...{ method: method as 'GET', url },
      headers: {
        ...{ host: 'nvr.test', 'x-nvr-auth': key },
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { payload: JSON.stringify(body) }),
    });
  const pairing = { homeId: randomUUID(), name: 'Head office', origins };
  const paired = await ask('POST', '/api/federation/pair', pairing);
  if (paired.statusCode !== 200) throw new Error(`pair: ${paired.body}`);
  const ticket = async (change: object = {}): Promise<string> => {
    const user = { name: 'kim', role: 'OPERATOR' };
    const terms = { cameraId: 'mine', permissions: ['live'], origin: HOME_ORIGIN, user, ...change };
    const answer = await ask('POST', '/api/federation/tickets', terms);
    if (answer.statusCode !== 200) throw new Error(`ticket: ${answer.body}`);
    return answer.json().ticket;
  };
  return { key, keyId, pairing, paired: paired.json(), ask, ticket };
}
