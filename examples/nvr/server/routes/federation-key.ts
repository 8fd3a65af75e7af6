// The key that other servers need to have this one as a node, and which have it.
import { CreatedFederationKey, FederationKey } from '../../protocol/index.js';
import type { App } from '../app.js';
import type { Nvr } from '../nvr.js';
import { refusal } from '../problem.js';
import { answers, creates, nothing } from './answers.js';
import type { RouteOptions } from './index.js';
import { nameOf } from './users.js';

const admin = { access: { permission: 'admin' } } as const;

export async function federationKeyRoutes(app: App, { nvr }: RouteOptions): Promise<void> {
  app.get(
    '/api/system/federation-key',
    { config: admin, schema: { response: answers(FederationKey) } },
    async () => shown(nvr),
  );

  app.post(
    '/api/system/federation-key',
    { config: admin, schema: { response: creates(CreatedFederationKey) } },
    async ({ caller }, reply) => {
      const { key: secret } = nvr.homes.createKey({ by: nameOf(caller) });
      return reply.code(201).send({ ...shown(nvr), secret });
    },
  );

  app.delete(
    '/api/system/federation-key',
    { config: admin, schema: { response: nothing } },
    async ({ caller }, reply) => {
      if (!nvr.homes.revokeKey({ by: nameOf(caller) })) {
        throw refusal('ERR_API_KEY_NOT_FOUND', 'There is no key for other servers.');
      }
      return reply.code(204).send(null);
    },
  );
}

function shown(nvr: Nvr): FederationKey {
  const key = nvr.homes.key();
  return {
    ...(key && { key: { ...key, scopes: [...key.scopes] } }),
    homes: nvr.homes.homes().map(({ origins, ...home }) => ({ ...home, origins: [...origins] })),
    fingerprint: nvr.identity.fingerprint,
    serverId: nvr.parts.serverId,
  };
}
