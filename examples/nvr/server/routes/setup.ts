// First start: GET /api/setup says whether it is due, POST makes the first administrator.
import { SetupRequest, SetupState } from '../../protocol/index.js';
import { cookieToken } from '../access/index.js';
import type { App } from '../app.js';
import type { Nvr } from '../nvr.js';
import { refusal } from '../problem.js';
import { answers, nothing } from './answers.js';
import type { RouteOptions } from './index.js';

/** A server with a token shall not be guessed at. */
const LIMIT = { max: 30, timeWindow: 60_000 };

export async function setupRoutes(app: App, { nvr }: RouteOptions): Promise<void> {
  app.get(
    '/api/setup',
    { config: { access: { public: true } }, schema: { response: answers(SetupState) } },
    async (request) => ({
      required: nvr.setupRequired,
      serverName: nvr.server.name,
      authenticated: hasSession(nvr, cookieToken(request, nvr)),
    }),
  );

  app.post(
    '/api/setup',
    {
      config: { access: { public: true }, rateLimit: LIMIT },
      schema: { body: SetupRequest, response: nothing },
    },
    async (request, reply) => {
      const { token, username, password, serverName } = request.body;
      if (!nvr.setup || !nvr.setupRequired) {
        throw refusal('ERR_SETUP_CLOSED', 'This server is set up. Log in.');
      }
      nvr.setup.require(token);
      await nvr.sessions.users.createFirst({ username, password }, { by: 'setup' });
      nvr.endSetup();
      if (serverName !== undefined) nvr.rename(serverName);
      return reply.code(204).send(null);
    },
  );
}

/** A page that has none need not ask who it is, and be refused. */
function hasSession(nvr: Nvr, token: string | undefined): boolean {
  if (token === undefined) return false;
  try {
    nvr.sessions.verify(token);
    return true;
  } catch {
    return false;
  }
}
