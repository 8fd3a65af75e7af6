// Events as a list that grows at both ends: older ones page by page, new ones as they happen; of the server
// that is shown and its nodes, or of all that are connected.
import { type InfiniteData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { NvrEvent } from '../../protocol/index.js';
import { useServerMessages, useServers } from '../api/index.js';
import { type EventFilters, matches, withEvent } from './filters.js';
import { beginningOf, type FoundPage, hasMore, nextFound, type Source } from './search.js';
import { type EventSource, sourceOf } from './sources.js';

const PER_PAGE = 50;

export function useEvents(filters: EventFilters, sources: readonly EventSource[]) {
  const { active } = useServers();
  const client = useQueryClient();
  const isWide = filters.servers === 'all';
  const servers = useMemo(() => [...new Set(sources.map(({ server }) => server))], [sources]);
  const ids = sources.map(({ id }) => id);
  const queryKey = [...(isWide ? ['', 'events'] : [active.id, 'events']), ids, filters];
  useServerMessages(servers, (message, serverId) => {
    const event = message.type === 'event' ? message.detail : undefined;
    if (!event || !matches(filters, event)) return;
    const source = sourceOf(serverId, event.cameraId);
    if (!ids.includes(source)) return;
    client.setQueryData<InfiniteData<FoundPage<NvrEvent>>>(queryKey, (known) => {
      const [first, ...more] = known?.pages ?? [];
      if (!known || !first) return known;
      const items = withEvent(first.items, { ...event, serverId: source });
      return { ...known, pages: [{ ...first, items }, ...more] };
    });
  });
  return useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) =>
      nextFound<NvrEvent>(pageParam, async (id, cursor) => {
        const source = sources.find((one) => one.id === id);
        if (!source) return { items: [] };
        const query = { ...queryOf(filters, cursor), ...(source.node && { node: source.node }) };
        return source.server.api.get('/api/events', { query, signal });
      }),
    initialPageParam: beginningOf<NvrEvent>(ids) as readonly Source<NvrEvent>[],
    getNextPageParam: (page) => (hasMore(page) ? page.rest : undefined),
  });
}

function queryOf({ cameras, type, start, end }: EventFilters, cursor: string) {
  return {
    ...(cameras.length > 0 && { cameras }),
    ...(type && { event: type }),
    ...(start !== undefined && { start: Math.round(start) }),
    ...(end !== undefined && { end: Math.round(end) }),
    ...(cursor && { cursor }),
    limit: PER_PAGE,
  };
}
