// GET /metrics, for Prometheus: with an API key of the scope `metrics`, or as an administrator.
import type { App } from '../app.js';
import { metricsOf } from '../metrics/metrics.js';
import { file } from './answers.js';
import type { RouteOptions } from './index.js';

export async function metricsRoutes(app: App, { nvr }: RouteOptions): Promise<void> {
  if (nvr.config.metrics === false) return;
  const registry = metricsOf(nvr);
  app.get(
    '/metrics',
    {
      config: { access: { permission: 'admin', apiKey: 'metrics' } },
      schema: { response: file },
    },
    async (_request, reply) =>
      reply
        .type(registry.contentType)
        .header('cache-control', 'no-store')
        .send(await registry.metrics()),
  );
}
