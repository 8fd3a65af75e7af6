// A server that speaks the wire format of docs/federation.md over real TLS, and does whatever else a test
// has it do; and a home that knows such nodes.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import { ConfigStore } from '../../../src/config/index.js';
import {
  FederationClient,
  type FederationClientOptions,
  NodeRegistry,
  type RecordingInfo,
} from '../../../src/federation/index.js';
import { type PrivateAuthority, privateAuthority } from '../../support/private-authority.js';
import { createKeys } from '../keys/stores.js';

export const API_KEY = `fvk_home_${'s'.repeat(43)}`;

/** Made once for all tests of a process. */
const made: PrivateAuthority[] = [];
export function certificate(number = 0): PrivateAuthority {
  while (made.length <= number) {
    const folder = mkdtempSync(join(tmpdir(), 'fluxvision-'));
    made.push(privateAuthority(folder));
    rmSync(folder, { recursive: true });
  }
  return made[number] as PrivateAuthority;
}

export interface SeenRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  key: string | undefined;
  body: string;
}

export interface SimulatedNode {
  readonly serverId: string;
  name: string;
  url: string;
  readonly fingerprint: string;
  readonly requests: SeenRequest[];
  /** TLS connections so far, and open ones. */
  connections: number;
  readonly sockets: Set<TLSSocket>;
  readonly server: Server;
  /** Members put over its own answer of a path. */
  readonly says: Record<string, object>;
  recordings: RecordingInfo[];
  camerasVersion: string;
  cameraCount: number;
  clockOffsetMs: number;
  /** Answers itself where it returns true. */
  instead: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  close(): Promise<void>;
}

