// What a page needs to play cameras of other servers: tickets for the direct way, and sockets through
// this server where a browser cannot go there.
import { type Permission, splitFederatedId } from '@fluxvision/core';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { WebSocket } from 'ws';
import { BrowserTicket, BrowserTicketRequest, FederatedCameraId } from '../../protocol/index.js';
import type { Caller } from '../access/index.js';
import type { App } from '../app.js';
import { federationOf } from '../federation/federation.js';
import { openNodeSocket } from '../federation/node-socket.js';
import { Relay } from '../federation/relay.js';
import { requireRemoteCamera } from '../federation/remote-cameras.js';
import { refusal } from '../problem.js';
import { CLOSE } from '../sockets/connection.js';
import { Places } from '../sockets/places.js';
import { trafficOf } from '../sockets/traffic.js';
import { answers } from './answers.js';
import type { RouteOptions } from './index.js';

/** Relayed sockets that a session, and an address, may have open. */
const PER_SESSION = 16;
const PER_ADDRESS = 64;
/** Of a message of another server: the largest picture. */
const MAX_MESSAGE_BYTES = 16 << 20;

export async function remoteRoutes(app: App, { nvr }: RouteOptions): Promise<void> {
  const places = new Places(PER_SESSION, PER_ADDRESS);

  app.post<{ Params: { id: string }; Body: BrowserTicketRequest }>(
    '/api/cameras/:id/ticket',
    {
      config: { access: { permission: 'any', camera: 'params.id' } },
      schema: {
        params: Type.Object({ id: FederatedCameraId }),
        body: BrowserTicketRequest,
        response: answers(BrowserTicket),
      },
    },
    async (request) => {
      const { id } = request.params;
      const { permissions, start, end } = request.body;
      const who = request.caller as Caller;
      const { session } = who;
      if (!splitFederatedId(id) || !session) {
        throw refusal('ERR_INVALID_ARGUMENT', 'Cameras of this server need no ticket.');
      }
      for (const permission of permissions) {
        requireRemoteCamera(nvr, who, permission satisfies Permission, id);
      }
      const federation = federationOf(nvr);
      const origin = await federation.welcome(request.headers.origin);
      return federation.client.ticket({
        ...{ camera: id, permissions, origin },
        ...(start !== undefined && { start }),
        ...(end !== undefined && { end }),
        user: { name: session.username, role: session.permissions.role },
      });
    },
  );

  for (const kind of ['live', 'playback'] as const) {
    app.get(
      `/ws/relay/:node/${kind}`,
      { websocket: true, config: { access: { permission: 'any' } } },
      (socket: WebSocket, request: FastifyRequest) => relay(socket, request, kind),
    );
  }

  // In the turn in which the socket comes: a message that nobody listens to is lost.
  function relay(socket: WebSocket, request: FastifyRequest, kind: 'live' | 'playback'): void {
    const { node } = request.params as { node: string };
    const { session } = request.caller as Caller;
    const federation = federationOf(nvr);
    const release = session && places.take(request.ip, session.id);
    if (!session || !release || !federation.registry.has(node)) {
      const isFull = session !== undefined && !release;
      release?.();
      socket.close(
        isFull ? 1013 : CLOSE.violation,
        isFull ? 'Too many connections.' : 'No such server.',
      );
      return;
    }
    const origin = federation.originFor(request.headers.origin);
    const made: Relay = new Relay(
      {
        socket,
        ended: session.ended,
        bitsPerSecond: () => nvr.quotaOf(session).maxBandwidthMbps * 1e6,
        connect: (signal) =>
          openNodeSocket(federation, node, {
            ...{ path: `/ws/${kind}`, origin, maxPayload: MAX_MESSAGE_BYTES, signal },
          }),
      },
      () => {
        uncount();
        release();
      },
    );
    const uncount = trafficOf(nvr).count(session.id, () => made.stats());
  }
}
