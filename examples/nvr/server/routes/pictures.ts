// Pictures of cameras: of a moment that was recorded, and of now.
import { isFluxError } from '@fluxvision/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { CameraId, Moment } from '../../protocol/index.js';
import type { App } from '../app.js';
import { hasAlready } from '../media/byte-range.js';
import type { Picture } from '../media/thumbnails.js';
import { streamingOf } from '../streaming.js';
import { file } from './answers.js';
import type { RouteOptions } from './index.js';

const Params = Type.Object({ id: CameraId });
const Width = Type.Optional(Type.Integer({ minimum: 16, maximum: 3840 }));
const THUMBNAIL_WIDTH = 320;
const SNAPSHOT_WIDTH = 1280;
/** What is being recorded is on the disk by then. */
const WRITTEN_MS = [0, 1000, 3000] as const;

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
      const { thumbnails } = streamingOf(nvr);
      const isFresh = time > Date.now() - 60_000;
      const picture = await thumbnails.get({
        ...{ cameraId: request.params.id, time, width },
        ...(isFresh && { unfinished: true }),
      });
      return send(request, reply, picture, isFresh ? 'no-store' : 'private, max-age=3600');
    },
  );

  app.get<{ Params: { id: string }; Querystring: { width?: number } }>(
    '/api/cameras/:id/snapshot',
    {
      config: { access: { permission: 'live', camera: 'params.id', apiKey: 'media' } },
      schema: { params: Params, querystring: Type.Object({ width: Width }), response: file },
    },
    async (request, reply) => {
      const { width = SNAPSHOT_WIDTH } = request.query;
      return send(request, reply, await newest(request.params.id, width), 'no-store');
    },
  );

  /** The newest picture that is on the disk; a few seconds old. */
  async function newest(cameraId: string, width: number): Promise<Picture> {
    const { thumbnails } = streamingOf(nvr);
    const now = Date.now();
    let failure: unknown;
    for (const ago of WRITTEN_MS) {
      try {
        return await thumbnails.get({ cameraId, time: now - ago, width, unfinished: true });
      } catch (error) {
        if (!isFluxError(error, 'ERR_NO_FOOTAGE')) throw error;
        failure = error;
      }
    }
    throw failure;
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
