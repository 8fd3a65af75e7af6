// Events as a list that grows at both ends: older ones page by page, new ones as they happen; of the server
// that is shown, or of all that are connected.
import { type InfiniteData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { NvrEvent } from '../../protocol/index.js';
import { useServerMessages, useServers } from '../api/index.js';
import { type EventFilters, matches, withEvent } from './filters.js';
import { beginningOf, type FoundPage, hasMore, nextFound, type Source } from './search.js';

const PER_PAGE = 50;

/** `within`: of these cameras alone, unless the filters name some. */
export function useEvents(filters: EventFilters, within?: readonly string[]) {
  const { all, active } = useServers();
  const cameras = filters.cameras.length > 0 || !within ? filters.cameras : within;
  const client = useQueryClient();
  const isWide = filters.servers === 'all';
  const servers = useMemo(() => (isWide ? all : [active]), [isWide, all, active]);
  const ids = servers.map(({ id }) => id);
  const queryKey = [
    ...(isWide ? ['', 'events', ids] : [active.id, 'events']),
    ...[filters, cameras.join()],
  ];
  useServerMessages(servers, (message, serverId) => {
    const event = message.type === 'event' ? message.detail : undefined;
    if (!event || !matches({ ...filters, cameras: [...cameras] }, event)) return;
    client.setQueryData<InfiniteData<FoundPage<NvrEvent>>>(queryKey, (known) => {
      const [first, ...more] = known?.pages ?? [];
      if (!known || !first) return known;
      const items = withEvent(first.items, { ...event, serverId });
      return { ...known, pages: [{ ...first, items }, ...more] };
    });
  });
  return useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) =>
      nextFound<NvrEvent>(pageParam, async (id, cursor) => {
        const server = servers.find((one) => one.id === id);
        if (!server) return { items: [] };
        return server.api.get('/api/events', { query: queryOf(filters, cameras, cursor), signal });
      }),
    initialPageParam: beginningOf<NvrEvent>(ids) as readonly Source<NvrEvent>[],
    getNextPageParam: (page) => (hasMore(page) ? page.rest : undefined),
  });
}

function queryOf({ type, start, end }: EventFilters, cameras: readonly string[], cursor: string) {
  return {
    ...(cameras.length > 0 && { cameras }),
    ...(type && { type }),
    ...(start !== undefined && { start: Math.round(start) }),
    ...(end !== undefined && { end: Math.round(end) }),
    ...(cursor && { cursor }),
    limit: PER_PAGE,
  };
}
