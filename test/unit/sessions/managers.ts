// Session managers for tests: quick passwords, in storages of their own, closed when the test is over.
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { KeyManager } from '../../../src/keys/index.js';
import {
  permissionsOf,
  type Role,
  SessionManager,
  type SessionManagerOptions,
} from '../../../src/sessions/index.js';
import { createKeys } from '../keys/stores.js';

export const password = 'a gate of green iron';
export const address = '192.168.1.20';

export type ManagerOptions = Partial<Omit<SessionManagerOptions, 'keys'>> & { keys?: KeyManager };

/** Over the storage that holds `keys`. */
export async function openManager({ keys, ...options }: ManagerOptions = {}) {
  const opened = keys ?? (await createKeys());
  const storage = dirname(opened.directory);
  const manager = await SessionManager.open({
    ...{ storage, keys: opened, passwordIterations: 100_000 },
    ...options,
  });
  onTestFinished(() => manager.close());
  const add = (username: string, role: Role, change = {}) =>
    manager.users.create({
      ...{ username, password },
      permissions: { ...permissionsOf(role), ...change },
    });
  const login = (username: string, from = address) =>
    manager.login({ username, password, address: from });
  return { keys: opened, storage, path: join(storage, 'users.db'), manager, add, login };
}
