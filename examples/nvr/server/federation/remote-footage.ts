// Footage of cameras of several servers: timelines side by side, days of one camera.
import { federatedId, splitFederatedId } from '@fluxvision/core';
import { type Static, Type } from 'typebox';
import { RecordedDay, Timeline, type TimelineRow } from '../../protocol/index.js';
import type { TimelineRequest } from '../media/timeline.js';
import type { Federation } from './federation.js';
import { askNode, askNodes } from './node-answers.js';

/** Cameras by where they are. */
export interface CamerasByNode {
  own: string[];
  /** By node, as those servers name them. */
  remote: Map<string, string[]>;
}

export function byNode(cameras: readonly string[]): CamerasByNode {
  const own: string[] = [];
  const remote = new Map<string, string[]>();
  for (const id of cameras) {
    const place = splitFederatedId(id);
    if (!place) own.push(id);
    else remote.set(place.nodeId, [...(remote.get(place.nodeId) ?? []), place.id]);
  }
  return { own, remote };
}

/** In the order asked for; cameras of servers that do not answer are missing, and `nodes` says why. */
export async function timelineOfAll(
  federation: Federation,
  request: TimelineRequest,
  ownTimeline: (cameras: readonly string[]) => Promise<Timeline>,
): Promise<Timeline> {
  const { own, remote } = byNode(request.cameras);
  const { start, end, resolution, stream } = request;
  const [timeline, outcomes] = await Promise.all([
    ownTimeline(own),
    askNodes(federation, [...remote.keys()], (nodeId) => {
      const cameras = (remote.get(nodeId) as string[]).join();
      const query = {
        ...{ cameras, start, end },
        ...(resolution !== undefined && { resolution }),
        ...(stream && { stream }),
      };
      return askNode(federation, nodeId, { method: 'GET', path: '/api/timeline', query }, Timeline);
    }),
  ]);
  const rows = new Map<string, TimelineRow>(timeline.cameras.map((row) => [row.cameraId, row]));
  for (const { nodeId, value } of outcomes) {
    for (const row of value?.cameras ?? []) {
      const cameraId = federatedId(nodeId, row.cameraId);
      rows.set(cameraId, { ...row, cameraId });
    }
  }
  return {
    ...timeline,
    cameras: request.cameras.flatMap((id) => rows.get(id) ?? []),
    nodes: outcomes.map(({ answer }) => answer),
  };
}

const Days = Type.Object({ items: Type.Array(RecordedDay) });

export async function remoteDays(
  federation: Federation,
  { nodeId, id }: { nodeId: string; id: string },
): Promise<Static<typeof Days>> {
  const request = { method: 'GET', path: '/api/recordings/days', query: { camera: id } } as const;
  const { items } = await askNode(federation, nodeId, request, Days);
  return { items: items.map((day) => ({ ...day, cameraId: federatedId(nodeId, id) })) };
}
