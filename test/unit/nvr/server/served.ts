// A whole NVR in a directory of the test's own, and what asks it. Its own certificate costs nothing more
// than a real one.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { permissionsOf } from '@fluxvision/core';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { afterAll, onTestFinished } from 'vitest';
import { type App, buildApp } from '../../../../examples/nvr/server/app.js';
import type { Config } from '../../../../examples/nvr/server/config/index.js';
import { openLog } from '../../../../examples/nvr/server/logs.js';
import { Nvr } from '../../../../examples/nvr/server/nvr.js';
import { openIdentity, type TlsIdentity } from '../../../../examples/nvr/server/tls/index.js';
import { temporaryDirectory } from '../../temporary-directory.js';

export const PASSPHRASE = 'correct horse battery staple';
export const PASSWORD = 'a-password-of-twelve';
export const ORIGIN = 'https://nvr.test';

export interface Served {
  app: App;
  nvr: Nvr;
  /** Of the first start; undefined where there are users. */
  setupToken: string | undefined;
  /** All lines of the log so far. */
  logged: () => string;
  /** The header of a browser that has this session. */
  cookie: (token: string) => string;
  /** As a browser of this server's pages asks; `token` goes into its cookie. */
  ask: (
    method: string,
    url: string,
    options?: { token?: string; body?: unknown; headers?: Record<string, string> },
  ) => Promise<LightMyRequestResponse>;
  /** Makes the first administrator, and logs in. */
  setUp: () => Promise<string>;
  login: (username: string, password?: string) => Promise<string>;
}

export interface ServeOptions {
  storage?: string;
  config?: Partial<Config>;
  /** `null`: none, so that it starts locked. */
  passphrase?: string | null;
  web?: string;
  /** In place of what its certificate says. */
  identity?: Partial<TlsIdentity>;
}

/** For one test. */
export async function serve(options: ServeOptions = {}): Promise<Served> {
  const { served, stop } = await start({
    ...options,
    storage: options.storage ?? temporaryDirectory(),
  });
  onTestFinished(stop);
  return served;
}

/** For all tests of a file, from beforeAll. */
export async function serveShared(options: Omit<ServeOptions, 'storage'> = {}): Promise<Served> {
  const storage = mkdtempSync(join(tmpdir(), 'fluxvision-'));
  const { served, stop } = await start({ ...options, storage });
  afterAll(async () => {
    await stop();
    rmSync(storage, { recursive: true, force: true });
  });
  return served;
}

async function start(options: ServeOptions & { storage: string }) {
  const { storage } = options;
  const config: Config = {
    ...{ file: '/nowhere/nvr.yaml', storage, name: 'Test', allowLoopbackCameras: true },
    passwordIterations: 100_000,
    // Tests that run side by side, and servers in this network, are none of each other's business.
    federation: { announce: false, browse: false },
    limits: { requestsPerMinute: 100_000, clients: 100, clientsPerUser: 100 },
    ...options.config,
  };
  const env: NodeJS.ProcessEnv = {};
  if (options.passphrase === null) config.passphrase = { ask: true };
  else env.FLUXVISION_PASSPHRASE = options.passphrase ?? PASSPHRASE;
  const lines: string[] = [];
  const { log, ring } = openLog('debug', { write: (line) => lines.push(line) });
  let setupToken: string | undefined;
  const nvr = await Nvr.open({
    ...{ config, log, logs: ring, env },
    identity: { ...(await openIdentity(config)), ...options.identity },
    showSetupToken: (token) => {
      setupToken = token;
    },
  });
  const app = await buildApp(nvr, { ...(options.web !== undefined && { web: options.web }) });
  await app.ready();
  const stop = async () => {
    await app.close();
    await nvr.close();
  };
  const cookie = (token: string) => {
    const id = nvr.unavailable ? 'locked' : nvr.parts.serverId;
    return `__Host-fluxvision-${id}=${token}`;
  };
  const ask: Served['ask'] = (method, url, { token, body, headers } = {}) =>
    app.inject({
      ...{ method: method as InjectOptions['method'], url },
      headers: {
        host: 'nvr.test',
        origin: ORIGIN,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { cookie: cookie(token) }),
        ...headers,
      },
      ...(body !== undefined && {
        payload: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    } as InjectOptions) as unknown as Promise<LightMyRequestResponse>;
  const login: Served['login'] = async (username, password = PASSWORD) => {
    const body = { username, password, tokenDelivery: 'body' };
    const answer = await ask('POST', '/api/auth/login', { body });
    if (answer.statusCode !== 200) throw new Error(`login: ${answer.body}`);
    return answer.json().sessionToken;
  };
  const setUp: Served['setUp'] = async () => {
    const body = { token: setupToken, username: 'admin', password: PASSWORD };
    const answer = await ask('POST', '/api/setup', { body });
    if (answer.statusCode !== 204) throw new Error(`setup: ${answer.body}`);
    return login('admin');
  };
  const served: Served = {
    ...{ app, nvr, cookie, ask, login, setUp, logged: () => lines.join('') },
    get setupToken() {
      return setupToken;
    },
  };
  return { served, stop };
}

/** A user, made past the interface, and a token of it. */
export async function userOf(
  served: Served,
  role: 'OPERATOR' | 'VIEWER',
  change: { allowedCameras?: 'all' | string[] } = {},
): Promise<string> {
  const username = `${role.toLowerCase()}-${randomBytes(3).toString('hex')}`;
  const permissions = { ...permissionsOf(role), ...change };
  await served.nvr.sessions.users.create({ username, password: PASSWORD, permissions });
  return served.login(username);
}
