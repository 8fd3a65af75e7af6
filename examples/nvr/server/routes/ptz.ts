// Pan, tilt, zoom and presets.
import { Type } from 'typebox';
import { CameraId, PtzCommand, PtzPreset } from '../../protocol/index.js';
import type { App } from '../app.js';
import { moveCamera, ptzOf } from '../ptz.js';
import { answers, listOf, nothing } from './answers.js';
import type { RouteOptions } from './index.js';

const params = Type.Object({ id: CameraId });
const config = { access: { permission: 'ptz', camera: 'params.id', apiKey: 'ptz' } } as const;

export async function ptzRoutes(app: App, { nvr }: RouteOptions): Promise<void> {
  app.post(
    '/api/cameras/:id/ptz',
    { config, schema: { params, body: PtzCommand, response: nothing } },
    async (request, reply) => {
      await moveCamera(nvr, request.params.id, request.body);
      return reply.code(204).send(null);
    },
  );

  app.get(
    '/api/cameras/:id/ptz/presets',
    { config, schema: { params, response: answers(listOf(PtzPreset)) } },
    async ({ params: { id } }) => {
      const presets = await ptzOf(nvr, id).presets({ timeoutMs: 5000 });
      return { items: presets.map(({ token, name }) => ({ token, name })) };
    },
  );
}
