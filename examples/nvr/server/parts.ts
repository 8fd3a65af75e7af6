// What the keys open: keys, recorder, databases, sessions and cameras, opened in order and closed in the
// opposite one.
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import {
  ConfigStore,
  FederationAuth,
  FluxError,
  isFluxError,
  KeyManager,
  Recorder,
  ServerIdentity,
  type SessionManager,
} from '@fluxvision/core';
import type { Logger } from 'pino';
import type { ServerMessage } from '../protocol/index.js';
import { CameraRegistry } from './cameras/index.js';
import type { Config } from './config/index.js';
import { openSessions } from './sessions.js';
import type { ClockWatch, Meters, Troubles } from './system/index.js';

/** What is there while the keys are open. */
export interface Opened {
  /** UUID of this server. */
  serverId: string;
  keys: KeyManager;
  recorder: Recorder;
  store: ConfigStore;
  sessions: SessionManager;
  /** Of other servers that have this one as a node. */
  homes: FederationAuth;
  /** Signs which certificate is its own. */
  serverIdentity: ServerIdentity;
  cameras: CameraRegistry;
}

/** What is there all the time. */
export interface Surroundings {
  config: Config;
  log: Logger;
  troubles: Troubles;
  meters: Meters;
  clock: ClockWatch;
  changed: (what: Changed, id?: string) => void;
}

/** What clients shall ask for anew: of the message `changed`. */
export type Changed = Extract<ServerMessage, { type: 'changed' }>['what'];

/** UUID and name of this server, as the store has them. */
export interface ServerRecord {
  id: string;
  name: string;
}

export const SERVER_SETTING = 'server';

/** All or none of them; cameras are not loaded yet. */
export async function openParts(around: Surroundings, passphrase: string): Promise<Opened> {
  const { config } = around;
  const { storage } = config;
  const create = config.createStorage ?? true;
  if (create) mkdirSync(storage, { recursive: true, mode: 0o700 });
  const closers: (() => Promise<void>)[] = [];
  const keep = <T extends { close(): Promise<void> }>(part: T): T => {
    closers.unshift(() => part.close());
    return part;
  };
  try {
    const keys = keep(await openKeys(config, create, passphrase));
    const recorder = keep(await Recorder.open({ storage, keys, create, retention: {} }));
    watchRecorder(recorder, around);
    const store = keep(await ConfigStore.open({ storage, keys }));
    const { id: serverId } = nameServer(store, config);
    const sessions = keep(await openSessions({ storage, keys, audience: serverId, config }));
    watchSessions(sessions, around);
    const homes = new FederationAuth({ sessions, store, serverId });
    homes.on('changed', () => around.changed('keys'));
    return {
      serverId,
      keys,
      recorder,
      store,
      sessions,
      homes,
      serverIdentity: new ServerIdentity({ store, serverId }),
      cameras: openCameras(around, store, recorder),
    };
  } catch (error) {
    for (const close of closers) await close().catch(() => {});
    throw error;
  }
}

export async function closeParts(opened: Opened, log: Logger): Promise<void> {
  const { keys, recorder, store, sessions, homes } = opened;
  homes.close();
  for (const part of [recorder, sessions, store, keys]) {
    await part.close().catch((error) => log.error({ err: error }, 'closing'));
  }
}

/** Each by itself: what is wrong with one is told, and keeps no other one from being recorded. */
export function loadCameras({ cameras }: Opened, { log, troubles }: Surroundings): void {
  cameras.load((id, error) => {
    const failure = isFluxError(error) ? error : new FluxError('ERR_INTERNAL', String(error));
    troubles.fail(`camera:${id}`, failure, id);
    log.error({ err: error, cameraId: id }, 'camera cannot be started');
  });
}

function openKeys(config: Config, create: boolean, passphrase: string): Promise<KeyManager> {
  const opening = { directory: join(config.storage, 'keys'), passphrase, actor: 'nvr' };
  const { passwordIterations: iterations } = config;
  if (!create) return KeyManager.open(opening);
  return KeyManager.openOrCreate({ ...opening, ...(iterations !== undefined && { iterations }) });
}

function watchRecorder(recorder: Recorder, { troubles, clock, log, changed }: Surroundings): void {
  troubles.watch(recorder);
  const [newest] = recorder.index.segments({ first: 'newest', limit: 1 });
  clock.hasFootageUntil(newest?.endTime ?? 0);
  for (const event of ['recordingBlocked', 'recordingResumed'] as const) {
    recorder.on(event, () => changed('cameras'));
  }
  recorder.on('error', (error) => {
    log.warn({ err: error }, 'recorder');
    if (error.code === 'ERR_CLOCK') clock.isDoubted(error.message);
  });
}

function watchSessions(sessions: SessionManager, { log, changed }: Surroundings): void {
  sessions.on('error', (error) => log.error({ err: error }, 'sessions'));
  sessions.on('refused', (refused) => log.warn(refused, 'login refused'));
  for (const event of ['login', 'ended'] as const) {
    sessions.on(event, ({ id }: { id: string }) => changed('sessions', id));
  }
}

function openCameras(
  { config, meters, troubles, changed }: Surroundings,
  store: ConfigStore,
  recorder: Recorder,
): CameraRegistry {
  const rules = { allowLoopback: config.allowLoopbackCameras ?? false };
  const cameras = new CameraRegistry({ store, recorder, meters, rules });
  cameras.on('changed', (id) => changed('cameras', id));
  cameras.on('closed', (id) => troubles.forgetCamera(id));
  return cameras;
}

function nameServer(store: ConfigStore, config: Config): ServerRecord {
  const known = store.setting(SERVER_SETTING) as ServerRecord | undefined;
  if (known) return known;
  const server = { id: randomUUID(), name: config.name ?? hostname() };
  store.setSetting(SERVER_SETTING, server);
  return server;
}
