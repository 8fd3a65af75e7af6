// /ws/events: what happens, here and at other servers, and how the server is, for who may know of it.
import type { WebSocket } from 'ws';
import type { NvrEvent } from '../../protocol/index.js';
import type { ChangedWhat } from '../events/bus.js';
import type { NodeEventListener } from '../federation/node-events.js';
import { Connection } from './connection.js';
import type { SocketCaller, SocketHost } from './host.js';
import { readEventsRequest } from './requests.js';

const STATUS_MS = 5000;
const FOR_ADMINS = new Set<ChangedWhat>(['users', 'sessions', 'keys', 'storage']);

export function eventsSocket(
  host: SocketHost,
  socket: WebSocket,
  caller: SocketCaller | undefined,
  released: () => void,
): void {
  let status: NodeJS.Timeout | undefined;
  let stopNodes: (() => void) | undefined;
  const knows = (id: string) => {
    const who = connection.caller;
    return who !== undefined && (who.may('live', id) || who.may('archive', id));
  };
  const tell = (event: NvrEvent, node?: Parameters<NodeEventListener>[1]) => {
    const { cameraId, start, end, metadata } = event;
    if (!knows(cameraId)) return;
    connection.send({
      ...{ type: 'event', cameraId, event: event.event, timestamp: end ?? start },
      ...(metadata !== undefined && { metadata }),
      detail: event,
      ...(node && { node }),
    });
  };
  const onEvent = (event: NvrEvent) => tell(event);
  const onChanged = ({ what, id }: { what: ChangedWhat; id?: string }) => {
    // Another server asks for the rest of what it shows.
    if (!connection.caller?.session) return;
    const isAdmin = connection.caller.may('admin');
    if (FOR_ADMINS.has(what) && !isAdmin) return;
    if (what === 'cameras' && id !== undefined && !isAdmin && !knows(id)) return;
    // Ids of others' exports and layouts are nobody else's business.
    const isNamed = id !== undefined && (isAdmin || what === 'cameras');
    connection.send({ type: 'changed', what, ...(isNamed && { id }) });
  };
  const tellStatus = () => connection.send({ type: 'server_status', ...host.status() });

  const connection: Connection<{ type: string }> = new Connection({
    socket,
    caller,
    authenticate: (token) => host.authenticate(token),
    read: readEventsRequest,
    handle: () => {},
    begin: ({ session }) => {
      // Nothing is passed on from node to node: keys hear of this server's cameras alone.
      if (session) stopNodes = host.listenToNodes(tell);
      host.bus.on('event', onEvent);
      host.bus.on('changed', onChanged);
      status = setInterval(tellStatus, STATUS_MS);
      status.unref();
      // The connection has its name only when this turn is over.
      queueMicrotask(tellStatus);
    },
    end: () => {
      host.bus.off('event', onEvent);
      host.bus.off('changed', onChanged);
      clearInterval(status);
      stopNodes?.();
      released();
    },
  });
}
