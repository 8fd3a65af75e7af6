// All routes, a plugin per resource. Each gets the recorder as option `nvr`.
import type { App } from '../app.js';
import type { Nvr } from '../nvr.js';
import { authRoutes } from './auth.js';
import { discoveryRoutes } from './discovery.js';
import { setupRoutes } from './setup.js';

/** What each plugin gets. */
export interface RouteOptions {
  nvr: Nvr;
}

export async function routes(app: App, options: RouteOptions): Promise<void> {
  await app.register(setupRoutes, options);
  await app.register(authRoutes, options);
  await app.register(discoveryRoutes, options);
}
