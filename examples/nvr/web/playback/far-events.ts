// The next event beyond what the timeline shows: a week each way is looked through.
import type { Timeline } from '../../protocol/index.js';
import type { ServerConnection } from '../api/index.js';
import { neighbourEvent } from '../timeline/index.js';

const WEEK_MS = 7 * 86_400_000;
const RESOLUTION_MS = 60_000;

/** UTC milliseconds of its beginning; undefined where there is none, or nobody answers. */
export async function findEvent(
  server: ServerConnection,
  cameras: readonly string[],
  at: number,
  direction: 1 | -1,
): Promise<number | undefined> {
  const start = Math.floor(direction > 0 ? at : Math.max(0, at - WEEK_MS));
  const end = Math.ceil(direction > 0 ? Math.min(Date.now(), at + WEEK_MS) : at);
  if (end <= start) return undefined;
  const query = { cameras, start, end, resolution: RESOLUTION_MS };
  try {
    const { cameras: rows } = await server.api.get<Timeline>('/api/timeline', { query });
    return neighbourEvent(rows, at, direction);
  } catch {
    return undefined;
  }
}
