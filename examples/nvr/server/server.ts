// Puts application and recorder on their ports, and takes them off in order.
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, isIPv4, type Socket } from 'node:net';
import { type App, buildApp } from './app.js';
import type { Nvr } from './nvr.js';
import { localNames, tlsOptions } from './tls/index.js';

/** A server that listens. */
export interface RunningServer {
  app: App;
  /** `https://host:port`, for people. */
  url: string;
  /** The same for people at other machines; none where it listens on one address. */
  otherUrls: string[];
  port: number;
  /** Finishes what is under way, and the segments; within 10 seconds. Idempotent. */
  close(): Promise<void>;
}

const DEFAULT_PORT = 8443;
/** When it stops, clients may finish what they receive for so long. */
const PATIENCE_MS = 3000;

/** Rejects with `EADDRINUSE`, `EACCES` and the like where a port cannot be had. */
export async function startServer(
  nvr: Nvr,
  options: { web?: string } = {},
): Promise<RunningServer> {
  const app = await buildApp(nvr, options);
  const { listen = {} } = nvr.config;
  const host = listen.address ?? '0.0.0.0';
  const others: Server[] = [];
  const hangUp = connectionsOf(app.server);
  nvr.certificate.on('renewed', (identity) => app.server.setSecureContext(tlsOptions(identity)));
  try {
    await app.listen({ host, port: listen.httpPort ?? listen.port ?? DEFAULT_PORT });
    const { port } = app.server.address() as AddressInfo;
    nvr.ports = { httpPort: port, wsPort: listen.wsPort ?? port };
    if (listen.wsPort !== undefined)
      others.push(await listenForSockets(app, nvr, host, listen.wsPort));
    if (listen.redirectPort !== undefined)
      others.push(await redirect(host, listen.redirectPort, port));
    nvr.emit('listening');
    const isEverywhere = host === '0.0.0.0' || host === '::';
    const urlOf = (name: string) => `https://${name}:${port}`;
    const reachable = localNames().filter((name) => isIPv4(name) && !name.startsWith('127.'));
    let closing: Promise<void> | undefined;
    const close = async () => {
      for (const server of others) {
        server.close();
        server.closeAllConnections();
      }
      const clients = setTimeout(() => hangUp(), PATIENCE_MS);
      await app.close();
      clearTimeout(clients);
      await nvr.close();
    };
    return {
      ...{ app, port, url: urlOf(isEverywhere ? 'localhost' : host) },
      otherUrls: isEverywhere ? reachable.map(urlOf) : [],
      close: () => {
        closing ??= close();
        return closing;
      },
    };
  } catch (error) {
    for (const server of others) server.close();
    await app.close();
    throw error;
  }
}

/**
 * What ends all connections that are open then. Those whose upgrade was refused are none of HTTP any
 * more, and a client that keeps one open would keep the server from stopping.
 */
function connectionsOf(server: App['server']): () => void {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return () => {
    for (const socket of open) socket.destroy();
  };
}

/** vms-v2-plan 8.1 has a port of its own for WebSockets: the same application answers there. */
async function listenForSockets(app: App, nvr: Nvr, host: string, port: number): Promise<Server> {
  const server = createTlsServer(tlsOptions(nvr.identity), (request, response) => {
    response.writeHead(404).end();
    request.resume();
  });
  nvr.certificate.on('renewed', (identity) => server.setSecureContext(tlsOptions(identity)));
  server.on('upgrade', (request, socket, head) =>
    app.server.emit('upgrade', request, socket, head),
  );
  await listening(server, host, port);
  return server;
}

/** Browsers that come without TLS are sent to it. */
async function redirect(host: string, port: number, target: number): Promise<Server> {
  const server = createServer(
    { maxHeaderSize: 8192, requestTimeout: 10_000 },
    (request, response) => {
      request.resume();
      const name = /^([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:\d{1,5})?$/.exec(
        request.headers.host ?? '',
      )?.[1];
      if (name === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) {
        response.writeHead(400).end();
        return;
      }
      const path = /^\/[\w/.~%?=&+-]{0,2000}$/.test(request.url ?? '') ? request.url : '/';
      response.writeHead(308, { location: `https://${name}:${target}${path}` }).end();
    },
  );
  await listening(server, host, port);
  return server;
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
}
