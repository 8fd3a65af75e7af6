// How large an export will be: from segments at its beginning, its end, and their number.
import { useQueries } from '@tanstack/react-query';
import type { Recording, Timeline } from '../../protocol/index.js';
import { itemsOf, type ServerConnection, useServer } from '../api/index.js';
import { placeOf } from '../federation/ids.js';
import { recordedMs } from '../timeline/index.js';
import { bytesWithin } from './request.js';

export interface Estimate {
  bytes: number;
  /** Of all cameras together, in milliseconds. */
  recordedMs: number;
  /** Cameras of which nothing is recorded in the range. */
  without: readonly string[];
}

/** A page of the newest segments says how many bytes a second takes; the timeline how many there are. */
async function estimate(
  server: ServerConnection,
  camera: string,
  start: number,
  end: number,
  signal: AbortSignal,
): Promise<Omit<Estimate, 'without'>> {
  const resolution = Math.max(1000, Math.ceil((end - start) / 2000));
  const isRemote = placeOf(camera) !== undefined;
  const which = isRemote ? { cameras: [camera] } : { camera, stream: 'main' };
  const [segments, timeline] = await Promise.all([
    server.api.get<{ items: Recording[]; cursor?: string }>('/api/recordings', {
      query: { ...which, start, end, limit: 100 },
      signal,
    }),
    server.api.get<Timeline>('/api/timeline', {
      query: { cameras: [camera], start, end, resolution },
      signal,
    }),
  ]);
  const items = itemsOf(segments);
  const row = timeline.cameras[0];
  // Its server does not answer: that is not to say that nothing was recorded.
  if (isRemote && !row) throw new Error(`${camera} is not known at present`);
  const recorded = row ? recordedMs(row, { start, end }) : 0;
  if (!segments.cursor) return { bytes: bytesWithin(items, start, end), recordedMs: recorded };
  const sampled = items.reduce((sum, item) => sum + (item.end - item.start), 0);
  const bytes = items.reduce((sum, item) => sum + item.bytes, 0);
  return {
    bytes: sampled > 0 ? Math.round((bytes * recorded) / sampled) : 0,
    recordedMs: recorded,
  };
}

/** Undefined while it is asked for, and where nobody can tell. */
export function useEstimate(
  cameras: readonly string[],
  start: number | undefined,
  end: number | undefined,
): Estimate | undefined {
  const server = useServer();
  const isRange = start !== undefined && end !== undefined && end > start;
  const answers = useQueries({
    queries: cameras.map((camera) => ({
      queryKey: [server.id, 'export-estimate', camera, start, end],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        estimate(server, camera, Math.round(start ?? 0), Math.round(end ?? 0), signal),
      enabled: isRange,
      // What ends now grows.
      staleTime: 5000,
      retry: false,
    })),
  });
  if (!isRange || answers.some(({ data }) => data === undefined)) return undefined;
  const found = answers.map(({ data }) => data ?? { bytes: 0, recordedMs: 0 });
  return {
    bytes: found.reduce((sum, { bytes }) => sum + bytes, 0),
    recordedMs: found.reduce((sum, { recordedMs }) => sum + recordedMs, 0),
    without: cameras.filter((_, i) => found[i]?.recordedMs === 0),
  };
}
