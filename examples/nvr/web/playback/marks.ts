// By which way pictures come, and whether sealed: said once where it is the same for all servers, else at
// each tile.
import type { Route } from '../federation/route-choice.js';
import type { ServerState } from './snapshot.js';

export interface Marks {
  route: Route | undefined;
  sealed: boolean;
}

/** What all connections have in common. */
export function sharedMarks(servers: readonly ServerState[]): Marks {
  const [first, ...others] = servers.filter(({ socket }) => socket === 'open');
  if (!first) return { route: undefined, sealed: false };
  const isOneWay = others.every(({ route }) => route === first.route);
  const sealed = first.sealed && others.every((other) => other.sealed);
  return { route: isOneWay ? first.route : undefined, sealed };
}

/** What is so for one server (`''`: the server itself) and not for all. */
export function ownMarks(servers: readonly ServerState[], nodeId: string): Marks {
  const own = servers.find((server) => server.nodeId === nodeId && server.socket === 'open');
  const shared = sharedMarks(servers);
  return {
    route: shared.route ? undefined : own?.route,
    sealed: !shared.sealed && (own?.sealed ?? false),
  };
}
