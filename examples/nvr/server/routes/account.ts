// Who is logged in, and what the interface remembers for that user.
import { Account, LoginResponse, PasswordChange, Preferences } from '../../protocol/index.js';
import type { App } from '../app.js';
import { refusal } from '../problem.js';
import { answers } from './answers.js';
import { accountOf, delivered } from './auth.js';
import type { RouteOptions } from './index.js';

/** Of preferences, as JSON. */
const MAX_BYTES = 64 * 1024;
const own = { permission: 'any', beforePasswordChange: true } as const;

export async function accountRoutes(app: App, { nvr }: RouteOptions): Promise<void> {
  app.get(
    '/api/account',
    { config: { access: own }, schema: { response: answers(Account) } },
    async ({ caller }) => accountOf(sessionOf(caller)),
  );

  app.put(
    '/api/account/password',
    {
      config: { access: own },
      schema: { body: PasswordChange, response: answers(LoginResponse) },
    },
    async (request, reply) => {
      const { current, next } = request.body;
      const before = sessionOf(request.caller);
      const { token, session } = await nvr.sessions.changePassword(before, current, next);
      const bearer = request.headers.authorization !== undefined;
      return delivered(reply, nvr, { session, token, delivery: bearer ? 'body' : 'cookie' });
    },
  );

  app.get(
    '/api/account/preferences',
    { config: { access: { permission: 'any' } }, schema: { response: answers(Preferences) } },
    async ({ caller }) =>
      (nvr.store.setting(settingOf(sessionOf(caller).userId)) ?? {}) as Preferences,
  );

  app.put(
    '/api/account/preferences',
    {
      config: { access: { permission: 'any' } },
      schema: { body: Preferences, response: answers(Preferences) },
    },
    async ({ caller, body }) => {
      if (Buffer.byteLength(JSON.stringify(body)) > MAX_BYTES) {
        throw refusal('ERR_LIMIT', `Preferences have at most ${MAX_BYTES} bytes.`);
      }
      nvr.store.setSetting(settingOf(sessionOf(caller).userId), body);
      return body;
    },
  );
}

/** Of a user that is removed, to be forgotten with it. */
export function settingOf(userId: string): string {
  return `preferences:${userId}`;
}

function sessionOf(caller: { session: Parameters<typeof accountOf>[0] | undefined } | undefined) {
  if (caller?.session) return caller.session;
  throw refusal('ERR_FORBIDDEN', 'An API key has no account.');
}
