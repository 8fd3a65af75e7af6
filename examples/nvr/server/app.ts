// The network interface: one Fastify application that checks every request before a route sees it.
import { randomUUID } from 'node:crypto';
import cookie from '@fastify/cookie';
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import websocket from '@fastify/websocket';
import { addressGroup } from '@fluxvision/core';
import { Ajv } from 'ajv';
import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifySchema,
  LogController,
} from 'fastify';
import { COOKIE_PREFIX, enforceAccess, isHomePage } from './access/index.js';
import { closed } from './closed-schema.js';
import { pageOrigins } from './federation/page-origins.js';
import type { Nvr } from './nvr.js';
import { answerProblems, problemOf, refusal, sendProblem, unknownPath } from './problem.js';
import { routes } from './routes/index.js';
import { securityHeaders } from './security-headers.js';
import { tlsOptions } from './tls/index.js';
import { serveWeb } from './web.js';

/** The application, with its schemas as types. */
export type App = FastifyInstance<
  import('node:https').Server,
  import('node:http').IncomingMessage,
  import('node:http').ServerResponse,
  import('fastify').FastifyBaseLogger,
  TypeBoxTypeProvider
>;

const BODY_BYTES = 256 * 1024;
const HEADER_BYTES = 16 * 1024;
/** For a request with its body; answers may take as long as they need. */
const REQUEST_MS = 30_000;
const WS_MESSAGE_BYTES = 64 * 1024;
/** Another server asks for all of its users; so many times as much as one of them may. */
const OF_A_SERVER = 10;
const WITH_KEY = ' with a key';
/** What a client may send as the type of a body: exactly that. */
const JSON_TYPE = /^application\/json(?: ?; ?charset=utf-8)?$/i;

/** Not yet listening. The application does not close the NVR. */
export async function buildApp(nvr: Nvr, options: { web?: string } = {}): Promise<App> {
  const { config, identity, log } = nvr;
  const isAllowed = (origin?: string) =>
    nvr.config.allowedOrigins?.includes(origin ?? '') || isHomePage(nvr, origin);
  const app = Fastify({
    https: tlsOptions(identity),
    http: { maxHeaderSize: HEADER_BYTES },
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    bodyLimit: BODY_BYTES,
    requestTimeout: REQUEST_MS,
    connectionTimeout: 0,
    trustProxy: config.trustedProxies?.length ? config.trustedProxies : false,
    forceCloseConnections: true,
    return503OnClosing: true,
    // Addresses that are none: they never come to a route, nor to the error handler.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(reply.header('x-request-id', request.id), problemOf(error, request)),
    routerOptions: { caseSensitive: true, ignoreTrailingSlash: false, maxParamLength: 500 },
  } as never).withTypeProvider<TypeBoxTypeProvider>() as unknown as App;

  validateStrictly(app);
  answerProblems(app, (error) => nvr.databaseFailed(error));
  // JSON alone: a form of another page cannot send it.
  app.removeContentTypeParser('text/plain');
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    requireJson(request);
  });
  app.addHook('onResponse', async (request, reply) => {
    const { method, ip, routeOptions } = request;
    const told = { method, route: routeOptions.url, status: reply.statusCode, ip };
    const ms = Math.round(reply.elapsedTime);
    if (method !== 'GET' && method !== 'HEAD') {
      request.log.info({ ...told, ms, by: request.caller?.name }, 'request');
    } else request.log.debug({ ...told, ms }, 'request');
  });

  await app.register(cookie);
  await app.register(
    helmet,
    securityHeaders(
      () => nvr.config,
      (request) => pageOrigins(nvr, request),
    ),
  );
  app.addHook('onSend', async (request, reply) => {
    reply.header('permissions-policy', 'camera=(), microphone=(), geolocation=(), payment=()');
    // What a user sees is nobody else's: all but the pages, however the address is spelled.
    if (request.routeOptions.url !== '/*' && !reply.hasHeader('cache-control')) {
      reply.header('cache-control', 'no-store');
    }
  });
  // Before all that refuses: pages of allowed origins are told why.
  await app.register(cors, {
    origin: (origin, done) => done(null, isAllowed(origin)),
    credentials: false,
    maxAge: 600,
    exposedHeaders: [
      ...['content-range', 'accept-ranges', 'etag', 'x-request-id', 'retry-after'],
      ...['x-picture-source', 'x-picture-time'],
    ],
  });
  await app.register(rateLimit, {
    global: false,
    max: (_request, from) =>
      (nvr.config.limits?.requestsPerMinute ?? 1200) * (from.endsWith(WITH_KEY) ? OF_A_SERVER : 1),
    timeWindow: 60_000,
    keyGenerator: ({ ip, headers, routeOptions }) => {
      const shows = headers['x-nvr-auth'] !== undefined && !routeOptions.config?.rateLimit;
      return `${addressGroup(ip)}${shows ? WITH_KEY : ''}`;
    },
    cache: 10_000,
    errorResponseBuilder: (_request, { ttl }) =>
      Object.assign(refusal('ERR_RATE_LIMIT', 'Too many requests from this address.'), {
        retryAfterMs: ttl,
      }),
  });
  // In front of what asks who it is: keys and tokens that are no good count, too.
  const limit = app.rateLimit();
  app.addHook('onRequest', async (request, reply) => {
    const hasItsOwn = request.routeOptions.config?.rateLimit !== undefined;
    if (!hasItsOwn) await limit.call(app as never, request as never, reply as never);
  });
  enforceAccess(app as unknown as FastifyInstance, nvr);
  await app.register(websocket, {
    options: { maxPayload: WS_MESSAGE_BYTES, perMessageDeflate: false },
  });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'FluxVision NVR', version: '1', description: 'RFC 9457 errors throughout.' },
      components: {
        securitySchemes: {
          cookie: { type: 'apiKey', in: 'cookie', name: `${COOKIE_PREFIX}{serverId}` },
          bearer: { type: 'http', scheme: 'bearer' },
          key: { type: 'apiKey', in: 'header', name: 'X-NVR-Auth' },
        },
      },
    },
    hideUntagged: false,
  });
  await app.register(routes, { nvr });
  await serveWeb(app, options.web);
  app.setNotFoundHandler((request, reply) => sendProblem(reply, unknownPath(request)));
  return app;
}

/** Bodies as they are, without coercion, and nothing that no schema names; queries are text. */
function validateStrictly(app: App): void {
  const shared = {
    allErrors: false,
    strict: true,
    strictTypes: false,
    strictTuples: false,
  } as const;
  const strict = new Ajv({ ...shared, coerceTypes: false, useDefaults: true });
  const lenient = new Ajv({ ...shared, coerceTypes: true, useDefaults: true });
  app.setValidatorCompiler<FastifySchema>(({ schema, httpPart }) => {
    if (httpPart === 'body') return strict.compile(closed(schema as never));
    if (httpPart === 'headers') return lenient.compile(schema as never);
    return lenient.compile(closed(schema as never));
  });
}

/** `FST_ERR_CTP_INVALID_MEDIA_TYPE` for anything but JSON, however it is spelled. */
function requireJson(request: FastifyRequest): void {
  const type = request.headers['content-type'];
  if (type === undefined || JSON_TYPE.test(type)) return;
  throw Object.assign(new Error('Bodies are application/json.'), {
    statusCode: 415,
    code: 'ERR_MEDIA_TYPE',
  });
}
