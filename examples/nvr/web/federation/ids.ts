// Ids of cameras of other servers: `<camera>@<serverId>` here, `<camera>` there.

export interface Place {
  nodeId: string;
  /** As the node names it. */
  id: string;
}

/** Undefined for what is of the server itself. */
export function placeOf(id: string): Place | undefined {
  const at = id.lastIndexOf('@');
  if (at <= 0) return undefined;
  return { nodeId: id.slice(at + 1), id: id.slice(0, at) };
}

/** The id here of what a node names `id`. */
export function idHere(nodeId: string, id: string): string {
  return `${id}@${nodeId}`;
}

/** The id at the server that has it. */
export function idThere(id: string): string {
  return placeOf(id)?.id ?? id;
}

/** By server, `''` for this one, in the order in which they come. */
export function camerasOfServers(ids: readonly string[]): Map<string, string[]> {
  const servers = new Map<string, string[]>();
  for (const id of ids) {
    const nodeId = placeOf(id)?.nodeId ?? '';
    servers.set(nodeId, [...(servers.get(nodeId) ?? []), id]);
  }
  return servers;
}

/** The server that all of them are at: `''` for this one; undefined where they are of several. */
export function nodeOfAll(ids: readonly string[]): string | undefined {
  const nodes = new Set(ids.map((id) => placeOf(id)?.nodeId ?? ''));
  return nodes.size === 1 ? [...nodes][0] : undefined;
}
