// Footage: lists of segments, timelines, days, and the segments themselves.

import { join } from 'node:path';
import { isFluxError, type Permission, SegmentReader, splitFederatedId } from '@fluxvision/core';
import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import {
  CameraId,
  FederatedCameraId,
  FoundRecording,
  Moment,
  RecordedDay,
  Recording,
  RecordingSearch,
  StreamName,
  Timeline,
} from '../../protocol/index.js';
import { type Caller, requireCamera } from '../access/index.js';
import type { App } from '../app.js';
import { federationOf } from '../federation/federation.js';
import { searchRecordings } from '../federation/recording-search.js';
import { remoteDays, timelineOfAll } from '../federation/remote-footage.js';
import { readCursor } from '../media/cursor.js';
import { recordedDays } from '../media/days.js';
import { listRecordings, segmentOf } from '../media/recording-list.js';
import { SegmentStream } from '../media/segment-stream.js';
import { sendFile } from '../media/send-file.js';
import { timelineOf } from '../media/timeline.js';
import type { Nvr } from '../nvr.js';
import { refusal } from '../problem.js';
import { answers, file, listOf, nothing } from './answers.js';
import type { RouteOptions } from './index.js';

const MAX_TIMELINE_CAMERAS = 64;

const ListQuery = Type.Object({
  /** One of this server. Without it, and for servers' pages: all cameras of all servers, or `cameras`. */
  camera: Type.Optional(CameraId),
  /** Separated by commas. */
  cameras: Type.Optional(Type.String({ minLength: 1, maxLength: 106_000 })),
  start: Type.Optional(Moment),
  end: Type.Optional(Moment),
  stream: Type.Optional(StreamName),
  first: Type.Optional(Type.Union([Type.Literal('oldest'), Type.Literal('newest')])),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 200 })),
  cursor: Type.Optional(Type.String({ maxLength: 16_000 })),
});
/** As {@link RecordingSearch}; of one camera without what that adds. */
const Found = Type.Object({
  items: Type.Array(
    Type.Object({
      ...Recording.properties,
      ...Type.Partial(Type.Omit(FoundRecording, Object.keys(Recording.properties))).properties,
      cameraId: FederatedCameraId,
    }),
  ),
  cursor: Type.Optional(Type.String()),
  nodes: Type.Optional(RecordingSearch.properties.nodes),
});
const TimelineQuery = Type.Object({
  cameras: Type.String({ minLength: 1, maxLength: 6700 }),
  start: Moment,
  end: Moment,
  resolution: Type.Optional(Type.Integer({ minimum: 0, maximum: 31_622_400_000 })),
  stream: Type.Optional(StreamName),
});
const Params = Type.Object({ id: Type.String({ maxLength: 64 }) });

