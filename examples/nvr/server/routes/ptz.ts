// Pan, tilt, zoom and presets.
import { splitFederatedId } from '@fluxvision/core';
import { Type } from 'typebox';
import { FederatedCameraId, PtzCommand, PtzPreset } from '../../protocol/index.js';
import type { App } from '../app.js';
import { federationOf } from '../federation/federation.js';
import { askNode } from '../federation/node-answers.js';
import { moveCamera, ptzOf } from '../ptz.js';
import { answers, listOf, nothing } from './answers.js';
import type { RouteOptions } from './index.js';

const params = Type.Object({ id: FederatedCameraId });
const Presets = listOf(PtzPreset);
const config = { access: { permission: 'ptz', camera: 'params.id', apiKey: 'ptz' } } as const;

export async function ptzRoutes(app: App, { nvr }: RouteOptions): Promise<void> {
  app.post(
    '/api/cameras/:id/ptz',
    { config, schema: { params, body: PtzCommand, response: nothing } },
    async (request, reply) => {
      const { params: camera, body } = request;
      const place = splitFederatedId(camera.id);
      if (place) {
        const path = `/api/cameras/${encodeURIComponent(place.id)}/ptz`;
        await federationOf(nvr).client.request(place.nodeId, { method: 'POST', path, body });
      } else await moveCamera(nvr, camera.id, body);
      return reply.code(204).send(null);
    },
  );

  app.get(
    '/api/cameras/:id/ptz/presets',
    { config, schema: { params, response: answers(Presets) } },
    async ({ params: { id } }) => {
      const place = splitFederatedId(id);
      if (place) {
        const path = `/api/cameras/${encodeURIComponent(place.id)}/ptz/presets`;
        return askNode(federationOf(nvr), place.nodeId, { method: 'GET', path }, Presets);
      }
      const presets = await ptzOf(nvr, id).presets({ timeoutMs: 5000 });
      return { items: presets.map(({ token, name }) => ({ token, name })) };
    },
  );
}