export async function startNode(
  options: { serverId?: string; name?: string; certificate?: number; port?: number } = {},
): Promise<SimulatedNode> {
  const { cert, key, fingerprint } = certificate(options.certificate);
  const server = createServer({ cert, key });
  const node: SimulatedNode = {
    ...{ serverId: options.serverId ?? randomUUID(), name: options.name ?? 'Node', url: '' },
    ...{ fingerprint, requests: [], connections: 0, sockets: new Set(), server, says: {} },
    ...{ recordings: [], camerasVersion: 'v1', cameraCount: 2, clockOffsetMs: 0 },
    instead: undefined,
    close: async () => {
      for (const socket of node.sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  server.on('secureConnection', (socket) => {
    node.connections += 1;
    node.sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => node.sockets.delete(socket));
  });
  server.on('request', (request, response) => void answer(node, request, response));
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  node.url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  onTestFinished(() => node.close());
  return node;
}

async function answer(node: SimulatedNode, request: IncomingMessage, response: ServerResponse) {
  const { pathname, searchParams } = new URL(request.url ?? '', node.url);
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const key = request.headers['x-nvr-auth'] as string | undefined;
  const [method, body] = [request.method ?? '', Buffer.concat(chunks).toString()];
  node.requests.push({ method, path: pathname, query: searchParams, key, body });
  if (node.instead?.(request, response)) return;
  const isPublic = pathname === '/api/discovery/info';
  const told = isPublic || key === API_KEY ? answerOf(node, pathname, searchParams) : undefined;
  const status = told
    ? method === 'DELETE'
      ? 204
      : 200
    : isPublic
      ? 404
      : key === API_KEY
        ? 404
        : 401;
  send(response, status, told ? { ...told, ...node.says[pathname] } : problem(status));
}

export function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(status === 204 ? undefined : JSON.stringify(body));
}

export function problem(status: number, code = status === 401 ? 'ERR_API_KEY' : 'ERR_NOT_FOUND') {
  return { type: 'about:blank', title: 'No', status, code, detail: 'It says no.' };
}

function answerOf(node: SimulatedNode, path: string, query: URLSearchParams): object | undefined {
  const { serverId, name, cameraCount } = node;
  const about = { serverId, name, version: '1.0.0' };
  const range = { apiMin: 1, apiMax: 1 };
  switch (path) {
    case '/api/discovery/info':
      return { ...about, cameraCount, httpPort: 8443, wsPort: 8443, ...range };
    case '/api/federation/pair':
      return { ...about, ...range, features: [], scopes: ['metadata', 'media'] };
    case '/api/federation/status':
      return {
        ...{ ...about, serverTime: Date.now() + node.clockOffsetMs, startedAt: 1 },
        ...{ camerasVersion: node.camerasVersion, cpuUsage: 12.5, memoryBytes: 1e8 },
        ...{ cameraCount, camerasLive: cameraCount, camerasRecording: cameraCount },
        ...{
          clientCount: 1,
          framesLost: 0,
          troubles: [{ code: 'ERR_CLOCK', severity: 'warning' }],
        },
        storage: { totalBytes: 1e12, freeBytes: 5e11, recordedBytes: 4e11, oldest: 1000 },
      };
    case '/api/federation/cameras':
      return {
        version: node.camerasVersion,
        items: Array.from({ length: cameraCount }, (_, i) => camera(`cam${i}`)),
      };
    case '/api/federation/recordings':
      return recordingsOf(node, query);
    case '/api/federation/tickets':
      return {
        ticket: `fvt_${'t'.repeat(43)}`,
        ...{ permissions: ['live'], redeemWithinMs: 60_000, leaseMs: 120_000 },
      };
    default:
      return undefined;
  }
}

export function camera(id: string) {
  return {
    ...{ id, name: `Camera ${id}`, group: 'yard', enabled: true, status: 'LIVE', recording: true },
    ...{ hasPtz: false, hasSub: true, main: { codec: 'avc1.64001f', width: 1920, height: 1080 } },
  };
}

/** As a server of ours pages: by start and id, and what lies in the interval at all. */
export function recordingsOf(node: Pick<SimulatedNode, 'recordings'>, query: URLSearchParams) {
  const sign = query.get('first') === 'oldest' ? 1 : -1;
  const [start, end] = [Number(query.get('start') ?? 0), Number(query.get('end') ?? 8.64e15)];
  const cameras = query.get('cameras')?.split(',');
  const [time, id] = (query.get('cursor') ?? '').split('-').map(Number);
  const rows = node.recordings
    .filter((row) => row.start < end && row.end > start)
    .filter(({ cameraId }) => cameras?.includes(cameraId) ?? true)
    .sort((a, b) => (a.start - b.start || Number(a.id) - Number(b.id)) * sign)
    .filter(
      (row) => id === undefined || (row.start - (time as number) || Number(row.id) - id) * sign > 0,
    );
  const limit = Number(query.get('limit') ?? 200);
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, ...(rows.length > limit && last && { cursor: `${last.start}-${last.id}` }) };
}

export function recording(id: number, start: number, end = start + 1000): RecordingInfo {
  return {
    ...{ id: String(id), cameraId: 'cam0', stream: 'main', start, end, bytes: 1000, frames: 25 },
    ...{ codec: 'h264', width: 1920, height: 1080 },
  };
}

/** A home that knows nothing yet. `clock.ms` is added to the time. */
export async function openHome(options: Partial<FederationClientOptions> = {}) {
  const keys = await createKeys();
  const store = await ConfigStore.open({ storage: dirname(keys.directory), keys });
  const serverId = randomUUID();
  const registry = new NodeRegistry({ store, serverId });
  const clock = { ms: 0 };
  const self = { serverId, name: 'Home', version: '1.0.0', origins: ['https://home.example'] };
  const client = new FederationClient({
    ...{ registry, self: () => ({ ...self }), allowLoopback: true },
    now: () => Date.now() + clock.ms,
    ...options,
  });
  onTestFinished(async () => {
    await client.close();
    await store.close();
  });
  const add = (node: SimulatedNode, change: object = {}) =>
    registry.add({
      ...{ id: node.serverId, name: node.name, label: node.name, url: node.url },
      ...{ fingerprint: node.fingerprint, apiKey: API_KEY, ...change },
    });
  return { store, registry, client, clock, self, serverId, add };
}

export async function until(done: () => boolean): Promise<void> {
  const end = Date.now() + 20_000;
  while (!done()) {
    if (Date.now() > end) throw new Error('it did not come to it');
    await new Promise((resolve) => setTimeout(resolve, 5));
    await setImmediate();
  }
}
