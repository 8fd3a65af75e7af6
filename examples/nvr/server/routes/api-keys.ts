// API keys of other servers and of monitoring.

import type { ApiKey as StoredKey } from '@fluxvision/core';
import { type Static, Type } from 'typebox';
import { ApiKey, NewApiKey } from '../../protocol/index.js';
import type { App } from '../app.js';
import { refusal } from '../problem.js';
import { answers, creates, listOf, nothing } from './answers.js';
import type { RouteOptions } from './index.js';
import { nameOf } from './users.js';

const admin = { access: { permission: 'admin' } } as const;
/** {@link CreatedApiKey}, flat: intersections cannot be serialized without their order. */
const Created = Type.Object({ ...ApiKey.properties, key: Type.String() });

export async function apiKeyRoutes(app: App, { nvr }: RouteOptions): Promise<void> {
  app.get(
    '/api/system/api-keys',
    { config: admin, schema: { response: answers(listOf(ApiKey)) } },
    async () => ({ items: nvr.sessions.apiKeys.list().map(shown) }),
  );

  app.post(
    '/api/system/api-keys',
    { config: admin, schema: { body: NewApiKey, response: creates(Created) } },
    async ({ caller, body }, reply) => {
      const { key, ...made } = nvr.sessions.apiKeys.create(body, { by: nameOf(caller) });
      return reply.code(201).send({ ...shown(made), key });
    },
  );

  app.delete(
    '/api/system/api-keys/:id',
    {
      config: admin,
      schema: { params: Type.Object({ id: ApiKey.properties.id }), response: nothing },
    },
    async ({ caller, params: { id } }, reply) => {
      if (!nvr.sessions.apiKeys.revoke(id, { by: nameOf(caller) })) {
        throw refusal('ERR_API_KEY_NOT_FOUND', 'There is no such API key.');
      }
      return reply.code(204).send(null);
    },
  );
}

function shown({ scopes, ...key }: StoredKey): Static<typeof ApiKey> {
  return { ...key, scopes: [...scopes] };
}
