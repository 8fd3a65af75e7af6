// A socket server on real parts: a recorder, simulated cameras, a broadcaster; and callers made for tests.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { WebSocket as Client, type WebSocket, WebSocketServer } from 'ws';
import { Bus } from '../../../../examples/nvr/server/events/bus.js';
import type {
  SocketCaller,
  SocketHost,
  SocketPermission,
} from '../../../../examples/nvr/server/sockets/host.js';
import { Traffic } from '../../../../examples/nvr/server/sockets/traffic.js';
import {
  FluxError,
  KeyManager,
  Recorder,
  RtspSimulator,
  type SessionKey,
  StreamBroadcaster,
} from '../../../../src/index.js';
import { makeClip } from '../../clip.js';
import { passphrase } from '../../recording/recorded.js';
import { temporaryDirectory } from '../../temporary-directory.js';

export interface TestHost extends SocketHost {
  readonly simulator: RtspSimulator;
  /** By token. */
  readonly callers: Map<string, SocketCaller>;
  readonly moves: string[];
}

/** Cameras cam1, cam2, ... that are recorded and live. */
export async function openHost(
  cameras: number,
  options: { requiresSealing?: boolean } = {},
): Promise<TestHost> {
  const directory = temporaryDirectory();
  const clip = makeClip(directory);
  const simulator = await RtspSimulator.start({ clip, cameras });
  onTestFinished(() => simulator.close());
  const storage = join(directory, 'storage');
  const keys = await KeyManager.create({ directory: join(storage, 'keys'), passphrase });
  onTestFinished(() => keys.close());
  const recorder = await Recorder.open({ storage, keys, segmentDuration: 2 });
  onTestFinished(() => recorder.close());
  recorder.on('error', () => {});
  const broadcaster = new StreamBroadcaster();
  onTestFinished(() => broadcaster.close());
  const ids = new Set<string>();
  for (const [i, url] of simulator.urls.entries()) {
    const id = `cam${i + 1}`;
    ids.add(id);
    broadcaster.addCamera(recorder.addCamera({ id, url }));
  }
  const callers = new Map<string, SocketCaller>();
  const moves: string[] = [];
  return {
    ...{ simulator, keys, recorder, broadcaster, callers, moves },
    bus: new Bus(),
    traffic: new Traffic(),
    requiresSealing: options.requiresSealing ?? false,
    cameras: {
      has: (id) => ids.has(id),
      hasFootage: () => false,
      on: () => {},
      off: () => {},
    },
    quotaOf: ({ quota }) => quota,
    authenticate: (token) => {
      const caller = callers.get(token);
      if (!caller) throw new FluxError('ERR_SESSION', 'The session is not valid any more.');
      return caller;
    },
    listenToNodes: () => () => {},
    redeem: () => {
      throw new FluxError('ERR_TICKET', 'There are no tickets here.');
    },
    ptz: async (_caller, id, { action }) => {
      moves.push(`${id} ${action}`);
    },
    status: () => ({ cpuUsage: 1, memoryBytes: 2, cameraCount: ids.size, clientCount: 1 }),
  };
}

/** A caller who may do `permissions` on `cameras`, with what ends its session. */
export function callerOf(
  options: {
    id?: string;
    cameras?: readonly string[] | 'all';
    permissions?: readonly SocketPermission[];
    key?: SessionKey;
    quota?: { maxBandwidthMbps: number };
  } = {},
): { caller: SocketCaller; end: (reason: string) => void } {
  const { id = 's1', cameras = 'all', permissions = ['live', 'archive', 'ptz'], key } = options;
  const controller = new AbortController();
  const quota = {
    ...{ maxBandwidthMbps: 50, maxCamerasFullscreen: 4, maxCamerasTotal: 42 },
    priorityClient: false,
    ...options.quota,
  };
  const caller: SocketCaller = {
    name: 'kim',
    session: {
      ...{ id, quota, ended: controller.signal, subscriptions: new Map(), touch: () => {} },
      ...(key && { key }),
    },
    may: (permission, camera) =>
      permissions.includes(permission) &&
      (camera === undefined || cameras === 'all' || cameras.includes(camera)),
  };
  return { caller, end: (reason) => controller.abort(reason) };
}

/** What a client got, and its socket. */
export interface TestClient {
  socket: Client;
  messages: Record<string, unknown>[];
  pictures: Buffer[];
  closed: Promise<number>;
  send(message: unknown): void;
  /** The first message of a type, as soon as it comes. */
  message(type: string): Promise<Record<string, unknown>>;
}

/** A server whose connections `open` serves, and a client of it. */
export async function connect(open: (socket: WebSocket) => void): Promise<TestClient> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', maxPayload: 64 << 10 });
  await once(server, 'listening');
  server.on('connection', (socket) => open(socket));
  onTestFinished(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  const socket = new Client(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const messages: Record<string, unknown>[] = [];
  const pictures: Buffer[] = [];
  socket.on('message', (data, isBinary) => {
    if (isBinary) pictures.push(data as Buffer);
    else messages.push(JSON.parse(String(data)));
  });
  socket.on('error', () => {});
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  await once(socket, 'open');
  return {
    ...{ socket, messages, pictures, closed },
    send: (message) => socket.send(JSON.stringify(message)),
    message: async (type) => {
      for (;;) {
        const found = messages.find((one) => one.type === type);
        if (found) return found;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
  };
}

export const seconds = (count: number) =>
  new Promise((resolve) => setTimeout(resolve, count * 1000));
