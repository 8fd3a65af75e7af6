// Servers that listen on loopback and know each other, for tests of what passes between them.
import type { AddressInfo } from 'node:net';
import { type Served, type ServeOptions, serve, serveShared } from './served.js';

export interface FederatedServer extends Served {
  /** `https://127.0.0.1:port`. */
  url: string;
  id: string;
  /** Of its first administrator. */
  admin: string;
}

/** One that listens; `name` is what it calls itself. For all tests of a file. */
export async function listenShared(
  name: string,
  options: Omit<ServeOptions, 'storage'> = {},
): Promise<FederatedServer> {
  return listening(await serveShared(named(name, options)));
}

/** For one test. */
export async function listen(name: string, options: ServeOptions = {}): Promise<FederatedServer> {
  return listening(await serve(named(name, options)));
}

/** A camera that nobody connects to. */
export async function addCamera(server: FederatedServer, id: string, name = id): Promise<void> {
  const body = { id, name, url: 'rtsp://192.0.2.1/a', enabled: false };
  const { statusCode, body: said } = await server.ask('POST', '/api/cameras', {
    token: server.admin,
    body,
  });
  if (statusCode !== 201) throw new Error(said);
}

/** What a home needs of a node: its address, a key that was made there, and its certificate. */
export async function invitation(node: FederatedServer) {
  const { admin: token, url } = node;
  const made = await node.ask('POST', '/api/system/federation-key', { token, body: {} });
  const { secret, fingerprint } = made.json();
  return { url, apiKey: secret as string, fingerprint: fingerprint as string };
}

/** By the routes, as an administrator does it. */
export async function addNode(home: FederatedServer, node: FederatedServer, change: object = {}) {
  const body = { ...(await invitation(node)), ...change };
  return home.ask('POST', '/api/system/nodes', { token: home.admin, body });
}

function named<T extends Omit<ServeOptions, 'storage'>>(name: string, options: T): T {
  return { ...options, config: { name, ...options.config } };
}

async function listening(served: Served): Promise<FederatedServer> {
  const { app, nvr } = served;
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  nvr.ports = { httpPort: port, wsPort: port };
  const admin = await served.setUp();
  const url = `https://127.0.0.1:${port}`;
  return Object.assign(Object.create(served), { url, id: nvr.server.id, admin });
}
