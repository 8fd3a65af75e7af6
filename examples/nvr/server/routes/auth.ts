// Login, logout, and a new token for an old one.

import type { ClientSession } from '@fluxvision/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { LoginRequest, LoginResponse } from '../../protocol/index.js';
import { clearCookie, cookieToken, isOwnPage, setCookie } from '../access/index.js';
import type { App } from '../app.js';
import type { Nvr } from '../nvr.js';
import { refusal } from '../problem.js';
import { answers, nothing } from './answers.js';
import type { RouteOptions } from './index.js';

const RefreshRequest = Type.Object({ tokenDelivery: LoginRequest.properties.tokenDelivery });

export async function authRoutes(app: App, { nvr }: RouteOptions): Promise<void> {
  app.post(
    '/api/auth/login',
    {
      config: { access: { public: true } },
      schema: { body: LoginRequest, response: answers(LoginResponse) },
    },
    async (request, reply) => {
      const { username, password, clientPublicKey } = request.body;
      const delivery = deliveryOf(request, request.body.tokenDelivery ?? 'cookie');
      const userAgent = request.headers['user-agent'];
      const { token, session, serverPublicKey } = await nvr.sessions.login({
        ...{ username, password, address: request.ip },
        ...(userAgent !== undefined && { userAgent }),
        ...(clientPublicKey !== undefined && {
          clientPublicKey: Buffer.from(clientPublicKey, 'base64'),
        }),
      });
      return {
        ...delivered(reply, nvr, { token, session, delivery }),
        ...(serverPublicKey && { serverPublicKey: serverPublicKey.toString('base64') }),
      };
    },
  );

  app.post(
    '/api/auth/refresh',
    {
      config: { access: { permission: 'any' } },
      schema: { body: Type.Optional(RefreshRequest), response: answers(LoginResponse) },
    },
    async (request, reply) => {
      const bearer = request.headers.authorization?.replace(/^Bearer /i, '');
      const asked = request.body?.tokenDelivery ?? (bearer === undefined ? 'cookie' : 'body');
      const delivery = deliveryOf(request, asked);
      const old = bearer ?? cookieToken(request, nvr) ?? '';
      return delivered(reply, nvr, { ...nvr.sessions.refresh(old), delivery });
    },
  );

  app.post(
    '/api/auth/logout',
    {
      config: { access: { permission: 'any', beforePasswordChange: true } },
      schema: { response: nothing },
    },
    async (request, reply) => {
      const { session } = request.caller ?? {};
      if (session) nvr.sessions.terminate(session.id, 'logout');
      if (isOwnPage(request)) clearCookie(reply, nvr);
      return reply.code(204).send(null);
    },
  );
}

/** Where a new token goes: where scripts cannot read it, or into the body. */
export type Delivery = 'cookie' | 'body';

/** Pages of other servers do not log anybody in at this one's: `ERR_ORIGIN`. */
function deliveryOf(request: FastifyRequest, asked: Delivery): Delivery {
  if (asked === 'body' || isOwnPage(request)) return asked;
  const advice = "Ask for the token in the answer: tokenDelivery 'body'.";
  throw refusal('ERR_ORIGIN', `Pages of another origin get no cookie. ${advice}`);
}

export function delivered(
  reply: FastifyReply,
  nvr: Nvr,
  login: { session: ClientSession; token: string; delivery: Delivery },
): LoginResponse {
  const { session, token, delivery } = login;
  const inBody = delivery === 'body';
  if (!inBody) setCookie(reply, nvr, token, session.expiresAt);
  return { success: true, ...accountOf(session), ...(inBody && { sessionToken: token }) };
}

/** Who is logged in, for the one who is. */
export function accountOf(session: ClientSession) {
  const { id, userId, username, permissions, expiresAt, mustChangePassword } = session;
  const { allowedCameras } = permissions;
  return {
    ...{ sessionId: id, userId, username, expiresAt, mustChangePassword },
    permissions: {
      ...permissions,
      allowedCameras: allowedCameras === 'all' ? ('all' as const) : [...allowedCameras],
    },
  };
}
