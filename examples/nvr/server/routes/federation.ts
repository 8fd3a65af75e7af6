// What this server does for others that have it as a node, with the key that was made for them: of its own
// cameras alone, so that nothing is passed on from node to node.
import { type ApiKey, splitFederatedId } from '@fluxvision/core';
import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import {
  EndTickets,
  FederatedCameras,
  IdentityProof,
  IdentityRequest,
  Moment,
  NodeRecordings,
  NodeReport,
  PairAnswer,
  PairRequest,
  StreamName,
  TicketAnswer,
  TicketRequest,
} from '../../protocol/index.js';
import { type Caller, requireCamera } from '../access/index.js';
import type { App } from '../app.js';
import { nodeReport, ownCameras } from '../federation/node-report.js';
import { hasAlready } from '../media/byte-range.js';
import { readCursor } from '../media/cursor.js';
import { listMergedRecordings } from '../media/merged-recordings.js';
import type { Nvr } from '../nvr.js';
import { cameraNotFound, refusal } from '../problem.js';
import { VERSION } from '../version.js';
import { answers, nothing } from './answers.js';
import { API } from './discovery.js';
import type { RouteOptions } from './index.js';
import { FEATURES } from './system.js';

/** Administrators may look at what other servers are told; what those do needs their key. */
const reading = { access: { permission: 'admin', apiKey: 'metadata' } } as const;
const watching = { access: { permission: 'admin', apiKey: 'media' } } as const;
const MAX_CAMERAS = 1000;

const RecordingsQuery = Type.Object({
  /** Separated by commas; default: all. */
  cameras: Type.Optional(Type.String({ minLength: 1, maxLength: 66_000 })),
  start: Type.Optional(Moment),
  end: Type.Optional(Moment),
  stream: Type.Optional(StreamName),
  first: Type.Optional(Type.Union([Type.Literal('oldest'), Type.Literal('newest')])),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 200 })),
  cursor: Type.Optional(Type.String({ maxLength: 100 })),
});

export async function federationRoutes(app: App, { nvr }: RouteOptions): Promise<void> {
  app.post<{ Body: PairRequest }>(
    '/api/federation/pair',
    { config: reading, schema: { body: PairRequest, response: answers(PairAnswer) } },
    async (request) => {
      const key = requireKey(request);
      const before = nvr.homes.home(key.id);
      const home = nvr.homes.pair(key, request.body);
      const { homeId, name, origins } = home;
      const isNew =
        JSON.stringify([before?.name, before?.origins]) !== JSON.stringify([name, origins]);
      if (isNew) {
        const detail = { name, origins };
        nvr.audit(nameOf(request), 'federation.pair', { subject: homeId, detail });
      }
      const { id: serverId, name: ownName } = nvr.server;
      return {
        ...{ serverId, name: ownName, version: VERSION, ...API, features: FEATURES },
        scopes: [...key.scopes],
        identityKey: nvr.parts.serverIdentity.publicKey,
      };
    },
  );

  app.delete(
    '/api/federation/pair',
    { config: reading, schema: { response: nothing } },
    async (request, reply) => {
      const { id } = requireKey(request);
      const by = nameOf(request);
      const home = nvr.homes.home(id);
      if (!home) throw refusal('ERR_NOT_FOUND', 'No server was paired with this key.');
      nvr.audit(by, 'federation.unpair', { subject: home.homeId });
      nvr.homes.unpair(id, { by });
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/api/federation/identity',
    {
      config: { access: { public: true } },
      schema: { body: IdentityRequest, response: answers(IdentityProof) },
    },
    async ({ body: { nonce } }) => {
      const { fingerprint } = nvr.identity;
      const { serverId, serverIdentity } = nvr.parts;
      return { serverId, fingerprint, signature: serverIdentity.prove(nonce, fingerprint) };
    },
  );

  app.get(
    '/api/federation/status',
    { config: reading, schema: { response: answers(NodeReport) } },
    async () => nodeReport(nvr),
  );

  app.get(
    '/api/federation/cameras',
    {
      config: reading,
      schema: { response: { ...answers(FederatedCameras), 304: Type.Null() } },
    },
    async (request, reply) => {
      const cameras = ownCameras(nvr);
      const etag = `"${cameras.version}"`;
      reply.headers({ etag, 'cache-control': 'private, no-cache' });
      if (hasAlready(request.headers['if-none-match'], etag)) return reply.code(304).send(null);
      return cameras;
    },
  );

  app.get<{ Querystring: Static<typeof RecordingsQuery> }>(
    '/api/federation/recordings',
    {
      config: reading,
      schema: { querystring: RecordingsQuery, response: answers(NodeRecordings) },
    },
    async ({ query: { cameras, cursor, limit = 200, ...range } }) => {
      const after = cursor === undefined ? undefined : readCursor(cursor);
      if (cursor !== undefined && !after) throw refusal('ERR_INVALID_ARGUMENT', 'No such cursor.');
      const { start, end } = range;
      if (start !== undefined && end !== undefined && end <= start) {
        throw refusal('ERR_INVALID_ARGUMENT', 'end must be later than start.');
      }
      const named = cameras?.split(',') ?? [];
      if (named.length > MAX_CAMERAS) {
        throw refusal('ERR_LIMIT', `A request names ${MAX_CAMERAS} cameras at most.`);
      }
      const isHere = (id: string) =>
        !splitFederatedId(id) && (nvr.cameras.has(id) || nvr.cameras.hasFootage(id));
      const wanted = cameras === undefined ? withFootage(nvr) : named.filter(isHere);
      const missing = named.filter((id) => !isHere(id));
      const { index } = nvr.recorder;
      return {
        ...listMergedRecordings(index, wanted, { ...range, after, limit }),
        ...(missing.length > 0 && { missing }),
      };
    },
  );

  app.post<{ Body: TicketRequest }>(
    '/api/federation/tickets',
    { config: watching, schema: { body: TicketRequest, response: answers(TicketAnswer) } },
    async (request) => {
      const key = requireKey(request);
      const { cameraId, permissions } = request.body;
      // Of a camera that was removed there may be footage.
      const needed = permissions.includes('archive') ? 'archive' : 'any';
      requireOwnCamera(nvr, request.caller as Caller, needed, cameraId);
      return nvr.homes.issueTicket(key, request.body);
    },
  );

  app.delete<{ Body: EndTickets }>(
    '/api/federation/tickets',
    { config: watching, schema: { body: EndTickets, response: nothing } },
    async (request, reply) => {
      nvr.homes.endTickets(requireKey(request).id, request.body.user);
      return reply.code(204).send(null);
    },
  );
}

function requireKey({ caller }: Pick<FastifyRequest, 'caller'>): ApiKey {
  if (caller?.key) return caller.key;
  throw refusal('ERR_INVALID_ARGUMENT', 'This is for other servers, with their key: X-NVR-Auth.');
}

function requireOwnCamera(
  nvr: Nvr,
  caller: Caller,
  permission: 'archive' | 'any',
  id: string,
): void {
  if (splitFederatedId(id)) throw cameraNotFound(id);
  requireCamera(nvr, caller, permission, id);
}

/** Cameras, and those of which only footage is left. */
function withFootage(nvr: Nvr): string[] {
  return nvr.recorder.index.cameras().map(({ id }) => id);
}

function nameOf({ caller }: Pick<FastifyRequest, 'caller'>): string {
  return caller?.name ?? 'anonymous';
}
