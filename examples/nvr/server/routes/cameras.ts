// Cameras: the list, their settings, and finding out whether an address is one.
import { Camera } from '@fluxvision/core';
import { Type } from 'typebox';
import {
  CameraChange,
  CameraConfig,
  CameraId,
  CameraList,
  CameraTest,
  CameraTestResult,
  CameraView,
  DiscoveredCamera,
  NewCamera,
  OnvifProbe,
  OnvifProbeResult,
} from '../../protocol/index.js';
import type { Caller } from '../access/index.js';
import type { App } from '../app.js';
import { AtOnce } from '../cameras/at-once.js';
import { probeOnvif, testCamera } from '../cameras/probe.js';
import { remoteCameras } from '../federation/remote-cameras.js';
import { answers, creates, listOf, nothing } from './answers.js';
import type { RouteOptions } from './index.js';
import { nameOf } from './users.js';

const params = Type.Object({ id: CameraId });
const admin = { access: { permission: 'admin' } } as const;
const adminOfCamera = { access: { permission: 'admin', camera: 'params.id' } } as const;
const DISCOVERY_MS = 3000;
/** Each opens connections to where its caller says: few at a time, and for administrators alone. */
const MAX_PROBES = 4;

export async function cameraRoutes(app: App, { nvr }: RouteOptions): Promise<void> {
  const probes = new AtOnce(MAX_PROBES);

  app.get(
    '/api/cameras',
    {
      config: { access: { permission: 'any', apiKey: 'metadata' } },
      schema: { response: answers(CameraList) },
    },
    async ({ caller }) => {
      const who = caller as Caller;
      const seen = nvr.cameras.ids().filter((id) => who.may('live', id) || who.may('archive', id));
      const own = seen.map((id) => nvr.cameras.view(id, who));
      const { items, nodes } = await remoteCameras(nvr, who);
      return { items: [...own, ...items], ...(nodes.length > 0 && { nodes }) };
    },
  );

  app.get(
    '/api/cameras/:id',
    {
      config: { access: { permission: 'any', camera: 'params.id', apiKey: 'metadata' } },
      schema: { params, response: answers(CameraView) },
    },
    async ({ caller, params: { id } }) => nvr.cameras.view(id, caller as Caller),
  );

  app.get(
    '/api/cameras/:id/config',
    { config: adminOfCamera, schema: { params, response: answers(CameraConfig) } },
    async ({ params: { id } }) => nvr.cameras.config(id),
  );

  app.post(
    '/api/cameras',
    { config: admin, schema: { body: NewCamera, response: creates(CameraConfig) } },
    async (request, reply) => {
      const camera = await nvr.cameras.add(request.body);
      nvr.audit(nameOf(request.caller), 'camera.create', { subject: camera.id });
      nvr.applyRetention();
      return reply.code(201).send(camera);
    },
  );

  app.put(
    '/api/cameras/:id',
    {
      config: adminOfCamera,
      schema: { params, body: CameraChange, response: answers(CameraConfig) },
    },
    async (request) => {
      const { id } = request.params;
      const detail = { changed: Object.keys(request.body) };
      nvr.audit(nameOf(request.caller), 'camera.change', { subject: id, detail });
      const camera = await nvr.cameras.change(id, request.body);
      nvr.applyRetention();
      return camera;
    },
  );

  app.delete(
    '/api/cameras/:id',
    { config: adminOfCamera, schema: { params, response: nothing } },
    async (request, reply) => {
      const { id } = request.params;
      nvr.audit(nameOf(request.caller), 'camera.remove', { subject: id });
      await nvr.cameras.remove(id);
      nvr.applyRetention();
      return reply.code(204).send(null);
    },
  );

  for (const action of ['start', 'stop'] as const) {
    app.post(
      `/api/cameras/:id/${action}`,
      { config: adminOfCamera, schema: { params, response: nothing } },
      async (request, reply) => {
        const { id } = request.params;
        nvr.audit(nameOf(request.caller), `camera.${action}`, { subject: id });
        await nvr.cameras.enable(id, action === 'start');
        return reply.code(204).send(null);
      },
    );
  }

  app.post(
    '/api/cameras/test',
    { config: admin, schema: { body: CameraTest, response: answers(CameraTestResult) } },
    async (request) => {
      nvr.audit(nameOf(request.caller), 'camera.test', { subject: request.body.id ?? '' });
      return probes.run(() => testCamera(nvr, request.body));
    },
  );

  app.post(
    '/api/cameras/onvif',
    { config: admin, schema: { body: OnvifProbe, response: answers(OnvifProbeResult) } },
    async (request) => {
      nvr.audit(nameOf(request.caller), 'camera.probe');
      return probes.run(() => probeOnvif(nvr, request.body));
    },
  );

  app.post(
    '/api/cameras/discover',
    { config: admin, schema: { response: answers(listOf(DiscoveredCamera)) } },
    async () => {
      const where = nvr.config.discovery ?? {};
      const found = await probes.run(() => Camera.discover({ timeoutMs: DISCOVERY_MS, ...where }));
      const ours = new Map(
        nvr.cameras.ids().flatMap((id) => {
          const { url, onvifUrl } = nvr.cameras.settings(id);
          return [url, onvifUrl].flatMap((one) =>
            one ? [[new URL(one).hostname, id] as const] : [],
          );
        }),
      );
      return {
        items: found.flatMap(({ addresses, host, name, hardware }) => {
          const cameraId = ours.get(host);
          const [onvifUrl] = addresses;
          if (onvifUrl === undefined) return [];
          return [
            {
              ...{ name: name ?? host, onvifUrl, address: host },
              ...(hardware !== undefined && { hardware }),
              ...(cameraId !== undefined && { cameraId }),
            },
          ];
        }),
      };
    },
  );
}
