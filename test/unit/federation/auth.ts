// A node for tests: keys, sessions and settings of its own, and a clock that the test moves.
import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { ConfigStore } from '../../../src/config/index.js';
import { FederationAuth, type TicketTerms } from '../../../src/federation/index.js';
import type { ApiKeyScope } from '../../../src/sessions/index.js';
import { openManager } from '../sessions/managers.js';

export const ORIGIN = 'https://home.example:8443';

export async function openNode() {
  const { keys, storage, manager } = await openManager();
  const store = await ConfigStore.open({ storage, keys });
  onTestFinished(() => store.close());
  const serverId = randomUUID();
  const clock = { ms: 0 };
  const open = () => {
    const auth = new FederationAuth({ sessions: manager, store, serverId, now: () => clock.ms });
    onTestFinished(() => auth.close());
    return auth;
  };
  const auth = open();
  /** A home with a key of its own. */
  const pair = (scopes: readonly ApiKeyScope[] = ['metadata', 'media', 'ptz', 'export']) => {
    const key = manager.apiKeys.create({ label: 'home', scopes });
    const pairing = { homeId: randomUUID(), name: 'Head office', origins: [ORIGIN] };
    return { key, pairing, home: auth.pair(key, pairing) };
  };
  return { auth, open, pair, clock, store, serverId, apiKeys: manager.apiKeys };
}

export function terms(change: Partial<TicketTerms> = {}): TicketTerms {
  return {
    ...{ cameraId: 'door', permissions: ['live'], origin: ORIGIN },
    user: { name: 'kim', role: 'OPERATOR' },
    ...change,
  };
}
