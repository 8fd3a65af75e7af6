// Whom the list of events asks: each server that is searched, and each node that one of them knows.
import { useMemo } from 'react';
import { type ServerConnection, useServers } from '../api/index.js';
import { placeOf } from '../federation/ids.js';
import { useNodesOf } from '../nodes/queries.js';
import type { EventFilters } from './filters.js';

export interface EventSource {
  /** That of the server; with the node's, where it is one. */
  id: string;
  label: string;
  /** Which is asked. */
  server: ServerConnection;
  node?: string;
}

const NODES_MS = 15_000;

/** Of which source an event is that `serverId` told. */
export function sourceOf(serverId: string, cameraId: string): string {
  const nodeId = placeOf(cameraId)?.nodeId;
  return nodeId === undefined ? serverId : `${serverId} ${nodeId}`;
}

/** `away`: names of those that are not connected, and are not asked. */
export function useEventSources({ servers, cameras }: EventFilters): {
  sources: readonly EventSource[];
  away: readonly string[];
} {
  const { all, active, home, node: shownNode } = useServers();
  const isWide = servers === 'all';
  const knower = isWide ? home : active;
  const { data } = useNodesOf(knower, NODES_MS);
  const names = cameras.join();
  // What is told of them changes all the time; who they are, and whether they are there, does not.
  const nodes = JSON.stringify(
    (data ?? [])
      .filter(({ enabled }) => enabled)
      .map(({ id, label, state }) => ({ id, label, isHere: state === 'CONNECTED' })),
  );
  return useMemo(() => {
    const known = JSON.parse(nodes) as { id: string; label: string; isHere: boolean }[];
    const own = (isWide ? all : [active]).map((server) => ({
      ...{ id: server.id, label: server.label, server },
    }));
    const theirs = known.map(({ id, label, isHere }) => ({
      ...{ id: `${knower.id} ${id}`, label, server: knower, node: id, isHere },
    }));
    const named = new Set(names.split(',').map((id) => placeOf(id)?.nodeId));
    const isWanted = (node: string | undefined) =>
      names === '' ? isWide || shownNode === undefined || node === shownNode : named.has(node);
    const wanted = theirs.filter(({ node }) => isWanted(node));
    return {
      sources: [...own.filter(() => isWanted(undefined)), ...wanted.filter(({ isHere }) => isHere)],
      away: wanted.filter(({ isHere }) => !isHere).map(({ label }) => label),
    };
  }, [nodes, isWide, all, active, knower, shownNode, names]);
}
