// /ws/live, /ws/playback and /ws/events. Browsers come with their cookie; other clients may show their
// token with each message, and pages of other servers tickets.
import { type ApiKey, DEFAULT_QUOTA } from '@fluxvision/core';
import type { FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { type Access, sessionCaller } from '../access/index.js';
import type { App } from '../app.js';
import { federationOf } from '../federation/federation.js';
import type { Nvr } from '../nvr.js';
import { refusal } from '../problem.js';
import { moveCamera } from '../ptz.js';
import { CLOSE } from '../sockets/connection.js';
import { eventsSocket } from '../sockets/events-socket.js';
import type { SocketCaller, SocketHost } from '../sockets/host.js';
import { LiveSocket } from '../sockets/live-socket.js';
import { Places } from '../sockets/places.js';
import { PlaybackSocket } from '../sockets/playback-socket.js';
import { sessionIdOf, TicketDoor, type TicketDoorOptions } from '../sockets/ticket-door.js';
import { type Traffic, trafficOf } from '../sockets/traffic.js';
import { streamingOf } from '../streaming.js';
import type { RouteOptions } from './index.js';

/** How often it looks whether the key of a socket has expired. */
const EXPIRY_MS = 10_000;

type Open = (
  host: SocketHost,
  socket: WebSocket,
  caller: SocketCaller | undefined,
  released: () => void,
) => void;

export async function socketRoutes(app: App, { nvr }: RouteOptions): Promise<void> {
  const places = new Places();
  const traffic = trafficOf(nvr);
  nvr.clients = () => ({
    count: nvr.unavailable ? 0 : nvr.sessions.sessions().length + viewersOfHomes(nvr),
    ...traffic.totals(),
  });
  nvr.traffic = (id) => ({ connections: places.openOf(id), ...traffic.ofSession(id) });
  const add = (url: string, open: Open, access: Partial<Access> = {}) =>
    app.get(
      url,
      { websocket: true, config: { access: { permission: 'any', deferred: true, ...access } } },
      (socket: WebSocket, request: FastifyRequest) => accept(socket, request, open),
    );
  add('/ws/live', (...parts) => void new LiveSocket(...parts));
  add('/ws/playback', (...parts) => void new PlaybackSocket(...parts));
  add('/ws/events', eventsSocket, { apiKey: 'metadata' });

  // In the turn in which the socket comes: a message that nobody listens to is lost.
  function accept(socket: WebSocket, request: FastifyRequest, open: Open): void {
    const { ip, caller, headers } = request;
    const release = places.take(ip, caller?.session?.id ?? caller?.name);
    if (!release) {
      socket.close(1013, 'Too many connections.');
      return;
    }
    try {
      const { sockets } = streamingOf(nvr);
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      if (caller?.key) endWithKey(nvr, socket, caller.key);
      open(hostOf(nvr, traffic, { origin: headers.origin, address: ip }), socket, caller, release);
    } catch (error) {
      release();
      nvr.log.warn({ err: error }, 'socket');
      socket.close(1013, 'Not at present.');
    }
  }
}

/** Sessions end by themselves; of a key somebody has to see to it. */
function endWithKey({ sessions }: Nvr, socket: WebSocket, { id, expiresAt }: ApiKey): void {
  const end = () => socket.close(CLOSE.session, 'The key has ended.');
  const onRevoked = (revoked: string) => {
    if (revoked === id) end();
  };
  const expiry = setInterval(() => {
    if (expiresAt !== undefined && Date.now() >= expiresAt) end();
  }, EXPIRY_MS).unref();
  sessions.on('apiKeyRevoked', onRevoked);
  socket.once('close', () => {
    clearInterval(expiry);
    sessions.off('apiKeyRevoked', onRevoked);
  });
}

/** As the parts are open now: when they close their sockets end. */
function hostOf(
  nvr: Nvr,
  traffic: Traffic,
  from: Pick<TicketDoorOptions, 'origin' | 'address'>,
): SocketHost {
  const { cameras, recorder, keys, homes } = nvr.parts;
  const door = new TicketDoor({
    ...{ ...from, homes, quota: () => nvr.quotaOf({ quota: DEFAULT_QUOTA }) },
    audit: (actor, subject, detail) => nvr.audit(actor, 'federation.watch', { subject, detail }),
  });
  const { bus, broadcaster } = streamingOf(nvr);
  return {
    ...{ bus, broadcaster, recorder, keys, cameras, traffic },
    requiresSealing: nvr.config.sealedPictures === 'required',
    quotaOf: (session) => nvr.quotaOf(session),
    authenticate: (token) => {
      const caller = sessionCaller(nvr, token);
      if (!caller.mustChangePassword) return caller;
      throw refusal('ERR_PASSWORD_CHANGE_REQUIRED', 'Change the password first.');
    },
    listenToNodes: (listener) => federationOf(nvr).events.listen(listener),
    redeem: (tickets, caller) => door.redeem(tickets, caller),
    ptz: async (caller, id, command) => {
      await moveCamera(nvr, id, command);
      nvr.log.debug({ by: caller.name, cameraId: id, action: command.action }, 'ptz');
    },
    status: () => {
      const { cpuUsage, gpuUsage, memoryBytes, cameraCount, clientCount } = nvr.meters.stats();
      return {
        ...{ cpuUsage, memoryBytes, cameraCount, clientCount },
        ...(gpuUsage !== undefined && { gpuUsage }),
      };
    },
  };
}

function viewersOfHomes({ homes }: Nvr): number {
  return new Set(homes.holders().map(sessionIdOf)).size;
}
