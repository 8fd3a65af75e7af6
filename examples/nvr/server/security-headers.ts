// What browsers are told to keep to: pages run this server's scripts alone, and talk to it alone.
import type { IncomingMessage } from 'node:http';
import type { FastifyHelmetOptions } from '@fastify/helmet';
import type { Config } from './config/index.js';

const YEAR_SECONDS = 365 * 24 * 3600;

/** `config`: asked for each answer, as it may change. `nodes`: origins of other servers, for who asks. */
export function securityHeaders(
  config: () => Config,
  nodes: (request: Pick<IncomingMessage, 'headers'>) => readonly string[],
): FastifyHelmetOptions {
  // Older browsers do not take 'self' for WebSockets; so the host is named as it was asked for.
  const sockets = (request: { headers: { host?: string } }): string => {
    const host = /^[A-Za-z0-9.-]+(?=:|$)|^\[[0-9A-Fa-f:]+\]/.exec(request.headers.host ?? '')?.[0];
    const port = config().listen?.wsPort ?? /:(\d{1,5})$/.exec(request.headers.host ?? '')?.[1];
    if (host === undefined) return "'self'";
    return port === undefined ? `wss://${host}` : `wss://${host}:${port}`;
  };
  const others = (request: Pick<IncomingMessage, 'headers'>): string => {
    const origins = [...new Set([...(config().allowedOrigins ?? []), ...nodes(request)])];
    return [...origins, ...origins.map((origin) => origin.replace(/^http/, 'ws'))].join(' ');
  };
  return {
    global: true,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        fontSrc: ["'self'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        mediaSrc: ["'self'", 'blob:'],
        workerSrc: ["'self'", 'blob:'],
        manifestSrc: ["'self'"],
        connectSrc: ["'self'", sockets as never, others as never],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: { maxAge: YEAR_SECONDS, includeSubDomains: false },
    crossOriginEmbedderPolicy: false,
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  };
}
