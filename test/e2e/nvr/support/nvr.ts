// A whole NVR in this process: temporary storage, TLS on a port of the system, an account of every role,
// cameras by RtspSimulator where a test wants them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { permissionsOf, type Role, type UserPermissions } from '@fluxvision/core';
import type { NewCamera } from '../../../../examples/nvr/protocol/index.js';
import { parseConfig, type Settings } from '../../../../examples/nvr/server/config/index.js';
import { openLog } from '../../../../examples/nvr/server/logs.js';
import { Nvr } from '../../../../examples/nvr/server/nvr.js';
import { type RunningServer, startServer } from '../../../../examples/nvr/server/server.js';
import { openIdentity } from '../../../../examples/nvr/server/tls/index.js';
import { Client } from './client.js';

/** Of every account that {@link startNvr} makes; user names are the roles in small letters. */
export const PASSWORD = 'correct horse battery';
export const PASSPHRASE = 'a passphrase of the storage';
export const ROLES: readonly Role[] = ['ADMIN', 'OPERATOR', 'VIEWER'];

export interface NvrFixtureOptions {
  /** Added at the start; on this machine, where they are simulated. */
  cameras?: readonly Camera[];
  /** What the VIEWER may see. Default: the first camera. */
  viewerCameras?: readonly string[];
  /** What the VIEWER may besides, or may not. */
  viewer?: Partial<UserPermissions>;
  config?: Partial<Settings>;
  /** False: nobody is made; {@link TestNvr.setupToken} is still good. */
  accounts?: false;
  /** Of a server that ran before; stays after {@link TestNvr.close}. */
  storage?: string;
  /** The directory of the web interface; default: the built one, where it is built. */
  web?: string;
}

type Camera = Partial<NewCamera> & Pick<NewCamera, 'url'> & { id: string };

export interface TestNvr {
  /** `https://localhost:port`. */
  url: string;
  port: number;
  storage: string;
  nvr: Nvr;
  server: RunningServer;
  /** As it was printed; undefined where the storage had users already. */
  setupToken: string | undefined;
  /** Everything that the server logged, a line of JSON each. */
  log: string[];
  /** Without credentials. */
  anonymous: Client;
  /** The header of a browser that has this session. */
  cookie(token: string | undefined): string;
  /** Logs in once per role, by the login route; later calls give the same session. */
  login(role: Role): Promise<Client>;
  /** Another session, of any account. */
  loginAs(username: string, password?: string): Promise<Client>;
  /** Makes an account; its password is {@link PASSWORD}. */
  addUser(username: string, permissions: UserPermissions): Promise<string>;
  close(): Promise<void>;
}

export async function startNvr(options: NvrFixtureOptions = {}): Promise<TestNvr> {
  const storage = options.storage ?? mkdtempSync(join(tmpdir(), 'fluxvision-nvr-'));
  const settings = {
    storage,
    listen: { address: '127.0.0.1', port: 0 },
    limits: { clients: 500, clientsPerUser: 200, requestsPerMinute: 1_000_000 },
    allowLoopbackCameras: true,
    logLevel: 'debug',
    passphrase: { env: 'TEST_PASSPHRASE' },
    passwordIterations: 100_000,
    // Tests that run side by side, and servers in this network, are none of each other's business.
    federation: { announce: false, browse: false },
    ...options.config,
  };
  const config = parseConfig(JSON.stringify(settings), join(storage, 'nvr.json'));
  const log: string[] = [];
  const opened = openLog(config.logLevel ?? 'debug', { write: (line) => log.push(line) });
  let setupToken: string | undefined;
  const nvr = await Nvr.open({
    ...{ config, log: opened.log, logs: opened.ring, identity: await openIdentity(config) },
    env: { TEST_PASSPHRASE: PASSPHRASE },
    showSetupToken: (token) => {
      setupToken = token;
    },
  });
  const server = await startServer(nvr, options.web === undefined ? {} : { web: options.web });
  const close = async () => {
    await server.close();
    if (options.storage === undefined) rmSync(storage, { recursive: true, force: true });
  };
  try {
    for (const { name, ...camera } of options.cameras ?? []) {
      await nvr.cameras.add({ ...camera, name: name ?? camera.id });
    }
    if (options.accounts !== false && nvr.setupRequired) await makeAccounts(nvr, options);
  } catch (error) {
    await close();
    throw error;
  }
  const { port } = server;
  const anonymous = new Client(port);
  const sessions = new Map<Role, Promise<Client>>();
  const loginAs = (username: string, password = PASSWORD) => anonymous.login(username, password);
  return {
    ...{ url: `https://localhost:${port}`, port, storage, nvr, server, setupToken, log, anonymous },
    ...{ loginAs, close },
    cookie: (token) => `__Host-fluxvision-${nvr.parts.serverId}=${token}`,
    login: (role) => {
      const session = sessions.get(role) ?? loginAs(role.toLowerCase());
      sessions.set(role, session);
      return session;
    },
    addUser: async (username, permissions) => {
      const user = await nvr.sessions.users.create({ username, password: PASSWORD, permissions });
      return user.id;
    },
  };
}

async function makeAccounts(nvr: Nvr, options: NvrFixtureOptions): Promise<void> {
  const { users } = nvr.sessions;
  await users.createFirst({ username: 'admin', password: PASSWORD });
  nvr.endSetup();
  const allowedCameras =
    options.viewerCameras ?? options.cameras?.slice(0, 1).map(({ id }) => id) ?? [];
  for (const [username, permissions] of [
    ['operator', permissionsOf('OPERATOR')],
    ['viewer', { ...permissionsOf('VIEWER'), allowedCameras, ...options.viewer }],
  ] as const) {
    await users.create({ username, password: PASSWORD, permissions });
  }
}
