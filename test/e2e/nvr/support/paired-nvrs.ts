// A home and its nodes in one process, for tests that are no browser: tickets, relayed sockets and direct
// ones, sent as a page of the home sends them.
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { type AddressInfo, createServer, type Socket as TcpSocket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { permissionsOf, RtspSimulator } from '@fluxvision/core';
import { expect } from 'vitest';
import { makeCertificate } from '../../../../examples/nvr/server/tls/index.js';
import { makeClip } from '../../../unit/clip.js';
import type { Answer, Client, Headers, Socket } from './client.js';
import { startNvr, type TestNvr } from './nvr.js';

export class PairedNvrs {
  readonly nodeId: string;
  /** Cameras of {@link node}, as the home names them. */
  readonly door: string;
  readonly vault: string;
  /** What asked {@link node} for a WebSocket. */
  readonly upgrades: IncomingHttpHeaders[] = [];

  private constructor(
    readonly home: TestNvr,
    /** With the cameras `door` and `vault`. */
    readonly node: TestNvr,
    /** A second node, without any. */
    readonly other: TestNvr,
    /** Of the home. */
    readonly admin: Client,
    private readonly simulator: RtspSimulator,
  ) {
    this.nodeId = node.nvr.server.id;
    [this.door, this.vault] = [`door@${this.nodeId}`, `vault@${this.nodeId}`];
    node.server.app.server.on('upgrade', ({ headers }) => this.upgrades.push(headers));
  }

  /** `guest` is a user of the home that may see `door` of the node, and no footage. */
  static async start(): Promise<PairedNvrs> {
    const [home, node, other] = await Promise.all([startNvr(), startNvr(), startNvr()]);
    const clip = makeClip(node.storage, { seconds: 2 });
    const simulator = await RtspSimulator.start({ clip, cameras: 2 });
    for (const [index, id] of ['door', 'vault'].entries()) {
      await node.nvr.cameras.add({ id, name: id, url: simulator.urls[index] ?? '' });
    }
    const pair = new PairedNvrs(home, node, other, await home.login('ADMIN'), simulator);
    for (const one of [node, other]) await pair.takeIn(one);
    const rights = { allowedCameras: [pair.door], canViewArchive: false };
    await home.addUser('guest', { ...permissionsOf('VIEWER'), ...rights });
    return pair;
  }

  async takeIn({ nvr, url }: TestNvr): Promise<void> {
    const { key: apiKey } = nvr.homes.createKey();
    const { fingerprint } = nvr.identity;
    const answer = await this.admin.post('/api/system/nodes', { url, apiKey, fingerprint });
    expect(answer.status, answer.text).toBe(201);
  }

  /** As pages of the home send it. */
  get headers(): Headers {
    return { origin: originOf(this.home) };
  }

  ask(client: Client, camera: string, body: object = { permissions: ['live'] }): Promise<Answer> {
    return client.post(`/api/cameras/${camera}/ticket`, body, this.headers);
  }

  async ticketFor(client: Client, camera = this.door, body?: object): Promise<string> {
    const { status, json, text } = await this.ask(client, camera, body);
    expect(status, text).toBe(200);
    return json.ticket;
  }

  relay(client: Client, kind = 'live', id = this.nodeId): Promise<Socket> {
    return open(client, `/ws/relay/${id}/${kind}`, this.headers);
  }

  direct(kind = 'live', headers = this.headers): Promise<Socket> {
    return open(this.node.anonymous, `/ws/${kind}`, headers);
  }

  /** It sees pictures of the door. */
  async watching(socket: Socket, client: Client): Promise<Socket> {
    socket.send({ type: 'tickets', tickets: [await this.ticketFor(client)] });
    socket.send({ type: 'subscribe', cameras: [{ id: 'door' }] });
    await socket.until(() => socket.pictures.length > 0, 10_000);
    return socket;
  }

  /** Of pages of homes, at the node. */
  get holders(): number {
    return this.node.nvr.homes.holders().length;
  }

  async close(): Promise<void> {
    await Promise.all([this.home.close(), this.node.close(), this.other.close()]);
    await this.simulator.close();
  }
}

/** Of its pages, where clients of tests ask. */
export function originOf({ port }: TestNvr): string {
  return `https://127.0.0.1:${port}`;
}

/** Connections that a server has open. */
export function openAt({ server }: TestNvr): Promise<number> {
  return new Promise((resolve) => {
    server.app.server.getConnections((_, count) => resolve(count));
  });
}

/** Takes connections, and waits with each until it is told to go on; then it is silent. */
export async function heldServer() {
  const { key, certificate: cert } = await makeCertificate(['127.0.0.1']);
  const [server, mute] = [createServer(), createTlsServer({ key, cert })];
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fingerprint: new X509Certificate(cert).fingerprint256,
    connection: async () => ((await once(server, 'connection')) as [TcpSocket])[0],
    shakeHands: (connection: TcpSocket) => mute.emit('connection', connection),
    close: () => server.close(),
  };
}

/** What comes back for the path of a WebSocket that is sent as it is. */
export function rawUpgrade(nvr: TestNvr, path: string, { token }: Client): Promise<string> {
  const head = [
    ...[`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${nvr.port}`, `Origin: ${originOf(nvr)}`],
    ...['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13'],
    ...['Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', `Authorization: Bearer ${token}`],
  ];
  return nvr.anonymous.raw(`${head.join('\r\n')}\r\n\r\n`, 500);
}

async function open(client: Client, path: string, headers: Headers): Promise<Socket> {
  const socket = client.socket(path, headers);
  expect(await socket.opened).toBe(101);
  return socket;
}
