// Footage of all cameras that a user may see, wherever they are, by time: this server's and that of the
// others, page by page, with the links that play it.
import { splitFederatedId } from '@fluxvision/core';
import type { FoundRecording, RecordingSearch } from '../../protocol/index.js';
import type { Caller } from '../access/index.js';
import { readCursor } from '../media/cursor.js';
import { listMergedRecordings } from '../media/merged-recordings.js';
import type { Nvr } from '../nvr.js';
import { refusal } from '../problem.js';
import { federationOf } from './federation.js';

export interface SearchQuery {
  /** Default: all that the caller may see. */
  cameras?: readonly string[];
  /** UTC milliseconds, half open. */
  start?: number;
  end?: number;
  first?: 'oldest' | 'newest';
  limit: number;
  cursor?: string;
}

/** Servers that do not answer are named in `nodes`, and keep nobody waiting. */
export async function searchRecordings(
  nvr: Nvr,
  who: Caller,
  { cameras, ...range }: SearchQuery,
): Promise<RecordingSearch> {
  const { client } = federationOf(nvr);
  const wanted = (cameras ?? visibleTo(nvr, who)).filter((id) => who.may('archive', id));
  const seesAll = cameras === undefined && allowedTo(who) === 'all';
  const own = wanted.filter((id) => !splitFederatedId(id));
  const remote = wanted.filter((id) => splitFederatedId(id));
  const names = new Map<string, string>();
  for (const { id, name } of (await client.cameras()).items) names.set(id, name);
  const { items, nodes, cursor, missing } = await client.recordings({
    ...range,
    ...(!seesAll && { cameras: remote }),
    own: async ({ cursor: after, ...page }) => {
      const from = after === undefined ? undefined : readCursor(after);
      if (after !== undefined && !from) throw refusal('ERR_INVALID_ARGUMENT', 'No such cursor.');
      return listMergedRecordings(nvr.recorder.index, own, { ...page, after: from });
    },
  });
  return {
    items: items.map((item): FoundRecording => {
      const { id, cameraId, node, start } = item;
      const local = node ? names.get(cameraId) : nvr.cameras.name(cameraId);
      const at = `/playback?cameras=${encodeURIComponent(cameraId)}&at=${start}`;
      return { ...item, id, cameraName: local ?? cameraId, playbackUrl: at };
    }),
    nodes,
    ...(cursor !== undefined && { cursor }),
    // What the rights name and nobody asked for is no news.
    ...(cameras && missing && { missing }),
  };
}

/** Of other servers those alone that the rights name. */
function visibleTo(nvr: Nvr, who: Caller): string[] {
  const allowed = allowedTo(who);
  const own = nvr.recorder.index.cameras().map(({ id }) => id);
  return allowed === 'all' ? own : [...own, ...allowed.filter((id) => splitFederatedId(id))];
}

function allowedTo({ session }: Caller): 'all' | readonly string[] {
  return session?.permissions.allowedCameras ?? [];
}
