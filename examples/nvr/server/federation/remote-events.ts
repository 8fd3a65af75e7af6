// Events of cameras of another server: its own pages of them, for what the user may see of it.
import { splitFederatedId } from '@fluxvision/core';
import type { Static } from 'typebox';
import { NvrEvent, pageOf } from '../../protocol/index.js';
import type { Caller } from '../access/index.js';
import type { Nvr } from '../nvr.js';
import { cameraNotFound, refusal } from '../problem.js';
import { eventHere } from './event-here.js';
import { federationOf } from './federation.js';
import { askNode } from './node-answers.js';

export interface NodeEventsQuery {
  cameras?: string;
  camera?: string;
  node?: string;
  event?: string;
  start?: number;
  end?: number;
  limit?: number;
  cursor?: string;
}

const Events = pageOf(NvrEvent);
/** Of a query's text. */
const MAX_CHARACTERS = 4000;

/** Where it asks of a server that is not this one; `ERR_INVALID_ARGUMENT` where of several. */
export function nodeOf({ cameras, camera, node }: NodeEventsQuery): string | undefined {
  const named = cameras?.split(',') ?? (camera === undefined ? [] : [camera]);
  const nodes = new Set(named.map((id) => splitFederatedId(id)?.nodeId));
  if (node !== undefined) nodes.add(node);
  if (nodes.size <= 1) return [...nodes][0];
  const what = 'A page of events is of one server. Ask for those of each server by themselves.';
  throw refusal('ERR_INVALID_ARGUMENT', what);
}

export async function eventsOfNode(
  nvr: Nvr,
  who: Caller,
  nodeId: string,
  { cameras, camera, node: _, ...query }: NodeEventsQuery,
): Promise<Static<typeof Events>> {
  const federation = federationOf(nvr);
  if (!who.session || !federation.registry.has(nodeId)) throw cameraNotFound(`@${nodeId}`);
  const named = cameras?.split(',') ?? (camera === undefined ? undefined : [camera]);
  const wanted = (named ?? visibleAt(nodeId, who))?.flatMap((id) => splitFederatedId(id)?.id ?? []);
  if (wanted?.length === 0) return { items: [] };
  const joined = wanted?.join();
  const isNamed = joined !== undefined && joined.length <= MAX_CHARACTERS;
  const { items, cursor } = await askNode(
    federation,
    nodeId,
    {
      ...{ method: 'GET', path: '/api/events' },
      query: { ...query, ...(isNamed && { cameras: joined }) },
    },
    Events,
  );
  const known = wanted && new Set(wanted);
  return {
    items: items
      .filter(({ cameraId }) => !known || known.has(cameraId))
      .flatMap((event) => eventHere(nodeId, event) ?? []),
    ...(cursor !== undefined && { cursor }),
  };
}

/** Undefined: all of that server. */
function visibleAt(nodeId: string, { session }: Caller): string[] | undefined {
  const allowed = session?.permissions.allowedCameras ?? [];
  if (allowed === 'all') return undefined;
  return allowed.filter((id) => splitFederatedId(id)?.nodeId === nodeId);
}
