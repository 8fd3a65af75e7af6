// What a timeline shows, page by page: asked for by window and resolution, the neighbours ahead of need.
import { useQueries, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef } from 'react';
import type { Timeline, TimelineRow } from '../../protocol/index.js';
import { type ServerConnection, useServer } from '../api/index.js';
import { isGrowing, mergePages, type Page, pagesFor, resolutionFor } from './pages.js';
import type { TimeView } from './view.js';

const GROWING_STALE_MS = 8000;
const OLD_STALE_MS = 300_000;

function queryOf(server: ServerConnection, cameras: readonly string[], page: Page) {
  const { resolution, start, end } = page;
  const growing = isGrowing(page, Date.now());
  return {
    queryKey: [server.id, 'timeline', cameras.join(), resolution, start] as const,
    queryFn: async ({ signal }: { signal: AbortSignal }) => {
      const query = { cameras, start, end, resolution };
      return (await server.api.get<Timeline>('/api/timeline', { query, signal })).cameras;
    },
    staleTime: growing ? GROWING_STALE_MS : OLD_STALE_MS,
    refetchInterval: growing ? GROWING_STALE_MS + 2000 : (false as const),
    enabled: cameras.length > 0,
  };
}

export interface TimelineData {
  /** One per camera, in their order; without runs where nothing was loaded yet. */
  rows: readonly TimelineRow[];
  /** Something of the view is not there yet. */
  isLoading: boolean;
  error: unknown;
}

/** `width` in pixels: finer than that nothing is asked for. */
export function useTimelineData(
  cameras: readonly string[],
  view: TimeView,
  width: number,
): TimelineData {
  const server = useServer();
  const client = useQueryClient();
  const resolution = resolutionFor(view, width);
  const pages = pagesFor(view, resolution, Date.now());
  const answers = useQueries({ queries: pages.map((page) => queryOf(server, cameras, page)) });
  const isLoading = answers.some(({ isPending }) => isPending);
  const loaded = answers.map(({ data }) => data);
  const version = answers.map(({ dataUpdatedAt }) => dataUpdatedAt).join();
  const last = useRef<{ cameras: string; rows: readonly TimelineRow[] }>(undefined);
  const names = cameras.join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: `version` changes when the pages do
  const rows = useMemo(() => {
    const found = mergePages(loaded.filter((page) => page !== undefined));
    const kept = last.current?.cameras === names ? last.current.rows : [];
    // While pages of another resolution come, the old ones are better than none.
    const known = new Map(
      (isLoading ? mergePages([kept, found]) : found).map((r) => [r.cameraId, r]),
    );
    return cameras.map(
      (cameraId) => known.get(cameraId) ?? { cameraId, runs: [], gaps: [], events: [] },
    );
  }, [names, version, isLoading, resolution]);
  useEffect(() => {
    if (!isLoading) last.current = { cameras: names, rows };
  }, [names, rows, isLoading]);
  const first = pages[0]?.start;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once per place and resolution
  useEffect(() => {
    if (isLoading || cameras.length === 0) return;
    for (const page of pagesFor(view, resolution, Date.now(), 1)) {
      void client.prefetchQuery(queryOf(server, cameras, page));
    }
  }, [names, first, resolution, isLoading]);
  return { rows, isLoading, error: answers.find(({ error }) => error)?.error };
}
