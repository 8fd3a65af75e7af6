// Events as a list that grows at both ends: older ones page by page, new ones as they happen; of the server
// that is shown, or of all that are connected.
import { type InfiniteData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { NvrEvent } from '../../protocol/index.js';
import { type ServerConnection, useServers } from '../api/index.js';
import { type EventFilters, matches, withEvent } from './filters.js';
import { beginningOf, type FoundPage, hasMore, nextFound, type Source } from './search.js';

const PER_PAGE = 50;

export function useEvents(filters: EventFilters) {
  const { all, active } = useServers();
  const servers = filters.servers === 'all' ? all : [active];
  const ids = servers.map(({ id }) => id);
  const queryKey = [
    ...(filters.servers === 'all' ? ['', 'events', ids] : [active.id, 'events']),
    filters,
  ];
  useNewEvents(servers, filters, queryKey);
  return useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) =>
      nextFound<NvrEvent>(pageParam, async (id, cursor) => {
        const server = servers.find((one) => one.id === id);
        if (!server) return { items: [] };
        return server.api.get('/api/events', { query: queryOf(filters, cursor), signal });
      }),
    initialPageParam: beginningOf<NvrEvent>(ids) as readonly Source<NvrEvent>[],
    getNextPageParam: (page) => (hasMore(page) ? page.rest : undefined),
  });
}

function useNewEvents(
  servers: readonly ServerConnection[],
  filters: EventFilters,
  queryKey: readonly unknown[],
): void {
  const client = useQueryClient();
  const take = (serverId: string, event: NvrEvent) => {
    if (!matches(filters, event)) return;
    client.setQueryData<InfiniteData<FoundPage<NvrEvent>>>(queryKey, (known) => {
      const [first, ...more] = known?.pages ?? [];
      if (!known || !first) return known;
      const items = withEvent(first.items, { ...event, serverId });
      return { ...known, pages: [{ ...first, items }, ...more] };
    });
  };
  const newest = useRef(take);
  useEffect(() => {
    newest.current = take;
  });
  const ids = servers.map(({ id }) => id).join(' ');
  // biome-ignore lint/correctness/useExhaustiveDependencies: the list is another one at each rendering
  useEffect(() => {
    const stops = servers.map((server) =>
      server.onMessage((message) => {
        if (message.type === 'event' && message.detail) newest.current(server.id, message.detail);
      }),
    );
    return () => {
      for (const stop of stops) stop();
    };
  }, [ids]);
}

function queryOf({ cameras, type, start, end }: EventFilters, cursor: string) {
  return {
    ...(cameras.length > 0 && { cameras }),
    ...(type && { type }),
    ...(start !== undefined && { start: Math.round(start) }),
    ...(end !== undefined && { end: Math.round(end) }),
    ...(cursor && { cursor }),
    limit: PER_PAGE,
  };
}
