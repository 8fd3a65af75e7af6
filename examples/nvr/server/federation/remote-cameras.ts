// Cameras of other servers, as a user of this one may see them.
import type { FederatedCamera, Permission } from '@fluxvision/core';
import { splitFederatedId } from '@fluxvision/core';
import type { CameraList, CameraView, NodeAnswer } from '../../protocol/index.js';
import type { Caller } from '../access/index.js';
import type { Nvr } from '../nvr.js';
import { cameraNotFound, refusal } from '../problem.js';
import { federationOf } from './federation.js';

/** A camera, or a job, of another server. */
export interface RemotePlace {
  nodeId: string;
  /** As that server names it. */
  id: string;
}

/** Nobody administers another server from here. */
const NEVER: ReadonlySet<Permission | 'any'> = new Set(['admin'] as const);

/**
 * As `requireCamera` for what is here: `ERR_CAMERA_NOT_FOUND` also where the caller may not know of it;
 * `ERR_FORBIDDEN`. API keys see this server's own cameras alone: nothing is passed on from node to node.
 */
export function requireRemoteCamera(
  nvr: Nvr,
  caller: Pick<Caller, 'may' | 'session'>,
  permission: Permission | 'any',
  id: string,
): RemotePlace {
  const place = splitFederatedId(id);
  const knows = caller.session && (caller.may('live', id) || caller.may('archive', id));
  if (!place || !knows || !federationOf(nvr).registry.has(place.nodeId)) throw cameraNotFound(id);
  const needed = permission === 'export' ? (['archive', 'export'] as const) : [permission];
  const lacks = (one: Permission | 'any') => one !== 'any' && !caller.may(one, id);
  if (NEVER.has(permission) || needed.some(lacks)) {
    throw refusal('ERR_FORBIDDEN', `Your rights do not cover this for camera '${id}'.`);
  }
  return place;
}

/** What of the other servers' cameras the caller may see, and which servers did not answer. */
export async function remoteCameras(nvr: Nvr, who: Caller): Promise<Required<CameraList>> {
  if (!who.session) return { items: [], nodes: [] };
  const federation = federationOf(nvr);
  federation.lookedAt();
  const { items, nodes } = await federation.client.cameras();
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const seen = items.filter(({ id }) => who.may('live', id) || who.may('archive', id));
  return { items: seen.map((camera) => viewOf(camera, byId.get(camera.node.id), who)), nodes };
}

function viewOf(camera: FederatedCamera, answer: NodeAnswer | undefined, who: Caller): CameraView {
  const { id, name, group, enabled, main, hasSub, hasPtz, node } = camera;
  const { asOf } = answer ?? {};
  // Of a server that does not answer nobody knows what its cameras do now.
  const isKnown = answer?.status === 'ok';
  const status = isKnown || !enabled ? camera.status : ('OFFLINE' as const);
  const recording = isKnown && camera.recording;
  const code = isKnown ? camera.trouble?.code : answer?.error?.code;
  const since = (isKnown ? camera.trouble?.since : asOf) ?? node.asOf;
  const state = status === 'LIVE' ? ('playing' as const) : ('closed' as const);
  const may = (permission: Permission) => who.may(permission, id);
  return {
    ...{ id, name, enabled, status, recording, hasPtz },
    ...(group !== undefined && { group }),
    main: { state, ...main },
    ...(hasSub && { sub: { state } }),
    ...(code !== undefined && {
      trouble: { code, since, severity: 'error' as const, message: `${node.label}: ${code}` },
    }),
    node: { id: node.id, label: node.label, ...(asOf !== undefined && { asOf }) },
    may: {
      live: may('live'),
      archive: may('archive'),
      export: may('export') && may('archive'),
      ptz: hasPtz && may('ptz'),
      manage: false,
    },
  };
}
