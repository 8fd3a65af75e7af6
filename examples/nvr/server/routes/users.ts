// Users, for administrators.

import type { UserRecord } from '@fluxvision/core';
import { type Static, Type } from 'typebox';
import { Id, NewUser, User, UserChange } from '../../protocol/index.js';
import type { App } from '../app.js';
import { refusal } from '../problem.js';
import { settingOf } from './account.js';
import { answers, creates, listOf, nothing } from './answers.js';
import type { RouteOptions } from './index.js';

const admin = { access: { permission: 'admin' } } as const;
const params = Type.Object({ id: Id });

export async function userRoutes(app: App, { nvr }: RouteOptions): Promise<void> {
  app.get(
    '/api/users',
    { config: admin, schema: { response: answers(listOf(User)) } },
    async () => ({
      items: nvr.sessions.users.list().map(shown),
    }),
  );

  app.post(
    '/api/users',
    { config: admin, schema: { body: NewUser, response: creates(User) } },
    async (request, reply) => {
      const by = { by: nameOf(request.caller) };
      const user = await nvr.sessions.users.create(request.body, by);
      nvr.emit('changed', 'users', user.id);
      return reply.code(201).send(shown(user));
    },
  );

  app.put(
    '/api/users/:id',
    { config: admin, schema: { params, body: UserChange, response: answers(User) } },
    async (request) => {
      const { users } = nvr.sessions;
      const { id } = request.params;
      const { password, ...change } = request.body;
      const by = { by: nameOf(request.caller) };
      if (!users.get(id)) throw noUser(id);
      if (Object.keys(change).length > 0) users.update(id, change, by);
      if (password !== undefined) await users.setPassword(id, password, by);
      nvr.emit('changed', 'users', id);
      return shown(users.get(id) as UserRecord);
    },
  );

  app.delete(
    '/api/users/:id',
    { config: admin, schema: { params, response: nothing } },
    async (request, reply) => {
      const { id } = request.params;
      nvr.sessions.users.remove(id, { by: nameOf(request.caller) });
      nvr.store.removeSetting(settingOf(id));
      nvr.emit('changed', 'users', id);
      return reply.code(204).send(null);
    },
  );
}

function shown({ permissions, ...user }: UserRecord): Static<typeof User> {
  const { allowedCameras } = permissions;
  return {
    ...user,
    permissions: {
      ...permissions,
      allowedCameras: allowedCameras === 'all' ? 'all' : [...allowedCameras],
    },
  };
}

function noUser(id: string) {
  return refusal('ERR_USER_NOT_FOUND', `There is no user '${id}'.`);
}

export function nameOf(caller: { name: string } | undefined): string {
  return caller?.name ?? 'anonymous';
}
