// What the server says of itself to whoever looks for servers.
import { DiscoveryInfo } from '../../protocol/index.js';
import type { App } from '../app.js';
import type { Nvr } from '../nvr.js';
import { VERSION } from '../version.js';
import { answers } from './answers.js';
import type { RouteOptions } from './index.js';

/** Of the REST interface. */
export const API = { apiMin: 1, apiMax: 1 };

export async function discoveryRoutes(app: App, { nvr }: RouteOptions): Promise<void> {
  app.get(
    '/api/discovery/info',
    { config: { access: { public: true } }, schema: { response: answers(DiscoveryInfo) } },
    async () => discoveryInfo(nvr),
  );
}

export function discoveryInfo(nvr: Nvr): DiscoveryInfo {
  const { id, name } = nvr.server;
  return {
    ...{ serverId: id, name, version: VERSION, cameraCount: nvr.cameras.size },
    ...nvr.ports,
    ...API,
  };
}
