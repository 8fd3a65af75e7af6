// Login, logout, and a new token for an old one.

import type { ClientSession } from '@fluxvision/core';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { LoginRequest, LoginResponse } from '../../protocol/index.js';
import { COOKIE } from '../access/index.js';
import type { App } from '../app.js';
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
      const { username, password, clientPublicKey, tokenDelivery } = request.body;
      const userAgent = request.headers['user-agent'];
      const { token, session, serverPublicKey } = await nvr.sessions.login({
        ...{ username, password, address: request.ip },
        ...(userAgent !== undefined && { userAgent }),
        ...(clientPublicKey !== undefined && {
          clientPublicKey: Buffer.from(clientPublicKey, 'base64'),
        }),
      });
      return {
        ...delivered(reply, session, token, tokenDelivery),
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
      const { token, session } = nvr.sessions.refresh(bearer ?? request.cookies[COOKIE] ?? '');
      const delivery = request.body?.tokenDelivery ?? (bearer === undefined ? 'cookie' : 'body');
      return delivered(reply, session, token, delivery);
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
      reply.clearCookie(COOKIE, { path: '/', secure: true, httpOnly: true, sameSite: 'strict' });
      return reply.code(204).send(null);
    },
  );
}

/** The token goes where scripts cannot read it, or into the body for clients that are no browsers. */
export function delivered(
  reply: FastifyReply,
  session: ClientSession,
  token: string,
  delivery: 'cookie' | 'body' | undefined,
): LoginResponse {
  const inBody = delivery === 'body';
  if (!inBody) {
    reply.setCookie(COOKIE, token, {
      ...{ path: '/', secure: true, httpOnly: true, sameSite: 'strict' },
      expires: new Date(session.expiresAt),
    });
  }
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