export async function recordingRoutes(app: App, { nvr }: RouteOptions): Promise<void> {
  app.get<{ Querystring: Static<typeof ListQuery> }>(
    '/api/recordings',
    {
      config: { access: { permission: 'archive', camera: 'query.camera', apiKey: 'metadata' } },
      schema: { querystring: ListQuery, response: answers(Found) },
    },
    async ({ query, caller }) => {
      const { camera, cameras, cursor, limit = 200, start, end, ...rest } = query;
      requireOrder(start, end);
      if (camera === undefined) return search(query, caller as Caller);
      const after = cursor === undefined ? undefined : readCursor(cursor);
      if (cursor !== undefined && !after) throw refusal('ERR_INVALID_ARGUMENT', 'No such cursor.');
      const range = { cameraId: camera, start, end, after, limit };
      return listRecordings(nvr.recorder.index, { ...rest, ...range });
    },
  );

  app.get<{ Querystring: Static<typeof TimelineQuery> }>(
    '/api/timeline',
    {
      config: { access: { permission: 'archive', camera: 'query.cameras', apiKey: 'metadata' } },
      schema: { querystring: TimelineQuery, response: answers(Timeline) },
    },
    async ({ query }) => {
      const cameras = [...new Set(query.cameras.split(','))];
      if (cameras.length > MAX_TIMELINE_CAMERAS) {
        throw refusal('ERR_LIMIT', `A timeline shows ${MAX_TIMELINE_CAMERAS} cameras at most.`);
      }
      requireOrder(query.start, query.end);
      const request = { ...query, cameras };
      const own = (ids: readonly string[]) =>
        timelineOf(nvr.recorder.index, { ...request, cameras: ids });
      if (!cameras.some((id) => splitFederatedId(id))) return own(cameras);
      return timelineOfAll(federationOf(nvr), request, own);
    },
  );

  app.get<{ Querystring: { camera: string } }>(
    '/api/recordings/days',
    {
      config: { access: { permission: 'archive', camera: 'query.camera', apiKey: 'metadata' } },
      schema: {
        querystring: Type.Object({ camera: FederatedCameraId }),
        response: answers(listOf(RecordedDay)),
      },
    },
    async ({ query: { camera } }) => {
      const place = splitFederatedId(camera);
      if (place) return remoteDays(federationOf(nvr), place);
      return { items: recordedDays(nvr.recorder.index, camera) };
    },
  );

  app.get<{ Params: { id: string } }>(
    '/api/recordings/:id/download',
    {
      // To look at footage is one right, to take it away another.
      config: { access: { permission: 'export', apiKey: 'media' } },
      schema: { params: Params, response: file },
    },
    async (request, reply) => {
      const { name, session } = request.caller as Caller;
      const segment = requireSegment(nvr, request, session ? 'export' : 'archive');
      const { id, cameraId, startTime, keyId, fileSize } = segment;
      if (request.method === 'GET') {
        nvr.audit(name, 'recording.download', { subject: cameraId, detail: { segment: id } });
      }
      const reader = await openSegment({
        path: join(nvr.recorder.storage, ...segment.filePath.split('/')),
        ...{ keys: nvr.keys, cameraId, startTime },
        allowUnfinished: segment.state === 'recovered',
      });
      const { size, finished } = reader;
      const at = new Date(startTime).toISOString().replaceAll(/[:.]/g, '-');
      return sendFile(request, reply, {
        size,
        // A sealed file never changes, and no other gets its row's id.
        etag: finished ? `"${id}-${size}-${fileSize}-${keyId.slice(0, 8)}"` : undefined,
        contentType: 'video/x-matroska',
        name: `${cameraId}-${at}.mkv`,
        open: (first, last) => new SegmentStream(reader, first, last),
        release: () => void reader.close(),
      });
    },
  );

  function search({ cameras, limit = 200, ...query }: Static<typeof ListQuery>, who: Caller) {
    if (!who.session) {
      const what = 'Name a camera; other servers ask for /api/federation/recordings.';
      throw refusal('ERR_INVALID_ARGUMENT', what);
    }
    const ids = cameras?.split(',');
    for (const id of ids ?? []) requireCamera(nvr, who, 'archive', id);
    const { start, end, first, cursor } = query;
    return searchRecordings(nvr, who, {
      limit,
      ...(ids && { cameras: ids }),
      ...(start !== undefined && { start }),
      ...(end !== undefined && { end }),
      ...(first && { first }),
      ...(cursor !== undefined && { cursor }),
    });
  }

  app.delete<{ Params: { id: string } }>(
    '/api/recordings/:id',
    { config: { access: { permission: 'admin' } }, schema: { params: Params, response: nothing } },
    async (request, reply) => {
      const { id, cameraId, startTime, endTime } = requireSegment(nvr, request, 'admin');
      const by = (request.caller as Caller).name;
      const detail = { segment: id, from: startTime, to: endTime };
      nvr.audit(by, 'recording.delete', { subject: cameraId, detail });
      await nvr.recorder.deleteSegment(id, { by });
      nvr.emit('changed', 'storage');
      return reply.code(204).send(null);
    },
  );
}

/** As {@link SegmentReader.open}; that the file is gone is told without its path. */
async function openSegment(options: Parameters<typeof SegmentReader.open>[0]) {
  try {
    return await SegmentReader.open(options);
  } catch (error) {
    if (!isFluxError(error, 'ERR_NOT_FOUND')) throw error;
    throw refusal('ERR_NOT_FOUND', 'The file of this recording is not on the disk any more.');
  }
}

/** `ERR_NOT_FOUND`, also where it is of a camera that the caller may not see. */
function requireSegment(
  nvr: Nvr,
  { params, caller }: FastifyRequest<{ Params: { id: string } }>,
  permission: Permission,
) {
  const segment = segmentOf(nvr.recorder.index, params.id);
  const may = (what: Permission) => segment && caller?.may(what, segment.cameraId);
  if (segment && may('archive') && may(permission)) return segment;
  throw refusal('ERR_NOT_FOUND', `There is no recording '${params.id}'.`);
}

function requireOrder(start: number | undefined, end: number | undefined): void {
  if (start === undefined || end === undefined || end > start) return;
  throw refusal('ERR_INVALID_ARGUMENT', 'end must be later than start.');
}
