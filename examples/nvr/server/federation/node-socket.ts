// A WebSocket to another server, over a connection to its pinned certificate.
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Federation } from './federation.js';

export interface NodeSocketOptions {
  /** `/ws/...` there. */
  path: string;
  /** Of the page that it is for. */
  origin?: string;
  /** True: as this server itself, with the key that the node gave it. */
  withKey?: boolean;
  /** Of a message, bytes. */
  maxPayload: number;
  /** Calls it off until it is open; then it is the caller's to end. */
  signal: AbortSignal;
}

/** Open, and paused, so that nothing is lost before somebody listens. `ERR_NODE_...`; what `ws` says where the node refuses it. */
export async function openNodeSocket(
  { client, registry }: Pick<Federation, 'client' | 'registry'>,
  nodeId: string,
  { path, origin, withKey = false, maxPayload, signal }: NodeSocketOptions,
): Promise<WebSocket> {
  const { host } = new URL(registry.get(nodeId).url);
  const headers = withKey ? { 'x-nvr-auth': registry.keyOf(nodeId) } : {};
  const secure = await client.connect(nodeId);
  // The connection is encrypted already.
  const socket = new WebSocket(`ws://${host}${path}`, {
    ...{ createConnection: () => secure, perMessageDeflate: false, followRedirects: false },
    ...{ headers, maxPayload, ...(origin !== undefined && { origin }) },
  });
  const onAbort = () => socket.terminate();
  signal.addEventListener('abort', onAbort, { once: true });
  socket.once('open', () => socket.pause());
  if (signal.aborted) onAbort();
  try {
    await once(socket, 'open');
    return socket;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
