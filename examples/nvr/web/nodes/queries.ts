// What the pages of remote nodes ask the server for.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import type { DiscoveredNode, FederationKey, RemoteNode } from '../../protocol/index.js';
import { itemsOf, type ServerConnection, useServer } from '../api/index.js';

const STATES_MS = 5000;
const FOUND_MS = 5000;

/** The nodes of a server and their states. */
export function useNodes(everyMs = STATES_MS) {
  return useNodesOf(useServer(), everyMs);
}

export function useNodesOf(server: ServerConnection, everyMs: number) {
  return useQuery({
    queryKey: [server.id, 'nodes'],
    queryFn: async ({ signal }) =>
      itemsOf(await server.api.get<{ items: RemoteNode[] }>('/api/system/nodes', { signal })),
    refetchInterval: everyMs,
  });
}

/** Servers that announce themselves; asked for as long as somebody looks. */
export function useDiscovered() {
  const server = useServer();
  return useQuery({
    queryKey: [server.id, 'discovered'],
    queryFn: async ({ signal }) =>
      itemsOf(
        await server.api.get<{ items: DiscoveredNode[] }>('/api/system/nodes/discovered', {
          signal,
        }),
      ),
    refetchInterval: FOUND_MS,
    staleTime: 0,
  });
}

export function useFederationKey() {
  const server = useServer();
  return useQuery({
    queryKey: [server.id, 'federation-key'],
    queryFn: ({ signal }) =>
      server.api.get<FederationKey>('/api/system/federation-key', { signal }),
    refetchInterval: 15_000,
  });
}

/** Has everything asked for again that another list of nodes changes. */
export function useNodesChanged(): () => void {
  const queries = useQueryClient();
  const { id } = useServer();
  return useCallback(() => {
    for (const what of ['nodes', 'discovered', 'cameras', 'health', 'federation-key']) {
      void queries.invalidateQueries({ queryKey: [id, what] });
    }
  }, [queries, id]);
}
