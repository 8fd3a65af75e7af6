// GET /api/openapi.json: all routes, made from their schemas.
import { Type } from 'typebox';
import type { App } from '../app.js';
import { answers } from './answers.js';

export async function openapiRoutes(app: App): Promise<void> {
  app.get(
    '/api/openapi.json',
    {
      config: { access: { permission: 'any', apiKey: 'metadata' } },
      schema: { hide: true, response: answers(Type.Record(Type.String(), Type.Unknown())) },
    },
    async () => app.swagger() as unknown as Record<string, unknown>,
  );
}
