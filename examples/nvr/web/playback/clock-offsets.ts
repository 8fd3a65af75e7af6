// How far the clocks of other servers are off: their footage has the times that they wrote.
import { useMemo } from 'react';
import type { RemoteNode } from '../../protocol/index.js';
import { useServer } from '../api/index.js';
import { useNodesOf } from '../nodes/queries.js';

const LOOK_MS = 30_000;
/** Less is lost among the seconds between cameras. */
const TOLERANCE_MS = 30_000;

/** By node, milliseconds that its clock is ahead of the server's; of those that matter. */
export function useClockOffsets(): ReadonlyMap<string, number> {
  const { data } = useNodesOf(useServer(), LOOK_MS);
  return useMemo(() => wrongClocks(data ?? []), [data]);
}

export function wrongClocks(
  nodes: readonly Pick<RemoteNode, 'id' | 'clockOffsetMs'>[],
): Map<string, number> {
  return new Map(
    nodes.flatMap(({ id, clockOffsetMs = 0 }) =>
      Math.abs(clockOffsetMs) > TOLERANCE_MS ? [[id, clockOffsetMs] as const] : [],
    ),
  );
}
