// Everything that goes wrong, told as RFC 9457 has it (application/problem+json). What a client did
// wrong is explained; what failed in the server is in its log, under the request's id, and nowhere else.
import { FluxError, isFluxError } from '@fluxvision/core';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Problem } from '../protocol/index.js';

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

const TITLES: Record<number, string> = {
  400: 'The request is not valid',
  401: 'Not logged in',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Not allowed here',
  409: 'It does not fit what is there',
  413: 'Too large',
  415: 'Not this content type',
  422: 'It cannot be done like that',
  429: 'Too many requests',
  502: 'The camera or server behind this one refused',
  503: 'Not at present',
  504: 'No answer in time',
  507: 'The disk is full',
};

/** By code, or by how it ends; in this order. */
const STATUS: readonly (readonly [RegExp, number])[] = [
  [/^ERR_(SESSION|API_KEY|LOGIN_REFUSED)$/, 401],
  [/^ERR_(FORBIDDEN|ORIGIN|PASSWORD_CHANGE_REQUIRED|SETUP_TOKEN|SETUP_CLOSED)$/, 403],
  [/^ERR_(PASSWORD|KEY_PASSPHRASE|POLICY|ADDRESS_REFUSED|UNSUPPORTED|LIMIT)$/, 422],
  [/^ERR_(LOGIN_THROTTLED|RATE_LIMIT)$/, 429],
  [/^ERR_(LOCKED|BUSY|CLOSED|STORAGE_MISSING|STORAGE_MISMATCH|SETUP_REQUIRED)$/, 503],
  [/^ERR_(INDEX|CONFIG|USERS)$/, 503],
  [/^ERR_STORAGE_FULL$/, 507],
  [/^ERR_(TIMEOUT|NODE_TIMEOUT)$/, 504],
  [/^ERR_NODE_(UNREACHABLE|IDENTITY|KEY|VERSION|ANSWER)$/, 502],
  [/^ERR_(CONNECTION|HOST_NOT_FOUND|TLS|TLS_CERTIFICATE)$|^ERR_(ONVIF|RTSP)_/, 502],
  [/_NOT_FOUND$|^ERR_NO_FOOTAGE$/, 404],
  [
    /_EXISTS$|_CONFLICT$|_IN_USE$|^ERR_(STATE|LAST_ADMIN|NODE_SELF|EVIDENCE_LOCKED|AUDIT_ALTERED)$/,
    409,
  ],
  [/^ERR_INVALID_ARGUMENT$/, 400],
];

/** Their messages name files of this machine. */
const DATABASE =
  'A database of the server cannot be used at present: another program may hold it, or its disk is full or read-only. Stop that program, or look at the disk; the server goes on by itself.';

/** Whether one of the databases refused. */
export function isDatabaseError(error: unknown): boolean {
  return isFluxError(error) && /^ERR_(INDEX|CONFIG|USERS)$/.test(error.code);
}

/** An error for the one who asks. */
export function refusal(code: string, message: string): FluxError {
  return new FluxError(code, message);
}

/** The same for a camera that is not there, and for one that the caller may not know of. */
export function cameraNotFound(id: string): FluxError {
  return new FluxError('ERR_CAMERA_NOT_FOUND', `There is no camera '${id}'.`);
}

/** The HTTP status of a code; 500 for what the server did wrong. */
export function statusOf(code: string): number {
  return STATUS.find(([pattern]) => pattern.test(code))?.[1] ?? 500;
}

/** What is told of an error. */
export function problemOf(error: unknown, request: Pick<FastifyRequest, 'id'>): Problem {
  const instance = `urn:uuid:${request.id}`;
  if (isFluxError(error)) {
    const status = statusOf(error.code);
    if (status === 500) return internal(instance, error.code);
    if (isDatabaseError(error)) return make(status, error.code, DATABASE, instance);
    const { retryAfterMs } = error as { retryAfterMs?: number };
    return {
      ...make(status, error.code, error.message, instance),
      ...(retryAfterMs !== undefined && { retryAfterMs: Math.ceil(retryAfterMs) }),
    };
  }
  const { statusCode = 500, validation, code, message } = error as FastifyError;
  if (validation) {
    const errors = validation.slice(0, 20).map(({ instancePath, message: what, params }) => ({
      path: instancePath,
      message: `${what ?? 'is not valid'}${unknownName(params)}`,
    }));
    const detail = errors.map(({ path, message: what }) => `${path || '/'} ${what}`).join('; ');
    return { ...make(400, 'ERR_VALIDATION', detail, instance), errors };
  }
  if (statusCode >= 400 && statusCode < 500) {
    return make(statusCode, String(code ?? 'ERR_REQUEST').replace(/^FST_/, ''), message, instance);
  }
  return internal(instance, 'ERR_INTERNAL');
}

function unknownName(params: unknown): string {
  const name = (params as { additionalProperty?: unknown } | undefined)?.additionalProperty;
  return typeof name === 'string' ? ` ('${name.slice(0, 64)}')` : '';
}

function internal(instance: string, code: string): Problem {
  const detail = `Something failed in the server. Its log says what, under ${instance}.`;
  return make(500, code, detail, instance);
}

function make(status: number, code: string, detail: string, instance: string): Problem {
  const type = `/problems/${code.toLowerCase().replace(/^err_/, '').replaceAll('_', '-')}`;
  return { type, title: TITLES[status] ?? 'Something failed', status, detail, instance, code };
}

/** Answers with a problem. */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.retryAfterMs !== undefined) {
    reply.header('retry-after', String(Math.ceil(problem.retryAfterMs / 1000)));
  }
  return reply
    .code(problem.status)
    .header('cache-control', 'no-store')
    .type(PROBLEM_TYPE)
    .serializer(JSON.stringify)
    .send(problem);
}

/** A camera or another server did not answer, or not as it should. */
const BEHIND = new Set([502, 504]);

/** Answers for the errors of all routes. `databaseFailed` hears of databases that refused. */
export function answerProblems(
  app: FastifyInstance,
  databaseFailed: (error: FluxError) => void,
): void {
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error, request);
    if (isDatabaseError(error)) databaseFailed(error as FluxError);
    if (BEHIND.has(problem.status)) {
      request.log.warn({ code: problem.code, detail: problem.detail }, 'no answer from behind');
    } else if (problem.status >= 500 && problem.status !== 503) {
      request.log.error({ err: error }, 'request failed');
    }
    return sendProblem(reply, problem);
  });
}

/** Of a path that no route has. */
export function unknownPath(request: FastifyRequest): Problem {
  const detail = 'There is nothing at this address. GET /api/openapi.json lists what there is.';
  return make(404, 'ERR_NOT_FOUND', detail, `urn:uuid:${request.id}`);
}
