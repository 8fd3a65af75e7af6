// Footage of all cameras of all servers, page by page, the newest first.
import { useInfiniteQuery } from '@tanstack/react-query';
import type { RecordingSearch } from '../../protocol/index.js';
import { useServer } from '../api/index.js';

const PER_PAGE = 48;

/** `range`: UTC milliseconds, half open. */
export function useRecordings(
  cameras: readonly string[],
  range: { start: number; end: number },
  enabled: boolean,
) {
  const server = useServer();
  const { start, end } = range;
  return useInfiniteQuery({
    queryKey: [server.id, 'recordings', cameras.join(), start, end],
    queryFn: ({ pageParam, signal }) =>
      server.api.get<RecordingSearch>('/api/recordings', {
        query: {
          ...(cameras.length > 0 && { cameras }),
          ...{ start, end, first: 'newest', limit: PER_PAGE },
          ...(pageParam && { cursor: pageParam }),
        },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: ({ cursor }) => cursor,
    enabled,
  });
}
