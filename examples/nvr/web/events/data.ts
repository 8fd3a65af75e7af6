// Events as a list that grows at both ends: older ones page by page, new ones as they happen.
import { type InfiniteData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import type { NvrEvent } from '../../protocol/index.js';
import { useServer, useServerMessages } from '../api/index.js';
import { type EventFilters, matches, withEvent } from './filters.js';

const PER_PAGE = 50;

interface EventPage {
  items: NvrEvent[];
  cursor?: string;
}

export function useEvents(filters: EventFilters) {
  const server = useServer();
  const client = useQueryClient();
  const queryKey = [server.id, 'events', filters];
  useServerMessages((message) => {
    const event = message.type === 'event' ? message.detail : undefined;
    if (!event || !matches(filters, event)) return;
    client.setQueryData<InfiniteData<EventPage>>(queryKey, (known) => {
      const [first, ...more] = known?.pages ?? [];
      if (!known || !first) return known;
      const pages = [{ ...first, items: withEvent(first.items, event) }, ...more];
      return { ...known, pages };
    });
  });
  return useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => {
      const { cameras, type, start, end } = filters;
      const query = {
        ...(cameras.length > 0 && { cameras }),
        ...(type && { type }),
        ...(start !== undefined && { start: Math.round(start) }),
        ...(end !== undefined && { end: Math.round(end) }),
        ...(pageParam && { cursor: pageParam }),
        limit: PER_PAGE,
      };
      return server.api.get<EventPage>('/api/events', { query, signal });
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.cursor,
  });
}
