// Servers that announce themselves in the network: a hint where to look, told by whoever is in it.
import { DiscoveredNode } from '../../protocol/federation.js';
import type { App } from '../app.js';
import { discoveryOf } from '../federation/announce.js';
import { answers, listOf } from './answers.js';
import type { RouteOptions } from './index.js';

export async function discoveredNodeRoutes(app: App, { nvr }: RouteOptions): Promise<void> {
  app.get(
    '/api/system/nodes/discovered',
    {
      config: { access: { permission: 'admin' } },
      schema: { response: answers(listOf(DiscoveredNode)) },
    },
    async () => {
      const nodes = (nvr.store.setting('remote_nodes') ?? []) as { id: string }[];
      const known = new Set(nodes.map(({ id }) => id));
      const servers = discoveryOf(nvr)?.servers() ?? [];
      return {
        items: servers.map(
          ({ addresses: _, apiMin: _min, apiMax: _max, boot: _boot, ...server }) => ({
            ...server,
            known: known.has(server.serverId),
          }),
        ),
      };
    },
  );
}
