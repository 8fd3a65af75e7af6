// Users of other servers whose pages watch here, as the list of sessions has them.
import type { FederationAuth, TicketHolder } from '@fluxvision/core';
import type { Static } from 'typebox';
import type { SessionInfo } from '../../protocol/index.js';
import type { SessionTraffic } from '../sessions.js';
import { nameOf, sessionIdOf, watchedBy } from './ticket-door.js';

/** Without a newer ticket it is over then. */
const LEASE_MS = 120_000;

/** One for each user of each home, over all connections. */
export function homeViewers(
  homes: FederationAuth,
  trafficOf: (sessionId: string) => SessionTraffic,
): Static<typeof SessionInfo>[] {
  const byId = new Map<string, TicketHolder[]>();
  for (const holder of homes.holders()) {
    const id = sessionIdOf(holder);
    byId.set(id, [...(byId.get(id) ?? []), holder]);
  }
  return [...byId].flatMap(([id, holders]) => {
    const watched = holders.flatMap((holder) => watchedBy(holder) ?? []);
    const [holder] = holders;
    const [first] = watched;
    if (!holder || !first) return [];
    const lastActivity = Math.max(...watched.map(({ touchedAt }) => touchedAt));
    return [
      {
        ...{ id, userId: holder.keyId, username: nameOf(holder), role: holder.user.role },
        ...{ address: first.address, own: false, quota: first.quota },
        connectedAt: Math.min(...watched.map(({ since }) => since)),
        ...{ lastActivity, expiresAt: lastActivity + LEASE_MS },
        subscriptions: watched.flatMap(({ subscriptions }) =>
          [...subscriptions].map(([cameraId, quality]) => ({ cameraId, quality })),
        ),
        ...trafficOf(id),
        connections: holders.length,
      },
    ];
  });
}

/** Ends what one of them watches; the home may ask for other tickets. False where there is none. */
export function endHomeViewer(homes: FederationAuth, sessionId: string): boolean {
  const holder = homes.holders().find((one) => sessionIdOf(one) === sessionId);
  if (!holder) return false;
  homes.endTickets(holder.keyId, holder.user.name);
  return true;
}
