// The server: what it is, how it does, who uses it, and what it logged.
import { probeHardware } from '@fluxvision/core';
import { type Static, Type } from 'typebox';
import { LogLine, SessionInfo, SystemInfo, SystemStats } from '../../protocol/index.js';
import type { Caller } from '../access/index.js';
import type { App } from '../app.js';
import { refusal } from '../problem.js';
import { endHomeViewer, homeViewers } from '../sockets/home-viewers.js';
import { answers, listOf, nothing } from './answers.js';
import { discoveryInfo } from './discovery.js';
import type { RouteOptions } from './index.js';
import { nameOf } from './users.js';

const everybody = { access: { permission: 'any', apiKey: 'metadata' } } as const;
const admin = { access: { permission: 'admin' } } as const;
const MAX_MINUTES = 60;
export const FEATURES = ['live', 'playback', 'export', 'ptz', 'motion', 'events', 'sealed-frames'];

export async function systemRoutes(app: App, { nvr }: RouteOptions): Promise<void> {
  const hardware = probeHardware().catch(() => undefined);

  app.get(
    '/api/system/info',
    { config: everybody, schema: { response: answers(SystemInfo) } },
    async () => {
      const { fingerprint, subject, validTo, selfSigned } = nvr.identity;
      const gpu = (await hardware)?.gpus[0]?.name;
      return {
        ...discoveryInfo(nvr),
        features: FEATURES,
        startedAt: nvr.startedAt,
        serverTime: Date.now(),
        node: process.version,
        certificate: { fingerprint, subject, validTo, selfSigned },
        ...(gpu !== undefined && { gpu }),
      };
    },
  );

  app.get(
    '/api/system/stats',
    { config: everybody, schema: { response: answers(SystemStats) } },
    async ({ caller }) => nvr.meters.stats(mayKnow(caller as Caller)),
  );

  app.get(
    '/api/system/stats/history',
    {
      config: everybody,
      schema: {
        querystring: Type.Object({
          minutes: Type.Optional(Type.Number({ minimum: 1, maximum: MAX_MINUTES })),
        }),
        response: answers(listOf(SystemStats)),
      },
    },
    async ({ query }) => ({ items: nvr.meters.history(query.minutes ?? MAX_MINUTES) }),
  );

  app.get(
    '/api/system/sessions',
    { config: admin, schema: { response: answers(listOf(SessionInfo)) } },
    async ({ caller }) => ({
      items: [
        ...nvr.sessions.sessions().map((session): Static<typeof SessionInfo> => {
          const { id, userId, username, address, userAgent } = session;
          const { connectedAt, lastActivity, expiresAt, subscriptions } = session;
          return {
            ...{ id, userId, username, role: session.permissions.role, address },
            ...(userAgent !== undefined && { userAgent }),
            ...{ connectedAt, lastActivity, expiresAt, quota: nvr.quotaOf(session) },
            own: caller?.session === session,
            subscriptions: [...subscriptions].map(([cameraId, quality]) => ({ cameraId, quality })),
            ...nvr.traffic(id),
          };
        }),
        ...homeViewers(nvr.homes, nvr.traffic),
      ],
    }),
  );

  app.delete(
    '/api/system/sessions/:id',
    {
      config: admin,
      schema: { params: Type.Object({ id: Type.String({ maxLength: 64 }) }), response: nothing },
    },
    async ({ caller, params: { id } }, reply) => {
      const by = nameOf(caller);
      if (endHomeViewer(nvr.homes, id)) {
        nvr.audit(by, 'federation.end', { subject: id });
      } else if (!nvr.sessions.terminate(id, 'kicked', { by })) {
        throw refusal('ERR_SESSION_NOT_FOUND', 'There is no such session: perhaps it has ended.');
      }
      return reply.code(204).send(null);
    },
  );

  app.get(
    '/api/system/logs',
    {
      config: admin,
      schema: {
        querystring: Type.Object({
          level: Type.Optional(
            Type.Union(
              (['debug', 'info', 'warn', 'error'] as const).map((level) => Type.Literal(level)),
            ),
          ),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 2000 })),
        }),
        response: answers(listOf(LogLine)),
      },
    },
    async ({ query }) => ({ items: nvr.logs.list(query.level ?? 'debug', query.limit ?? 200) }),
  );
}

/** Of cameras those that the caller may see; of the server what its people have to know. */
function mayKnow(who: Caller) {
  const server = who.session !== undefined && who.session.permissions.role !== 'VIEWER';
  return (cameraId: string | undefined): boolean =>
    cameraId === undefined ? server : who.may('live', cameraId) || who.may('archive', cameraId);
}
