// Pictures of cameras: of a moment that was recorded, and of now.
import { isFluxError, splitFederatedId } from '@fluxvision/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { FederatedCameraId, Moment } from '../../protocol/index.js';
import type { Caller } from '../access/index.js';
import type { App } from '../app.js';
import { federationOf } from '../federation/federation.js';
import { passOn } from '../federation/passed-on.js';
import { hasAlready } from '../media/byte-range.js';
import type { Picture } from '../media/picture.js';
import { streamingOf } from '../streaming.js';
import { file } from './answers.js';
import type { RouteOptions } from './index.js';

/** `live`, or `recorded` where the camera sends nothing at present. */
const SOURCE = 'x-picture-source';
const Params = Type.Object({ id: FederatedCameraId });
const Width = Type.Optional(Type.Integer({ minimum: 16, maximum: 3840 }));
const THUMBNAIL_WIDTH = 320;
const SNAPSHOT_WIDTH = 1280;
/** What is recorded of the last moments is no more than who sees the camera live has seen. */
const JUST_NOW_MS = 5000;
/** Of a picture of another server. */
const MAX_PICTURE_BYTES = 8 << 20;

export async function pictureRoutes(app: App, { nvr }: RouteOptions): Promise<void> {
  app.get<{ Params: { id: string }; Querystring: { time: number; width?: number } }>(
    '/api/cameras/:id/thumbnail',
    {
      config: { access: { permission: 'archive', camera: 'params.id', apiKey: 'media' } },
      schema: {
        params: Params,
        querystring: Type.Object({ time: Moment, width: Width }),
        response: file,
      },
    },
    async (request, reply) => {
      const { time, width = THUMBNAIL_WIDTH } = request.query;
      const remote = remotePicture(request, reply, 'thumbnail', { time, width });
      if (remote) return remote;
      const { thumbnails } = streamingOf(nvr);
      const isFresh = time > Date.now() - 60_000;
      const picture = await thumbnails.get({
        ...{ cameraId: request.params.id, time, width },
        ...(isFresh && { unfinished: true }),
      });
      return send(request, reply, picture, isFresh ? 'no-store' : 'private, max-age=3600');
    },
  );

  app.get<{ Params: { id: string }; Querystring: { width?: number; live?: boolean } }>(
    '/api/cameras/:id/snapshot',
    {
      config: { access: { permission: 'live', camera: 'params.id', apiKey: 'media' } },
      schema: {
        params: Params,
        querystring: Type.Object({ width: Width, live: Type.Optional(Type.Boolean()) }),
        response: file,
      },
    },
    async (request, reply) => {
      const { width = SNAPSHOT_WIDTH, live = false } = request.query;
      const { id } = request.params;
      const remote = remotePicture(request, reply, 'snapshot', { width, live });
      if (remote) return remote;
      try {
        const picture = await streamingOf(nvr).livePictures.get(id, width);
        return send(request, reply.header(SOURCE, 'live'), picture, 'no-store');
      } catch (error) {
        if (live || !isFluxError(error)) throw error;
        const picture = await lastRecorded(id, width, request.caller as Caller);
        if (!picture) throw error;
        return send(request, reply.header(SOURCE, 'recorded'), picture, 'no-store');
      }
    },
  );

  /** Undefined for cameras of this server. */
  function remotePicture(
    request: FastifyRequest<{ Params: { id: string } }>,
    reply: FastifyReply,
    kind: 'thumbnail' | 'snapshot',
    query: Record<string, number | boolean>,
  ): Promise<FastifyReply> | undefined {
    const place = splitFederatedId(request.params.id);
    if (!place) return undefined;
    const path = `/api/cameras/${encodeURIComponent(place.id)}/${kind}`;
    const what = { path, query, types: ['image/jpeg'], maxBytes: MAX_PICTURE_BYTES };
    return passOn(federationOf(nvr), place.nodeId, what, request, reply);
  }

  /** Older ones are for who may see the archive. */
  async function lastRecorded(
    cameraId: string,
    width: number,
    who: Caller,
  ): Promise<Picture | undefined> {
    const now = Date.now();
    const last = nvr.recorder.index.previousSegment({ cameraId, startTime: now + 1 });
    if (!last) return undefined;
    const isSeen = last.endTime > now - JUST_NOW_MS || who.may('archive', cameraId);
    if (!isSeen) return undefined;
    const { thumbnails } = streamingOf(nvr);
    const time = Math.min(now, last.endTime - 1);
    return thumbnails.get({ cameraId, time, width, unfinished: true }).catch(() => undefined);
  }
}

function send(
  request: FastifyRequest,
  reply: FastifyReply,
  { data, etag, time }: Picture,
  cacheControl: string,
) {
  reply.headers({
    etag,
    'cache-control': cacheControl,
    'x-picture-time': String(Math.round(time)),
  });
  if (hasAlready(request.headers['if-none-match'], etag)) return reply.code(304).send();
  return reply.type('image/jpeg').send(data);
}
