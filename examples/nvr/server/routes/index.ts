// All routes, a plugin per resource. Each gets the recorder as option `nvr`.
import type { App } from '../app.js';
import { serveDiscovery } from '../federation/announce.js';
import { serveFederation } from '../federation/federation.js';
import type { Nvr } from '../nvr.js';
import { serveStreaming } from '../streaming.js';
import { accountRoutes } from './account.js';
import { apiKeyRoutes } from './api-keys.js';
import { auditRoutes } from './audit.js';
import { authRoutes } from './auth.js';
import { cameraRoutes } from './cameras.js';
import { discoveredNodeRoutes } from './discovered-nodes.js';
import { discoveryRoutes } from './discovery.js';
import { eventRoutes } from './events.js';
import { exportRoutes } from './exports.js';
import { federationRoutes } from './federation.js';
import { federationKeyRoutes } from './federation-key.js';
import { keyRoutes } from './keys.js';
import { layoutRoutes } from './layouts.js';
import { metricsRoutes } from './metrics.js';
import { nodeRoutes } from './nodes.js';
import { openapiRoutes } from './openapi.js';
import { pictureRoutes } from './pictures.js';
import { ptzRoutes } from './ptz.js';
import { recordingRoutes } from './recordings.js';
import { remoteRoutes } from './remote.js';
import { setupRoutes } from './setup.js';
import { socketRoutes } from './sockets.js';
import { storageRoutes } from './storage.js';
import { systemRoutes } from './system.js';
import { userRoutes } from './users.js';

/** What each plugin gets. */
export interface RouteOptions {
  nvr: Nvr;
}

const PLUGINS = [
  ...[setupRoutes, authRoutes, accountRoutes, userRoutes, discoveryRoutes, systemRoutes],
  ...[cameraRoutes, ptzRoutes, layoutRoutes, storageRoutes, keyRoutes, auditRoutes],
  ...[recordingRoutes, pictureRoutes, exportRoutes, eventRoutes, socketRoutes],
  ...[metricsRoutes, federationRoutes, federationKeyRoutes],
  ...[apiKeyRoutes, nodeRoutes, discoveredNodeRoutes, remoteRoutes, openapiRoutes],
];

export async function routes(app: App, options: RouteOptions): Promise<void> {
  await serveStreaming(options.nvr);
  await serveDiscovery(options.nvr);
  await serveFederation(options.nvr);
  for (const plugin of PLUGINS) await app.register(plugin, options);
}
